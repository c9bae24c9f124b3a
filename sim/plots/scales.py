"""Scales of axes: durations in ns and shares of 0 to 1, as in all tables, with ticks in units that people read."""

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from sim.units import MIN, MS, NS, US, H, S

_UNITS = {"h": H, "min": MIN, "s": S, "ms": MS, "us": US, "ns": NS}
_FROM = {"h": 10 * H, "min": 10 * MIN, "s": 2 * S, "ms": 2 * MS, "us": 2 * US, "ns": 0}
_ALL_DECADES = 40


class _UnitLocator(MaxNLocator):
    """Round numbers of a unit of `size` ns."""

    def __init__(self, size: int) -> None:
        super().__init__(nbins=8, steps=[1, 2, 3, 5, 6, 10] if size in {MIN, H} else [1, 2, 2.5, 5, 10])
        self._size = size

    def tick_values(self, vmin: float, vmax: float) -> Any:
        return np.asarray(super().tick_values(vmin / self._size, vmax / self._size)) * self._size


def time_axis(ax: Axes, duration_ns: int, what: str) -> None:
    """Make x of `ax` the time from 0 to `duration_ns`, labelled `what` and the unit."""
    unit = next(unit for unit, least in _FROM.items() if duration_ns >= least)
    size = _UNITS[unit]
    ax.set_xlim(0, max(duration_ns, 1))
    ax.xaxis.set_major_locator(_UnitLocator(size))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda ns, _: f"{ns / size:,.10g}"))
    ax.set_xlabel(f"{what} ({unit})")


def latency_axis(ax: Axes, least_ns: float, most_ns: float) -> None:
    """Make x of `ax` a logarithmic axis of durations, with a tick like `10 us` on each decade."""
    ax.set_xscale("log")
    ax.set_xlim(least_ns, most_ns)
    _decades(ax.xaxis)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda ns, _: decade(ns)))


def decade(ns: float) -> str:
    """Write a power of ten of ns: `100 us`; from 1 s on in seconds."""
    exponent = round(math.log10(ns))
    units = {"s": 9, "ms": 6, "us": 3, "ns": 0}
    unit, size = next(((unit, size) for unit, size in units.items() if exponent >= size), ("ns", 0))
    return f"{10 ** (exponent - size):,} {unit}"


def share_axis(ax: Axes, least: float) -> None:
    """Make y of `ax` a logarithmic axis of shares from `least` to 1, with a tick like `0.1 %` on each decade."""
    ax.set_yscale("log")
    ax.set_ylim(least, 1.3)
    _decades(ax.yaxis)
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


def _decades(axis: Axis) -> None:
    axis.set_major_locator(LogLocator(numticks=_ALL_DECADES))
    axis.set_minor_locator(LogLocator(subs=tuple(range(2, 10)), numticks=_ALL_DECADES))
    axis.set_minor_formatter(NullFormatter())
