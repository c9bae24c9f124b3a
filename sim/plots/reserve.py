"""The state of a pool as the run went on: its reserve, its wait queue, and the pressure on memory."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim.plots.busiest import busiest_pools, rows_of_classes
from sim.plots.intervals import joined
from sim.plots.scales import from_zero, percent_axis, time_axis
from sim.plots.style import Panels, picture
from sim.plots.wording import caption, legend, mark_onset, provenance, say_empty, shade_warmup

if TYPE_CHECKING:
    import pandas as pd

    from sim.results.result import Result

MOST_INTERVALS = 250

_HEADROOM = 1.12
_PRESSURE = "chance that a page\nis refused without\ndirect reclaim"


def reserve(
    result: "Result",
    *,
    pool: str | None = None,
    ax: Sequence[Axes] | Panels | None = None,
) -> Panels:
    """Draw the reserve of `pool`, its waiters and the memory pressure over time; return the three Axes.

    x is the simulated time in ns. Lines are means over an interval of the series, bands reach from the least to the
    most in it; the pressure is the chance that the page allocator refuses a request without direct reclaim (an
    element that needs no new page may be had all the same). Without `pool`, the one whose calls took the most time.
    `ax` are three Axes. Raises ValueError for an unknown pool.
    """
    rows_of_classes(result, pool)
    pools = busiest_pools(result)
    chosen = pool if pool is not None else next(iter(pools), "")
    with picture(ax, heights=(3, 2, 2), size=(7.6, 5.4)) as panels:
        level, waiters, pressure = panels
        edges, series = draw_pool(level, waiters, result, chosen)
        if series:
            pressure.stairs(
                series["pressure"], edges, fill=True, facecolor="#cc79a7", edgecolor="none", label=_PRESSURE
            )
            pressure.stairs(series["pressure"], edges, baseline=None, color="#7a3b5e", linewidth=0.9)
        pressure.set_ylabel("pressure")
        from_zero(pressure, 1.03)
        percent_axis(pressure.yaxis)
        for axes in panels:
            time_axis(axes, result.document["duration_ns"], "simulated time")
            shade_warmup(axes, result, label="warm-up" if axes is level else "")
            mark_onset(axes, result, labelled=axes is level)
        for axes in panels[:-1]:
            axes.set_xlabel("")
            axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        for axes in panels:
            legend(axes)
        several = f", one of {len(pools):,} pools" if len(pools) > 1 else ""
        caption(level, f"Reserve, waiters and pressure: {chosen or 'no pool'}{several}", provenance(result))
    return panels


def draw_pool(
    level: Axes, waiters: Axes, result: "Result", pool: str
) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
    """Draw the elements in the reserve of `pool` and the calls on its wait queue; return its `series_in_intervals`."""
    edges, series = series_in_intervals(result.series[result.series["pool"] == pool].sort_values("t_ns"))
    level.set_ylabel("elements in\nthe reserve")
    waiters.set_ylabel("calls waiting")
    if series:
        _draw_level(level, edges, series)
        _draw_waiters(waiters, edges, series)
    else:
        say_empty(level, "no series")
    _mark_min_nr(level, result.document["pools"].get(pool, {}).get("min_nr"))
    return edges, series


def series_in_intervals(
    series: "pd.DataFrame", most: int = MOST_INTERVALS
) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
    """Return the edges of at most `most` intervals (n + 1), in ns, and the columns of one pool's series in them (n)."""
    ends = series["t_ns"].to_numpy(np.int64)
    if not len(ends):
        return np.array([0, 1]), {}
    intervals = joined(ends, most)
    columns = {name: intervals.mean(series[name].to_numpy()) for name in ("reserve_mean", "waiters_mean", "pressure")}
    columns["reserve_min"] = intervals.least(series["reserve_min"].to_numpy())
    for name in ("reserve_max", "waiters_max"):
        columns[name] = intervals.most(series[name].to_numpy())
    return intervals.edges, columns


def _draw_level(axes: Axes, edges: NDArray[Any], series: dict[str, NDArray[Any]]) -> None:
    low, high = series["reserve_min"], series["reserve_max"]
    axes.stairs(high, edges, baseline=low, fill=True, facecolor="#56b4e9", alpha=0.5, label="least to most")
    axes.stairs(series["reserve_mean"], edges, baseline=None, color="#0072b2", linewidth=1.3, label="mean")
    from_zero(axes, max(float(high.max()), 1) * _HEADROOM)


def _draw_waiters(axes: Axes, edges: NDArray[Any], series: dict[str, NDArray[Any]]) -> None:
    most = series["waiters_max"]
    axes.stairs(most, edges, fill=True, facecolor="#e69f00", alpha=0.5, label="up to the most")
    axes.stairs(series["waiters_mean"], edges, baseline=None, color="#d55e00", linewidth=1.3, label="mean")
    from_zero(axes, max(float(most.max()), 1) * _HEADROOM)


def _mark_min_nr(axes: Axes, min_nr: int | None) -> None:
    """Mark how many elements the reserve should hold, if that is known."""
    if min_nr is None:
        return
    axes.axhline(min_nr, color="black", linestyle=(0, (5, 3)), linewidth=1, label=f"min_nr = {min_nr:,}")
    from_zero(axes, max(axes.get_ylim()[1], min_nr * _HEADROOM))
