"""How variants are told apart, in colour and without: a dash and a marker each."""

from typing import Any, NamedTuple

import matplotlib as mpl

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
MOST_TOLD_APART = len(MARKERS)
"""As many as can be told apart without colour."""


class LineLook(NamedTuple):
    """The look of one variant; `dash` and `width` are a line's."""

    color: str
    dash: Any
    width: float
    marker: str

    @property
    def line(self) -> dict[str, Any]:
        """The properties of a line."""
        return {"color": self.color, "linestyle": self.dash, "linewidth": self.width}


def look(number: int) -> LineLook:
    """Return the look of variant `number`, from 0 on; the style must be in force (`sim.plots.style`)."""
    cycle: list[dict[str, Any]] = list(mpl.rcParams["axes.prop_cycle"])
    style = cycle[number % len(cycle)]
    color = style["color"] if str(style["color"]).startswith("#") else f"#{style['color']}"
    return LineLook(color, style["linestyle"], style["linewidth"], MARKERS[number % len(MARKERS)])
