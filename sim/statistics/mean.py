"""Means over replications, and ratios of means, by Student's t: for values that are nearly normal, and no others.

A mean of microseconds and of a 5 s wait in some run is not: where few values carry the variance a warning says so, and
what such a mean has not seen, it cannot say at all. Rates and quantiles are what tells of those.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from sim.statistics.critical import Floats, checked, student
from sim.statistics.interval import Interval

_FEWEST = 6


def mean(values: ArrayLike, confidence: float = 0.95, unseen: float = 0.0) -> Interval:
    """The mean of independent `values`, one a replication, with Student's t-interval (any unit).

    `unseen` is how much that this sample is likely to have missed could add to the mean, such as `at_most`(calls) times
    a stall of 5 s, same unit: more than half the interval's width is a warning. So are few values, all of them equal,
    and a skewness that the t-interval cannot stand (see `skewed`). Raise a ValueError for fewer than two values or one
    that is not finite, a negative `unseen`, or unless 0 < confidence < 1.
    """
    sample = finite(values)
    if not unseen >= 0:
        raise ValueError(f"unseen(={unseen}) must be >= 0")
    n, value = len(sample), float(sample.mean())
    half = student(checked(confidence), n - 1) * float(sample.std(ddof=1)) / math.sqrt(n)
    warning = f"all {n} values are equal, which says nothing of what they missed" if np.ptp(sample) == 0 else None
    warning = warning or skewed(sample)
    if warning is None and unseen > half:
        warning = f"events too rare to be seen here may add {unseen:.2g}, more than the interval is wide"
    return Interval(value, value - half, value + half, confidence, "t", warning)


def ratio(numerators: ArrayLike, denominators: ArrayLike, confidence: float = 0.95) -> Interval:
    """The ratio of two means, sum(numerators) / sum(denominators), one of each a replication.

    Linearised (Cochran 1977, §6.3): the t-interval of the mean of (y - r x) / mean(x), whose bias is of the order of
    1 / n. Warnings as for `mean`. Raise a ValueError unless both are of one length, two or more, finite, and the
    denominators >= 0 and not all 0, and 0 < confidence < 1.
    """
    y, x = finite(numerators), finite(denominators)
    if len(y) != len(x):
        raise ValueError(f"{len(y)} numerators and {len(x)} denominators must be as many")
    if not (np.all(x >= 0) and x.sum() > 0):
        raise ValueError("denominators must be >= 0, and one of them > 0")
    n, value = len(y), float(y.sum() / x.sum())
    apart = (y - value * x) / x.mean()
    half = student(checked(confidence), n - 1) * float(apart.std(ddof=1)) / math.sqrt(n)
    same = "the ratio is the same in every replication, which says nothing of what they missed"
    warning = skewed(apart) if half > 0 else same
    return Interval(value, value - half, value + half, confidence, "ratio, linearised, t", warning)


def skewed(sample: Floats) -> str | None:
    """What is to be said against a t-interval of these values, None if nothing.

    Cochran's rule (1977, §2.15): n > 25 G1**2, G1 the skewness; and G1 beyond what normal values have by chance, 2.6 of
    its standard errors. Fewer than six values cannot show it.
    """
    n = len(sample)
    if n < _FEWEST:
        return f"only {n} values: whether they are nearly normal, as t assumes, cannot be seen"
    apart = sample - sample.mean()
    spread = float(np.sqrt(np.mean(apart**2)))
    if not spread > 0:
        return None
    skewness = float(np.mean((apart / spread) ** 3)) * math.sqrt(n * (n - 1)) / (n - 2)
    by_chance = 2.6 * math.sqrt(6 * n * (n - 1) / ((n - 2) * (n + 1) * (n + 3)))
    if abs(skewness) <= max(math.sqrt(n / 25), by_chance):
        return None
    return (
        f"few of the {n} values carry the variance (skewness {skewness:.1f}): the t-interval covers less than it says; "
        "prefer a rate or a quantile"
    )


def finite(values: ArrayLike) -> Floats:
    """Two or more finite numbers in a row, or a ValueError."""
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or len(sample) < 2 or not np.all(np.isfinite(sample)):
        raise ValueError(f"values of shape {sample.shape} must be two or more finite numbers in a row")
    return sample
