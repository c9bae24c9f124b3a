"""How often the intervals of sim.statistics cover the truth, over synthetic studies of which it is known.

    python benchmarks/interval_coverage.py [--studies 1000] [--seed 1]

A study is a number of replications, as an experiment makes them. What is drawn is what runs of a mempool look like:
2,000 calls of which one in 50,000 stalls for 5 s; outages in which calls fail together; latencies with a heavy tail
that come in bursts; pairs of runs with common random numbers. tests/statistics/test_coverage.py holds the same studies
against what is claimed of them.
"""

import argparse
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.statistics import (
    ClusteredHistogram,
    Interval,
    RelativeWidth,
    at_most,
    batch_means,
    clopper_pearson,
    mean,
    order_statistics,
    paired_difference,
    paired_ratio,
    rate,
    rate_difference,
    ratio,
    replicate_until,
)

Array = NDArray[Any]
Outcomes = Iterator[tuple[Interval, ...]]
"""Of each study the intervals, in the order of a setting's `claims`."""

CALLS = 2_000
STALL_NS = 5e9
GOOD, BAD = 20.0, 2.0
BUCKETS_PER_E = 200
STALLING = 2e-5


class Covered(NamedTuple):
    """Shares of studies: whose interval covers the truth, ends below it, begins above it, has a warning.

    `silent` are those whose interval misses the truth without any warning.
    """

    covers: float
    below: float
    above: float
    warned: float
    silent: float

    def holds(self, claim: str) -> bool:
        """Whether the intervals keep what is claimed of them."""
        if claim == BEYOND:
            return self.silent <= 0.02
        return 0.93 <= self.covers <= (0.97 if claim == NOMINAL else 1)


NOMINAL = "93 to 97 %"
EXACT = "93 % or more"
BEYOND = "warned where it misses"
WRONG = "not to be used"


@dataclass(frozen=True)
class Setting:
    """Studies of `runs` replications each, drawn by `draw`, and what is claimed of which interval, in `claims`.

    BEYOND is where no interval can help: too little has been seen; no more than 2 % may miss the truth unwarned.
    """

    name: str
    runs: int
    draw: Callable[[np.random.Generator, int, int], Outcomes]
    claims: dict[str, tuple[str, float]]
    """The claim and the truth by the interval's name."""

    def cover(self, studies: int, seed: int) -> dict[str, Covered]:
        """Draw the studies, always the same ones for a seed, and count."""
        rng = np.random.default_rng([seed, self.runs])
        outcomes = list(zip(*self.draw(rng, studies, self.runs), strict=True))
        return {
            name: counted(intervals, truth)
            for (name, (_, truth)), intervals in zip(self.claims.items(), outcomes, strict=True)
        }


def counted(intervals: Sequence[Interval], truth: float) -> Covered:
    """What became of these intervals."""
    below = np.array([interval.high < truth for interval in intervals])
    above = np.array([interval.low > truth for interval in intervals])
    warned = np.array([interval.warning is not None for interval in intervals])
    missed = below | above
    return Covered(*(float(np.mean(each)) for each in (~missed, below, above, warned, missed & ~warned)))


def stalls(rng: np.random.Generator, studies: int, runs: int) -> Outcomes:
    """Independent calls, exponential with mean 1 us, of which 2e-5 stall for 5 s: the rate of stalls, and the mean."""
    ordinary = rng.gamma(CALLS, 1e3, (studies, runs)) / CALLS
    totals, unseen = np.full(runs, CALLS), at_most(runs * CALLS) * STALL_NS
    for latency, counts in zip(ordinary, rng.binomial(CALLS, STALLING, (studies, runs)), strict=True):
        yield rate(counts, totals), mean(latency + counts * STALL_NS / CALLS, unseen=unseen)


