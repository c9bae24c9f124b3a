"""What a result shows, in a terminal as in a notebook: where it comes from, what it says, tables and notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from sim.results.columns import NAME_WIDTH, Table, in_a_line

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table as RichTable

_INDENT = 2


@dataclass(frozen=True)
class Page:
    """A page to read; a rich Console prints it in tables no wider than it is, `html` is the same for a notebook.

    `told` is what matters most, in lines of which the first stands out.
    """

    preface: str
    told: tuple[str, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]

    def html(self) -> str:
        """The page as HTML."""
        told = "".join(f"<br>{escape(line)}" for line in self.told)
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        body = "".join(map(html_table, self.tables))
        return f"<div><p>{escape(self.preface)}{told}</p>{body}<ul>{notes}</ul></div>"

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Print it."""
        from rich.padding import Padding
        from rich.text import Text

        yield Text(self.preface)
        for row, line in enumerate(self.told):
            yield Padding(Text(line), (0, 0, 0, _INDENT), expand=False) if row else Text(line, style="bold")
        for table in self.tables:
            for part in table.fitted(options.max_width):
                yield Text()
                yield _rich_table(part)
        yield Text()
        for note in self.notes:
            yield Text(note, style="dim")


def html_table(table: Table, *, captioned: bool = True) -> str:
    """A table as HTML, its title as the caption unless that stands elsewhere."""

    def cells(tag: str, row: Sequence[str], more: str = "") -> str:
        aligned = ["left"] * len(table.names) + ["right"] * len(table.numbers)
        return "".join(
            f'<{tag}{more} style="text-align:{side}">{escape(cell)}</{tag}>'
            for side, cell in zip(aligned, row, strict=True)
        )

    heading = cells("th", list(map(in_a_line, (*table.names, *table.numbers))), ' scope="col"')
    rows = "".join(f"<tr>{cells('td', row)}</tr>" for row in table.rows)
    caption = f'<caption style="text-align:left">{escape(table.title)}</caption>' if captioned else ""
    return f"<table>{caption}<thead><tr>{heading}</tr></thead><tbody>{rows}</tbody></table>"


def _rich_table(table: Table) -> "RichTable":
    from rich.table import Table as RichTable
    from rich.text import Text

    grid = RichTable(title=table.title, title_justify="left", box=None, pad_edge=False, padding=(0, table.gap, 0, 0))
    for name in table.names:
        grid.add_column(Text(name), overflow="fold", max_width=NAME_WIDTH, vertical="bottom")
    for name in table.numbers:
        grid.add_column(Text(name), justify="right", no_wrap=True, vertical="bottom")
    for row in table.rows:
        grid.add_row(*map(Text, row))
    return grid
