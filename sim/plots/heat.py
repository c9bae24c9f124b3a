"""A measure over two axes of a sweep: a cell for each pair of values, the darker the less."""

from collections.abc import Hashable
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LogNorm, Normalize

from sim.plots.cells import NOTHING, Grid, draw_cell
from sim.plots.rows import checked, numbers, one_of, only, values_of
from sim.plots.style import picture
from sim.plots.swept import in_order, text_of
from sim.plots.values import is_wide, value_axis, written
from sim.plots.wording import caption, say_empty

COLUMNS = ("subject", "measure", "unit", "value", "low", "high")

NEVER: dict[str, Any] = {"facecolor": "white", "edgecolor": "0.5", "hatch": "...", "linewidth": 0}
"""How the cell of what never happened looks: the properties of a patch."""

# Its lightness rises evenly, so that a grey copy shows the same order (Nunez, Anderton and Renslow 2018).
_COLORS = "cividis"
# Width and height in inches.
_CELL = (0.78, 0.4)
_BAR_CHARACTERS = 30
_LIGHT = 0.45


class HeatCell(NamedTuple):
    """The estimate of a pair of values: its value and the bound above it."""

    value: float
    high: float
    unseen: bool


def heat(
    summary: pd.DataFrame,
    *,
    x: str,
    y: str,
    measure: str | None = None,
    subject: str | None = None,
    note: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a measure over the axes `x` and `y` of a sweep, a coloured cell for each pair of values; return the Axes.

    `summary` as for `sim.plots.lines`. Numbers and quantities are sorted, other values stand in the order of the table,
    and all cells have one size; the value is written into it if there is room. Colours are logarithmic if values spread
    by a factor of 30; a bar beside the cells tells what they stand for. A rate of what never happened is dotted, with
    its upper bound; a pair without a value is hatched. Without `measure` and `subject` the first of the frame. Raises
    ValueError for a column that is not there, an unknown subject or measure, and if a pair has several values.
    """
    rows = checked(summary, (*COLUMNS, x, y))
    rows, what = only(rows, "measure", measure)
    there = values_of(rows, "subject")
    rows, whose = only(rows, "subject", subject)
    columns, lines, cells = _cells(rows, x, y)
    unit = str(rows["unit"].iloc[0]) if len(rows) else ""
    grid = Grid(columns, lines, _CELL)
    with picture(ax, size=grid.outer) as (axes,):
        grid.prepare(axes, x, y)
        seen = [cell.value for cell in cells.values() if np.isfinite(cell.value) and not cell.unseen]
        colors, norm = mpl.colormaps[_COLORS], _norm(seen, unit)
        for across, column in enumerate(columns):
            for up, line in enumerate(lines):
                _draw(axes, across, up, cells.get((column, line)), colors, norm, unit if grid.written else None)
        if seen:
            _bar(axes, norm, unit, what)
        else:
            say_empty(axes, "no value")
        title = f"{what or 'Nothing'}{f': {one_of(whose, there)}' if whose else ''}"
        said = _note(cells, len(columns) * len(lines), written_in=grid.written)
        caption(axes, title, "; ".join(filter(None, [note, *said])), characters=grid.characters)
    return axes  # type: ignore[no-any-return]


def _cells(
    rows: pd.DataFrame, x: str, y: str
) -> tuple[list[Hashable], list[Hashable], dict[tuple[Hashable, Hashable], HeatCell]]:
    cells: dict[tuple[Hashable, Hashable], HeatCell] = {}
    estimates = zip(*(numbers(rows, name) for name in ("value", "low", "high")), strict=True)
    for column, line, (value, low, high) in zip(rows[x], rows[y], estimates, strict=True):
        if (column, line) in cells:
            where = f"{x} = {text_of(column)} and {y} = {text_of(line)}"
            raise ValueError(f"several values at {where}; choose the rows of one")
        cells[column, line] = HeatCell(float(value), float(high), bool(value == 0 and low == 0 and high > 0))
    return in_order(rows[x]), in_order(rows[y]), cells


def _norm(seen: list[float], unit: str) -> Normalize:
    low, high = min(seen, default=0.0), max(seen, default=1.0)
    if is_wide(seen) and low > 0:
        return LogNorm(low, high)
    if low == high and unit == "share":
        return Normalize(0, 1)
    return Normalize(low, high) if high > low else Normalize(low - abs(low) / 2 - 0.5, high + abs(high) / 2 + 0.5)


def _draw(
    axes: Axes, across: int, up: int, cell: HeatCell | None, colors: Colormap, norm: Normalize, unit: str | None
) -> None:
    if cell is None or not np.isfinite(cell.value):
        draw_cell(axes, across, up, NOTHING)
        return
    color = colors(float(norm(cell.value))) if not cell.unseen else "white"
    draw_cell(axes, across, up, NEVER if cell.unseen else {"facecolor": color, "linewidth": 0})
    if unit is None:
        return
    text = f"<{written(cell.high, unit)}" if cell.unseen else written(cell.value, unit)
    dark = not cell.unseen and float(norm(cell.value)) < _LIGHT
    placed = axes.text(across, up, text, ha="center", va="center", fontsize=7.5, color="white" if dark else "black")
    if cell.unseen:
        placed.set_bbox({"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none"})


def _bar(axes: Axes, norm: Normalize, unit: str, what: str) -> None:
    """Draw the bar that tells what colours stand for."""
    low, high = norm.vmin, norm.vmax
    assert low is not None
    assert high is not None
    bar = axes.figure.colorbar(ScalarMappable(norm, _COLORS), ax=axes, fraction=0.08, pad=0.03, aspect=18)
    value_axis(bar.ax.yaxis, unit, what, (low, high), log=isinstance(norm, LogNorm), characters=_BAR_CHARACTERS)
    bar.ax.grid(visible=False)
    bar.outline.set_visible(False)


def _note(cells: dict[tuple[Hashable, Hashable], HeatCell], places: int, *, written_in: bool) -> list[str]:
    said = []
    if any(cell.unseen for cell in cells.values()):
        said.append("dotted: never seen" + (", below the bound" if written_in else ""))
    if sum(np.isfinite(cell.value) for cell in cells.values()) < places:
        said.append("hatched: no value")
    return said
