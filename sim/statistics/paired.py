"""Differences between two variants whose replications are pairs: run i of both has the same arrivals and outages.

Common random numbers make the runs of a pair alike, so that their difference varies less than either; `correlation`
tells how much it helped. Every difference is of `b` against the baseline `a`.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from sim.statistics.critical import Floats, checked, normal, student, student_p_value
from sim.statistics.interval import Interval
from sim.statistics.mean import finite, linearised
from sim.statistics.proportion import FEW_RUNS, at_most, rate
from sim.statistics.skewness import constant, corrected, lone, skewed

_MOST_RUNS = 10**9


@dataclass(frozen=True, kw_only=True)
class Difference(Interval):
    """How `b` differs from `a` over `runs` pairs of replications.

    `null` is the value of no difference, 0 or (of a ratio) 1, and `effect` the distance from it on the scale on which
    it is tested, that of values or (of a ratio) that of their logarithms; `standard_error` is on that scale, too.
    `p_value` is the probability of an effect of this size or more if there is no difference, two-sided. `correlation`
    is that of the two runs of a pair on this scale, NaN where either does not vary.
    """

    p_value: float
    correlation: float
    effect: float
    standard_error: float
    runs: int
    null: float = 0.0

    @property
    def decided(self) -> bool:
        """Whether the interval excludes that there is no difference."""
        return self.null not in self

    def replications_needed(self, confidence: float = 0.95, power: float = 0.8) -> int | None:
        """How many pairs in all it takes to show a difference as large as this one is estimated to be.

        So many that the interval excludes no difference with probability `power`; no more than `runs` if it does so
        already. None where no number will do: the estimate is that there is no difference, or nearly so (10**9 pairs).
        Raise a ValueError unless 0 < confidence < 1 and 0 < power < 1.
        """
        if not 0 < power < 1:
            raise ValueError(f"power(={power}) must be between 0 and 1, such as 0.8")
        if not self.effect:
            return None
        ratio = self.standard_error * math.sqrt(self.runs) / abs(self.effect)
        if ratio * student(confidence, self.runs - 1) < math.sqrt(self.runs):
            return self.runs
        extra = normal(2 * power - 1) if power > 0.5 else 0.0
        needed = self.runs + 1
        while needed <= _MOST_RUNS:
            enough = math.ceil(((student(confidence, needed - 1) + extra) * ratio) ** 2)
            if enough <= needed:
                return needed
            needed = enough
        return None


def paired_difference(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> Difference:
    """The mean of b - a over pairs, with Student's t-interval and test; any unit.

    If all differences are equal, that one is all there is to tell of these runs; a warning says what they may have
    missed. Others as for `mean`. Raise a ValueError unless both are of one length, two or more, and finite, and 0 <
    confidence < 1.
    """
    before, after = _pairs(a, b)
    return _tested(after - before, _correlation(before, after), confidence, "paired t")


def paired_ratio(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> Difference:
    """The geometric mean of b / a over pairs: the t-interval and test of the logarithms.

    So that twice and half as much are as far from 1, and A against B is the inverse of B against A. Raise a ValueError
    as `paired_difference`, and for a value that is not > 0.
    """
    before, after = _pairs(a, b)
    if not (np.all(before > 0) and np.all(after > 0)):
        raise ValueError("a ratio takes values that are all > 0")
    before, after = np.log(before), np.log(after)
    logs = _tested(after - before, _correlation(before, after), confidence, "paired t of logarithms")
    return replace(logs, value=math.exp(logs.value), low=math.exp(logs.low), high=math.exp(logs.high), null=1.0)


def rate_difference(
    counts_a: ArrayLike, totals_a: ArrayLike, counts_b: ArrayLike, totals_b: ArrayLike, confidence: float = 0.95
) -> Difference:
    """The share of b's calls that are an instance minus that of a's; counts and totals as for `rate`, in pairs.

    Linearised: the interval of the mean over pairs of what each adds to the difference, mended for skewness (see
    `ratio`). Where each variant has no instance or nothing but, that is no interval: the bounds are those of the two
    rates then, each at half of the error, and the p-value is the least error at which they exclude no difference. A
    warning says if fewer than five pairs have an instance, and others are those of `ratio`. Raise a ValueError as
    `rate`, and unless there are as many replications of both, two or more.
    """
    half_error = (1 + checked(confidence)) / 2
    a, b = rate(counts_a, totals_a, half_error), rate(counts_b, totals_b, half_error)
    before, after = _pairs(linearised(counts_a, totals_a), linearised(counts_b, totals_b))
    apart, value = after - before, b.value - a.value
    low, high, error, p_value = corrected(apart, confidence)
    method, warning = "paired rates, t mended for skewness", _rarely(counts_a, counts_b) or lone(apart)
    if {a.value, b.value} <= {0, 1}:
        low, high, method, warning = b.low - a.high, b.high - a.low, "bounds of both rates", b.warning
        error = (high - low) / (2 * student(confidence, len(apart) - 1))
        p_value = _least_error(counts_a, totals_a, counts_b, totals_b)
    elif not error:
        warning = _same(len(apart), confidence)
    return Difference(
        value=value,
        low=low,
        high=high,
        confidence=confidence,
        method=method,
        warning=warning,
        p_value=p_value,
        correlation=_correlation(before, after),
        effect=value,
        standard_error=error,
        runs=len(apart),
    )


def _least_error(counts_a: ArrayLike, totals_a: ArrayLike, counts_b: ArrayLike, totals_b: ArrayLike) -> float:
    """The least error, down to 1e-9, at which the bounds of two rates lie apart; 1 if they never do."""
    low, high = 1e-9, 1.0
    while high > 1.001 * low:
        error = math.sqrt(low * high)
        a, b = rate(counts_a, totals_a, 1 - error / 2), rate(counts_b, totals_b, 1 - error / 2)
        low, high = (low, error) if a.high < b.low or b.high < a.low else (error, high)
    return high


def _rarely(counts_a: ArrayLike, counts_b: ArrayLike) -> str | None:
    """A warning of instances in few of the pairs."""
    some = np.count_nonzero(np.asarray(counts_a) + np.asarray(counts_b))
    if some >= FEW_RUNS:
        return None
    return f"seen in {some} of {len(np.asarray(counts_a))} pairs: too few to tell how calls cluster"


def _same(runs: int, confidence: float) -> str:
    """What differences that are all equal do not tell."""
    seldom = at_most(runs, confidence)
    return f"the same in all {runs} pairs; others may be at most {seldom:.2g} of all ({confidence * 100:g} %)"


def _pairs(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    before, after = finite(a), finite(b)
    if len(before) != len(after):
        raise ValueError(f"{len(before)} and {len(after)} replications are no pairs")
    return before, after


def _tested(differences: Floats, correlation: float, confidence: float, method: str) -> Difference:
    """The mean of differences with its t-interval and test against 0."""
    runs, value = len(differences), float(differences.mean())
    error = float(differences.std(ddof=1)) / math.sqrt(runs)
    half = student(checked(confidence), runs - 1) * error
    warning: str | None
    if constant(differences):
        value, half, error, p_value = float(differences[0]), 0.0, 0.0, float(differences[0] == 0)
        warning = _same(runs, confidence)
    else:
        p_value, warning = student_p_value(value / error, runs - 1), skewed(differences)
    return Difference(
        value=value,
        low=value - half,
        high=value + half,
        confidence=confidence,
        method=method,
        warning=warning,
        p_value=p_value,
        correlation=correlation,
        effect=value,
        standard_error=error,
        runs=runs,
    )


def _correlation(a: Floats, b: Floats) -> float:
    """Pearson's, NaN if either does not vary."""
    if constant(a) or constant(b):
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])
