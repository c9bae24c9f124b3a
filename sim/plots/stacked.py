"""Bars of parts that add up, one below the other: a row per variant, each part told apart without colour, too."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from sim.plots.paths import Look, fill
from sim.plots.style import Panels
from sim.plots.values import written
from sim.plots.wording import wrapped

_BAR = 0.62
_NAME_CHARACTERS = 24
_ROW, _LINE, _AROUND = 0.62, 0.16, 1.5
_LEAST_LABELLED = 0.12


def height_of(names: Sequence[str]) -> float:
    """Return how high a picture with a row for each of `names` is, in inches."""
    lines = max((wrapped(name, _NAME_CHARACTERS).count("\n") + 1 for name in names), default=1)
    return _AROUND + max(_ROW, _LINE * lines + 0.1) * max(len(names), 2)


def name_rows(panels: Sequence[Axes] | Panels, names: Sequence[str]) -> None:
    """Give `panels`, side by side on one y axis, a row for each of `names`, the first at the top."""
    for axes in panels:
        axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
        axes.set_yticks(range(len(names)), [wrapped(name, _NAME_CHARACTERS) for name in names])
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
    for axes in panels[1:]:
        axes.tick_params(axis="y", labelleft=False)


def stack(axes: Axes, rows: Sequence[Mapping[str, float]], looks: Mapping[str, Look], unit: str) -> float:
    """Draw a bar for each of `rows`: its parts, in the order of `looks`; return how long the longest bar is.

    A part has its value, in `unit`, written on it if there is room.
    """
    longest = max((sum(row.get(part, 0.0) for part in looks) for row in rows), default=0.0)
    left = np.zeros(len(rows))
    for part, look in looks.items():
        values = np.array([row.get(part, 0.0) for row in rows])
        drawn = axes.barh(np.arange(len(rows)), values, _BAR, left, label=look.name, **fill(look))
        labels = [written(value, unit) if value and value >= _LEAST_LABELLED * longest else "" for value in values]
        for text in axes.bar_label(drawn, labels, label_type="center", fontsize=8):
            if text.get_text():
                text.set_bbox({"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"})
        left += values
    return longest
