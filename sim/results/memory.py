"""What a closed loop leaves behind: the pages of the machine over time, and what its kernel would tell in /proc."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np


class MemoryRow(NamedTuple):
    """The memory over an interval of at most 1 s, of which `t_ns` is the end.

    `free_min` is the least in it; the other pages are those at its end, `pcp` those on the lists of the processors.
    `kswapd` is the share of it in which kswapd ran, 0 to 1, `reclaimers` the mean number of tasks in direct reclaim;
    `allocstall`, `pgscan` and `pgsteal` count what happened in it. `memory_some` and so on are the avg10 of
    /proc/pressure at its end, in percent; the shares that follow are those of the interval in which it was so, 0 to 1.
    """

    t_ns: int
    free: int
    free_min: int
    pcp: int
    clean: int
    dirty: int
    writeback: int
    anon: int
    swapping: int
    kernel: int
    kswapd: float
    reclaimers: float
    allocstall: int
    pgscan: int
    pgsteal: int
    memory_some: float
    memory_full: float
    io_some: float
    io_full: float
    memory_some_share: float
    memory_full_share: float
    io_some_share: float
    io_full_share: float


MEMORY = MemoryRow._fields
"""Columns of the memory over time: one row per interval."""

FLOAT_COLUMNS = tuple(name for name, kind in MemoryRow.__annotations__.items() if kind is float)
"""The columns that are no whole numbers."""

MARKS = ("min", "low", "high")
"""The watermarks of a zone, in ascending order."""

RESERVE = "lowmem_reserve"

PAGES = ("managed", *MARKS, RESERVE)
"""What is told of a zone, in pages: `lowmem_reserve` is kept, beyond each mark, from who may use all of them."""

AVERAGES = ("avg10", "avg60", "avg300")
"""The averages of /proc/pressure, over so many seconds, in percent."""

Document = Mapping[str, Any]
"""A summary (`sim.results.summary`)."""


class MemoryNotModelledError(ValueError):
    """The memory of a machine was asked of a run whose memory was squeezed from outside."""

    def __init__(self) -> None:
        super().__init__(
            "this run had no memory of its own, only pressure from outside; "
            "give its scenario memory: instead of pressure: to see pages, reclaim and /proc"
        )


@dataclass
class LoadTotals:
    """What the processes of one load did over the whole run, warm-up included, in pages that they wrote, read or took.

    `asked_pages` would have been theirs if nothing had held them up. `longest_ns` is the longest that one of them took
    for a batch, of about a millisecond or 32 pages, those included that were not through with one at the end.
    """

    kind: str
    processes: int
    asked_pages: int
    pages: int = 0
    longest_ns: int = 0


@dataclass(frozen=True)
class MemoryRecord:
    """The memory of a run, in pages.

    `zones` have a name and PAGES, lowest first. `vmstat` are counters and levels by their names in /proc/vmstat,
    counted from the start of the run. `pressure` has for each resource of /proc/pressure `some` and `full`, each with
    avg10, avg60 and avg300 in percent and total_us. `kswapd_wakes`: how often kswapd was woken.
    """

    rows: Sequence[MemoryRow]
    zones: Sequence[Mapping[str, Any]] = ()
    vmstat: Mapping[str, int] = field(default_factory=dict)
    pressure: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    load: Mapping[str, LoadTotals] = field(default_factory=dict)
    kswapd_wakes: int = 0


def together(zones: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return the marks of all zones as they are for who may use all of them, in pages: what each must keep, added up.

    Only in the highest zone that a request may use it needs no more than the mark itself.
    """
    kept = sum(int(zone[RESERVE]) for zone in zones)
    return {mark: sum(int(zone[mark]) for zone in zones) + kept for mark in MARKS}


def memory_summary(record: MemoryRecord, warmup_ns: int) -> dict[str, Any]:
    """Return the part of a summary that is about memory; its keys are in `sim.results.summary`."""
    columns = dict(zip(MEMORY, np.array(record.rows, dtype=float).reshape(-1, len(MEMORY)).T, strict=True))
    ends = columns["t_ns"]
    lengths = np.diff(ends, prepend=0.0)
    # An interval that the warm-up ends in belongs to it.
    seen = ends - lengths >= warmup_ns
    low = together(record.zones)["min"]

    def share(of: Any, which: Any) -> float | None:
        measured = float(lengths[which].sum())
        return float((of * lengths)[which].sum() / measured) if measured else None

    everywhere = np.ones(len(ends), dtype=bool)
    return {
        "zones": [{"name": str(zone["name"]), **{key: int(zone[key]) for key in PAGES}} for zone in record.zones],
        "free": {
            "least": int(columns["free_min"][seen].min()) if seen.any() else None,
            "end": int(columns["free"][-1]) if len(ends) else None,
        },
        "below_min_share": share(columns["free"] < low, seen),
        "dipped_share": share(columns["free_min"] < low, seen),
        "kswapd_wakes": record.kswapd_wakes,
        "kswapd_share": share(columns["kswapd"], everywhere),
        "reclaimers_mean": share(columns["reclaimers"], everywhere),
        "load": {name: asdict(totals) for name, totals in record.load.items()},
        "vmstat": {name: int(value) for name, value in record.vmstat.items()},
        "pressure": {
            resource: {who: _line(line) for who, line in lines.items()} for resource, lines in record.pressure.items()
        },
    }


def _line(line: Mapping[str, float]) -> dict[str, float]:
    return {**{key: float(line[key]) for key in AVERAGES}, "total_us": int(line["total_us"])}


def has_memory(document: Document) -> bool:
    """Whether a summary is of a run whose machine had memory of its own."""
    return document["memory"] is not None


def memory_of(document: Document) -> Mapping[str, Any]:
    """Return the part of a summary that is about memory. Raise a MemoryNotModelledError if there is none."""
    if not has_memory(document):
        raise MemoryNotModelledError
    return document["memory"]  # type: ignore[no-any-return]
