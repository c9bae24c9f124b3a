"""Means over replications by Student's t, for values that are nearly normal and no others, and ratios of means.

A mean of microseconds and of a 5 s wait in some run is not: where few values carry the variance a warning says so, and
what such a mean has not seen, it cannot say at all. Rates and quantiles are what tells of those.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from sim.statistics.critical import Floats, checked, student
from sim.statistics.interval import Interval
from sim.statistics.skewness import constant, corrected, lone, skewed


def mean(values: ArrayLike, confidence: float = 0.95, unseen: float = 0.0) -> Interval:
    """The mean of independent `values`, one a replication, with Student's t-interval (any unit).

    `unseen` is how much that this sample is likely to have missed could add to the mean, such as `at_most`(calls) times
    a stall of 5 s, same unit: more than half the interval's width is a warning. So are few values, all of them equal,
    and a skewness that the t-interval cannot stand (Cochran's rule). Raise a ValueError for fewer than two values or
    one that is not finite, a negative `unseen`, or unless 0 < confidence < 1.
    """
    sample = finite(values)
    if not unseen >= 0:
        raise ValueError(f"unseen(={unseen}) must be >= 0")
    n, value = len(sample), float(sample.mean())
    half = student(checked(confidence), n - 1) * float(sample.std(ddof=1)) / math.sqrt(n)
    warning = f"all {n} values are equal, which says nothing of what they missed" if constant(sample) else None
    warning = warning or skewed(sample)
    if warning is None and unseen > half:
        warning = f"events too rare to be seen here may add {unseen:.2g}, more than the interval is wide"
    return Interval(value, value - half, value + half, confidence, "t", warning)


def ratio(numerators: ArrayLike, denominators: ArrayLike, confidence: float = 0.95) -> Interval:
    """The ratio of two means, sum(numerators) / sum(denominators), one of each a replication.

    Linearised (Cochran 1977, §6.3), which is biased by the order of 1 / n, and mended for skewness (Hall 1992), so that
    it stands outages that some runs have more of than others. A warning says if one replication has nearly all of
    what varies, if all ratios are equal, or if there are fewer than six. Raise a ValueError unless both are of one
    length, two or more, finite, and the denominators >= 0 and not all 0, and 0 < confidence < 1.
    """
    values = linearised(numerators, denominators)
    value = float(values.mean())
    low, high, error, _ = corrected(values, checked(confidence))
    same = "the ratio is the same in every replication, which says nothing of what they missed"
    return Interval(value, low, high, confidence, "ratio, t mended for skewness", lone(values) if error else same)


def linearised(numerators: ArrayLike, denominators: ArrayLike) -> Floats:
    """Values, one a replication, whose mean is the ratio of the sums and whose variance is nearly that of the ratio."""
    y, x = finite(numerators), finite(denominators)
    if len(y) != len(x):
        raise ValueError(f"{len(y)} numerators and {len(x)} denominators must be as many")
    if not (np.all(x >= 0) and x.sum() > 0):
        raise ValueError("denominators must be >= 0, and one of them > 0")
    value = y.sum() / x.sum()
    values: Floats = value + (y - value * x) / x.mean()
    return values


def finite(values: ArrayLike) -> Floats:
    """Two or more finite numbers in a row, or a ValueError."""
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or len(sample) < 2 or not np.all(np.isfinite(sample)):
        raise ValueError(f"values of shape {sample.shape} must be two or more finite numbers in a row")
    return sample
