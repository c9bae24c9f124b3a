"""Where the elements came from, and how often the reserve had to serve, as the run went on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sim.plots.busiest import Row, rows_of_classes
from sim.plots.intervals import joined
from sim.plots.scales import from_zero, percent_axis, time_axis
from sim.plots.style import Panels, picture
from sim.plots.wording import WARM_UP, calls, caption, legend, percentage, provenance, say_empty, shade_warmup
from sim.results.calls import PATHS
from sim.results.summary import SHARES

if TYPE_CHECKING:
    import pandas as pd

    from sim.results.result import Result

MOST_INTERVALS = 200
_CALLS_PER_INTERVAL = 50
_LEAST_INTERVALS = 20


class Look(NamedTuple):
    """How a path is drawn: its name, its colour, and the hatching that tells it apart without colour."""

    name: str
    color: str
    hatch: str = ""


PALE = "#e3e3e3"
"""The colour of what is as it should be, so that the rest stands out."""

LOOKS = {
    "first_attempt": Look("first attempt", PALE),
    "reserve": Look("reserve", "#0072b2"),
    "after_reclaim": Look("after reclaim", "#e69f00", "///"),
    "after_wait": Look("after a wait", "#d55e00", "xxx"),
    "null": Look("NULL", "#000000"),
    "unfinished": Look("unfinished", "#8c8c8c", "..."),
}
"""By share of the summary (`sim.results.summary.SHARES`), from the bottom of the picture to its top."""

_FALLBACK = "calls served by the reserve,\nat once or after a wait"
_NO_CALL: dict[str, Any] = {"facecolor": "none", "edgecolor": "0.72", "hatch": "---", "linewidth": 0}


class Intervals(NamedTuple):
    """Calls by the interval in which they began: `edges_ns` (n + 1), `counts` per interval and path (n, 7)."""

    edges_ns: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def idle(self) -> NDArray[np.bool_]:
        """Whether no call began in an interval."""
        idle: NDArray[np.bool_] = self.counts.sum(axis=1) == 0
        return idle

    def share(self, key: str) -> NDArray[np.float64]:
        """Return the share of calls that `SHARES[key]` counts, NaN for an interval without calls."""
        total = self.counts.sum(axis=1)
        counted = self.counts[:, [int(path) for path in SHARES[key]]].sum(axis=1)
        share: NDArray[np.float64] = np.divide(counted, total, out=np.full(len(total), np.nan), where=total > 0)
        return share


def intervals_of(paths_over_time: "pd.DataFrame", most: int = MOST_INTERVALS) -> Intervals:
    """Return the calls of all rows of a frame such as `Result.paths_over_time`, in at most `most` intervals.

    Fewer, if there are not some 50 calls for each; the frame's own intervals are joined, never cut.
    """
    ticks = paths_over_time.groupby("t_ns")[list(PATHS)].sum()
    counts = ticks.to_numpy(np.int64)
    if not len(counts):
        return Intervals(np.array([0, 1]), np.zeros((1, len(PATHS)), dtype=np.int64))
    wanted = min(most, max(_LEAST_INTERVALS, int(counts.sum()) // _CALLS_PER_INTERVAL))
    intervals = joined(ticks.index.to_numpy(np.int64), wanted)
    return Intervals(intervals.edges, np.add.reduceat(counts, intervals.first))


def paths(
    result: "Result",
    *,
    pool: str | None = None,
    task: str | None = None,
    ax: Sequence[Axes] | Panels | None = None,
) -> Panels:
    """Draw the shares of the paths over time and, below, the fallback rate; return both Axes.

    x is the time at which a call began, in ns, y a share of 0 to 1 of the calls that began in an interval; intervals
    without calls are hatched, and so is the warm-up. The shares in the legend are those of the summary. `pool` and
    `task` choose; otherwise all calls count. `ax` are two Axes. Raises ValueError for an unknown pool or task.
    """
    rows = rows_of_classes(result, pool, task)
    frame = result.paths_over_time
    for column, name in (("pool", pool), ("task", task)):
        frame = frame if name is None else frame.loc[frame[column] == name]
    intervals = intervals_of(frame)
    with picture(ax, heights=(3, 2), size=(7.6, 4.8)) as panels:
        shares, fallback = panels
        _draw_shares(shares, intervals)
        _draw_fallback(fallback, intervals)
        for axes in panels:
            percent_axis(axes.yaxis)
            time_axis(axes, result.document["duration_ns"], "time at which the call began")
            _draw_no_call(axes, intervals)
            shade_warmup(axes, result)
        shares.set_xlabel("")
        caption(shares, f"Where the elements came from: {_whose(result, pool, task)}", provenance(result))
        if intervals.counts.any():
            _legend(shares, rows, intervals, result)
            legend(fallback, [rate for rate in fallback.patches if rate.get_label() == _FALLBACK])
        else:
            say_empty(shares, "no call")
    return panels


def _whose(result: "Result", pool: str | None, task: str | None) -> str:
    of = len(result.document["pools"])
    several = "" if of == 1 else f", one of {of:,} pools" if pool else f", {of:,} pools together"
    return (" / ".join(filter(None, (pool, task))) or "all calls") + several


def _draw_shares(axes: Axes, intervals: Intervals) -> None:
    below = np.zeros(len(intervals.counts))
    for key, look in LOOKS.items():
        share = intervals.share(key)
        above = below + share
        if np.nansum(share) > 0:
            axes.stairs(above, intervals.edges_ns, baseline=below, fill=True, label=look.name, **fill(look))
        below = np.nan_to_num(above)
    axes.set_ylim(0, 1)
    axes.set_ylabel("share of calls")


def fill(look: Look) -> dict[str, Any]:
    """Return the properties of a patch with this look."""
    return {"facecolor": look.color, "hatch": look.hatch, "edgecolor": "0.15", "linewidth": 0}


def patch(look: Look, label: str | None = None) -> Patch:
    """Return the patch of a legend for this look, labelled with its name unless told otherwise."""
    return Patch(label=label or look.name, **{**fill(look), "linewidth": 0.5})


def _draw_no_call(axes: Axes, intervals: Intervals) -> None:
    idle = np.where(intervals.idle, axes.get_ylim()[1], np.nan)
    if intervals.counts.any() and intervals.idle.any():
        axes.stairs(idle, intervals.edges_ns, baseline=0, fill=True, label="no call began", **_NO_CALL)


def _draw_fallback(axes: Axes, intervals: Intervals) -> None:
    rate = intervals.share("fallback")
    axes.stairs(rate, intervals.edges_ns, baseline=None, color="#0072b2", linewidth=1.5, label=_FALLBACK)
    highest = float(np.nanmax(rate, initial=0))
    from_zero(axes, min(1.03, 1.15 * highest) if highest else 0.01)
    axes.set_ylabel("fallback rate")


def _legend(axes: Axes, rows: list[Row], intervals: Intervals, result: "Result") -> None:
    of = sum(row["calls"] for row in rows)
    handles = []
    for key, look in reversed(LOOKS.items()):
        shares = [row["shares"][key] for row in rows if row["calls"]]
        count = sum(share["count"] for share in shares)
        possible = any(share["at_most"] != 0 for share in shares)
        handles.append(patch(look, f"{look.name}  {percentage(count, of, possible)}"))
    if intervals.idle.any():
        handles.append(Patch(label="no call began", **{**_NO_CALL, "linewidth": 0.5}))
    warmup_ns = result.document["warmup_ns"]
    if warmup_ns:
        handles.append(Patch(label="warm-up", **WARM_UP))
    legend(axes, handles, title=f"{calls(of)}{' after the warm-up' if warmup_ns else ''}")
