"""The memory of the machine as the run went on: free pages, reclaim, page states, and whom all of it held up."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim.kernel.page import PAGE_SIZE
from sim.plots.busiest import busiest_pools, rows_of_classes
from sim.plots.intervals import joined
from sim.plots.paths import Look, fill, patch
from sim.plots.reserve import MOST_INTERVALS, draw_pool
from sim.plots.scales import from_zero, pages_axis, percent_axis, time_axis
from sim.plots.style import Panels, is_own, picture
from sim.plots.wording import caption, legend, mark_onset, provenance, say_empty, shade_warmup
from sim.results.memory import MARKS, RESERVE, memory_of, together
from sim.units import format_size

if TYPE_CHECKING:
    import pandas as pd

    from sim.results.result import Result

STATES = {
    "kernel": Look("kernel", "#8c8c8c"),
    "anon": Look("anonymous", "#cc79a7"),
    "swapping": Look("going to swap", "#7a3b5e", "\\\\\\"),
    "writeback": Look("under writeback", "#d55e00", "xxx"),
    "dirty": Look("dirty", "#e69f00", "///"),
    "clean": Look("clean cache", "#56b4e9"),
    "free": Look("free", "#f2f2f2"),
}
"""By column of the memory over time, from the bottom of the picture to its top."""

STALLS = {"memory": "#0072b2", "io": "#d55e00"}
"""By resource of /proc/pressure: the colour of its `some`, an area, and its `full`, a line."""

_DASHES = {"min": (0, (1, 1.2)), "low": (0, (4, 2)), "high": (0, (9, 3))}
_KSWAPD, _DIRECT = Look("kswapd", "#009e73"), Look("direct reclaim", "#d55e00", "///")

# Above so many times the high mark, a linear axis would press the three marks into one line.
_LINEAR_UP_TO = 4
_HEADROOM = 1.12
# Of the height of the panel, so that the names of the marks do not overlap.
_APART = 0.075
_BESIDE_NAMES = 1.08
_AVERAGE = (0, (1, 1.5))
# Reclaim comes and goes within tens of milliseconds: shares of such short times would only flicker.
_STALL_INTERVALS = 60


def memory(
    result: "Result",
    *,
    pool: str | None = None,
    ax: Sequence[Axes] | Panels | None = None,
) -> Panels:
    """Draw the machine's memory, one pool and the stalls over time, on one axis; return the six Axes.

    From the top: free pages against the watermarks; who reclaims; the pages by state; the reserve of `pool`, and its
    waiters; the share of the time that /proc/pressure counts as stalled, and an average of it. x is the simulated time
    in ns, y in pages with ticks in bytes, in tasks, elements, calls and percent. Far above the watermarks free pages
    are drawn on a logarithmic axis. Without `pool`, the one whose calls took the most time. `ax` are six Axes. Raises
    ValueError for an unknown pool, and for a run whose scenario has no `memory:`.
    """
    found = memory_of(result.document)
    rows_of_classes(result, pool)
    pools = busiest_pools(result)
    chosen = pool if pool is not None else next(iter(pools), "")
    edges, columns = pages_in_intervals(result.memory)
    with picture(ax, heights=(3, 1.3, 3, 1.7, 1.5, 2), size=(7.6, 11)) as panels:
        free, reclaim, states, level, waiters, stalls = panels
        if columns:
            _draw_free(free, edges, columns, found["zones"])
            _draw_reclaim(reclaim, edges, columns)
            _draw_states(states, edges, columns)
            _draw_stalls(stalls, *pages_in_intervals(result.memory, _STALL_INTERVALS))
        else:
            say_empty(free, "no interval")
            free.set_ylabel("free memory")
            states.set_ylabel("pages by state")
        draw_pool(level, waiters, result, chosen)
        for axes in (level, waiters):
            axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        reclaim.set_ylabel("tasks that\nreclaim")
        stalls.set_ylabel("stalled")
        for axes in panels:
            time_axis(axes, result.document["duration_ns"], "simulated time")
            shade_warmup(axes, result, label="warm-up" if axes is level else "")
            mark_onset(axes, result, labelled=axes is level)
        for axes in panels[:-1]:
            axes.set_xlabel("")
        names = is_own(free) and bool(found["zones"])
        legend(free, title=_whose(found["zones"]), beside=_BESIDE_NAMES if names else None)
        if columns:
            legend(states, [patch(look) for look in reversed(STATES.values())])
            legend(reclaim, [patch(look) for look in (_DIRECT, _KSWAPD)])
        legend(stalls, title="/proc/pressure")
        for axes in (level, waiters):
            legend(axes)
        several = f", one of {len(pools):,} pools" if len(pools) > 1 else ""
        with_pool = f" and the pool {chosen}{several}" if chosen else ""
        caption(free, f"Memory, reclaim{with_pool}", provenance(result))
    return panels


def pages_in_intervals(
    frame: "pd.DataFrame", most: int = MOST_INTERVALS
) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
    """Return the edges of at most `most` intervals (n + 1), in ns, and the columns of `Result.memory` in them (n).

    Pages by state are those at the end of the last interval that is joined, of which `free` takes in what lies on the
    lists of the processors; of free ones alone there are the least, and the mean and the most at the ends, as
    `free_mean` and `free_max`. Activity and shares are means over time, averages the highest.
    """
    ends = frame["t_ns"].to_numpy(np.int64)
    if not len(ends):
        return np.array([0, 1]), {}
    intervals, values = joined(ends, most), {name: frame[name].to_numpy() for name in frame.columns}
    stalls = [f"{resource}_{who}" for resource in STALLS for who in ("some", "full")]
    shares = [f"{stall}_share" for stall in stalls]
    columns = {
        **{name: intervals.last(values[name]) for name in STATES},
        "free": intervals.last(values["free"] + values["pcp"]),
        "free_min": intervals.least(values["free_min"]),
        "free_mean": intervals.mean(values["free"]),
        "free_max": intervals.most(values["free"]),
        **{name: intervals.mean(values[name]) for name in ("kswapd", "reclaimers", *shares)},
        **{name: intervals.most(values[name]) for name in stalls},
    }
    return intervals.edges, columns


def _draw_free(
    axes: Axes, edges: NDArray[Any], columns: Mapping[str, NDArray[Any]], zones: Sequence[Mapping[str, Any]]
) -> None:
    least, most = columns["free_min"], columns["free_max"]
    marks = dict(reversed(together(zones).items()))
    top = _HEADROOM * max(float(most.max()), marks["high"], 1)
    axes.stairs(most, edges, baseline=least, fill=True, facecolor="#56b4e9", alpha=0.5, label="least to most")
    axes.stairs(columns["free_mean"], edges, baseline=None, color="#0072b2", linewidth=1.3, label="mean")
    linear = not marks["high"] or top <= _LINEAR_UP_TO * marks["high"]
    if linear:
        pages_axis(axes, top, "free memory")
    else:
        pages_axis(axes, top, "free memory\n(linear up to high)", marks["high"])
    if zones:
        for mark, pages in marks.items():
            label = f"{mark} = {format_size(pages * PAGE_SIZE)}"
            axes.axhline(pages, color="black", linestyle=_DASHES[mark], linewidth=1, label=label)
        if is_own(axes):
            _name_marks(axes, marks)


def _name_marks(axes: Axes, marks: Mapping[str, int]) -> None:
    """Write the names of the marks to the right of their lines, where only a figure of ours has the room."""
    scale = axes.transScale + axes.transLimits
    heights: list[float] = []
    for mark in MARKS:
        at = float(scale.transform((0, marks[mark]))[1])
        heights.append(max(at, heights[-1] + _APART) if heights else at)
    for mark, height in zip(MARKS, heights, strict=True):
        axes.text(1.008, height, mark, transform=axes.transAxes, va="center", fontsize=8)


def _whose(zones: Sequence[Mapping[str, Any]]) -> str | None:
    if len(zones) < 2:
        return None
    kept = ",\nwith lowmem_reserve" if any(zone[RESERVE] for zone in zones) else ""
    return f"of {len(zones)} zones together{kept}"


def _draw_reclaim(axes: Axes, edges: NDArray[Any], columns: Mapping[str, NDArray[Any]]) -> None:
    """Add up the share of the time that kswapd ran and the mean number of other tasks: kswapd is a task, too."""
    kswapd = columns["kswapd"]
    reclaimers = kswapd + columns["reclaimers"]
    axes.stairs(kswapd, edges, fill=True, label=_KSWAPD.name, **fill(_KSWAPD))
    axes.stairs(reclaimers, edges, baseline=kswapd, fill=True, label=_DIRECT.name, **fill(_DIRECT))
    axes.stairs(reclaimers, edges, baseline=None, color="0.25", linewidth=0.8)
    from_zero(axes, _HEADROOM * max(1, float(reclaimers.max())))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 5, 10]))


def _draw_states(axes: Axes, edges: NDArray[Any], columns: Mapping[str, NDArray[Any]]) -> None:
    below: NDArray[Any] = np.zeros(len(edges) - 1)
    for name, look in STATES.items():
        above = below + columns[name]
        axes.stairs(above, edges, baseline=below, fill=True, label=look.name, **fill(look))
        below = above
    pages_axis(axes, max(float(below.max()), 1), "pages by state")


def _draw_stalls(axes: Axes, edges: NDArray[Any], columns: Mapping[str, NDArray[Any]]) -> None:
    for resource, color in STALLS.items():
        some, full = (columns[f"{resource}_{who}_share"] for who in ("some", "full"))
        axes.stairs(some, edges, fill=True, facecolor=color, alpha=0.3, label=f"{resource} some")
        axes.stairs(full, edges, baseline=None, color=color, linewidth=1.3, label=f"{resource} full")
    # An average that decays from one moment to the next, from zero on: points in time, not levels of intervals.
    average = np.append(0.0, columns["memory_some"]) / 100
    axes.plot(edges, average, color="black", linestyle=_AVERAGE, linewidth=1, label="memory some,\navg10")
    from_zero(axes, 1.03)
    percent_axis(axes.yaxis)
