"""What skewness does to a t-interval, how to mend it, and when to warn.

Runs with outages are skewed: a few have many of them, and the sample mean and its error are large or small together.
Then the t-interval is too often below the truth.
"""

import math
from typing import NamedTuple

import numpy as np

from sim.statistics.critical import Floats, student, student_p_value

_FEWEST = 6
_A, _B = 1 / 3, 1 / 6


class Corrected(NamedTuple):
    """An interval of a mean, its standard error, and the p-value of the mean being 0."""

    low: float
    high: float
    error: float
    p_value: float


def corrected(sample: Floats, confidence: float) -> Corrected:
    """The interval of the mean of `sample` by Student's t and Hall's (1992) transformation of it, whichever is wider.

    Hall's cubic takes the skewness out of t as far as the sample shows it (Zhou and Gao 2000 use it for costs), here
    with Student's critical values. The skewness of a few values is uncertain, though, and where there is none the
    correction is wrong to either side; so it may widen the t-interval on a side but not shorten it.
    """
    n, value = len(sample), float(sample.mean())
    error = float(sample.std(ddof=1)) / math.sqrt(n)
    critical = student(confidence, n - 1)
    if constant(sample):
        return Corrected(value, value, 0.0, float(value == 0))
    slope = skewness(sample) / math.sqrt(n)
    below, above = (max(critical, side * _undone(side * critical, slope)) for side in (1, -1))
    p_values = (student_p_value(each, n - 1) for each in (value / error, _transformed(value / error, slope)))
    return Corrected(value - below * error, value + above * error, error, max(p_values))


def constant(sample: Floats) -> bool:
    """Whether all values are equal, but for rounding, or for differences whose squares are too small for a float."""
    return bool(np.ptp(sample) <= max(1e-13 * np.max(np.abs(sample)), 1e-150))


def skewness(sample: Floats) -> float:
    """The third central moment in units of the standard deviation's cube, 0 for values that are all equal."""
    apart = sample - sample.mean()
    spread = math.sqrt(float(np.mean(apart**2)))
    return float(np.mean((apart / spread) ** 3)) if spread > 0 else 0.0


def skewed(sample: Floats) -> str | None:
    """What is to be said against a t-interval of these values, None if nothing.

    Cochran's rule (1977, §2.15): n > 25 G1**2, G1 the skewness; and G1 beyond what normal values have by chance, 2.6 of
    its standard errors. Fewer than six values cannot show it.
    """
    n = len(sample)
    if n < _FEWEST:
        return _few(n)
    unbiased = skewness(sample) * math.sqrt(n * (n - 1)) / (n - 2)
    by_chance = 2.6 * math.sqrt(6 * n * (n - 1) / ((n - 2) * (n + 1) * (n + 3)))
    if abs(unbiased) <= max(math.sqrt(n / 25), by_chance):
        return None
    return (
        f"few of the {n} values carry the variance (skewness {unbiased:.1f}): the t-interval covers less than it says; "
        "prefer a rate or a quantile"
    )


def lone(sample: Floats) -> str | None:
    """What is to be said against the `corrected` interval of these values, None if nothing.

    It takes more than one value that carries the variance: 0.9 of the skewness that it has if a single one does.
    """
    n = len(sample)
    if n < _FEWEST:
        return _few(n)
    if abs(skewness(sample)) <= 0.9 * (n - 2) / math.sqrt(n - 1):
        return None
    return f"one of {n} replications carries the variance: the interval covers less than it says"


def _few(n: int) -> str:
    return f"only {n} replications: whether they are nearly normal, as t assumes, cannot be seen"


def _transformed(statistic: float, slope: float) -> float:
    """Hall's cubic of a t statistic; `slope` is the skewness by the root of n."""
    bend = _A * slope
    return statistic + bend * statistic**2 + bend**2 * statistic**3 / 3 + _B * slope


def _undone(transformed: float, slope: float) -> float:
    """The statistic of which `transformed` is Hall's cubic."""
    bend = _A * slope
    if abs(bend) < 1e-6:
        return transformed
    return float(np.cbrt(1 + 3 * bend * (transformed - _B * slope)) - 1) / bend
