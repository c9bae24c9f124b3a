"""Scales of axes: durations in ns, shares of 0 to 1, pages, as in all tables; with ticks in units that people read."""

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, Locator, LogLocator, MaxNLocator, NullFormatter, NullLocator

from sim.kernel.page import PAGE_SIZE
from sim.units import MIN, MS, NS, US, H, S, format_size

_UNITS = {"h": H, "min": MIN, "s": S, "ms": MS, "us": US, "ns": NS}
_FROM = {"h": 10 * H, "min": 10 * MIN, "s": 2 * S, "ms": 2 * MS, "us": 2 * US, "ns": 0}

ZERO_NS = 0.1
"""Where a logarithmic axis of durations shows 0: below 1 ns, the shortest that there is otherwise."""

_PAGES_IN = {unit: size / PAGE_SIZE for unit, size in {"GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10}.items()}
# Above a linear part, the least distance of the first tick from its end; and its height in decades of the rest.
_NEXT, _LINEAR_DECADES = 1.6, 1.4

_MOST_LABELLED = 9
_FEWER = 3


class _UnitLocator(MaxNLocator):
    """Round numbers of a unit of `size` ns or pages, at most `nbins` + 1."""

    def __init__(self, size: float, nbins: int = 8) -> None:
        super().__init__(nbins=nbins, steps=[1, 2, 3, 5, 6, 10] if size in {MIN, H} else [1, 2, 2.5, 5, 10])
        self._size = size

    def tick_values(self, vmin: float, vmax: float) -> Any:
        return np.asarray(super().tick_values(vmin / self._size, vmax / self._size)) * self._size


class _PagesLocator(Locator):
    """Round sizes from 0 to `linear_to` pages, and above that the powers of four."""

    def __init__(self, linear_to: int) -> None:
        super().__init__()
        self._linear_to = linear_to

    def __call__(self) -> Any:
        assert self.axis is not None
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> Any:
        size = _PAGES_IN[_unit_of(self._linear_to)]
        low = size * np.asarray(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]).tick_values(0, self._linear_to / size))
        above = 4.0 ** np.arange(math.ceil(math.log(_NEXT * self._linear_to, 4)), math.floor(math.log(vmax, 4)) + 1)
        return np.append(low[low <= self._linear_to], above)


class _Decades(LogLocator):
    """The powers of ten from `least` on, or the ticks between them.

    Of more than can be labelled every third is one, where units change, and the others are the ticks between.
    """

    def __init__(self, least: float = 0, *, between: bool = False) -> None:
        super().__init__()
        self._least = least
        self._between = between

    def tick_values(self, vmin: float, vmax: float) -> Any:
        exponents = np.arange(math.floor(math.log10(vmin)), math.ceil(math.log10(vmax)) + 1)
        decades = 10.0**exponents
        crowded = np.count_nonzero((decades >= vmin) & (decades <= vmax)) > _MOST_LABELLED
        if self._between:
            ticks = decades if crowded else np.outer(decades, np.arange(2, 10)).ravel()
        else:
            ticks = decades[exponents % _FEWER == 0] if crowded else decades
        return ticks[ticks >= self._least]


class _Durations(_Decades):
    """The powers of ten from 1 ns on, and the place of 0."""

    def tick_values(self, vmin: float, vmax: float) -> Any:
        return np.append(ZERO_NS, super().tick_values(vmin, vmax))


def time_axis(ax: Axes, duration_ns: int, what: str) -> None:
    """Make x of `ax` the time from 0 to `duration_ns`, labelled `what` and the unit."""
    unit = next(unit for unit, least in _FROM.items() if duration_ns >= least)
    size = _UNITS[unit]
    ax.set_xlim(0, max(duration_ns, 1))
    ax.xaxis.set_major_locator(_UnitLocator(size))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda ns, _: f"{ns / size:,.10g}"))
    ax.set_xlabel(f"{what} ({unit})")


