"""What can be measured of runs by name: of each run a reading, of its replications an estimate with an interval.

How an estimate is made goes by the kind of the measure:

| measure | a run reads | the estimate |
|---|---|---|
| `P(wait)`, `fallback`, `P(NULL)`, `P(latency > ...)` | so many of its calls | cluster-robust Clopper-Pearson |
| `p99.9` and other quantiles | that of its own calls | of all calls together, by inverting such intervals |
| `wasted wakes` | so many per call | ratio estimator |
| `calls/s`, `requests/s`, `time at zero`, `longest` | a value | mean of the runs |
| `P(any wait)`, `P(deadlock)`, `P(crawl)` | whether it happened | Clopper-Pearson over runs |
| `reserved` | bytes | the same in every run |
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.experiments.running.record import Record
from sim.experiments.sample.subject import RUN, Subject
from sim.results.histogram import bounds_of, bucket_of
from sim.scenario.measures import Kind, MeasureName
from sim.units import S

PER_CALL = {Kind.WAIT: "waited", Kind.FALLBACK: "fallback", Kind.NULL: "null"}
"""The share of a summary's row that a rate per call reads."""

UNITS = {
    **dict.fromkeys((*PER_CALL, Kind.LATENCY_ABOVE, Kind.TIME_AT_ZERO), "share"),
    **dict.fromkeys((Kind.ANY_WAIT, Kind.DEADLOCK, Kind.CRAWL), "share"),
    **dict.fromkeys((Kind.QUANTILE, Kind.LONGEST), "ns"),
    **dict.fromkeys((Kind.CALLS_RATE, Kind.REQUESTS_RATE), "per second"),
    Kind.WASTED_WAKES: "per call",
    Kind.RESERVED: "bytes",
}
"""What the numbers of each kind count."""

RATES = frozenset({*PER_CALL, Kind.LATENCY_ABOVE})
"""Kinds that count calls."""
OF_RUNS = frozenset({Kind.ANY_WAIT, Kind.DEADLOCK, Kind.CRAWL})
"""Kinds that count runs."""


@dataclass(frozen=True)
class Reading:
    """What one run says: `amount` of `of`, such as 3 of 2,000 calls; `of` is 1 for a value of the run as a whole."""

    amount: float
    of: float = 1.0

    @property
    def value(self) -> float:
        """Amount / of, NaN if there was nothing to count."""
        return self.amount / self.of if self.of else math.nan


NOTHING = Reading(math.nan)
"""The reading of a run that has too few calls to tell."""


def read(record: Record, subject: Subject, measure: MeasureName) -> Reading | None:  # noqa: PLR0911  one a kind
    """Return what a run says of a measure, None if that measure is not of such a subject or cannot happen there."""
    document = record.document
    kind = measure.kind
    if subject.device is not None:
        return _of_device(document, subject.device) if kind is Kind.REQUESTS_RATE else None
    if subject == RUN:
        return _of_run(document, kind)
    row = subject.row(document)
    if row is None or kind in OF_RUNS or kind in {Kind.REQUESTS_RATE, Kind.RESERVED}:
        return None
    if kind in PER_CALL:
        share = row["shares"][PER_CALL[kind]]
        return None if share["at_most"] == 0.0 else Reading(share["count"], share["of"])
    if kind is Kind.LATENCY_ABOVE:
        return calls_above(record, subject, int(measure.argument))
    if kind is Kind.QUANTILE:
        return Reading(quantile_of(record, subject, measure.argument))
    if kind is Kind.WASTED_WAKES:
        return Reading(row["wasted_wakes"], row["calls"])
    if kind is Kind.CALLS_RATE:
        return Reading(row["calls"] / _measured_s(document))
    if kind is Kind.LONGEST:
        longest = row["latency"]["max"]["ns"]
        return NOTHING if longest is None else Reading(longest)
    share = document["pools"][subject.pool]["reserve_at_zero_share"]
    return None if subject.task is not None or share is None else Reading(share)


def _of_run(document: Mapping[str, Any], kind: Kind) -> Reading | None:
    if kind is Kind.ANY_WAIT:
        return Reading(float(any(row["shares"]["waited"]["count"] for row in document["rows"])))
    if kind in {Kind.DEADLOCK, Kind.CRAWL}:
        return Reading(float(document["verdict"]["word"] == kind.value))
    return None


def _of_device(document: Mapping[str, Any], device: str) -> Reading:
    return Reading(document["devices"][device]["requests"] / (document["duration_ns"] / S))


def _measured_s(document: Mapping[str, Any]) -> float:
    return float(document["duration_ns"] - document["warmup_ns"]) / S


def latencies(record: Record, subject: Subject) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    """Return how many calls, and how many unfinished ones, fell into each bucket of `sim.results.histogram`."""
    parts = [
        part for (pool, task), part in record.latencies.items() if pool == subject.pool and subject.task in {None, task}
    ]
    size = max((int(part.buckets[-1]) + 1 for part in parts if len(part.buckets)), default=0)
    calls, unfinished = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for part in parts:
        calls[part.buckets] += part.calls
        unfinished[part.buckets] += part.unfinished
    return calls, unfinished


def calls_above(record: Record, subject: Subject, latency_ns: int) -> Reading:
    """Return how many calls took longer than `latency_ns`, to within the 0.8 % that a bucket of latencies is wide.

    Those in the bucket of `latency_ns` itself do not count; an unfinished one counts as far as it came.
    """
    calls, _ = latencies(record, subject)
    bucket = int(bucket_of(np.array([latency_ns]))[0])
    return Reading(float(calls[bucket + 1 :].sum()), float(calls.sum()))


def quantile_of(record: Record, subject: Subject, q: float) -> float:
    """Return a run's own quantile in ns, within 0.4 %; NaN with fewer than 3 / (1 - q) calls."""
    calls, _ = latencies(record, subject)
    total = int(calls.sum())
    if total * (1 - q) < 3 - 1e-9:
        return math.nan
    low, high = bounds_of(int(np.searchsorted(np.cumsum(calls), math.ceil(q * total - 1e-9))))
    return float(low + high) / 2
