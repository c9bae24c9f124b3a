"""One measure against another: whether what is easily seen tells of what matters."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.plots.estimates import never_seen
from sim.plots.groups import Groups, groups_of, handle_of
from sim.plots.looks import look
from sim.plots.plane import draw_points, label_points, plane, set_axes
from sim.plots.rows import checked
from sim.plots.style import picture
from sim.plots.swept import swept
from sim.plots.wording import caption, legend, say_empty

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
    in its order, unless its values are categories, and labelled with its value as far as there is room; there is a line
    for each combination of the other axes. Without `along` it is the first that varies; if each line has but one point,
    as in a Latin hypercube, there are marks alone. A rate of what never happened is shown by its upper bound, where the
    line breaks. `subject` is that of `measure`, otherwise the first that has it; `x` is of the same one if that has it,
    else of the first that does. Raises ValueError for a column that is not there, an unknown subject or measure, and if
    a line has several points at one value of `along`.
    """
    checked(summary, [along] if along else [])
    found = plane(summary, x, measure, subject)
    along = along if along in found.varied else next(iter(found.varied), None)
    groups = groups_of(found.table, along) if along else Groups({"": found.table}, joined=False)
    joined = groups.joined and along is not None and not swept(found.table[along]).categories
    shown = [number for part in groups.parts.values() for number in part.index]
    with picture(ax, size=(7.6, 4.6)) as (axes,):
        set_axes(axes, found, x, measure)
        for number, part in enumerate(groups.parts.values()):
            how, at = look(number), part.index.to_numpy()
            if joined:
                at = at[np.argsort(swept(part[along]).places, kind="stable")]
                axes.plot(found.across.line[at], found.up.line[at], gid=JOINED, alpha=0.7, **how.line)
            which = np.isin(np.arange(len(found.table)), at)
            draw_points(axes, found, which, how.color, gid=POINTS, marker=how.marker)
        if not shown:
            say_empty(axes, "no point")
        named = [(number, label) for number, label in enumerate(groups.parts) if label]
        bound = [never_seen()] if found.up.unseen[shown].any() else []
        legend(axes, [*(handle_of(number, label, joined=joined) for number, label in named), *bound])
        title = f"{measure} of {found.whose} against {x} of {found.other}"
        if found.whose == found.other:
            title = f"{measure} against {x}{f': {found.whose}' if found.whose else ''}"
        caption(axes, title, "; ".join(filter(None, [note, groups.said])))
        if along and groups.joined:
            label_points(axes, found, shown, [along], needed=np.zeros(len(found.table), dtype=bool))
    return axes  # type: ignore[no-any-return]