def pages_axis(ax: Axes, top: float, what: str, linear_to: int | None = None) -> None:
    """Make y of `ax` a number of pages from 0 to `top`, with ticks in bytes, labelled `what` and the unit.

    With `linear_to` each tick has its unit, and the axis is logarithmic above so many pages and linear below them.
    """
    if linear_to is not None:
        ax.set_yscale("symlog", linthresh=linear_to, linscale=_LINEAR_DECADES)
        ax.yaxis.set_major_locator(_PagesLocator(linear_to))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda pages, _: format_size(pages * PAGE_SIZE) if pages else "0"))
        ax.set_ylim(-0.03 * linear_to, top)
        ax.set_ylabel(what)
        return
    unit = _unit_of(top)
    size = _PAGES_IN[unit]
    ax.yaxis.set_major_locator(_UnitLocator(size, nbins=6))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda pages, _: f"{pages / size:,.10g}"))
    from_zero(ax, top)
    ax.set_ylabel(f"{what} ({unit})")


def _unit_of(pages: float) -> str:
    """Return the unit of which there are at least two, if there is one."""
    return next((unit for unit, size in _PAGES_IN.items() if pages >= 2 * size), "KiB")


def latency_axis(ax: Axes, least_ns: float, most_ns: float) -> None:
    """Make x of `ax` a logarithmic axis of durations, with ticks like `10 us` on the decades, and `0` at ZERO_NS."""
    ax.set_xscale("log")
    ax.set_xlim(least_ns, most_ns)
    _decades(ax.xaxis, _Durations(1), _Decades(1, between=True))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda ns, _: decade(ns) if ns >= 1 else "0"))


def decade(ns: float) -> str:
    """Write a power of ten of ns: `100 us`; from 1 s on in seconds."""
    exponent = round(math.log10(ns))
    units = {"s": 9, "ms": 6, "us": 3, "ns": 0}
    unit, size = next(((unit, size) for unit, size in units.items() if exponent >= size), ("ns", 0))
    return f"{10 ** (exponent - size):,} {unit}"


def share_axis(ax: Axes, least: float) -> None:
    """Make y of `ax` a logarithmic axis of shares from `least` to 1, with ticks like `0.1 %` on the decades."""
    ax.set_yscale("log")
    ax.set_ylim(least, 1.3)
    _decades(ax.yaxis, _Decades(), _Decades(between=True))
    ax.yaxis.set_major_formatter(
        FuncFormatter(lambda share, _: f"{np.format_float_positional(100 * share, 9, trim='-')} %")
    )


def percent_axis(axis: Axis) -> None:
    """Give a linear axis of shares a few ticks, in percent."""
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.6g} %"))


def linear_unit(unit: str, largest: float) -> tuple[float, str, Locator]:
    """Return how large the unit of a linear axis is, its name in the label, and a locator of round numbers of it.

    `unit` is that of a measure, such as "ns", "share", "points", "bytes" or "per second"; `largest` the largest value.
    """
    if unit == "ns":
        name = next(name for name, least in _FROM.items() if largest >= least)
        return _UNITS[name], name, _UnitLocator(_UNITS[name], nbins=6)
    if unit == "bytes":
        name = next((name for name, pages in _PAGES_IN.items() if largest >= 2 * pages * PAGE_SIZE), "B")
        size = _PAGES_IN[name] * PAGE_SIZE if name != "B" else 1
        return size, name, _UnitLocator(size, nbins=6)
    if unit in {"share", "points"}:
        return 0.01, "%" if unit == "share" else "percentage points", _UnitLocator(0.01, nbins=6)
    name = unit if unit in {"per second", "per call"} else ""
    return 1, name, MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10])


def from_zero(ax: Axes, top: float) -> None:
    """Let y of `ax` go from 0 to `top`, and so little below that a line of zeros is seen beside the axis."""
    ax.set_ylim(-0.03 * top, top)


def _decades(axis: Axis, on: Locator, between: Locator) -> None:
    axis.set_major_locator(on)
    axis.set_minor_locator(between)
    axis.set_minor_formatter(NullFormatter())
