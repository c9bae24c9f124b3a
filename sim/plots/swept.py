"""The values of a sweep's axis: numbers, quantities with a unit, or categories; and where they stand in a picture."""

import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator
from numpy.typing import NDArray

from sim.plots.values import linear_limits, log_limits, tick_text, value_axis
from sim.plots.wording import wrapped, wrapped_path
from sim.units import UnitError, format_count, parse_duration, parse_rate, parse_size

RESERVED = ("point", "subject", "measure", "unit", "value", "low", "high", "method", "warning", "runs")
"""The columns of a sweep's summary that are no axes."""

_READERS: dict[str, Callable[[str], float]] = {"ns": parse_duration, "bytes": parse_size, "per second": parse_rate}
_MOST_TICKS = 14
_LOG_SPAN = 8
# How far 0 stands from the least value above it, on a logarithmic axis.
_ZERO_DECADES = 0.27
_CHARACTER, _GAP = 0.075, 0.08
_CATEGORY_CHARACTERS = 16
_NAME_CHARACTERS = 60


class Swept(NamedTuple):
    """The values of an axis: `places` is where each row stands, in `unit`; of `categories` it is their number."""

    places: NDArray[np.float64]
    unit: str
    categories: tuple[str, ...] = ()


def axes_of(summary: pd.DataFrame) -> list[str]:
    """Return the columns of a sweep's summary that are axes."""
    return [str(name) for name in summary.columns if name not in RESERVED]


def swept(column: "pd.Series[Any]") -> Swept:
    """Return where the rows stand along the axis of `column`: numbers, texts of one quantity, or else categories."""
    values = list(column)
    if all(map(_is_number, values)):
        numbers = np.array(values, dtype=np.float64)
        if not np.isnan(numbers).any():
            return Swept(numbers, "")
    if values and all(isinstance(value, str) for value in values):
        for unit, read in _READERS.items():
            try:
                return Swept(np.array([read(value) for value in values], dtype=np.float64), unit)
            except UnitError:
                continue
    names = [str(value) for value in in_order(column)]
    return Swept(np.array([names.index(str(value)) for value in values], dtype=np.float64), "", tuple(names))


def in_order(column: "pd.Series[Any]") -> list[Any]:
    """Return the distinct values: categories in their order, numbers and quantities sorted, others as they come."""
    if column.dtype == "category":
        return list(column.cat.remove_unused_categories().cat.categories)
    values = list(column.drop_duplicates())
    if all(map(_is_number, values)):
        return sorted(values)
    for read in _READERS.values():
        try:
            return sorted(values, key=read)
        except (UnitError, TypeError, AttributeError):
            continue
    return values


def text_of(value: Any) -> str:
    """Write a value of an axis."""
    if not _is_number(value):
        return str(value)
    number = float(value)
    return format_count(int(number)) if number.is_integer() else f"{number:,.6g}"


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def is_even_on_log(at: NDArray[np.float64]) -> bool:
    """Whether distinct values above 0 are more even on a logarithmic axis than on a linear one."""
    values = np.unique(at[at > 0])
    if len(values) < 3 or (at < 0).any() or values[-1] < _LOG_SPAN * values[0]:
        return False
    linear, log = np.diff(values), np.diff(np.log(values))
    return bool(log.std() / log.mean() < linear.std() / linear.mean())


def swept_axis(axes: Axes, found: Swept, name: str, inches: float, *, log: bool | None = None) -> None:
    """Make x of `axes`, some `inches` wide, the axis of these values: with a tick at each if they are few.

    `log`: whether numbers are on a logarithmic axis; otherwise they are if they are more even there.
    """
    label = wrapped_path(name, _NAME_CHARACTERS)
    if found.categories:
        names = [wrapped(category, _CATEGORY_CHARACTERS) for category in found.categories]
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.xaxis.set_minor_locator(NullLocator())
        aslant = _width(names) + _GAP > inches / max(len(names), 1)
        how: dict[str, Any] = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if aslant else {}
        axes.set_xticks(range(len(names)), names, **how)
        axes.set_xlabel(label)
        return
    values = np.unique(found.places)
    log = is_even_on_log(found.places) if log is None else log and bool((values > 0).any())
    least = float(values[values > 0].min()) if log else 0.0
    if log and values[0] == 0:
        axes.set_xscale("symlog", linthresh=least, linscale=_ZERO_DECADES)
        axes.set_xlim(-0.3 * least, float(values[-1]) * 1.2)
        axes.set_xlabel(label)
    else:
        value_axis(axes.xaxis, found.unit, name, _limits(values, log=log), log=log)
    if len(values) <= _MOST_TICKS or axes.get_xscale() == "symlog":
        _tick_each(axes, values, found.unit, label, inches)


def _limits(values: NDArray[np.float64], *, log: bool) -> tuple[float, float]:
    if log:
        return log_limits(values)
    if len(values) < 2:
        return linear_limits(values)
    margin = 0.04 * float(values[-1] - values[0])
    return float(values[0]) - margin, float(values[-1]) + margin


def _tick_each(axes: Axes, values: NDArray[np.float64], unit: str, label: str, inches: float) -> None:
    """Put a tick at each value, labelled if there is room; each with its unit."""
    texts = [tick_text(value, unit) if value else "0" for value in values]
    shown = thinned(axes, values, texts, inches)
    axes.xaxis.set_major_locator(FixedLocator([float(value) for value in values]))
    axes.xaxis.set_major_formatter(FixedFormatter(shown))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(label)


def thinned(axes: Axes, at: NDArray[np.float64], texts: Sequence[str], inches: float) -> list[str]:
    """Return the labels of ticks `at` x, ascending, with those emptied that have no room beside one before them."""
    transform = axes.transScale + axes.transLimits
    shown, last = [], -math.inf
    for value, text in zip(at, texts, strict=True):
        place, half = float(transform.transform((value, 0))[0]) * inches, _width([text]) / 2
        fits = place - half > last
        shown.append(text if fits else "")
        last = place + half + _GAP if fits else last
    return shown


def _width(names: Sequence[str]) -> float:
    """About how many inches the widest of `names` takes."""
    return _CHARACTER * max((len(line) for name in names for line in name.split("\n")), default=0)
