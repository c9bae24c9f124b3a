"""What one run leaves for an experiment: its summary and its latencies, small enough to keep thousands of them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.results import Result
from sim.results.histogram import bucket_of

FORMAT = 1
PRESSURE_BINS = (0.0, *((tenth + 0.5) / 10 for tenth in range(10)), 1.0)
"""The middles of the bins of memory pressure: none, ten tenths, and full."""

_FALLBACKS = ["reserve", "wait_reserve"]
_VOLATILE = ("wall_s", "calls_per_second")
_LEFT_OUT = ("scenario", "notes", "name", *_VOLATILE)

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

    `document`: its summary without the scenario, the notes, the name and the time that it took, which is `wall_s`.
    `latencies` by (pool, task class), `pressure` by pool, both without the warm-up.
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
    def of(cls, result: Result, key: str) -> "Record":
        """Return the record of a run that has just ended."""
        document = {name: value for name, value in result.document.items() if name not in _LEFT_OUT}
        latencies = {
            (str(pool), str(task)): Latencies(
                bucket_of(part["low_ns"].to_numpy()), part["calls"].to_numpy(), part["unfinished"].to_numpy()
            )
            for (pool, task), part in result.latencies.groupby(["pool", "task"], observed=True)
        }
        return cls(key, document, latencies, _pressure(result), float(result.document["wall_s"]))

    def to_bytes(self) -> bytes:
        """Return the record as JSON, under a checksum; equal runs differ in `wall_s` alone."""
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
        whole = {"format": FORMAT, "sha256": hashlib.sha256(text.encode()).hexdigest(), "wall_s": self.wall_s}
        return json.dumps({**whole, "record": text}).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Record":
        """Return the record that `to_bytes` wrote. Raises DamagedRecordError if it is torn or of another format."""
        try:
            whole = json.loads(content)
            text = whole["record"]
            if whole["format"] != FORMAT or hashlib.sha256(text.encode()).hexdigest() != whole["sha256"]:
                raise DamagedRecordError("checksum or format is not that of a record")
            body = json.loads(text)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DamagedRecordError(str(error)) from None
        latencies = {
            (pool, task): Latencies(*(np.array(column, dtype=np.int64) for column in columns))
            for pool, task, *columns in body["latencies"]
        }
        pressure = {
            pool: Pressed(*(np.array(column, dtype=np.int64) for column in columns))
            for pool, *columns in body["pressure"]
        }
        return cls(body["key"], body["document"], latencies, pressure, float(whole["wall_s"]))


def _pressure(result: Result) -> dict[str, Pressed]:
    """Calls and fallbacks by pool and bin, without the interval that the end of the warm-up cuts in two."""
    paths = result.paths_over_time
    counted = paths.assign(
        calls=paths.drop(columns=["t_ns", "pool", "task"]).sum(axis=1), fallbacks=paths[_FALLBACKS].sum(axis=1)
    )
    calls = counted.groupby(["pool", "t_ns"], observed=True)[["calls", "fallbacks"]].sum()
    series = result.series
    after = series[series["t_ns"] > result.document["warmup_ns"]].set_index(["pool", "t_ns"])["pressure"]
    joined = calls.join(after, how="inner")
    found = {}
    for pool in result.document["pools"]:
        part = joined[joined.index.get_level_values("pool") == pool]
        level = part["pressure"].to_numpy()
        where = np.where(level <= 0, 0, np.where(level >= 1, len(PRESSURE_BINS) - 1, np.floor(level * 10) + 1))
        sums = [
            np.bincount(where.astype(np.int64), part[name].to_numpy(), len(PRESSURE_BINS)).astype(np.int64)
            for name in ("calls", "fallbacks")
        ]
        found[pool] = Pressed(*sums)
    return found
