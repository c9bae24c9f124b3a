"""The replications of one scenario, folded together as they come: readings, histograms, shares; the runs are let go."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from sys import intern

import numpy as np
from numpy.typing import NDArray

from sim.experiments.running.record import PRESSURE_BINS, Record
from sim.experiments.sample.measure import OF_RUNS, RATES, RATIOS, UNITS, Reading, latencies, read
from sim.experiments.sample.numbers import Numbers
from sim.experiments.sample.reserved import reserved_bytes
from sim.experiments.sample.subject import RUN, Subject, subjects
from sim.results.histogram import Histogram, bounds_of
from sim.scenario import Scenario
from sim.scenario.measures import Kind, MeasureName
from sim.statistics import ClusteredHistogram, Interval, clopper_pearson, mean, rate, ratio

SHARES = ("first_attempt", "reserve", "after_reclaim", "after_wait", "null", "unfinished")
"""The shares of a summary's row that add up to 1."""

CAUSES = ("served", "vain", "timeout")
"""What ends a sleep: a free after which there is an element to take, one after which there is none, the time-out.

A call that has been woken but not yet served as the run ends counts as served.
"""

FEWEST = 2
"""The fewest runs that have an interval by their spread."""

Key = tuple[Subject, MeasureName]


@dataclass
class Sample:
    """What the replications of `scenario` say of `measures`, in memory that grows by a few numbers a run.

    `readings` by subject and measure: of each run, in the order of the replications, amount and of; `latencies` and the
    `unfinished` among them by pool or class; `shares` by subject: of each run calls and of for every one of SHARES;
    `wakes` by subject: of each run the sleeps that each of CAUSES ended; `pressure` by pool: of each run calls and then
    fallbacks for every bin of PRESSURE_BINS. `early`: calls of all runs that began in the warm-up and waited to the
    end, so that nothing else counts them.
    """

    scenario: Scenario
    measures: tuple[MeasureName, ...]
    readings: dict[Key, Numbers] = field(default_factory=dict)
    latencies: dict[Subject, ClusteredHistogram] = field(default_factory=dict)
    unfinished: dict[Subject, Histogram] = field(default_factory=dict)
    shares: dict[Subject, Numbers] = field(default_factory=dict)
    wakes: dict[Subject, Numbers] = field(default_factory=dict)
    pressure: dict[Subject, Numbers] = field(default_factory=dict)
    digests: list[str] = field(default_factory=list)
    replications: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    early: int = 0

    @classmethod
    def of(cls, scenario: Scenario, measures: Iterable[MeasureName], records: Iterable[Record]) -> "Sample":
        """Return the sample of finished runs."""
        sample = cls(scenario, tuple(measures))
        for record in records:
            sample.add(record)
        return sample

    def add(self, record: Record) -> None:
        """Fold in one more run."""
        document = record.document
        for subject in subjects(document):
            for measure in self.measures:
                reading = self._reserved(measure) if subject == RUN else None
                reading = reading or read(record, subject, measure)
                if reading is not None:
                    self.readings.setdefault((subject, measure), Numbers(2)).add(reading.amount, reading.of)
            if subject.pool is not None:
                self._add_calls(subject, record)
        for pool, bins in record.pressure.items():
            self.pressure.setdefault(Subject(pool), Numbers(2 * len(PRESSURE_BINS))).add(*bins.calls, *bins.fallbacks)
        self.digests.append(document["digest"])
        self.replications.append(record.replication)
        self.words.append(intern(document["verdict"]["word"]))
        self.early += sum(pool["waiting_since_warmup"] for pool in document["pools"].values())

    def _reserved(self, measure: MeasureName) -> Reading | None:
        return Reading(reserved_bytes(self.scenario)) if measure.kind is Kind.RESERVED else None

    def _add_calls(self, subject: Subject, record: Record) -> None:
        calls, unfinished = latencies(record, subject)
        self.latencies.setdefault(subject, ClusteredHistogram()).add(calls, unfinished)
        merged = self.unfinished.setdefault(subject, Histogram())
        merged.counts = np.pad(merged.counts, (0, max(0, len(unfinished) - len(merged.counts))))
        merged.counts[: len(unfinished)] += unfinished
        row = subject.row(record.document)
        if row is not None:
            counts = [row["shares"][key][what] for key in SHARES for what in ("count", "of")]
            self.shares.setdefault(subject, Numbers(len(counts))).add(*counts)
            causes = (row["wakes"] - row["wasted_wakes"], row["wasted_wakes"], row["timeouts"])
            self.wakes.setdefault(subject, Numbers(len(CAUSES))).add(*causes)

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.replications)

    def values(self, key: Key) -> NDArray[np.float64]:
        """Return each run's own value of a measure, NaN where it has too few calls."""
        amounts, of = self.amounts(key)
        values: NDArray[np.float64] = np.divide(amounts, of, out=np.full(len(of), np.nan), where=of > 0)
        return values

    def amounts(self, key: Key) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what was counted in each run, and of how many."""
        amounts, of = self.readings[key].columns
        return amounts, of

    def estimate(self, key: Key, confidence: float) -> Interval:
        """Return the estimate of a measure over all runs, by the method that fits its kind."""
        subject, measure = key
        amounts, of = self.amounts(key)
        if not of.any():
            return Interval(math.nan, math.nan, math.nan, confidence, "none", "there were none")
        if measure.kind in RATES:
            return rate(amounts, of, confidence)
        if measure.kind in OF_RUNS:
            return clopper_pearson(int(amounts.sum()), len(amounts), confidence)
        if measure.kind is Kind.QUANTILE:
            return self._quantile(subject, measure.argument, confidence)
        if measure.kind is Kind.RESERVED:
            value = float(amounts[0])
            return Interval(value, value, value, confidence, "known")
        return _by_spread(amounts, of, measure, confidence, self.scenario.duration)

    def _quantile(self, subject: Subject, q: float, confidence: float) -> Interval:
        pooled = self.latencies[subject]
        if not pooled.calls:
            return Interval(math.nan, math.nan, math.nan, confidence, "none", "no calls")
        found = pooled.quantile(q, confidence)
        value, low = _middle(found.value), _middle(found.low)
        high = math.inf if found.high is None else _middle(found.high)
        return Interval(value, low, high, confidence, "inverted clustered band", found.warning)


def _by_spread(
    amounts: NDArray[np.float64], of: NDArray[np.float64], measure: MeasureName, confidence: float, duration_ns: int
) -> Interval:
    """The mean of runs or the ratio of their sums, with an interval by how much runs differ."""
    told = ~np.isnan(amounts)
    if told.sum() < FEWEST:
        value = float((amounts[told] / of[told]).sum()) if told.any() and of[told].all() else math.nan
        several = f"{told.sum() or 'none'} of {len(told)} runs can tell"
        why = several if len(told) > 1 else "a single run has no interval"
        return Interval(value, -math.inf, math.inf, confidence, "none", why)
    if measure.kind in RATIOS:
        return within_range(ratio(amounts, of, confidence), measure.kind, duration_ns)
    found = mean(amounts[told], confidence)
    if not told.all():
        found = replace(found, warning=f"{told.sum()} of {len(told)} runs can tell, and the others are left out")
    return within_range(found, measure.kind, duration_ns)


def within_range(found: Interval, kind: Kind, duration_ns: float = math.inf) -> Interval:
    """Cut off what lies outside the range of a measure: none is negative, no share and no fairness is above 1.

    And no wait is the last one after the end of the run, at `duration_ns`.
    """
    most = 1.0 if UNITS[kind] == "share" or kind is Kind.FAIRNESS else math.inf
    most = duration_ns if kind is Kind.LAST_WAIT else most
    return replace(found, low=max(found.low, 0.0), high=min(found.high, most))


def _middle(bucket: int) -> float:
    """The middle of a bucket in ns."""
    low, high = bounds_of(bucket)
    return float(low + high) / 2
