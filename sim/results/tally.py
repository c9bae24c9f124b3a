"""Running totals over calls, in memory that does not grow with their number."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel.call import Path
from sim.kernel.jiffies import TENTH
from sim.results.calls import PATHS, Calls, Kind, classes_of
from sim.results.histogram import Histogram

SUMMED = (
    "attempts",
    "sleeps",
    "wakes",
    "wasted_wakes",
    "timeouts",
    "barged",
    "latency_ns",
    "reclaim_ns",
    "asleep_ns",
    "vain_ns",
)
"""The columns of CALL whose totals a tally keeps."""

LONG_RECLAIM = TENTH
"""So many ns in direct reclaim are a wait: as long as reclaim's own throttle lasts."""


class Tally:
    """The totals of some calls: how many took which path, what they suffered, how their latencies are spread.

    `latencies` counts every call, an unfinished one at the time that it had waited; `unfinished` counts those alone.
    `possible` are the paths that such calls can take at all, `waits` the ns that each task of the class spent between
    first sleeps and returns.
    """

    __slots__ = (
        "calls",
        "latencies",
        "longest_ns",
        "paths",
        "possible",
        "shortest_ns",
        "total",
        "unfinished",
        "waited",
        "waits",
    )

    def __init__(self) -> None:
        self.calls = 0
        self.waited = 0
        self.shortest_ns = self.longest_ns = 0
        self.paths: NDArray[np.int64] = np.zeros(len(PATHS), dtype=np.int64)
        self.total = dict.fromkeys(SUMMED, 0)
        self.latencies = Histogram()
        self.unfinished = Histogram()
        self.possible: set[Path] = set()
        self.waits: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def add(self, calls: Calls) -> None:
        """Count `calls`."""
        latency, path = calls["latency_ns"], calls["path"]
        if not len(latency):
            return
        self._stretch(int(latency.min()), int(latency.max()))
        self.calls += len(latency)
        self.waited += int(np.count_nonzero(calls["sleeps"]))
        self.paths += np.bincount(path, minlength=len(PATHS))
        for name in SUMMED:
            self.total[name] += int(calls[name].sum())
        self.latencies.add(latency)
        self.unfinished.add(latency[path == Path.UNFINISHED])

    def merge(self, other: "Tally") -> None:
        """Count everything that `other` has counted."""
        self.possible |= other.possible
        self.waits = np.concatenate([self.waits, other.waits])
        if not other.calls:
            return
        self._stretch(other.shortest_ns, other.longest_ns)
        self.calls += other.calls
        self.waited += other.waited
        self.paths += other.paths
        for name in SUMMED:
            self.total[name] += other.total[name]
        self.latencies.merge(other.latencies)
        self.unfinished.merge(other.unfinished)

    def _stretch(self, shortest_ns: int, longest_ns: int) -> None:
        self.shortest_ns = min(self.shortest_ns, shortest_ns) if self.calls else shortest_ns
        self.longest_ns = max(self.longest_ns, longest_ns)

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays take."""
        return self.waits.nbytes + self.paths.nbytes + self.latencies.counts.nbytes + self.unfinished.counts.nbytes


class Tallies:
    """A tally per pool and task class, and for each how many calls took which path in each of `ticks` intervals.

    Times in ns. Calls that began before `warmup_ns` count in the intervals only, which cover all of `duration_ns`, and
    in `calls`, `slept`, `nulls` and `stalled`: how many there were, slept, got NULL, spent `LONG_RECLAIM` or more in
    direct reclaim; `longest_slept_ns` is of those that slept, `longest_reclaim_ns` of reclaim. `from_warmup` counts, by
    pool, those that still waited at the end: no share has them, though they waited from the first moment to the last.
    """

    def __init__(self, duration_ns: int, warmup_ns: int = 0, ticks: int = 1000) -> None:
        self.duration_ns = duration_ns
        self.warmup_ns = warmup_ns
        self.tick_ns = max(-(-duration_ns // ticks), 1)
        self.ticks = max(-(-duration_ns // self.tick_ns), 1)
        self.calls = self.slept = self.nulls = self.stalled = 0
        self.longest_slept_ns = self.longest_reclaim_ns = 0
        self.from_warmup = Counter[str]()
        self.of: dict[tuple[str, str], Tally] = {}
        """By (pool, task class)."""
        self.paths_over_time: dict[tuple[str, str], NDArray[np.int64]] = {}
        """By (pool, task class): calls per interval of their beginning and path, shape (ticks, len(PATHS))."""

    def open(self, pool: str, task: str, paths: Iterable[Path] = (), count: int = 0) -> Tally:
        """Count the calls of `count` tasks of a class to `pool`, which can take `paths`, though there may be none."""
        tally = self.of.setdefault((pool, task), Tally())
        tally.possible.update(paths)
        if count > len(tally.waits):
            tally.waits = np.zeros(count, dtype=np.int64)
        self.paths_over_time.setdefault((pool, task), np.zeros((self.ticks, len(PATHS)), dtype=np.int64))
        return tally

    def add(self, calls: Calls, kinds: Sequence[Kind]) -> None:
        """Count `calls`, whose column `kind` is an index into `kinds`."""
        self._count(calls)
        for (pool, task), part in by_class(calls, kinds):
            self.open(pool, task)
            tick = np.minimum(part["call_ns"] // self.tick_ns, self.ticks - 1)
            cells = np.bincount(tick * len(PATHS) + part["path"], minlength=self.ticks * len(PATHS))
            self.paths_over_time[pool, task] += cells.reshape(self.ticks, len(PATHS))
            early = part["call_ns"] < self.warmup_ns
            self.from_warmup[pool] += int(np.count_nonzero(part["path"][early] == Path.UNFINISHED))
            self.of[pool, task].add(_taken(part, ~early) if self.warmup_ns else part)

    def _count(self, calls: Calls) -> None:
        slept = calls["latency_ns"][calls["sleeps"] > 0]
        self.calls += len(calls["path"])
        self.slept += len(slept)
        self.nulls += int(np.count_nonzero(calls["path"] == Path.NULL))
        self.stalled += int(np.count_nonzero(calls["reclaim_ns"] >= LONG_RECLAIM))
        self.longest_slept_ns = max(self.longest_slept_ns, int(slept.max(initial=0)))
        self.longest_reclaim_ns = max(self.longest_reclaim_ns, int(calls["reclaim_ns"].max(initial=0)))

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays take."""
        return sum(tally.nbytes for tally in self.of.values()) + sum(a.nbytes for a in self.paths_over_time.values())


def by_class(calls: Calls, kinds: Sequence[Kind]) -> Iterator[tuple[tuple[str, str], Calls]]:
    """Yield each (pool, task class) that occurs in `calls`, with its calls in their order."""
    classes, class_of = classes_of(kinds)
    if not len(calls["kind"]):
        return
    if len(classes) == 1:
        yield classes[0], calls
        return
    number = class_of[calls["kind"]]
    order = np.argsort(number, kind="stable")
    ends = np.cumsum(np.bincount(number, minlength=len(classes)))
    for pair, start, end in zip(classes, [0, *ends], ends, strict=False):
        if end > start:
            yield pair, _taken(calls, order[start:end])


def _taken(calls: Calls, which: NDArray[Any]) -> Calls:
    return {name: column[which] for name, column in calls.items()}
