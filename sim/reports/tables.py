"""Tables of a page, each in a box of its own that scrolls where the screen is narrower."""

import base64
import csv
import gzip
import io
from itertools import islice

from sim.reports.content import Data
from sim.reports.markup import Markup, element, together
from sim.results.columns import Table
from sim.results.page import html_table

MOST_ROWS = 200
"""How many rows of the data behind a picture are shown."""

_MOST_PLAIN = 100_000
"""The largest CSV, in bytes, that is given as it is; a larger one is compressed."""

_DIGITS = 6


def box(table: str, label: str) -> Markup:
    """Return a table in a box that scrolls; keyboards can reach it, and who cannot see it is told what it is."""
    return element("div", table, class_="box", tabindex="0", role="region", aria_label=label)


def summary_table(table: Table) -> Markup:
    """Return a table as a terminal shows it, its title above the box."""
    return together([element("h3", table.title), box(Markup(html_table(table, captioned=False)), table.title)])


def data_behind(data: Data, anchor: str, what: str = "Data") -> Markup:
    """Return data, those of a picture for one, folded up: the first rows as a table, and all of them to download."""
    rows = csv.reader(io.StringIO(data.text))
    names = next(rows, [])
    shown = list(islice(rows, MOST_ROWS))
    total = len(shown) + sum(1 for _ in rows)
    rest = f" The first {MOST_ROWS} of {total:,} rows:" if total > len(shown) else ""
    return element(
        "details",
        element("summary", f"{what}: {total:,} row{'s' * (total != 1)}"),
        element("p", download(data), rest),
        box(_table(names, shown), f"{what} in {data.file}"),
        id=anchor,
        class_="data",
    )


def download(data: Data, kind: str = "text/csv") -> Markup:
    """Return a link that keeps a file."""
    content, file = data.text.encode(), data.file
    if len(content) > _MOST_PLAIN:
        # No time in it, so that the same data make the same page.
        content, file, kind = gzip.compress(content, mtime=0), f"{file}.gz", "application/gzip"
    coded = base64.b64encode(content).decode()
    return element("a", f"Download {file}", download=file, href=f"data:{kind};base64,{coded}")


def _table(names: list[str], rows: list[list[str]]) -> Markup:
    numeric = [all(_is_number(row[column]) for row in rows if column < len(row)) for column in range(len(names))]
    of = [None if number else "text" for number in numeric]
    heading = together(element("th", name, scope="col", class_=kind) for name, kind in zip(names, of, strict=True))
    body = together(
        element("tr", *(element("td", _short(cell), class_=kind) for cell, kind in zip(row, of, strict=False)))
        for row in rows
    )
    return element("table", element("thead", element("tr", heading)), element("tbody", body))


def _is_number(cell: str) -> bool:
    try:
        float(cell or "nan")
    except ValueError:
        return False
    return True


def _short(cell: str) -> str:
    """A number with as many digits as are of use; the file has all of them."""
    digits = cell.partition(".")[2]
    return f"{float(cell):.{_DIGITS}g}" if len(digits) > _DIGITS and _is_number(cell) else cell
