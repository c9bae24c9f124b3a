"""One column of durations or times read from a CSV file."""

import csv
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationInfo

from sim.spec import listed, mistake_at, nearest
from sim.units import MIN, MS, NS, US, H, S, UnitError, parse_duration, shown

Unit = Literal["ns", "us", "ms", "s", "min", "h"]
_FACTORS = {"ns": NS, "us": US, "ms": MS, "s": S, "min": MIN, "h": H}
_MOST_ROWS = 10_000_000
_PLAIN_DIGITS = 9
_LIMIT = 10**18
_CUT_SHORT = "unexpected end of data"
"""What `csv` says when the file ends within quotes."""


class ColumnError(ValueError):
    """A CSV file that cannot be read as a column of numbers: the file, the reason, and the line if there is one."""

    def __init__(self, file: str | Path, reason: str, line: int | None = None) -> None:
        super().__init__(f"{file}: {reason}" if line is None else f"{file}:{line}: {reason}")
        self.reason = reason
        self.line = line


def read_column(path: Path, unit: Unit, column: str | None = None, *, in_order: bool = False) -> "array[int]":
    """Return a column of a CSV file in nanoseconds, as an array of 64-bit integers.

    The first row is a header when its cell is not a number. Blank lines and those that start with ``#`` do not count.

    unit: what a number in the file counts.
    column: the name of the column in the header; not needed when there is only one.
    in_order: whether each number must be at least the one before.

    Raises `ColumnError` when the file is unreadable, empty, has no such column, or has a cell that is not a number.
    """
    values = array("q")
    try:
        if not path.is_file():
            raise ColumnError(path, "not a regular file" if path.exists() else "no such file")
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = _rows(file, path)
            for line, cell in _cells(rows, column, path):
                ns = _nanoseconds(cell, unit, path, line)
                if in_order and values and ns < values[-1]:
                    raise ColumnError(path, f"{cell} is earlier than the time before it: expected times in order", line)
                if len(values) == _MOST_ROWS:
                    raise ColumnError(path, f"more than {_MOST_ROWS:,} rows")
                values.append(ns)
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "unreadable") if isinstance(error, OSError) else "not text in UTF-8"
        raise ColumnError(path, reason) from None
    if not values:
        raise ColumnError(path, "no numbers in it")
    return values


def _rows(file: Any, path: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(file, strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            reason = "a quote is never closed" if str(error) == _CUT_SHORT else str(error)
            raise ColumnError(path, reason, reader.line_num) from None
        if row is None:
            return
        if any(cell.strip() for cell in row) and not row[0].lstrip().startswith("#"):
            yield reader.line_num, [cell.strip() for cell in row]


def _cells(rows: Iterator[tuple[int, list[str]]], column: str | None, path: Path) -> Iterator[tuple[int, str]]:
    line, first = next(rows, (0, []))
    if not first:
        return
    if column is not None and column not in first:
        meant = nearest(column, first)
        hint = f"did you mean '{meant}'?" if meant else f"its columns are {listed(first)}"
        raise ColumnError(path, f"no column '{column}': {hint}", line)
    if column is None and len(first) > 1:
        raise ColumnError(path, f"{len(first)} columns: expected `column:` with the name of one", line)
    index = first.index(column) if column is not None else 0
    if column is None and _is_number(first[0]):
        yield line, first[0]
    for number, row in rows:
        if len(row) != len(first):
            raise ColumnError(path, f"expected {len(first)} cells, found {len(row)}", number)
        yield number, row[index]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _nanoseconds(cell: str, unit: Unit, path: Path, line: int) -> int:
    if cell.isascii() and cell.isdigit() and len(cell) <= _PLAIN_DIGITS:
        ns = int(cell) * _FACTORS[unit]
        if ns < _LIMIT:
            return ns
    try:
        return parse_duration(f"{cell} {unit}")
    except UnitError as error:
        reason = f"expected a number of {unit}, 0 or more, not {shown(cell)}"
        if "out of range" in str(error):
            reason = str(error)
        raise ColumnError(path, reason, line) from None


def column_of(
    info: ValidationInfo, file: str, field: str, unit: Unit, column: str | None, *, in_order: bool = False
) -> "array[int]":
    """Read the column that a model names, relative to the validation context's ``directory``; for its validators."""
    directory = (info.context or {}).get("directory", ".")
    try:
        return read_column(Path(directory, file), unit, column, in_order=in_order)
    except ColumnError as error:
        raise mistake_at("csv", str(ColumnError(file, error.reason, error.line)), field, found=file) from None
