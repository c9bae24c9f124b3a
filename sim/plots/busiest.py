"""Which pools and task classes a picture shows when it cannot show all: those whose calls took the most time."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.results.result import Result

_MOST_LISTED = 8

Row = Mapping[str, Any]
"""A row of the summary (`sim.results.summary`)."""


def rows_of_classes(result: "Result", pool: str | None = None, task: str | None = None) -> list[Row]:
    """Return the rows of single task classes, without the row that adds up those of a pool.

    Raise a ValueError that lists the names there are if `pool` or `task` is not among them.
    """
    rows = [row for row in result.document["rows"] if not row["total"]]
    known = {"pool": dict.fromkeys(result.document["pools"]), "task": dict.fromkeys(row["task"] for row in rows)}
    for kind, name in (("pool", pool), ("task", task)):
        if name is not None and name not in known[kind]:
            raise ValueError(f"no {kind} '{name}' in this result; there is {_listed(list(known[kind]))}")
    return [row for row in rows if pool in {None, row["pool"]} and task in {None, row["task"]}]


def _listed(names: list[str]) -> str:
    several = [*names[:_MOST_LISTED], f"{len(names) - _MOST_LISTED:,} more"] if len(names) > _MOST_LISTED else names
    return ", ".join(several) or "none"


def time_ns(row: Row) -> int:
    """Return how long all calls of a row took together."""
    return sum(row["time"].values())


def busiest(rows: list[Row], most: int) -> tuple[list[Row], list[Row]]:
    """Return the rows to show, at most `most` and in their order, and the others, to be shown as one (room is left)."""
    if len(rows) <= most:
        return rows, []
    first = sorted(range(len(rows)), key=lambda index: (-time_ns(rows[index]), index))[: most - 1]
    return [rows[index] for index in sorted(first)], [row for index, row in enumerate(rows) if index not in set(first)]


def busiest_pools(result: "Result") -> list[str]:
    """Return all pools, the one whose calls took the most time first."""
    total = dict.fromkeys(result.document["pools"], 0)
    for row in rows_of_classes(result):
        total[row["pool"]] = total.get(row["pool"], 0) + time_ns(row)
    return sorted(total, key=lambda pool: -total[pool])
