"""What it costs and what it brings: one measure against another, with those points that no other one beats."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sim.plots.estimates import never_seen
from sim.plots.plane import Plane, draw_points, label_points, plane, set_axes
from sim.plots.style import picture
from sim.plots.wording import caption, legend, say_empty, wrapped
from sim.scenario.axes.short_names import short_names

FRONT, OTHERS, JOINED = (f"mempool-sim {part}" for part in ("front", "other points", "joined front"))

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
    found = plane(summary, cost, measure, subject)
    x, y = (
        one.value * (-1 if unit in _MORE_IS_BETTER else 1)
        for one, unit in zip((found.across, found.up), found.units, strict=True)
    )
    best = front(x, y)
    with picture(ax, size=(7.6, 4.6)) as (axes,):
        set_axes(axes, found, cost, measure)
        joined = _draw(axes, found, best)
        if not len(found.table):
            say_empty(axes, "no point")
        legend(axes, _handles(best, found.up.unseen))
        labels = f"labels: {', '.join(short_names(found.varied).values())}" if len(found.varied) > 1 else ""
        whole = f"{measure} against {cost}{f': {found.whose}' if found.whose else ''}"
        caption(axes, whole, "; ".join(filter(None, [note, labels])))
        if found.varied:
            order = (*np.flatnonzero(best), *np.flatnonzero(~best))
            label_points(axes, found, order, found.varied, needed=best, clear_of=joined)
    return axes  # type: ignore[no-any-return]


def front(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points no other one beats: none has less of one and no more of the other."""
    no_worse = (x[:, None] <= x) & (y[:, None] <= y)
    better = (x[:, None] < x) | (y[:, None] < y)
    unbeaten: NDArray[np.bool_] = ~np.any(no_worse & better, axis=0)
    return unbeaten


def _draw(axes: Axes, found: Plane, best: NDArray[np.bool_]) -> list[list[float]]:
    """Draw the points, and the line that joins those of the front; return where it goes."""
    for which, color, gid in ((~best, _PALE, OTHERS), (best, _COLOR, FRONT)):
        if which.any():
            draw_points(axes, found, which, color, gid=gid, hollow=gid == OTHERS)
    x, y = found.across.shown[best], found.up.shown[best]
    order = np.lexsort((y, x))
    axes.plot(x[order], y[order], color=_COLOR, linestyle="-", linewidth=1.2, gid=JOINED, zorder=2.5)
    return np.column_stack([x, y])[order].tolist()  # type: ignore[no-any-return]


def _handles(best: NDArray[np.bool_], unseen: NDArray[np.bool_]) -> list[Line2D]:
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
    return [*handles, *([never_seen()] if unseen.any() else [])]
