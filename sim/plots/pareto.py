"""What it costs and what it brings: one measure against another, with those points that no other one beats."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sim.plots.estimates import INTERVAL, Estimates, estimates_of
from sim.plots.labels import Labelled, place_labels
from sim.plots.rows import checked, listed, numbers, only, values_of
from sim.plots.style import picture
from sim.plots.swept import axes_of, text_of
from sim.plots.values import is_wide, linear_limits, log_limits, value_axis
from sim.plots.wording import caption, legend, say_empty, wrapped
from sim.scenario.axes.short_names import short_names

COLUMNS = ("point", "subject", "measure", "unit", "value", "low", "high")

FRONT, OTHERS, JOINED = (f"mempool-sim {part}" for part in ("front", "other points", "joined front"))
MOST_LABELLED = 60
"""How many points a label is tried for, those of the front first."""

_MORE_IS_BETTER = frozenset({"per second"})
_COLOR, _PALE = "#0072b2", "0.55"


def pareto(
    summary: pd.DataFrame,
    *,
    measure: str = "p99.9",
    cost: str = "reserved",
    subject: str | None = None,
    note: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw every point of a sweep by what it costs (x) and by a measure (y), with their intervals; return the Axes.

    `summary` as for `sim.plots.lines`, with the column point. Less is better, but for measures per second. Points that
    no other one beats in both, by their estimates, are filled and joined: the Pareto front. They are labelled with the
    values of the axes that vary; the others as far as there is room. `subject` is that of `measure`; otherwise the
    first that has it. Raises ValueError for a column that is not there and for an unknown subject or measure.
    """
    rows = checked(summary, COLUMNS)
    for name in (measure, cost):
        if len(rows) and name not in values_of(rows, "measure"):
            raise ValueError(f"no measure '{name}' in this table; there is {listed(values_of(rows, 'measure'))}")
    mine, whose = only(rows[rows["measure"].astype(str) == measure], "subject", subject)
    costs, _ = only(rows[rows["measure"].astype(str) == cost], "subject", None)
    table = mine.merge(costs[["point", "unit", "value", "low", "high"]], on="point", suffixes=("", "_cost"))
    table = table[np.isfinite(numbers(table, "value")) & np.isfinite(numbers(table, "value_cost"))].reset_index(
        drop=True
    )
    across = estimates_of(table, "value_cost", "low_cost", "high_cost", rates=False)
    up = estimates_of(table)
    more = [len(table) > 0 and str(table[unit].iloc[0]) in _MORE_IS_BETTER for unit in ("unit_cost", "unit")]
    best = front(across.value * (-1 if more[0] else 1), up.value * (-1 if more[1] else 1))
    with picture(ax, size=(7.6, 4.6)) as (axes,):
        _set_axis(axes.xaxis, table, "unit_cost", across, cost)
        _set_axis(axes.yaxis, table, "unit", up, measure)
        _draw(axes, across, up, best)
        if not len(table):
            say_empty(axes, "no point")
        whole = f"{measure} against {cost}{f': {whose}' if whose else ''}"
        legend(axes, _handles(best, up))
        varied = [name for name in axes_of(table) if not name.endswith("_cost") and len(set(map(str, table[name]))) > 1]
        labels = f"labels: {', '.join(short_names(varied).values())}" if len(varied) > 1 else ""
        caption(axes, whole, "; ".join(filter(None, [note, labels])))
        if varied:
            _label(axes, table, varied, across, up, best)
    return axes  # type: ignore[no-any-return]


def front(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points no other one beats: none has less of one and no more of the other."""
    no_worse = (x[:, None] <= x) & (y[:, None] <= y)
    better = (x[:, None] < x) | (y[:, None] < y)
    unbeaten: NDArray[np.bool_] = ~np.any(no_worse & better, axis=0)
    return unbeaten


def _set_axis(axis: Any, table: pd.DataFrame, column: str, found: Estimates, what: str) -> None:
    unit = str(table[column].iloc[0]) if len(table) else ""
    log = is_wide(found.shown)
    bounds = np.append(found.low, found.high)
    value_axis(
        axis,
        unit,
        what,
        log_limits(found.shown, bounds) if log else linear_limits(found.shown, bounds),
        log=log,
    )


def _draw(axes: Axes, across: Estimates, up: Estimates, best: NDArray[np.bool_]) -> None:
    for which, color, fill, gid in ((~best, _PALE, "white", OTHERS), (best, _COLOR, _COLOR, FRONT)):
        if not which.any():
            continue
        x, y = across.shown[which], up.shown[which]
        for at, found, limits, line in (
            (x, up, axes.get_ylim(), axes.vlines),
            (y, across, axes.get_xlim(), axes.hlines),
        ):
            low, high = np.clip(found.low[which], *limits), np.clip(found.high[which], *limits)
            there = np.isfinite(low) & np.isfinite(high) & (low < high)
            if there.any():
                line(at[there], low[there], high[there], color=color, linewidth=1.1, gid=INTERVAL, zorder=2)
        unseen = up.unseen[which]
        for part, marker in ((~unseen, "o"), (unseen, "v")):
            filled = fill if marker == "o" else "white"
            axes.plot(x[part], y[part], marker, color=color, markerfacecolor=filled, markersize=5, gid=gid, zorder=3)
    order = np.flatnonzero(best)[np.lexsort((up.shown[best], across.shown[best]))]
    axes.plot(across.shown[order], up.shown[order], color=_COLOR, linestyle="-", linewidth=1.2, gid=JOINED, zorder=2.5)


def _label(
    axes: Axes, table: pd.DataFrame, varied: list[str], across: Estimates, up: Estimates, best: NDArray[np.bool_]
) -> None:
    """Write the values of the axes that vary beside the points, those of the front first."""
    points = []
    for number in (*np.flatnonzero(best), *np.flatnonzero(~best)):
        values = [text_of(table[name].iloc[number]) for name in varied]
        text = ", ".join(values) if len(varied) > 1 else f"{short_names(varied)[varied[0]]} {values[0]}"
        points.append(Labelled(float(across.shown[number]), float(up.shown[number]), wrapped(text), bool(best[number])))
    joined = next(line for line in axes.lines if line.get_gid() == JOINED)
    place_labels(axes, points[:MOST_LABELLED], np.asarray(joined.get_xydata()).tolist())


def _handles(best: NDArray[np.bool_], up: Estimates) -> list[Line2D]:
    if not len(best):
        return []
    words: list[tuple[str, str, str, Any]] = [("no other point is better in both", _COLOR, _COLOR, "-")]
    words += [("another one is better in both", _PALE, "white", "none")] if (~best).any() else []
    handles = [
        Line2D(
            [], [], linestyle=line, linewidth=1.2, marker="o", color=color, markerfacecolor=fill, label=wrapped(word)
        )
        for word, color, fill, line in words
    ]
    if up.unseen.any():
        bound = Line2D([], [], linestyle="none", marker="v", color="0.3", markerfacecolor="white")
        bound.set_label(wrapped("never seen: the rate is below the mark"))
        handles.append(bound)
    return handles
