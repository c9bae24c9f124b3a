"""The tables of a result as pandas DataFrames."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from sim.results.calls import CALL, PATHS, Calls, EventsNotKeptError, Kind
from sim.results.histogram import bounds_of
from sim.results.memory import FLOAT_COLUMNS, MEMORY
from sim.results.tally import Tallies

if TYPE_CHECKING:
    from sim.engine.recording import Recording

EVENTS = (
    "call_ns",
    "latency_ns",
    "path",
    "pool",
    "task",
    "gfp",
    "n",
    "attempts",
    "sleeps",
    "wakes",
    "wasted_wakes",
    "timeouts",
    "reclaim_ns",
    "asleep_ns",
    "vain_ns",
    "barged",
)
"""Columns of the events: one row per call, in the order in which they completed, give or take tens of microseconds."""

SERIES = (
    "t_ns",
    "pool",
    "reserve_mean",
    "reserve_min",
    "reserve_max",
    "waiters_mean",
    "waiters_max",
    "outstanding",
    "pressure",
)
"""Columns of the series: one row per pool and interval, `t_ns` its end, `pressure` its mean level from 0 to 1."""

_NONE: Calls = {name: np.empty(0, dtype=CALL[name]) for name in CALL.names or ()}
_COUNTS = ("attempts", "sleeps", "wakes", "wasted_wakes", "timeouts")


class Frames(Protocol):
    """Where a result takes its tables from: the run that has just ended, or the files of an earlier one."""

    @property
    def event_parts(self) -> Iterator[pd.DataFrame]:
        """The events, in consecutive parts. Raises EventsNotKeptError if the run was streamed."""

    @property
    def series(self) -> pd.DataFrame:
        """The series."""

    @property
    def paths_over_time(self) -> pd.DataFrame:
        """Calls by path, per pool, task class and interval."""

    @property
    def latencies(self) -> pd.DataFrame:
        """Calls by latency, per pool and task class."""

    @property
    def memory(self) -> pd.DataFrame:
        """The memory over time, without rows if the run had none of its own."""


class RecordedFrames:
    """The tables of a run that has just ended."""

    def __init__(self, recording: "Recording") -> None:
        self._recording = recording

    @property
    def event_parts(self) -> Iterator[pd.DataFrame]:
        """The events, block by block."""
        log = self._recording.calls
        if log.streaming:
            raise EventsNotKeptError
        blocks = (log.block(number) for number in range(log.blocks))
        return (events_frame(calls, log.kinds) for calls in (blocks if log.blocks else [_NONE]))

    @property
    def series(self) -> pd.DataFrame:
        """The series."""
        return series_frame(self._recording.series)

    @property
    def paths_over_time(self) -> pd.DataFrame:
        """Calls by path and interval."""
        return paths_frame(self._recording.calls.tallies)

    @property
    def latencies(self) -> pd.DataFrame:
        """Calls by latency."""
        return latencies_frame(self._recording.calls.tallies)

    @property
    def memory(self) -> pd.DataFrame:
        """The memory over time."""
        memory = self._recording.memory
        return memory_frame(memory.rows if memory else ())


def events_frame(calls: Calls, kinds: Sequence[Kind]) -> pd.DataFrame:
    """Return `calls`, whose column `kind` is an index into `kinds`, as a frame with the columns EVENTS."""
    columns: dict[str, Any] = {
        name: calls[name] for name in ("call_ns", "latency_ns", "reclaim_ns", "asleep_ns", "vain_ns")
    }
    columns |= {name: calls[name].astype(np.uint32) for name in _COUNTS}
    columns["barged"] = calls["barged"].astype(bool)
    columns["path"] = pd.Categorical.from_codes(calls["path"], categories=pd.Index(PATHS))
    for name in ("pool", "task", "gfp"):
        texts = [getattr(kind, name) for kind in kinds]
        names = sorted(set(texts))
        code = np.array([names.index(text) for text in texts], dtype=np.intp)
        columns[name] = pd.Categorical.from_codes(code[calls["kind"]], categories=pd.Index(names))
    columns["n"] = np.array([kind.n for kind in kinds], dtype=np.uint32)[calls["kind"]]
    return pd.DataFrame({name: columns[name] for name in EVENTS})


def series_frame(rows: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    """Return the rows of a series as a frame with the columns SERIES."""
    frame = pd.DataFrame.from_records(list(rows), columns=list(SERIES))
    whole = dict.fromkeys(("t_ns", "reserve_min", "reserve_max", "waiters_max", "outstanding"), np.int64)
    real = dict.fromkeys(("reserve_mean", "waiters_mean", "pressure"), np.float64)
    return frame.astype({**whole, **real, "pool": "category"})


def memory_frame(rows: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    """Return the rows of a memory record as a frame with the columns MEMORY."""
    frame = pd.DataFrame.from_records(list(rows), columns=list(MEMORY))
    return frame.astype({name: np.float64 if name in FLOAT_COLUMNS else np.int64 for name in MEMORY})


def paths_frame(tallies: Tallies) -> pd.DataFrame:
    """Return calls by path: columns `t_ns` (end of the interval in which they began), pool, task, and one per path."""
    ends = np.minimum((np.arange(tallies.ticks) + 1) * tallies.tick_ns, tallies.duration_ns)
    parts = [
        pd.DataFrame({"t_ns": ends, "pool": pool, "task": task, **dict(zip(PATHS, counts.T, strict=True))})
        for (pool, task), counts in tallies.paths_over_time.items()
    ]
    return _joined(parts, ["t_ns", "pool", "task", *PATHS])


def latencies_frame(tallies: Tallies) -> pd.DataFrame:
    """Return calls by latency, warm-up left out: pool, task, `low_ns` to `high_ns`, calls, and how many unfinished."""
    parts = []
    for (pool, task), tally in tallies.of.items():
        bucket = np.flatnonzero(tally.latencies.counts)
        low, high = bounds_of(bucket)
        unfinished = np.zeros_like(tally.latencies.counts)
        unfinished[: len(tally.unfinished.counts)] = tally.unfinished.counts
        counts = {"calls": tally.latencies.counts[bucket], "unfinished": unfinished[bucket]}
        parts.append(pd.DataFrame({"pool": pool, "task": task, "low_ns": low, "high_ns": high, **counts}))
    return _joined(parts, ["pool", "task", "low_ns", "high_ns", "calls", "unfinished"])


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return frame.astype({"pool": "category", "task": "category"})


def summary_frame(document: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows of a summary as a frame: one row per pool and task class, and a `total` for several of them.

    Counts of calls per path; shares from 0 to 1 (`*_share`, `fallback_rate`, `wait_rate`), each with `*_at_most` where
    there were zero events; latencies in ns, NaN where there are too few calls; `lower_bounds` names the latencies that
    unfinished waits may yet raise; the time that went into operations, reclaim, sleep and vain wake-ups, in ns; and on
    every row the reserve of its pool.
    """
    return pd.DataFrame([_flat(row, document["pools"].get(row["pool"], {})) for row in document["rows"]])


def _flat(row: Mapping[str, Any], pool: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {key: row[key] for key in ("pool", "task", "total", "calls")} | row["paths"]
    for key, share in row["shares"].items():
        name = {"fallback": "fallback_rate", "waited": "wait_rate"}.get(key, f"{key}_share")
        flat[name] = np.nan if share["share"] is None else share["share"]
        flat[f"{name}_at_most"] = np.nan if share["at_most"] is None else share["at_most"]
    for key, latency in row["latency"].items():
        flat[f"{key}_ns"] = np.nan if latency["ns"] is None else float(latency["ns"])
    flat["lower_bounds"] = ", ".join(key for key, latency in row["latency"].items() if latency["at_least"])
    flat |= {name: row[name] for name in ("attempts", "sleeps", "timeouts", "wakes", "wasted_wakes", "barged")}
    flat |= row["time"]
    return flat | dict(pool)
