"""A whole in its parts: a bar per variant whose shares add up to 1, and beside it the rare ones, each by itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.plots.estimates import draw, estimates_of, has_bound, never_seen
from sim.plots.looks import MARKERS, LineLook
from sim.plots.paths import PALE, Look, patch
from sim.plots.rows import checked, numbers, one_of, only, parts_of, values_of
from sim.plots.scales import percent_axis
from sim.plots.stacked import height_of, name_rows, stack
from sim.plots.style import Panels, picture
from sim.plots.values import log_limits, value_axis
from sim.plots.wording import caption, legend, say_empty

# A mark in the colour of so pale a bar would be lost on white paper.
_PALE_MARK = "#8a8a8a"
_SPREAD = 0.7
# With less than a decade there would be no even tick.
_WIDEST_LOW = 0.05


def breakdown(
    frame: pd.DataFrame,
    looks: Mapping[str, Look],
    *,
    column: str,
    title: str,
    of: str,
    nothing: str,
    subject: str | None = None,
    note: str = "",
    ax: Sequence[Axes] | Panels | None = None,
) -> Panels:
    """Draw each variant's parts of a whole as a bar and, beside it, each part on a logarithmic axis; return both Axes.

    `frame` has the columns variant, subject, `column` (the part: a key of `looks`, which gives the order, too), share
    (0 to 1, NaN of nothing) `of` calls or the like, low and high (its interval, NaN if there is none). A part that was
    never seen is shown by an upper bound, if it has one and another variant has that part; `nothing` is said where
    there is no share. Without `subject` the first one of the frame. `ax` are two Axes. Raises ValueError for a column
    that is not there, an unknown subject or part.
    """
    rows, whose = only(checked(frame, ("variant", "subject", column, "share", "low", "high")), "subject", subject)
    for part in values_of(rows, column):
        if part not in looks:
            raise ValueError(f"{part!r} is no {column}; expected {', '.join(looks)}")
    rows = rows.rename(columns={column: "part"})
    variants = {name: own[np.isfinite(numbers(own, "share"))] for name, own in parts_of(rows, "variant").items()}
    seen = {
        part: LineLook(look.color if look.color != PALE else _PALE_MARK, "-", 1.5, marker)
        for (part, look), marker in zip(looks.items(), MARKERS, strict=False)
        if (numbers(rows[rows["part"].astype(str) == part], "share") > 0).any()
    }
    with picture(ax, heights=(5, 6), size=(9.2, height_of(list(variants))), across=True) as panels:
        bars, rare = panels
        stack(bars, [_shares(own) for own in variants.values()], looks, "share")
        bars.set_xlim(0, 1)
        percent_axis(bars.xaxis)
        _draw_rare(rare, list(variants.values()), seen)
        bars.set_xlabel(f"share of {of}")
        rare.set_xlabel(f"share of {of}, one by one")
        name_rows(panels, list(variants))
        for row, own in enumerate(variants.values()):
            if not len(own):
                bars.annotate(nothing, (0, row), (4, 0), textcoords="offset points", va="center", color="0.35")
        if not variants:
            say_empty(bars, nothing)
        named = f": {one_of(whose, values_of(frame, 'subject'))}" if whose else ""
        caption(bars, f"{title}{named}", note, characters=70, title_characters=36)
        bound = [never_seen(sideways=True)] if has_bound(rare) else []
        legend(rare, [*((patch(looks[part]), _mark(seen[part])) for part in reversed(seen)), *bound])
    return panels


def _shares(part: pd.DataFrame) -> dict[str, float]:
    return dict(zip(map(str, part["part"]), map(float, numbers(part, "share")), strict=True))


def _draw_rare(axes: Axes, variants: Sequence[pd.DataFrame], seen: dict[str, LineLook]) -> None:
    """Draw each share with its interval, in every row one part above the other in the order of the legend."""
    parts = [(row, own[own["part"].astype(str) == part], part) for row, own in enumerate(variants) for part in seen]
    found = {(row, part): estimates_of(own.head(1), "share") for row, own, part in parts if len(own)}
    every = [number for one in found.values() for number in one.shown]
    low, high = log_limits(every, [bound for one in found.values() for bound in one.low])
    value_axis(axes.xaxis, "share", "", (min(low, _WIDEST_LOW), max(1.6, high)), log=True)
    order = list(reversed(seen))
    for (row, part), one in found.items():
        y = row + _SPREAD * ((order.index(part) + 0.5) / len(order) - 0.5)
        draw(axes, np.array([y]), one, seen[part], sideways=True, size=5)
    for row in range(1, len(variants)):
        axes.axhline(row - 0.5, color="0.85", linewidth=0.8)


def _mark(look: LineLook) -> Line2D:
    style: dict[str, Any] = {"linestyle": "none", "marker": look.marker, "color": look.color}
    return Line2D([], [], markersize=5, **style)
