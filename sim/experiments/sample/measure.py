"""What can be measured of runs by name: of each run a reading, of its replications an estimate with an interval.

How an estimate is made goes by the kind of the measure:

| measure | a run reads | the estimate |
|---|---|---|
| `P(wait)`, `fallback`, `P(NULL)`, `P(latency > ...)` | so many of its calls | cluster-robust Clopper-Pearson |
| `p99.9` and other quantiles | that of its own calls | of all calls together, by inverting such intervals |
| `time-out wakes` | so many of its wake-ups | cluster-robust Clopper-Pearson |
| `wasted wakes`, `mean wait` | so many, so long per call | ratio estimator |
| `calls/s`, `requests/s`, `time at zero`, `longest` | a value | mean of the runs |
| `fairness`, `waiters`, `outstanding`, `last wait` | a value | mean of the runs |
| `PSI io`, `PSI memory`, `allocstalls/s`, `hung tasks` | a value | mean of the runs |
| `P(any wait)`, `P(deadlock)`, `P(crawl)` | whether it happened | Clopper-Pearson over runs |
| `reserved` | bytes | the same in every run |
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.experiments.running.record import Record
from sim.experiments.sample.subject import RUN, Subject
from sim.results.histogram import bounds_of, bucket_of
from sim.results.verdict import HUNG
from sim.scenario import Scenario
from sim.scenario.measures import Kind, MeasureName
from sim.units import US, S

PER_CALL = {Kind.WAIT: "waited", Kind.FALLBACK: "fallback", Kind.NULL: "null"}
"""The share of a summary's row that a rate per call reads."""

UNITS = {
    **dict.fromkeys((*PER_CALL, Kind.LATENCY_ABOVE, Kind.TIMEOUT_WAKES), "share"),
    **dict.fromkeys((Kind.ANY_WAIT, Kind.DEADLOCK, Kind.CRAWL), "share"),
    **dict.fromkeys((Kind.TIME_AT_ZERO, Kind.PSI_IO, Kind.PSI_MEMORY), "share"),
    **dict.fromkeys((Kind.QUANTILE, Kind.LONGEST, Kind.MEAN_WAIT, Kind.LAST_WAIT), "ns"),
    **dict.fromkeys((Kind.CALLS_RATE, Kind.REQUESTS_RATE, Kind.ALLOCSTALLS), "per second"),
    **dict.fromkeys((Kind.FAIRNESS, Kind.WAITERS, Kind.OUTSTANDING, Kind.HUNG_TASKS), ""),
    Kind.WASTED_WAKES: "per call",
    Kind.RESERVED: "bytes",
}
"""What the numbers of each kind count."""

RATES = frozenset({*PER_CALL, Kind.LATENCY_ABOVE, Kind.TIMEOUT_WAKES})
"""Kinds that count calls, or what happens to them."""
RATIOS = frozenset({Kind.WASTED_WAKES, Kind.MEAN_WAIT})
"""Kinds that are so much per call."""
OF_TIME = frozenset({Kind.TIME_AT_ZERO, Kind.PSI_IO, Kind.PSI_MEMORY})
"""Kinds that are shares of the time."""
OF_RUNS = frozenset({Kind.ANY_WAIT, Kind.DEADLOCK, Kind.CRAWL})
"""Kinds that count runs."""


_NEEDS = {
    Kind.REQUESTS_RATE: "devices",
    **dict.fromkeys((Kind.PSI_IO, Kind.PSI_MEMORY, Kind.ALLOCSTALLS), "memory"),
}
"""The part of a scenario that a measure is of."""


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


def check_possible(measures: Iterable[MeasureName], scenarios: Iterable[Scenario]) -> None:
    """Raise a ValueError for measures of a part that none of the scenarios has."""
    scenarios = tuple(scenarios)
    for measure in measures:
        part = _NEEDS.get(measure.kind)
        if part is not None and not any(getattr(scenario, part) for scenario in scenarios):
            raise ValueError(f"nothing here has {measure}: it is of {part}, which no scenario here has")