def bad_time(rng: np.random.Generator, shape: tuple[int, int], horizon: float, good: float) -> Array:
    """How many of `horizon` seconds memory is bad: exponential sojourns, begun in the steady state."""
    bad = rng.random(shape) < BAD / (good + BAD)
    now, total = np.zeros(shape), np.zeros(shape)
    while (now < horizon).any():
        then = np.minimum(now + rng.exponential(np.where(bad, BAD, good)), horizon)
        total += np.where(bad, then - now, 0)
        now, bad = then, ~bad
    return total


def outages(rng: np.random.Generator, studies: int, runs: int, horizon: float, good: float = GOOD) -> Outcomes:
    """Calls that fail while memory is bad, 40 a second while it is good and 10 while it is bad."""
    bad = bad_time(rng, (studies, runs), horizon, good)
    failed, served = rng.poisson(10 * bad), rng.poisson(40 * (horizon - bad))
    for counts, totals in zip(failed, failed + served, strict=True):
        independent = clopper_pearson(int(counts.sum()), int(totals.sum()))
        yield rate(counts, totals), ratio(counts, totals), independent


def failing(good: float = GOOD) -> float:
    """The share of those calls that fail."""
    return 10 * BAD / (10 * BAD + 40 * good)


def paired_outages(rng: np.random.Generator, studies: int, runs: int, horizon: float) -> Outcomes:
    """Pairs of runs with the same arrivals and outages: in them half of the calls fail, 60 % fewer, or another half."""
    bad = bad_time(rng, (studies, runs), horizon, GOOD)
    in_bad = rng.poisson(40 * bad)
    totals = in_bad + rng.poisson(40 * (horizon - bad))
    failed = [rng.binomial(in_bad, p) for p in (0.5, 0.2, 0.5)]
    for all_calls, half, fewer, other in zip(totals, *failed, strict=True):
        yield rate_difference(half, all_calls, fewer, all_calls), rate_difference(half, all_calls, other, all_calls)


