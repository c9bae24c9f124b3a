"""What one run leaves for an experiment: its summary and its latencies, small enough to keep thousands of them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel.call import Path
from sim.results.summary import summarise

if TYPE_CHECKING:
    from sim.engine.recording import Recording

FORMAT = 3
PRESSURE_BINS = (0.0, *((tenth + 0.5) / 10 for tenth in range(10)), 1.0)
"""The middles of the bins of memory pressure: none, ten tenths, and full."""

_FALLBACKS = [Path.RESERVE, Path.WAIT_RESERVE]
_VOLATILE = ("wall_s", "calls_per_second")
_LEFT_OUT = ("scenario", "notes", "name", "streaming", *_VOLATILE)

Counts = NDArray[np.int64]


class DamagedRecordError(ValueError):
    """A file does not hold a record as it was written."""


@dataclass(frozen=True)
class Latencies:
    """So many `calls`, `unfinished` ones among them, in each of some `buckets` of `sim.results.histogram`."""

    buckets: Counts
    calls: Counts
    unfinished: Counts


@dataclass(frozen=True)
class Pressed:
    """How many calls began, and how many of them the reserve served, by PRESSURE_BINS of the memory pressure."""

    calls: Counts
    fallbacks: Counts


@dataclass(frozen=True)
class Record:
    """One finished run.

    `document`: its summary without the scenario, the notes, the name, how calls were recorded, and the time that it
    took, which is `wall_s`; quantiles come from the histograms. `latencies` by (pool, task class), `pressure` by pool,
    both without the warm-up.
    """

    key: str
    document: Mapping[str, Any]
    latencies: Mapping[tuple[str, str], Latencies]
    pressure: Mapping[str, Pressed]
    wall_s: float

    @property
    def replication(self) -> int:
        """Which of the independent runs with its seed."""
        return int(self.document["replication"])

    @classmethod
    def of(cls, recording: "Recording", key: str, *, seed: int, replication: int) -> "Record":
        """Return the record of a run that has just ended; it is the same whether or not single calls were kept."""
        whole = summarise(recording, name="", seed=seed, replication=replication, scenario={}, exact=False)
        document = {name: value for name, value in whole.items() if name not in _LEFT_OUT}
        return cls(key, document, _latencies(recording), _pressure(recording), recording.wall_s)

    def to_bytes(self, *, timed: bool = True) -> bytes:
        """Return the record as JSON, under a checksum; equal runs differ in `wall_s` alone, 0 unless `timed`."""
        body = {
            "key": self.key,
            "document": self.document,
            "latencies": [
                [pool, task, each.buckets.tolist(), each.calls.tolist(), each.unfinished.tolist()]
                for (pool, task), each in self.latencies.items()
            ],
            "pressure": [[pool, each.calls.tolist(), each.fallbacks.tolist()] for pool, each in self.pressure.items()],
        }
        text = json.dumps(body, separators=(",", ":"), allow_nan=False)
        wall_s = self.wall_s if timed else 0.0
        return json.dumps({"format": FORMAT, "sha256": _sum(text), "wall_s": wall_s, "record": text}).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Record":
        """Return the record that `to_bytes` wrote. Raises DamagedRecordError if it is torn or of another format."""
        try:
            whole = json.loads(content)
            text, checksum = whole["record"], _sum(whole["record"])
            wall_s = float(whole["wall_s"])
            read, expected = whole["format"], whole["sha256"]
        except (ValueError, TypeError, KeyError, AttributeError):
            raise DamagedRecordError("it is not all there, or no finished run at all") from None
        if read != FORMAT:
            raise DamagedRecordError(f"its format is {read!r}, not {FORMAT}")
        if checksum != expected:
            raise DamagedRecordError("its checksum is not that of its content")
        body = json.loads(text)
        latencies = {
            (pool, task): Latencies(*(np.array(column, dtype=np.int64) for column in columns))
            for pool, task, *columns in body["latencies"]
        }
        pressure = {
            pool: Pressed(*(np.array(column, dtype=np.int64) for column in columns))
            for pool, *columns in body["pressure"]
        }
        return cls(body["key"], body["document"], latencies, pressure, wall_s)


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _latencies(recording: "Recording") -> dict[tuple[str, str], Latencies]:
    found = {}
    for pair, tally in recording.calls.tallies.of.items():
        counts, cut_off = tally.latencies.counts, tally.unfinished.counts
        unfinished = np.zeros_like(counts)
        unfinished[: len(cut_off)] = cut_off
        buckets = np.flatnonzero(counts)
        found[pair] = Latencies(buckets, counts[buckets], unfinished[buckets])
    return found


def _pressure(recording: "Recording") -> dict[str, Pressed]:
    """Calls and fallbacks by pool and bin, of the intervals that lie after the warm-up as a whole."""
    tallies = recording.calls.tallies
    starts = np.arange(tallies.ticks, dtype=np.int64) * tallies.tick_ns
    ends = np.minimum(starts + tallies.tick_ns, tallies.duration_ns)
    first = int(np.searchsorted(starts, recording.warmup_ns))
    # Memory is that of the whole machine, and the series has a row for every pool.
    levels = {row[0]: row[-1] for row in recording.series[:: len(recording.pools)]}
    level = np.array([levels[end] for end in ends[first:].tolist()], dtype=np.float64)
    bins = np.where(level <= 0, 0, np.where(level >= 1, len(PRESSURE_BINS) - 1, np.floor(level * 10) + 1))
    which = bins.astype(np.int64)
    found = {}
    for pool in recording.pools:
        parts = [counts[first:] for (owner, _), counts in tallies.paths_over_time.items() if owner == pool]
        paths = sum(parts, np.zeros((len(level), len(Path)), dtype=np.int64))
        calls, fallbacks = paths.sum(axis=1), paths[:, _FALLBACKS].sum(axis=1)
        found[pool] = Pressed(*(_counted(which, column) for column in (calls, fallbacks)))
    return found


def _counted(which: Counts, counts: Counts) -> Counts:
    """The sums of `counts` by bin; exact, as bincount's floats are below 2**53."""
    return np.bincount(which, counts, len(PRESSURE_BINS)).astype(np.int64)
