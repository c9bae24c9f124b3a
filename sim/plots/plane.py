"""The points of a sweep in the plane of two measures, each with both of its intervals."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.plots.estimates import INTERVAL, Estimates, estimates_of
from sim.plots.labels import Labelled, place_labels
from sim.plots.rows import checked, listed, numbers, only, values_of
from sim.plots.swept import axes_of, text_of
from sim.plots.values import is_wide, linear_limits, log_limits, value_axis
from sim.plots.wording import wrapped
from sim.scenario.axes.short_names import short_names

COLUMNS = ("point", "subject", "measure", "unit", "value", "low", "high")
MOST_LABELLED = 60
"""How many points a label is tried for."""

_ACROSS = "_across"


class Plane(NamedTuple):
    """Points of which both measures are known: `across` is along x, `up` along y, by row of `table`.

    `whose` is the subject of `up`, `other` that of `across`; `units` are those of x and y; `varied`: the axes with more
    than one value.
    """

    table: pd.DataFrame
    across: Estimates
    up: Estimates
    whose: str
    other: str
    units: tuple[str, str]
    varied: list[str]


def plane(summary: pd.DataFrame, x: str, y: str, subject: str | None = None) -> Plane:
    """Return the points of a sweep's summary by the measures `x` and `y`.

    `subject` is that of `y`, otherwise the first that has it; `x` is of the same one if that has it, else of the first
    that does. Raises ValueError for a column that is not there and for an unknown subject or measure.
    """
    rows = checked(summary, COLUMNS)
    for name in (y, x):
        if len(rows) and name not in values_of(rows, "measure"):
            raise ValueError(f"no measure '{name}' in this table; there is {listed(values_of(rows, 'measure'))}")
    mine, whose = only(rows[rows["measure"].astype(str) == y], "subject", subject)
    of_x = rows[rows["measure"].astype(str) == x]
    of_x, other = only(of_x, "subject", whose if whose in values_of(of_x, "subject") else None)
    table = mine.merge(of_x[["point", "unit", "value", "low", "high"]], on="point", suffixes=("", _ACROSS))
    table = table[np.isfinite(numbers(table, "value")) & np.isfinite(numbers(table, f"value{_ACROSS}"))]
    table = table.reset_index(drop=True)
    across = estimates_of(table, *(f"{name}{_ACROSS}" for name in ("value", "low", "high")), rates=False)
    units = (str(table[f"unit{_ACROSS}"].iloc[0]), str(table["unit"].iloc[0])) if len(table) else ("", "")
    table = table.drop(columns=[name for name in table.columns if name.endswith(_ACROSS)])
    varied = [name for name in axes_of(table) if len(set(map(str, table[name]))) > 1]
    return Plane(table, across, estimates_of(table), whose, other, units, varied)


def set_axes(axes: Axes, found: Plane, x: str, y: str) -> None:
    """Give each measure its axis, a logarithmic one if its values spread by a factor of 30 and none is 0."""
    for axis, unit, one, what in (
        (axes.xaxis, found.units[0], found.across, x),
        (axes.yaxis, found.units[1], found.up, y),
    ):
        log = is_wide(one.shown) and bool((one.shown > 0).all())
        bounds = np.append(one.low, one.high)
        limits = log_limits(one.shown, bounds) if log else linear_limits(one.shown, bounds)
        value_axis(axis, unit, what, limits, log=log)


def draw_points(
    axes: Axes, found: Plane, which: NDArray[np.bool_], color: str, *, gid: str, marker: str = "o", hollow: bool = False
) -> None:
    """Draw some of the points with their intervals both ways; what never happened has an open triangle at its bound."""
    x, y = found.across.shown[which], found.up.shown[which]
    for at, one, limits, line in (
        (x, found.up, axes.get_ylim(), axes.vlines),
        (y, found.across, axes.get_xlim(), axes.hlines),
    ):
        low, high = np.clip(one.low[which], *limits), np.clip(one.high[which], *limits)
        there = np.isfinite(low) & np.isfinite(high) & (low < high)
        if there.any():
            line(at[there], low[there], high[there], color=color, linewidth=1.1, gid=INTERVAL, zorder=2)
    unseen = found.up.unseen[which]
    for part, shape, filled in ((~unseen, marker, not hollow), (unseen, "v", False)):
        style: dict[str, Any] = {"color": color, "markerfacecolor": color if filled else "white", "markersize": 5}
        axes.plot(x[part], y[part], shape, gid=gid, zorder=3, linestyle="none", **style)


def label_points(
    axes: Axes,
    found: Plane,
    order: Iterable[int],
    by: Sequence[str],
    *,
    needed: NDArray[np.bool_],
    clear_of: Sequence[Sequence[float]] = (),
) -> None:
    """Write the values of the axes `by` beside the points, in this order, those that are `needed` whatever is there."""
    short, points = short_names(found.varied), []
    for number in order:
        values = [text_of(found.table[name].iloc[number]) for name in by]
        text = ", ".join(values) if len(by) > 1 else f"{short[by[0]]} {values[0]}"
        at = float(found.across.shown[number]), float(found.up.shown[number])
        points.append(Labelled(*at, wrapped(text), bool(needed[number])))
    place_labels(axes, points[:MOST_LABELLED], clear_of)
