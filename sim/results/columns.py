"""Cells as text, in columns that fit the width at hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context

NAME_WIDTH = 24
"""The most characters of a column of names."""

_GAP = 2
_NARROW_GAP = 1

_nearest = Context(prec=3)


@dataclass(frozen=True)
class Table:
    """Cells as text: columns of names, to the left, then columns of numbers, to the right, `gap` characters apart.

    A heading may have several lines. `together`: so many columns of numbers say one thing, such as a value and its
    interval.
    """

    title: str
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    together: int = 1
    gap: int = _GAP

    def fitted(self, width: int) -> Iterator["Table"]:
        """Yield tables of at most `width` characters, with the same names and some of the numbers each.

        Columns move closer before one, with those that belong to it, is left to the next table.
        """
        first, last = len(self.names), len(self.names) + len(self.numbers)
        widths = [
            min(self._width(column), NAME_WIDTH) if column < first else self._width(column) for column in range(last)
        ]
        gap = _GAP if sum(widths) + _GAP * (last - 1) <= width else _NARROW_GAP
        left = sum(widths[:first]) + gap * (first - 1)
        chosen: list[int] = []
        used = left
        for start in range(first, last, self.together):
            columns = range(start, min(start + self.together, last))
            wide = sum(gap + widths[column] for column in columns)
            if chosen and used + wide > width:
                yield self._only(chosen, gap)
                chosen, used = [], left
            chosen += columns
            used += wide
        yield self._only(chosen, gap)

    def _width(self, column: int) -> int:
        heading = (*self.names, *self.numbers)[column].split("\n")
        return max(map(len, (*heading, *(row[column] for row in self.rows))))

    def _only(self, columns: Sequence[int], gap: int) -> "Table":
        first = len(self.names)
        rows = tuple((*row[:first], *(row[column] for column in columns)) for row in self.rows)
        numbers = tuple(self.numbers[column - first] for column in columns)
        return Table(self.title, self.names, numbers, rows, self.together, gap)


def in_a_line(heading: str) -> str:
    """Return a heading without its line breaks: ``time-outs`` of two lines is ``timeouts``."""
    return heading.replace("-\n", "").replace("\n", " ")


def number(value: float) -> str:
    """Write a number with three digits: ``12.3``, ``1,230``."""
    return f"{_nearest.create_decimal(value).normalize():,f}"


def percentage(share: float | None) -> str:
    """Write a share of 0 to 1 in percent: three digits, ``>99.9`` rather than all of them; ``-`` if there is none."""
    if share is None:
        return "-"
    text = f"{_nearest.create_decimal(100 * share).normalize():f}"
    # A few calls in a million that waited are the point: do not round them away.
    return ">99.9" if text == "100" and share < 1 else text
