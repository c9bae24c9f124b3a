"""How many allocations took longer than x: the complementary distribution function, where 5 s stalls can be seen."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sim.plots.busiest import Row, busiest, rows_of_classes
from sim.plots.scales import ZERO_NS, latency_axis, share_axis
from sim.plots.style import picture
from sim.plots.wording import calls, caption, legend, name_of, percentage, provenance, say_empty, top_of, wrapped
from sim.scenario.machine import MachineSpec
from sim.units import MS, US, S

if TYPE_CHECKING:
    from sim.results.result import Result

MOST_CURVES = 7
"""As many as can be told apart without colour."""

_LEAST_NS, _MOST_NS = US, 100 * S
# Where a curve begins: below 1 ns, and below the place of 0 if there are latencies of 0.
_START_NS, _START_BELOW_ZERO_NS = 0.5, ZERO_NS / 10
_CURVE, _AT_MOST = "mempool-sim curve", "mempool-sim upper curve"
_CUT, _MARK = "mempool-sim cut-off call", "mempool-sim mark"
_CUT_DECADES = 0.5


@dataclass(frozen=True)
class Curve:
    """A complementary distribution function: of `calls` calls, `share[i]` had a latency above `latency_ns[i]`.

    A latency of 0, that of `at_once` calls, stands at ZERO_NS, since a logarithmic axis has no zero.
    Unfinished calls count with the time that they had waited when the run ended, so that `share` is the least that it
    can be; `at_most` is the share if all of them go on for ever. `cut_ns` are the times at which they were cut off.
    """

    calls: int
    at_once: int
    latency_ns: NDArray[np.float64]
    share: NDArray[np.float64]
    at_most: NDArray[np.float64]
    cut_ns: NDArray[np.float64]
    unfinished: int


def curve_of(latencies: pd.DataFrame) -> Curve:
    """Return the curve of all rows of a frame such as `Result.latencies`, a step at the end of every bucket."""
    steps = latencies.groupby("high_ns")[["calls", "unfinished"]].sum()
    above = _remaining(steps["calls"].to_numpy(np.int64))
    unfinished = steps["unfinished"].to_numpy(np.int64)
    ends = np.maximum(steps.index.to_numpy(np.float64), ZERO_NS)
    at_once = int(steps["calls"].get(0, 0))
    total = int(above[0])
    at_most = above + np.concatenate([[0], np.cumsum(unfinished)])
    return Curve(
        total,
        at_once,
        np.concatenate([[_START_BELOW_ZERO_NS if at_once else _START_NS], ends]),
        above / max(total, 1),
        at_most / max(total, 1),
        ends[unfinished > 0],
        int(unfinished.sum()),
    )


def _remaining(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many are left before the first, after the first, ... after the last."""
    left: NDArray[np.int64] = counts.sum() - np.concatenate([[0], np.cumsum(counts)])
    return left


