"""The outcome of a comparison as DataFrames: what its tables and pictures are made from."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sim.experiments.comparison.differences import Compared
from sim.experiments.running.record import PRESSURE_BINS
from sim.experiments.sample.frames import placed
from sim.experiments.sample.measure import UNITS
from sim.experiments.sample.sample import CAUSES, SHARES, Sample
from sim.kernel.versions import Order
from sim.results.histogram import bounds_of
from sim.scenario.measures import Kind
from sim.statistics import rate

LEVELS = (Kind.OUTSTANDING, Kind.WAITERS)
"""How much of each pool is in use, and how many wait for it."""


def of_variants(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the frames of the variants one below the other, behind a column `variant`."""
    return pd.concat([placed(frame, {"variant": name}) for name, frame in frames.items()], ignore_index=True)


def differences_frame(found: Sequence[Compared]) -> pd.DataFrame:
    """Return a row per variant, subject and measure: how it differs from the baseline."""
    rows = [
        (
            *(each.variant, each.baseline, str(each.key[0]), str(each.key[1]), UNITS[each.key[1].kind], each.kind),
            *(each.found.value, each.found.low, each.found.high, each.found.p_value, each.p_holm, each.decided),
            *(each.runs, each.more, each.found.correlation, each.words),
        )
        for each in found
    ]
    names = ["variant", "baseline", "subject", "measure", "unit", "kind", "value", "low", "high", "p", "p_holm"]
    names += ["decided", "runs", "needed", "correlation", "words"]
    return pd.DataFrame.from_records(rows, columns=names)


def pairs_frame(samples: Mapping[str, Sample], found: Sequence[Compared]) -> pd.DataFrame:
    """Return a row per difference and replication: the value of the baseline, of the variant, and how they differ."""
    parts = []
    for each in found:
        before, after = samples[each.baseline].values(each.key), samples[each.variant].values(each.key)
        ratio = each.kind == "ratio"
        subject, measure = each.key
        parts.append(
            pd.DataFrame(
                {
                    "variant": each.variant,
                    "baseline": each.baseline,
                    "subject": str(subject),
                    "measure": str(measure),
                    "unit": UNITS[measure.kind],
                    "kind": each.kind,
                    "replication": samples[each.variant].replications,
                    "baseline_value": before,
                    "value": after,
                    "difference": after / before if ratio else after - before,
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def curves_frame(samples: Mapping[str, Sample], confidence: float) -> pd.DataFrame:
    """Return the share of calls above each latency_ns, with a band from low to high, by variant and subject.

    `low` and `high` hold point by point; `at_most` is the share if every unfinished wait goes on for ever.
    """
    parts = []
    for name, sample in samples.items():
        for subject, pooled in sample.latencies.items():
            if not pooled.calls:
                continue
            # Beyond the last bucket lie only waits that never ended.
            buckets = np.arange(len(pooled))
            share, low, high = pooled.share_above(buckets, confidence)
            steps = np.diff(share, prepend=1.0) != 0
            steps[-1] = True
            open_ended = sample.unfinished[subject].counts
            endless = np.cumsum(np.pad(open_ended, (0, len(pooled) - len(open_ended)))) / pooled.calls
            parts.append(
                pd.DataFrame(
                    {
                        "variant": name,
                        "subject": str(subject),
                        "latency_ns": bounds_of(buckets[steps])[1],
                        "share": share[steps],
                        "low": low[steps],
                        "high": high[steps],
                        "at_most": (share + endless)[steps],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def shares_frame(samples: Mapping[str, Sample], confidence: float) -> pd.DataFrame:
    """Return a row per variant, subject and path: the share of calls that were served that way, and its interval."""
    rows = []
    for name, sample in samples.items():
        for subject, shares in sample.shares.items():
            for path, (counts, of) in zip(SHARES, shares.columns.reshape(len(SHARES), 2, -1), strict=True):
                if of.sum():
                    found = rate(counts, of, confidence)
                    rows.append((name, str(subject), path, found.value, found.low, found.high))
    return pd.DataFrame.from_records(rows, columns=["variant", "subject", "path", "share", "low", "high"])


def wakes_frame(samples: Mapping[str, Sample], confidence: float) -> pd.DataFrame:
    """Return a row per variant, subject and cause: the share of sleeps that it ended, and its interval.

    Of subjects whose calls slept, with any variant; NaN where no sleep ended.
    """
    rows = []
    slept = {subject for sample in samples.values() for subject, ended in sample.wakes.items() if ended.columns.any()}
    for name, sample in samples.items():
        for subject, ended in sample.wakes.items():
            if subject in slept:
                counts = ended.columns
                for cause, count in zip(CAUSES, counts, strict=True):
                    found = rate(count, counts.sum(axis=0), confidence) if counts.any() else None
                    share = (found.value, found.low, found.high) if found else (math.nan,) * 3
                    rows.append((name, str(subject), cause, *share))
    return pd.DataFrame.from_records(rows, columns=["variant", "subject", "cause", "share", "low", "high"])


def levels_frame(samples: Mapping[str, Sample]) -> pd.DataFrame:
    """Return a row per variant, pool and one of LEVELS: the mean of the runs; none unless some variant has several.

    Pools that stand for calls without one (`order: no_pool`) are left out.
    """
    rows = [
        (name, str(subject), str(measure), float(sample.values((subject, measure)).mean()))
        for name, sample in samples.items()
        for subject, measure in sample.readings
        if measure.kind in LEVELS and sample.scenario.semantics_of(str(subject.pool)).order is not Order.NO_POOL
    ]
    pools = {name: {subject for of, subject, *_ in rows if of == name} for name in samples}
    several = any(len(own) > 1 for own in pools.values())
    return pd.DataFrame.from_records(rows if several else [], columns=["variant", "subject", "measure", "value"])


def pressure_frame(samples: Mapping[str, Sample], confidence: float) -> pd.DataFrame:
    """Return the fallback rate by the pressure of the interval in which calls began, where there were any."""
    rows = []
    for name, sample in samples.items():
        for subject, runs in sample.pressure.items():
            for pressure, calls, fallbacks in zip(PRESSURE_BINS, *np.split(runs.columns, 2), strict=True):
                if calls.sum():
                    found = rate(fallbacks, calls, confidence)
                    what = (name, str(subject), pressure, int(calls.sum()), int(fallbacks.sum()))
                    rows.append((*what, found.value, found.low, found.high))
    names = ["variant", "subject", "pressure", "calls", "fallbacks", "share", "low", "high"]
    return pd.DataFrame.from_records(rows, columns=names)
