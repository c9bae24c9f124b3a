"""An estimate in a picture: a marker with its interval, or, for what never happened, the bound that it stays below."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sim.plots.looks import LineLook
from sim.plots.rows import numbers

Floats = NDArray[np.float64]
ESTIMATE, INTERVAL, BOUND = "mempool-sim estimate", "mempool-sim interval", "mempool-sim bound"
NEVER_SEEN = "never seen: the rate is below the mark"


class Estimates(NamedTuple):
    """Values with their intervals, all of one shape (n,); NaN where there is none.

    `rates`: a value of 0 is of what never happened.
    """

    value: Floats
    low: Floats
    high: Floats
    rates: bool = True

    @property
    def unseen(self) -> NDArray[np.bool_]:
        """Which of them are rates of what never happened, so that the upper bound is all there is to show."""
        unseen: NDArray[np.bool_] = self.rates & (self.value == 0) & (self.low == 0) & (self.high > 0)
        return unseen

    @property
    def shown(self) -> Floats:
        """Where the marker of each stands."""
        return np.where(self.unseen, self.high, self.value)

    @property
    def line(self) -> Floats:
        """The values, NaN for what never happened."""
        return np.where(self.unseen, np.nan, self.value)


def estimates_of(
    frame: pd.DataFrame, value: str = "value", low: str = "low", high: str = "high", *, rates: bool = True
) -> Estimates:
    """Return the estimates in these columns of a frame."""
    return Estimates(numbers(frame, value), numbers(frame, low), numbers(frame, high), rates)


def draw(
    axes: Axes,
    at: Floats,
    found: Estimates,
    look: LineLook,
    *,
    hollow: NDArray[np.bool_] | None = None,
    sideways: bool = False,
    bars: bool = True,
    size: float = 5.5,
) -> None:
    """Draw a marker at each value, with a bar over its interval if `bars`; `hollow` ones in white.

    Values are along y, or along x if `sideways`. Bars end at the limits of the axis, which must be set. What never
    happened has an open triangle at its upper bound, that points down to where the rate may be, and a bar below it.
    """
    low_limit, high_limit = sorted(axes.get_xlim() if sideways else axes.get_ylim())
    there = np.isfinite(found.shown)
    low, high = (np.clip(bound, low_limit, high_limit) for bound in (found.low, found.high))
    barred = there & np.isfinite(low) & np.isfinite(high) & (bars | found.unseen)
    line = axes.hlines if sideways else axes.vlines
    if barred.any():
        line(at[barred], low[barred], high[barred], color=look.color, linewidth=1.2, gid=INTERVAL, zorder=2.4)
    hollow = np.zeros(len(at), dtype=bool) if hollow is None else hollow
    down = "<" if sideways else "v"
    for which, marker, fill, gid in (
        (there & ~found.unseen & ~hollow, look.marker, look.color, ESTIMATE),
        (there & ~found.unseen & hollow, look.marker, "white", ESTIMATE),
        (there & found.unseen, down, "white", BOUND),
    ):
        if which.any():
            x, y = (found.shown[which], at[which]) if sideways else (at[which], found.shown[which])
            style: dict[str, Any] = {"markersize": size, "markerfacecolor": fill, "linestyle": "none", "zorder": 3}
            axes.plot(x, y, marker=marker, color=look.color, gid=gid, **style)


def never_seen(sideways: bool = False) -> Line2D:
    """Return what explains the mark of a bound in a legend."""
    style: dict[str, Any] = {"linestyle": "none", "color": "0.3", "markerfacecolor": "white", "label": NEVER_SEEN}
    return Line2D([], [], marker="<" if sideways else "v", **style)


def has_bound(axes: Axes) -> bool:
    """Whether there is such a mark in `axes`."""
    return any(line.get_gid() == BOUND for line in axes.lines)
