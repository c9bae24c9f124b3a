"""A grid of cells of one size: a column for each value of one axis of a sweep, a row for each value of another."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from sim.plots.wording import wrapped, wrapped_path
from sim.units import format_count

NOTHING: dict[str, Any] = {"facecolor": "none", "edgecolor": "0.72", "hatch": "---", "linewidth": 0}
"""How a cell without runs looks: the properties of a patch."""

_LABEL_CHARACTERS = 16
_NAME_CHARACTERS = 40
# Of columns and rows: beyond, a text does not fit into a cell, and not every value beside the axis.
_MOST_WRITTEN = (12, 20)
_MOST_LABELLED = (12, 30)
# Width and height in inches: of all cells together at least and at most, and of what stands around them.
_LEAST, _MOST, _AROUND = (2.4, 1.2), (6.2, 7.2), (2.3, 1.3)
_CHARACTER = 0.075
_ASLANT: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}


@dataclass(frozen=True)
class Grid:
    """A column per value of `columns`, from the left, and a row per value of `rows`, from below.

    `cell` is the width and the height in inches that one should have.
    """

    columns: Sequence[Hashable]
    rows: Sequence[Hashable]
    cell: tuple[float, float]

    @property
    def inner(self) -> tuple[float, float]:
        """Width and height of all cells together, in inches."""
        counts = (len(self.columns), len(self.rows))
        width, height = (
            min(max(cell * count, least), most)
            for cell, count, least, most in zip(self.cell, counts, _LEAST, _MOST, strict=True)
        )
        return width, height

    @property
    def outer(self) -> tuple[float, float]:
        """Width and height of the picture, in inches."""
        width, height = self.inner
        _, names = _ticks(self.columns, _MOST_LABELLED[0])
        below = 0.7 * _longest(names) if self._aslant(names) else 0.0
        return _longest(map(_text, self.rows)) + width + _AROUND[0], height + below + _AROUND[1]

    @property
    def characters(self) -> int:
        """How many characters of a note have room above it."""
        return max(_NAME_CHARACTERS, int(self.outer[0] / _CHARACTER))

    @property
    def written(self) -> bool:
        """Whether there is room for a short text in each cell."""
        return len(self.columns) <= _MOST_WRITTEN[0] and len(self.rows) <= _MOST_WRITTEN[1]

    def _aslant(self, names: Sequence[str]) -> bool:
        """Labels along x that are wider than their room are written aslant."""
        return _longest(names) > self.inner[0] / max(len(names), 1)

    def prepare(self, axes: Axes, x: str, y: str) -> None:
        """Give `axes` the limits, ticks and labels of the grid."""
        places, names = _ticks(self.columns, _MOST_LABELLED[0])
        axes.set_xlim(-0.5, max(len(self.columns), 1) - 0.5)
        axes.set_ylim(-0.5, max(len(self.rows), 1) - 0.5)
        axes.grid(visible=False)
        axes.tick_params(length=0)
        axes.set_xticks(places, names, **(_ASLANT if self._aslant(names) else {}))
        axes.set_yticks(*_ticks(self.rows, _MOST_LABELLED[1]))
        axes.set_xlabel(wrapped_path(x, _NAME_CHARACTERS))
        axes.set_ylabel(wrapped_path(y, max(_LABEL_CHARACTERS, int(self.inner[1] / _CHARACTER))))


def draw_cell(axes: Axes, across: int, up: int, look: dict[str, Any]) -> None:
    """Draw the cell in column `across` and row `up`; `look` are the properties of a patch."""
    corner = (across - 0.5, up - 0.5)
    axes.add_patch(Rectangle(corner, 1, 1, **look))
    # Hatching takes the colour of the edge, so the line between cells has to be drawn apart.
    axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor="white", linewidth=1.2))


def _ticks(values: Sequence[Hashable], most: int) -> tuple[list[int], list[str]]:
    places = list(range(0, len(values), max(1, -(-len(values) // most))))
    return places, [_text(values[place]) for place in places]


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.6g}"
    return format_count(int(value)) if isinstance(value, Integral) else wrapped(str(value), _LABEL_CHARACTERS)


def _longest(labels: Iterable[str]) -> float:
    """About how many inches the widest of `labels` takes."""
    return _CHARACTER * max((len(line) for label in labels for line in label.split("\n")), default=0)
