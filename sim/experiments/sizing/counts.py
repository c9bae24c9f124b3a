"""What a run says of a target: so many calls surely break it, so many perhaps, of so many.

They differ by what the run does not tell. A call that was cut off by the end of the run may still have slept, got NULL
or taken longer; a latency is known to within a bucket. A run that ended in a deadlock breaks every target with all its
calls: it makes no more, and those that it made before say nothing for the size. A call of the warm-up that waited to
the end counts as one that slept, and took longer than what was measured: without those, the worst overload looks best.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.experiments.running.record import Record
from sim.experiments.sample.measure import OF_RUNS, latencies
from sim.experiments.sample.subject import Subject
from sim.results.histogram import bounds_of, bucket_of
from sim.results.verdict import Word
from sim.scenario.measures import Kind, MeasureName
from sim.scenario.targets import Target
from sim.units import MS

_SIZED = (Kind.WAIT, Kind.NULL, Kind.LATENCY_ABOVE, Kind.QUANTILE, Kind.TIME_AT_ZERO, *OF_RUNS)
_REFUSED = {
    Kind.FALLBACK: "a larger reserve serves more calls, not fewer",
    Kind.LONGEST: "the more calls, the longer the longest; expected a quantile, such as p99.9",
    Kind.RESERVED: "it is what the size costs; expected it as the largest size to try",
    Kind.WASTED_WAKES: "it is no share of calls",
}

Known = tuple[float, float, float]
"""Surely, perhaps, of how many."""


def refusal(target: Target) -> str | None:
    """Return why no size can be found by a target, None if one can."""
    kind = target.measure.kind
    if kind in _SIZED:
        return None
    return f"'{target}' is no target for a size: {_REFUSED.get(kind, 'it is no share of calls or runs')}"


def counted(record: Record, pool: str, measure: MeasureName) -> Known:
    """Return what a run says of a measure that is a share, of all calls of a pool together, or of the run."""
    document, kind = record.document, measure.kind
    row = Subject(pool).row(document)
    calls = float(row["calls"]) if row else 0.0
    stuck = document["verdict"]["word"] == Word.DEADLOCK
    if kind in OF_RUNS:
        early = document["pools"][pool]["waiting_since_warmup"]
        happened = float(stuck or _happened(document, row, kind) or (kind is Kind.ANY_WAIT and early > 0))
        return happened, happened, 1.0
    if kind is Kind.TIME_AT_ZERO:
        empty, of = _at_zero(document, pool)
        return (of, of, of) if stuck else (empty, empty, of)
    if stuck:
        return max(calls, 1.0), max(calls, 1.0), max(calls, 1.0)
    return _of_calls(record, pool, measure, row) if row else (0.0, 0.0, 0.0)


def _of_calls(record: Record, pool: str, measure: MeasureName, row: Mapping[str, Any]) -> Known:
    document, kind, calls = record.document, measure.kind, float(row["calls"])
    early = float(document["pools"][pool]["waiting_since_warmup"])
    if kind is Kind.NULL:
        null, perhaps = _refused(row, early)
        return null, min(perhaps, calls + early), calls + early
    if kind is Kind.WAIT:
        slept, perhaps = _waited(row)
        return slept + early, min(perhaps, calls) + early, calls + early
    longer, perhaps, calls = _above(record, pool, int(measure.argument))
    long = early if measure.argument < document["duration_ns"] - document["warmup_ns"] else 0.0
    return longer + long, perhaps + early, calls + early


def _happened(document: Mapping[str, Any], row: Mapping[str, Any] | None, kind: Kind) -> bool:
    if kind is Kind.ANY_WAIT:
        return bool(row and row["shares"]["waited"]["count"])
    return bool(document["verdict"]["word"] == kind.value)


def _at_zero(document: Mapping[str, Any], pool: str) -> tuple[float, float]:
    """In ms: as if there were a look at the reserve in each."""
    return document["pools"][pool]["reserve_at_zero_ns"] / MS, (document["duration_ns"] - document["warmup_ns"]) / MS


def _waited(row: Mapping[str, Any]) -> tuple[float, float]:
    slept, paths = row["shares"]["waited"]["count"], row["paths"]
    asleep = max(0, slept - paths["wait"] - paths["wait_reserve"] - paths["null"])
    return float(slept), float(slept + max(0, paths["unfinished"] - asleep))


def _refused(row: Mapping[str, Any], early: float) -> tuple[float, float]:
    null, possible = row["paths"]["null"], row["shares"]["null"]["at_most"] != 0.0
    return float(null), float(null + (row["paths"]["unfinished"] + early if possible else 0))


def _above(record: Record, pool: str, limit_ns: int) -> Known:
    calls, unfinished = latencies(record, Subject(pool))
    bucket = int(bucket_of(np.array([limit_ns]))[0])
    surely = float(calls[bucket + 1 :].sum())
    perhaps = surely + float(unfinished[: bucket + 1].sum())
    if bucket < len(calls) and int(bounds_of(bucket)[1]) > limit_ns:
        perhaps += float(calls[bucket] - unfinished[bucket])
    return surely, perhaps, float(calls.sum())
