"""One measure against another: whether what is easily seen tells of what matters."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.plots.estimates import never_seen
from sim.plots.groups import Groups, groups_of
from sim.plots.looks import LineLook, look
from sim.plots.plane import draw_points, label_points, plane, set_axes
from sim.plots.style import picture
from sim.plots.swept import swept
from sim.plots.wording import caption, legend, say_empty, wrapped

JOINED, POINTS = "mempool-sim joined points", "mempool-sim points"


def against(
    summary: pd.DataFrame,
    *,
    x: str,
    measure: str,
    along: str | None = None,
    subject: str | None = None,
    note: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw every point of a sweep by the measure `x` and by `measure`, with their intervals; return the Axes.

    `summary` as for `sim.plots.lines`, with the column point. Points that differ in the axis `along` alone are joined
    in its order and, as far as there is room, labelled with its value; there is a line for each combination of the
    other axes. Without `along` it is the first that varies; if each line has but one point, as in a Latin hypercube,
    there are marks alone. A rate of what never happened is shown by its upper bound. `subject` is that of `measure`,
    otherwise the first that has it; `x` is of the same one if that has it, else of the first that does. Raises
    ValueError for a column that is not there and for an unknown subject or measure.
    """
    found = plane(summary, x, measure, subject)
    along = along if along in found.varied else next(iter(found.varied), None)
    groups = groups_of(found.table, along) if along else Groups({"": found.table}, False)
    with picture(ax, size=(7.6, 4.6)) as (axes,):
        set_axes(axes, found, x, measure)
        for number, part in enumerate(groups.parts.values()):
            how = look(number)
            at = part.index.to_numpy()
            at = at[np.argsort(swept(part[along]).places, kind="stable")] if along else at
            if groups.joined:
                axes.plot(found.across.shown[at], found.up.shown[at], gid=JOINED, alpha=0.7, **how.line)
            which = np.isin(np.arange(len(found.table)), at)
            draw_points(axes, found, which, how.color, gid=POINTS, marker=how.marker)
        if not len(found.table):
            say_empty(axes, "no point")
        bound = [never_seen()] if found.up.unseen.any() else []
        legend(axes, [*_handles(groups), *bound])
        title = f"{measure} of {found.whose} against {x} of {found.other}"
        if found.whose == found.other:
            title = f"{measure} against {x}{f': {found.whose}' if found.whose else ''}"
        caption(axes, title, "; ".join(filter(None, [note, groups.said])))
        if along and groups.joined:
            order = [number for part in groups.parts.values() for number in part.index]
            label_points(axes, found, order, [along], needed=np.zeros(len(found.table), dtype=bool))
    return axes  # type: ignore[no-any-return]


def _handles(groups: Groups) -> list[Line2D]:
    named = [(look(number), label) for number, label in enumerate(groups.parts) if label]
    return [Line2D([], [], label=wrapped(label), **_style(how, joined=groups.joined)) for how, label in named]


def _style(how: LineLook, *, joined: bool) -> dict[str, Any]:
    line = how.line if joined else {"color": how.color, "linestyle": "none"}
    return {"marker": how.marker, "markersize": 5.5, **line}