def ccdf(
    result: "Result",
    *,
    pool: str | None = None,
    task: str | None = None,
    label: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share of calls whose latency is above x, a curve per pool and task class, on logarithmic axes.

    x is in ns, with 0 at ZERO_NS of `sim.plots.scales`, y a share of 0 to 1. Calls of the warm-up are left out. 1
    jiffy, 100 ms and 5 s are marked. Calls cut off by the end of the run are marked where they were cut; a thin line
    shows how far they may yet raise the curve. `pool` and `task` choose; of many classes those whose calls took the
    most time have a curve of their own. Results drawn into the same `ax` lie over each other: `label` tells them apart.
    Raises ValueError for an unknown pool or task.
    """
    rows = [row for row in rows_of_classes(result, pool, task) if row["calls"]]
    curves = _curves(result.latencies, rows, f"{label}: " if label else "")
    lines = sum(name.count("\n") + 1 for name in curves)
    with picture(ax, size=(7.6, max(4.2, 2 + 0.16 * lines + 0.07 * len(curves)))) as (axes,):
        least = [0.9 / curve.calls for curve in curves.values()]
        set_limits(axes, curves.values(), min(least, default=1.0))
        for name, curve in curves.items():
            draw_curve(axes, curve, name)
        mark_durations(axes, hz_of(result))
        if not drawn_curves(axes):
            say_empty(axes, "no call after the warm-up" if result.document["warmup_ns"] else "no call")
        axes.set_ylabel("share of calls that took longer")
        axes.set_xlabel("latency of the allocation")
        note = f"{provenance(result)}, HZ={hz_of(result)}"
        caption(axes, "Share of allocations that took longer than x", note)
        legend(axes, [*drawn_curves(axes), *cut_handles(axes)])
    return axes  # type: ignore[no-any-return]


def _curves(latencies: pd.DataFrame, rows: list[Row], prefix: str) -> dict[str, Curve]:
    """Return the curves to draw by their labels."""
    shown, others = busiest(rows, MOST_CURVES)
    part_of = dict(list(latencies.groupby(["pool", "task"], observed=True)))
    found = {name_of(row["pool"], row["task"]): curve_of(part_of[row["pool"], row["task"]]) for row in shown}
    if others:
        together = pd.concat([part_of[row["pool"], row["task"]] for row in others])
        found[f"{len(others):,} other classes"] = curve_of(together)
    return {wrapped(f"{prefix}{name}, {_count(curve)}"): curve for name, curve in found.items()}


def _count(curve: Curve) -> str:
    at_once = f", {percentage(curve.at_once, curve.calls)} took 0 ns" if curve.at_once else ""
    return f"{calls(curve.calls)}{at_once}"


def draw_curve(axes: Axes, curve: Curve, label: str) -> None:
    """Draw `curve` into `axes` in the next style of the cycle; the style must be in force (`sim.plots.style`)."""
    cycle: list[dict[str, Any]] = list(mpl.rcParams["axes.prop_cycle"])
    number = len(drawn_curves(axes))
    style = cycle[number % len(cycle)]
    # A curve whose longest wait is unfinished has an open end; any other falls to zero.
    ends_open = bool(len(curve.cut_ns)) and curve.cut_ns[-1] == curve.latency_ns[-1]
    stop = -1 if ends_open else None
    x, y = curve.latency_ns[:stop], curve.share[:stop]
    if ends_open:
        x, y = np.append(x, curve.latency_ns[-1]), np.append(y, y[-1])
    axes.plot(x, y, drawstyle="steps-post", label=label, gid=_CURVE, **style)
    if not curve.unfinished:
        return
    endless = 10.0 * _MOST_NS * max(1.0, curve.latency_ns[-1] / _MOST_NS)
    x, y = np.append(curve.latency_ns, endless), np.append(curve.at_most, curve.at_most[-1])
    axes.plot(x, y, drawstyle="steps-post", gid=_AT_MOST, **{**style, "linewidth": 0.8})
    cuts = _apart(curve.cut_ns)
    height = curve.share[np.maximum(np.searchsorted(curve.latency_ns, cuts) - 1, 0)]
    axes.plot(cuts, height, ">", color=style["color"], markerfacecolor="white", markersize=6, gid=_CUT, zorder=3)


def _apart(cuts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the last of `cuts`, and of those before it as many as can be told apart."""
    kept: list[float] = []
    for cut in cuts[::-1]:
        if not kept or math.log10(kept[-1] / cut) >= _CUT_DECADES:
            kept.append(float(cut))
    return np.array(kept[::-1])


def mark_durations(axes: Axes, hz: int) -> None:
    """Mark 1 jiffy (1/`hz` s), 100 ms and 5 s, unless they are marked already."""
    top = top_of(axes)
    marks = dict(zip(top.get_xticks(), (text.get_text() for text in top.get_xticklabels()), strict=True))
    for ns, label in ((S / hz, "1 jiffy"), (100.0 * MS, "100 ms"), (5.0 * S, "5 s")):
        if ns not in marks:
            axes.axvline(ns, color="0.35", linewidth=0.9, linestyle=(0, (2, 2)), zorder=1, gid=_MARK)
            marks[ns] = label
    top.set_xticks(list(marks), list(marks.values()))


def hz_of(result: "Result") -> int:
    """Return the jiffies per second of the machine in the scenario."""
    return int(result.scenario.get("machine", {}).get("hz", MachineSpec.model_fields["hz"].default))


def drawn_curves(axes: Axes) -> list[Line2D]:
    """Return the lines of the curves in `axes`."""
    return [line for line in axes.lines if line.get_gid() == _CURVE]


def set_limits(axes: Axes, curves: Iterable[Curve], least_share: float) -> None:
    """Show some 1 us to 100 s and shares down to `least_share`; more if a curve, or an earlier one, does."""
    least_ns, most_ns, least = float(_LEAST_NS), float(_MOST_NS), 0.1
    if drawn_curves(axes):
        least_ns, most_ns, least = 2 * axes.get_xlim()[0], axes.get_xlim()[1], axes.get_ylim()[0]
    least = min(least, 10 ** math.floor(math.log10(least_share)))
    for curve in curves:
        least_ns = min(least_ns, 10 ** math.floor(math.log10(curve.latency_ns[1])))
        most_ns = max(most_ns, 10 ** math.ceil(math.log10(curve.latency_ns[-1])))
    # Half of the first decade more, lest a curve that begins at a full decade should hide behind the edge.
    latency_axis(axes, least_ns / 2, most_ns)
    share_axis(axes, least)


def cut_handles(axes: Axes) -> list[Line2D]:
    """Return what explains unfinished calls in a legend, if there are any in `axes`."""
    if not any(line.get_gid() == _CUT for line in axes.lines):
        return []
    cut = Line2D([], [], linestyle="none", marker=">", color="0.3", markerfacecolor="white")
    cut.set_label(wrapped("call cut off by the end of the run"))
    at_most = wrapped("thin: how far such calls may yet raise the curve")
    return [cut, Line2D([], [], linewidth=0.8, color="0.3", label=at_most)]
