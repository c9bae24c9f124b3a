"""What the latency consists of: attempts and takes, direct reclaim, sleep, and wake-ups that brought nothing."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from sim.plots.busiest import Row, busiest, rows_of_classes, time_ns
from sim.plots.paths import LOOKS, Look, fill
from sim.plots.scales import percent_axis
from sim.plots.style import picture
from sim.plots.wording import calls, caption, name_of, percentage, provenance, say_empty, wrapped
from sim.units import format_duration

if TYPE_CHECKING:
    from sim.results.result import Result

PARTS = {
    "operations_ns": Look("operations", LOOKS["first_attempt"].color),
    "reclaim_ns": Look("direct reclaim", LOOKS["after_reclaim"].color, LOOKS["after_reclaim"].hatch),
    "asleep_ns": Look("asleep on the pool", LOOKS["after_wait"].color, LOOKS["after_wait"].hatch),
    "vain_ns": Look("woken in vain", "#cc79a7", "|||"),
}
"""By part of the summary's `time`, from left to right."""

_IN_VAIN = '"woken in vain" contains the reclaim of those rounds'

MOST_BARS = 12
_LEAST_LABELLED = 0.08
# Above the first bar, in bars.
_LEGEND_ROOM = 0.5
# In characters: the picture is wider for longer ones, lest the legend reach beyond the bars.
_ROOM_FOR_NAMES = 18


def split(result: "Result", *, pool: str | None = None, task: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw, per pool and task class, which share of the time in mempool_alloc went where; return the Axes.

    A bar is the latency of all calls together, from 0 to 1; beside it stands the mean of one call. Calls of the warm-up
    are left out, unfinished ones count as far as they came. `pool` and `task` choose; of many classes those whose calls
    took the most time have a bar of their own. Raises ValueError for an unknown pool or task.
    """
    rows = rows_of_classes(result, pool, task)
    shown, others = busiest(rows, MOST_BARS)
    bars = [(wrapped(name_of(row["pool"], row["task"])), [row]) for row in shown]
    if others:
        bars.append((f"{len(others):,} other classes", others))
    lines = max((name.count("\n") + 1 for name, _ in bars), default=1)
    longest = max((len(line) for name, _ in bars for line in name.split("\n")), default=0)
    width = 7.6 + 0.06 * max(0, longest - _ROOM_FOR_NAMES)
    with picture(ax, size=(width, 1.3 + max(0.46, 0.15 * lines) * (max(len(bars), 1) + _LEGEND_ROOM))) as (axes,):
        left = np.zeros(len(bars))
        for part, look in PARTS.items():
            share = np.array([_share(rows_of_bar, part) for _, rows_of_bar in bars])
            drawn = axes.barh(np.arange(len(bars)), share, 0.62, left, label=look.name, **fill(look))
            labels = [_percent(rows_of_bar, part) for _, rows_of_bar in bars]
            box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
            for text in axes.bar_label(drawn, labels, label_type="center", fontsize=8):
                text.set_bbox(box if text.get_text() else None)
            left += share
        _describe(axes, bars)
        axes.set_xlim(0, 1)
        percent_axis(axes.xaxis)
        axes.set_xlabel("share of the time that the calls took")
        axes.grid(visible=False, axis="y")
        if not bars:
            say_empty(axes, "no call")
        unfinished = sum(row["paths"]["unfinished"] for row in rows)
        said = [f"{calls(unfinished)} unfinished, counted so far"] if unfinished else []
        said += [_IN_VAIN] if any(row["time"]["vain_ns"] for row in rows) else []
        room = 124 - min(longest, _ROOM_FOR_NAMES)
        title = "Where the time of an allocation went"
        caption(axes, title, "; ".join([provenance(result), *said]), characters=room)
        axes.legend(loc="upper left", ncols=len(PARTS), handlelength=1.8, columnspacing=1.1)
    return axes  # type: ignore[no-any-return]


def _share(rows: list[Row], part: str) -> float:
    """Return the share of `part` in the time of all calls, 0 if they took none."""
    total = sum(map(time_ns, rows))
    return sum(int(row["time"][part]) for row in rows) / total if total else 0.0


def _percent(rows: list[Row], part: str) -> str:
    """Write the share of `part`, if there is room for it."""
    if _share(rows, part) < _LEAST_LABELLED:
        return ""
    return percentage(sum(int(row["time"][part]) for row in rows), sum(map(time_ns, rows)))


def _describe(axes: Axes, bars: list[tuple[str, list[Row]]]) -> None:
    """Write names to the left of the bars, mean and number of calls to the right, and why a bar is missing."""
    axes.set_yticks(range(len(bars)), [name for name, _ in bars])
    axes.set_ylim(max(len(bars), 1) - 0.5, -0.5 - _LEGEND_ROOM)
    for position, (_, rows) in enumerate(bars):
        count = sum(row["calls"] for row in rows)
        mean = f"mean {format_duration(sum(map(time_ns, rows)) / count)}\n{calls(count)}" if count else "no call"
        if count and not any(map(time_ns, rows)):
            axes.text(0.01, position, "no call took any time", va="center", fontsize=8, color="0.3")
        axes.text(1.015, position, mean, va="center", fontsize=8, color="0.2")
