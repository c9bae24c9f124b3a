"""Scales of axes: durations in ns and shares of 0 to 1, as in all tables, with ticks in units that people read."""

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, Locator, LogLocator, MaxNLocator, NullFormatter

from sim.units import MIN, MS, NS, US, H, S

_UNITS = {"h": H, "min": MIN, "s": S, "ms": MS, "us": US, "ns": NS}
_FROM = {"h": 10 * H, "min": 10 * MIN, "s": 2 * S, "ms": 2 * MS, "us": 2 * US, "ns": 0}

ZERO_NS = 0.1
"""Where a logarithmic axis of durations shows 0: below 1 ns, the shortest that there is otherwise."""

_MOST_LABELLED = 9
_FEWER = 3


class _UnitLocator(MaxNLocator):
    """Round numbers of a unit of `size` ns."""

    def __init__(self, size: int) -> None:
        super().__init__(nbins=8, steps=[1, 2, 3, 5, 6, 10] if size in {MIN, H} else [1, 2, 2.5, 5, 10])
        self._size = size

    def tick_values(self, vmin: float, vmax: float) -> Any:
        return np.asarray(super().tick_values(vmin / self._size, vmax / self._size)) * self._size


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


def from_zero(ax: Axes, top: float) -> None:
    """Let y of `ax` go from 0 to `top`, and so little below that a line of zeros is seen beside the axis."""
    ax.set_ylim(-0.03 * top, top)


def _decades(axis: Axis, on: Locator, between: Locator) -> None:
    axis.set_major_locator(on)
    axis.set_minor_locator(between)
    axis.set_minor_formatter(NullFormatter())
