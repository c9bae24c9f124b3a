"""Values of measures in the units that people read: as text, and along an axis that suits how far they spread."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axis import Axis, XAxis
from matplotlib.ticker import FixedLocator, FuncFormatter, Locator, MaxNLocator, NullFormatter, NullLocator
from numpy.typing import ArrayLike, NDArray

from sim.plots.scales import linear_unit
from sim.plots.wording import wrapped_path
from sim.results.columns import percentage
from sim.units import MS, NS, US, S, format_duration, format_size

RATIO, POINTS = "ratio", "points"
"""Units of differences: a factor, and shares that are subtracted from each other."""

_WIDE = 30.0
# Below and beyond these a number is written with an exponent, from _TINY on as others are.
_LEAST, _TINY, _MOST = 1e-7, 1e-3, 1e15
_NEAR_ONE = (0.9, 1.1)
# Around the values of a logarithmic axis: a part of what it spans, but no less and no more than these factors.
_AROUND, _LEAST_AROUND, _MOST_AROUND = 0.1, 1.02, 1.6
_FURTHEST = 10.0
_LABEL_CHARACTERS = 60
_MOST_TICKS, _MOST_ACROSS = 8, 5
_FEWEST_TICKS = 3
_BINARY_STEPS = (1, 2, 5, 10, 20)
_SUBDIVIDED = ((1,), (1, 3), (1, 2, 5))


def written(value: float, unit: str) -> str:
    """Write a value with three digits and its unit: ``5.12 s``, ``0.31 %``, ``64 KiB``, ``1.8x``; ``?`` if infinite.

    Units are those of the measures ("ns", "share", "bytes", "per second", any other as a plain number), RATIO and
    POINTS. NaN is ``-``.
    """
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "?"
    text = _WRITERS.get(unit, _plain)(abs(value))
    return f"-{text}" if value < 0 else text


def signed(value: float, unit: str) -> str:
    """Write a difference with its sign: ``+3 ms``, ``-0.2 points``."""
    text = written(value, unit)
    return f"+{text}" if value > 0 and math.isfinite(value) else text


def with_interval(value: float, low: float, high: float, unit: str) -> str:
    """Write a value and its interval: ``1.8x [1.5x, 2.1x]``; differences have signs."""
    write = signed if unit == POINTS else written
    if low == high or (math.isnan(low) and math.isnan(high)):
        return write(value, unit)
    return f"{write(value, unit)} [{write(low, unit)}, {write(high, unit)}]"


def _plain(value: float, digits: int = 3) -> str:
    if 0 < value < _LEAST or value >= _MOST:
        return f"{value:.{digits}g}"
    if 0 < value < _TINY:
        return np.format_float_positional(value, digits, unique=False, fractional=False, trim="-")
    return f"{float(f'{value:.{digits}g}'):,.15g}"


def _factor(value: float) -> str:
    return f"{_plain(value, 4 if _NEAR_ONE[0] < value < _NEAR_ONE[1] else 3)}x"


_WRITERS: dict[str, Callable[[float], str]] = {
    "ns": lambda value: format_duration(value) if value < _MOST * S else f"{value / S:.3g} s",
    "share": lambda value: f"{percentage(value) if _LEAST <= 100 * value <= 100 else _plain(100 * value)} %",
    "bytes": lambda value: format_size(value) if value < _MOST else f"{value:.3g} B",
    "per second": lambda value: f"{_plain(value)}/s",
    RATIO: _factor,
    POINTS: lambda value: f"{_plain(100 * value)} points",
}


def finite(*values: ArrayLike) -> NDArray[np.float64]:
    """Return all numbers among `values` that are neither infinite nor NaN, in one array."""
    together = np.concatenate([np.atleast_1d(np.asarray(part, dtype=np.float64)).ravel() for part in values])
    found: NDArray[np.float64] = together[np.isfinite(together)]
    return found


def is_wide(*values: ArrayLike) -> bool:
    """Whether values spread so far that a logarithmic axis shows them better: those above 0 by a factor of 30."""
    found = finite(*values)
    positive = found[found > 0]
    return bool(len(positive)) and bool((found >= 0).all()) and float(positive.max()) >= _WIDE * float(positive.min())


def log_limits(values: ArrayLike, bounds: ArrayLike = ()) -> tuple[float, float]:
    """Return where a logarithmic axis begins and ends that shows all `values` above 0, and `bounds` if they are near.

    A lower bound far below the values does not squeeze them: the axis ends a decade below the least.
    """
    shown, ends = finite(values), finite(bounds)
    shown, ends = shown[shown > 0], ends[ends > 0]
    if not len(shown):
        shown = ends if len(ends) else np.array([1.0])
    low, high = float(shown.min()), float(shown.max())
    least = max(min(low, float(ends.min(initial=low))), low / _FURTHEST)
    most = min(max(high, float(ends.max(initial=high))), high * _FURTHEST)
    around = min(max((most / least) ** _AROUND, _LEAST_AROUND), _MOST_AROUND) if most > least else _MOST_AROUND
    return least / around, most * around


def linear_limits(*values: ArrayLike) -> tuple[float, float]:
    """Return where a linear axis begins and ends that shows all `values`.

    From 0, or from a little below it, unless the values are all so far above it that it would leave half a picture
    empty; 0 to 1 if there is nothing to show.
    """
    found = finite(*values)
    if not len(found):
        return 0.0, 1.0
    low, high = float(found.min()), float(found.max())
    if low >= 0 and low <= high / 2:
        top = high * 1.08 if high else 1.0
        return -0.03 * top, top
    margin = 0.08 * (high - low) or 0.5 * abs(high) or 1.0
    return low - margin, high + margin


def value_axis(
    axis: Axis,
    unit: str,
    what: str,
    limits: tuple[float, float],
    *,
    log: bool = False,
    characters: int = _LABEL_CHARACTERS,
) -> None:
    """Give `axis` these limits and ticks in readable units, labelled `what`; `unit` as for `written`.

    A linear axis has its unit in the label, a logarithmic one at every tick. Lines of the label have at most so many
    `characters`.
    """
    across = isinstance(axis, XAxis)
    name = "x" if across else "y"
    set_scale, set_limits = (getattr(axis.axes, f"set_{name}{part}") for part in ("scale", "lim"))
    set_scale("log" if log else "linear")
    set_limits(*limits)
    if log:
        # Labels side by side need more room than those above each other, and units of time change with every third.
        most = _MOST_ACROSS if across else _MOST_TICKS
        least_step = 3 if unit == "ns" else 2
        axis.set_major_locator(_Binary(most) if unit == "bytes" else _Logarithmic(most, least_step))
        axis.set_minor_locator(NullLocator() if unit == "bytes" else _Logarithmic(most, least_step, between=True))
        axis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value, unit)))
        axis.set_minor_formatter(NullFormatter())
        of = unit if unit in {"per second", "per call"} else ""
    else:
        of = _linear(axis, unit, max(map(abs, limits)))
    axis.set_label_text(wrapped_path(f"{what} ({of})" if of else what, characters))


def ticks_at(axis: Axis, values: ArrayLike, unit: str) -> None:
    """Put the ticks of a logarithmic `axis` at `values`, which must be few."""
    axis.set_major_locator(FixedLocator(list(map(float, np.asarray(values)))))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value, unit)))


def _linear(axis: Axis, unit: str, largest: float) -> str:
    """Set the ticks of a linear axis and return the name of their unit."""
    size, name, locator = linear_unit(unit, largest)
    axis.set_major_locator(locator)
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / size:,.10g}{'x' * (unit == RATIO)}"))
    return name


def tick_text(value: float, unit: str) -> str:
    """Write the value of a tick on a logarithmic axis; durations from 1 s on in seconds."""
    if unit == "ns":
        size, name = next(
            ((size, name) for size, name in ((S, "s"), (MS, "ms"), (US, "us")) if value >= size), (NS, "ns")
        )
        return f"{_plain(value / size, 6)} {name}"
    if unit in {"share", POINTS}:
        percent = _plain(100 * value, 6)
        return f"{percent} %" if unit == "share" else percent
    if unit == "bytes":
        return written(value, unit)
    return f"{_plain(value, 6)}{'x' * (unit == RATIO)}"


class _Logarithmic(Locator):
    """Decades, or finer where the axis shows fewer than three of them.

    Of more than `most` every second or third is taken, `least_step` or more. `between`: the ticks without labels.
    """

    def __init__(self, most: int, least_step: int, *, between: bool = False) -> None:
        super().__init__()
        self._most = most
        self._least_step = least_step
        self._between = between

    def __call__(self) -> Any:
        assert self.axis is not None
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> Any:
        low, high = sorted((max(vmin, 1e-300), max(vmax, 1e-300)))
        exponents = np.arange(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        decades = 10.0**exponents
        within = (decades >= low) & (decades <= high)
        step = 1 + (np.count_nonzero(within) - 1) // self._most if within.any() else 1
        if step > 1:
            step = max(step, self._least_step)
            return decades if self._between else decades[exponents % step == 0]
        if self._between:
            return np.outer(decades, np.arange(2, 10)).ravel()
        for parts in _SUBDIVIDED:
            ticks = np.outer(decades, parts).ravel()
            ticks = ticks[(ticks >= low) & (ticks <= high)]
            if len(ticks) >= _FEWEST_TICKS:
                return ticks
        ticks = np.asarray(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
        return ticks[ticks > 0]


class _Binary(Locator):
    """Powers of two, at most `most`."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __call__(self) -> Any:
        assert self.axis is not None
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> Any:
        low, high = sorted((max(vmin, 1e-300), max(vmax, 1e-300)))
        exponents = np.arange(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)
        step = next((step for step in _BINARY_STEPS if len(exponents) <= step * self._most), len(exponents))
        if len(exponents) < _FEWEST_TICKS - 1:
            return np.asarray(MaxNLocator(nbins=4).tick_values(low, high))
        return 2.0 ** exponents[exponents % step == 0]
