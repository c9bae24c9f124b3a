"""The points of a sweep as lines: each with its own values of the other axes."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from sim.plots.looks import MOST_TOLD_APART, look
from sim.plots.rows import listed
from sim.plots.swept import axes_of, in_order, text_of
from sim.plots.wording import wrapped
from sim.scenario.axes.short_names import short_names


class Groups(NamedTuple):
    """The rows of each line by its label, in their order, and how many lines there are too many to tell apart.

    Unless `joined`, each point would be a line by itself, as in a Latin hypercube, and all of them are one group.
    """

    parts: dict[str, pd.DataFrame]
    joined: bool
    left_out: int = 0

    @property
    def said(self) -> str:
        """The note that a picture needs if lines are left out."""
        return f"{len(self.parts)} of {len(self.parts) + self.left_out:,} lines shown" if self.left_out else ""


def handle_of(number: int, label: str, *, joined: bool) -> Line2D:
    """Return what stands for line `number` in a legend, from 0 on."""
    how = look(number)
    style: dict[str, Any] = how.line if joined else {"color": how.color, "linestyle": "none"}
    return Line2D([], [], marker=how.marker, markersize=5.5, label=wrapped(label), **style)


def groups_of(rows: pd.DataFrame, x: str, by: str | None = None) -> Groups:
    """Return the lines over the axis `x`: one for each combination of the other axes, or for each value of `by`.

    Of too many, from the first to the last as many as can be told apart. Raises ValueError if a line has several rows
    at one x.
    """
    parts = _parts(rows, x, by)
    if len(parts) > 1 and all(len(part) == 1 for part in parts.values()):
        return Groups({f"each mark has another {listed(list(short_names(axes_of(rows)).values()))}": rows}, False)
    if len(parts) <= MOST_TOLD_APART:
        return Groups(parts, True)
    chosen = np.round(np.linspace(0, len(parts) - 1, MOST_TOLD_APART)).astype(int)
    names = [list(parts)[number] for number in chosen]
    return Groups({name: parts[name] for name in names}, True, len(parts) - len(names))


def _parts(rows: pd.DataFrame, x: str, by: str | None) -> dict[str, pd.DataFrame]:
    others = [by] if by else [axis for axis in axes_of(rows) if axis != x and len(set(map(str, rows[axis]))) > 1]
    short = short_names(axes_of(rows))
    texts = [tuple(map(text_of, values)) for values in zip(*(rows[axis] for axis in others), strict=True)]
    texts = texts or [()] * len(rows)
    orders = [{text_of(value): place for place, value in enumerate(in_order(rows[axis]))} for axis in others]
    ordered = sorted(set(texts), key=lambda line: [order[text] for order, text in zip(orders, line, strict=True)])
    parts = {
        ", ".join(f"{short[axis]} = {text}" for axis, text in zip(others, line, strict=True)): rows[
            [line == text for text in texts]
        ]
        for line in ordered
    }
    for label, part in parts.items():
        if part[x].duplicated().any():
            several = part[x][part[x].duplicated()].iloc[0]
            where = f" where {label}" if label else ""
            raise ValueError(f"several values at {x} = {text_of(several)}{where}; choose the rows of one")
    return parts