def bursts(rng: np.random.Generator, studies: int, runs: int, burst: int, quantiles: Sequence[float]) -> Outcomes:
    """Quantiles of lognormal latencies, 64 % of whose log-variance the calls of a burst have in common."""
    shape, zero = (runs, CALLS // burst, burst), 6 * BUCKETS_PER_E
    for _ in range(studies):
        logs = 0.6 * rng.standard_normal(shape) + 0.8 * rng.standard_normal((*shape[:2], 1))
        buckets = np.clip((logs * BUCKETS_PER_E).astype(np.int64) + zero, 0, 2 * zero)
        pooled = ClusteredHistogram()
        for run in buckets:
            pooled.add(np.bincount(run.ravel()))
        found = [pooled.quantile(q) for q in quantiles]
        yield tuple(
            Interval(each.value, each.low, math.inf if each.high is None else each.high, 0.95, "", each.warning)
            for each in found
        )


def bucket(q: float) -> float:
    """The bucket that the true quantile of those latencies is in."""
    return int(NormalDist().inv_cdf(q) * BUCKETS_PER_E) + 6 * BUCKETS_PER_E


def ranks(rng: np.random.Generator, studies: int, runs: int, q: float) -> Outcomes:
    """The quantile `q` over runs of independent lognormal values, one a run."""
    for values in rng.lognormal(0, 2, (studies, runs)):
        yield (order_statistics(values, q),)


def pairs(rng: np.random.Generator, studies: int, runs: int) -> Outcomes:
    """Pairs of lognormal values with a common factor, the second 30 % larger."""
    common, a, b = (rng.lognormal(0, sigma, (studies, runs)) for sigma in (0.3, 0.2, 0.2))
    for first, second in zip(common * a, 1.3 * common * b, strict=True):
        yield paired_difference(first, second), paired_ratio(first, second)


def one_long_run(rng: np.random.Generator, studies: int, runs: int, length: int) -> Outcomes:
    """A series whose values remember the one before, x = 0.9 x + noise, of mean 0."""
    series = rng.standard_normal((length, studies))
    series[0] /= math.sqrt(1 - 0.9**2)
    for before, now in itertools.pairwise(series):
        now += 0.9 * before  # noqa: PLW2901 a view of the series
    for each in series.T:
        yield (batch_means(each),)


def stopped(rng: np.random.Generator, studies: int, runs: int) -> Outcomes:
    """The mean of gamma values (variation 0.33), replicated until it is known to 10 %."""
    for _ in range(studies):
        values = rng.gamma(9, 1 / 9, 1_000)
        yield (replicate_until(values.__getitem__, RelativeWidth(0.1)).interval,)


def settings() -> list[Setting]:
    """Every setting with the intervals that are used for it, and some that must not be."""
    found = []
    for runs in (10, 30):
        stalling = {"rate": (EXACT, STALLING), "mean (t)": (WRONG, 1e3 + STALLING * STALL_NS)}
        found.append(Setting("2e-5 of calls stall 5 s", runs, stalls, stalling))
        claims = {"rate": EXACT, "ratio": NOMINAL, "calls taken as independent": WRONG}
        shares = {name: (claim, failing()) for name, claim in claims.items()}
        found += [
            Setting(f"outages, {number} a run", runs, partial(outages, horizon=horizon), shares)
            for number, horizon in ((1, 20), (10, 220), (100, 2_200))
        ]
        rare = {name: (BEYOND if name != "calls taken as independent" else WRONG, failing(600)) for name in claims}
        found.append(Setting("outages, in one of thirty runs", runs, partial(outages, horizon=18, good=600), rare))
        differences = {"rate_difference": (NOMINAL, -0.3 * BAD / (GOOD + BAD)), "of no difference": (NOMINAL, 0.0)}
        found += [
            Setting(f"pairs, outages: {number} a run", runs, partial(paired_outages, horizon=horizon), differences)
            for number, horizon in ((2, 40), (10, 220))
        ]
        worse = {"paired_difference": (NOMINAL, 0.3 * math.exp(0.065)), "paired_ratio": (NOMINAL, 1.3)}
        found.append(Setting("pairs, 30 % worse", runs, pairs, worse))
        for burst, quantiles, claim in ((10, (0.5, 0.99, 0.999), EXACT), (500, (0.999,), BEYOND)):
            of_quantiles = {f"quantile {q}": (claim, bucket(q)) for q in quantiles}
            draw = partial(bursts, burst=burst, quantiles=quantiles)
            found.append(Setting(f"latencies in bursts of {burst}", runs, draw, of_quantiles))
    found += [
        Setting("a value a run", runs, partial(ranks, q=q), {f"order_statistics {q}": (EXACT, truth)})
        for runs, q, truth in ((10, 0.5, 1.0), (30, 0.5, 1.0), (400, 0.99, math.exp(2 * NormalDist().inv_cdf(0.99))))
    ]
    found += [
        Setting(f"a run of {length:,} values", 1, partial(one_long_run, length=length), {"batch_means": (NOMINAL, 0.0)})
        for length in (5_000, 20_000)
    ]
    return [*found, Setting("until it is known to 10 %", 0, stopped, {"mean (t)": (NOMINAL, 1.0)})]


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--studies", type=int, default=1_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    error = math.sqrt(0.95 * 0.05 / chosen.studies)
    print(f"{chosen.studies} studies each, seed {chosen.seed}: the standard error of 95 % is {error * 100:.1f} %\n")
    print("| setting | runs | interval | claim | covers | ends below | begins above | has a warning |")
    print("|---|---|---|---|---|---|---|---|")
    for setting in settings():
        for name, found in setting.cover(chosen.studies, chosen.seed).items():
            claim, _ = setting.claims[name]
            shares = " | ".join(f"{share * 100:.1f} %" for share in found[:4])
            print(f"| {setting.name} | {setting.runs or 'many'} | {name} | {claim} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