def read(record: Record, subject: Subject, measure: MeasureName) -> Reading | None:
    """Return what a run says of a measure, None if that measure is not of such a subject or cannot happen there."""
    document = record.document
    kind = measure.kind
    if subject.device is not None:
        return _of_device(document, subject.device) if kind is Kind.REQUESTS_RATE else None
    if subject == RUN:
        return _of_run(document, kind)
    row = subject.row(document)
    if row is None:
        return None
    if kind in PER_CALL:
        share = row["shares"][PER_CALL[kind]]
        return None if share["at_most"] == 0.0 else Reading(share["count"], share["of"])
    if kind in {Kind.LATENCY_ABOVE, Kind.QUANTILE}:
        return _of_latencies(record, subject, measure)
    found = _of_row(row, kind, _measured_s(document))
    if found is None and subject.task is None:
        found = _of_pool(document["pools"][subject.pool], kind)
    return found


def _of_latencies(record: Record, subject: Subject, measure: MeasureName) -> Reading:
    if measure.kind is Kind.LATENCY_ABOVE:
        return calls_above(record, subject, int(measure.argument))
    return Reading(quantile_of(record, subject, measure.argument))


def _of_row(row: Mapping[str, Any], kind: Kind, measured_s: float) -> Reading | None:
    """What a row of the summary says, of a pool or of a class that uses it."""
    match kind:
        case Kind.WASTED_WAKES:
            return Reading(row["wasted_wakes"], row["calls"])
        case Kind.MEAN_WAIT:
            return Reading(row["time"]["asleep_ns"] + row["time"]["vain_ns"], row["calls"])
        case Kind.CALLS_RATE:
            return Reading(row["calls"] / measured_s)
        case Kind.LONGEST:
            return _told(row["latency"]["max"]["ns"])
    return _of_sleepers(row, kind) if row["shares"]["waited"]["at_most"] != 0.0 else None


def _of_sleepers(row: Mapping[str, Any], kind: Kind) -> Reading | None:
    """What only calls that may sleep can say."""
    if kind is Kind.TIMEOUT_WAKES:
        return Reading(row["timeouts"], row["timeouts"] + row["wakes"])
    if kind is Kind.FAIRNESS and row["waits"]["tasks"] > 1:
        return _told(row["waits"]["fairness"])
    return None


def _told(value: float | None) -> Reading:
    return NOTHING if value is None else Reading(value)


def _of_pool(pool: Mapping[str, Any], kind: Kind) -> Reading | None:
    """What a pool knows of itself."""
    match kind:
        case Kind.TIME_AT_ZERO:
            share = pool["reserve_at_zero_share"]
            return None if share is None else Reading(share)
        case Kind.WAITERS:
            return Reading(pool["waiters_mean"])
        case Kind.OUTSTANDING:
            return Reading(pool["outstanding_mean"])
        case Kind.LAST_WAIT:
            return Reading(pool["waited_until_ns"])
    return None


def _of_run(document: Mapping[str, Any], kind: Kind) -> Reading | None:
    if kind is Kind.ANY_WAIT:
        return Reading(float(any(row["shares"]["waited"]["count"] for row in document["rows"])))
    if kind in {Kind.DEADLOCK, Kind.CRAWL}:
        return Reading(float(document["verdict"]["word"] == kind.value))
    if kind is Kind.HUNG_TASKS:
        return Reading(document["verdict"]["hung"]) if document["duration_ns"] > HUNG else None
    return _of_memory(document["memory"], kind, document["duration_ns"]) if document["memory"] else None


def _of_memory(memory: Mapping[str, Any], kind: Kind, duration_ns: int) -> Reading | None:
    """What the machine's own monitoring says, from the start of the run."""
    match kind:
        case Kind.PSI_IO | Kind.PSI_MEMORY:
            resource = "io" if kind is Kind.PSI_IO else "memory"
            return Reading(memory["pressure"][resource]["some"]["total_us"] * US / duration_ns)
        case Kind.ALLOCSTALLS:
            return Reading(memory["vmstat"]["allocstall"] / (duration_ns / S))
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
