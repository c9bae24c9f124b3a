"""The phase diagram: which verdict a scenario ends with, over two of its parameters."""

from collections.abc import Hashable
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from pandas.api.types import is_numeric_dtype

from sim.plots.cells import NOTHING, Grid, draw_cell
from sim.plots.paths import Look, fill, patch
from sim.plots.style import picture
from sim.plots.wording import caption, legend, say_empty
from sim.units import format_count

if TYPE_CHECKING:
    import pandas as pd

VERDICTS = {
    "served": Look("served", "#d3ebf8"),
    "degraded": Look("degraded", "#e69f00", "///"),
    "crawl": Look("crawl", "#d55e00", "xxx"),
    "deadlock": Look("deadlock", "#1a1a1a"),
}
"""By verdict, the best first."""

VERDICT = "verdict"
"""The column of the table that holds it."""

# Width and height of a cell in inches.
_CELL = (0.62, 0.4)
_GAP = 0.1


class Cell(NamedTuple):
    """What `runs` replications with the same x and y ended with: `verdict` in `share` of them, the most common."""

    verdict: str
    share: int
    runs: int


def phase(table: "pd.DataFrame", *, x: str, y: str, ax: Axes | None = None) -> Axes:
    """Draw a cell per value of the columns `x` and `y`, in the colour of its most common verdict; return the Axes.

    `table` has a row per run, with its verdict in the column `verdict`: served, degraded, crawl or deadlock. Rows with
    the same x and y are replications: where they disagree, a cell says how many had its verdict, or bears a dot if
    there is no room; of equally common verdicts it shows the worst. Numbers are sorted, categories are in their order,
    other values in that of the table, and all cells have one size. Raises ValueError for a column that is not there or
    lacks a value, and for another verdict.
    """
    columns, rows, cells = cells_of(table, x, y)
    grid = Grid(columns, rows, _CELL)
    with picture(ax, size=grid.outer) as (axes,):
        grid.prepare(axes, x, y)
        for across, column in enumerate(columns):
            for up, row in enumerate(rows):
                _draw_cell(axes, across, up, cells.get((column, row)), grid.written)
        if not cells:
            say_empty(axes, "no run")
        disputed = any(cell.share < cell.runs for cell in cells.values())
        missing = len(cells) < len(columns) * len(rows)
        handles = _handles({cell.verdict for cell in cells.values()}, missing, disputed and not grid.written)
        legend(axes, handles, beside=1 + _GAP / grid.inner[0])
        caption(axes, "How the runs ended", _note(list(cells.values()), disputed), characters=grid.characters)
    return axes  # type: ignore[no-any-return]


def cells_of(
    table: "pd.DataFrame", x: str, y: str
) -> tuple[list[Hashable], list[Hashable], dict[tuple[Hashable, Hashable], Cell]]:
    """Return the values of `x` and of `y` in their order, and the cells that have runs. Raises as `phase`."""
    for column in (x, y, VERDICT):
        if column not in table.columns:
            there = ", ".join(map(str, table.columns)) or "none"
            raise ValueError(f"no column '{column}' in this table; there is {there}")
        missing = int(table[column].isna().sum())
        if missing:
            raise ValueError(f"no value in column '{column}' in {missing:,} of {len(table):,} rows")
    verdicts = [verdict.value if isinstance(verdict, Enum) else verdict for verdict in table[VERDICT]]
    for verdict in verdicts:
        if verdict not in VERDICTS:
            raise ValueError(f"{verdict!r} is no verdict; expected {', '.join(VERDICTS)}")
    ended: dict[tuple[Hashable, Hashable], list[str]] = {}
    for column, row, verdict in zip(table[x], table[y], verdicts, strict=True):
        ended.setdefault((column, row), []).append(verdict)
    return _values(table[x]), _values(table[y]), {place: _cell(found) for place, found in ended.items()}


def _values(column: "pd.Series[Any]") -> list[Hashable]:
    if column.dtype == "category":
        return list(column.cat.remove_unused_categories().cat.categories)
    values = column.drop_duplicates()
    return list(values.sort_values() if is_numeric_dtype(column.dtype) else values)


def _cell(verdicts: list[str]) -> Cell:
    # Of several that are equally common, max takes the first.
    most = max(reversed(VERDICTS), key=verdicts.count)
    return Cell(most, verdicts.count(most), len(verdicts))


def _draw_cell(axes: Axes, across: int, up: int, cell: Cell | None, written: bool) -> None:
    draw_cell(axes, across, up, NOTHING if cell is None else fill(VERDICTS[cell.verdict]))
    if cell is None or cell.share == cell.runs:
        return
    if written:
        text = axes.text(across, up, f"{cell.share}/{cell.runs}", ha="center", va="center", fontsize=7.5)
        text.set_bbox({"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"})
    else:
        axes.plot(across, up, "o", color="black", markerfacecolor="white", markersize=3.5)


def _handles(seen: set[str], missing: bool, dotted: bool) -> list[Any]:
    handles: list[Any] = [patch(look) for verdict, look in reversed(VERDICTS.items()) if verdict in seen]
    if missing:
        handles.append(Patch(label="no run", **{**NOTHING, "linewidth": 0.5}))
    if dotted:
        dot = Line2D([], [], linestyle="none", marker="o", color="black", markerfacecolor="white", markersize=3.5)
        dot.set_label("replications disagree")
        handles.append(dot)
    return handles


def _note(cells: list[Cell], disputed: bool) -> str:
    if not cells:
        return "the table has no rows"
    fewest, most = min(cell.runs for cell in cells), max(cell.runs for cell in cells)
    if most == 1:
        return "1 run per cell: other seeds may end otherwise"
    number = format_count(most) if fewest == most else f"{format_count(fewest)} to {format_count(most)}"
    how = "where they disagree, the most common verdict is shown" if disputed else "they agree in every cell"
    return f"{number} replications per cell; {how}"
