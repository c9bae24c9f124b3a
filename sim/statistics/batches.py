"""One long run: where its warm-up ends, and what its mean is worth although each value depends on those before it."""

import math

import numpy as np
from numpy.typing import ArrayLike

from sim.statistics.critical import Floats, checked, normal_tail, student
from sim.statistics.interval import Interval
from sim.statistics.skewness import constant

_FEWEST = 7
_NOT_CORRELATED = 0.1
_ENOUGH = 60
_MSER_BATCH = 5


def batch_means(series: ArrayLike, confidence: float = 0.95, batches: int = 30) -> Interval:
    """The steady-state mean of one run's `series`, warm-up removed, with the t-interval of its batches' means.

    Non-overlapping batches of one length; the oldest values that fill none are left out. If the means of successive
    batches are correlated (von Neumann's ratio, p <= 0.1), there are half as many, twice as long, down to 7; if they
    still are, a warning says that the run is too short. What correlation remains widens the interval by the factor
    (1 + r) / (1 - r) on the variance, r that of successive means (Tafazzoli and Wilson 2011). A run that is worth fewer
    than 60 independent values has a warning, too. Raise a ValueError unless there are two values for each batch, all
    finite, batches >= 7 and 0 < confidence < 1.
    """
    values = _finite(series)
    if batches < _FEWEST:
        raise ValueError(f"batches(={batches}) must be >= {_FEWEST}")
    if len(values) < 2 * batches:
        raise ValueError(f"{len(values)} values are too few for {batches} batches")
    number = batches
    while True:
        length = len(values) // number
        means = values[len(values) - number * length :].reshape(number, length).mean(axis=1)
        correlated = von_neumann(means) <= _NOT_CORRELATED
        if not correlated or number // 2 < _FEWEST:
            break
        number //= 2
    value = float(means.mean())
    variance = float(means.var(ddof=1)) / number * _inflation(means)
    half = student(checked(confidence), number - 1) * math.sqrt(variance)
    warning = None
    if constant(values):
        warning = f"all {len(values)} values are equal, which says nothing of what they missed"
    elif correlated:
        warning = "batches are still correlated: the run is too short"
    elif float(values.var()) < _ENOUGH * variance:
        warning = f"worth some {float(values.var()) / variance:.0f} independent values: the run is too short"
    return Interval(value, value - half, value + half, confidence, f"{number} batch means, t", warning)


def _inflation(means: Floats) -> float:
    """How much larger the variance of the mean is than that of independent batches."""
    if constant(means):
        return 1.0
    apart = means - means.mean()
    correlation = max(float(apart[1:] @ apart[:-1]) / float(apart @ apart), 0.0)
    return (1 + correlation) / (1 - correlation)


def von_neumann(values: ArrayLike) -> float:
    """The probability that successive values look as positively correlated as these if they are independent.

    Of the ratio of the mean square of successive differences to the variance, normal approximation (von Neumann 1941).
    Raise a ValueError for fewer than three values, or one that is not finite.
    """
    sample = _finite(values)
    n = len(sample)
    if n < 3:
        raise ValueError(f"{n} values are too few to see a correlation")
    squares = float(np.sum((sample - sample.mean()) ** 2))
    if not squares > 0:
        return 1.0
    correlation = 1 - float(np.sum(np.diff(sample) ** 2)) / (2 * squares)
    return normal_tail(correlation * math.sqrt((n * n - 1) / (n - 2)))


def mser5(series: ArrayLike) -> int:
    """How many of the first values of `series` to leave out as warm-up: MSER-5 (White, Cobb and Spratt 2000).

    Of the means of each five values, the first d are left out, with the d that gives the rest the smallest sum of
    squared deviations by the square of its number; the last five means decide nothing (Hoad, Robinson and Davies 2010).
    Raise a ValueError for fewer than 50 values, one that is not finite, or where more than half should go: the run is
    too short to have a steady state that can be seen.
    """
    values = _finite(series)
    number = len(values) // _MSER_BATCH
    if number < 10:
        raise ValueError(f"{len(values)} values are too few to see where a warm-up ends, it takes 50")
    means = values[: number * _MSER_BATCH].reshape(number, _MSER_BATCH).mean(axis=1)
    # Squares of what is far from 0 would cancel: what remains is near the mean of the later half.
    means = means - means[number // 2 :].mean()
    left = np.arange(number, 0, -1)
    sums, squares = (np.cumsum(each[::-1])[::-1] for each in (means, means**2))
    errors = np.maximum(squares - sums**2 / left, 0) / left.astype(np.float64) ** 2
    cut = int(np.argmin(errors[: number - 5]))
    if cut > number / 2:
        raise ValueError(f"{cut * _MSER_BATCH} of {len(values)} values look like a warm-up: the run is too short")
    return cut * _MSER_BATCH


def _finite(series: ArrayLike) -> Floats:
    values = np.asarray(series, dtype=np.float64)
    if values.ndim != 1 or not np.all(np.isfinite(values)):
        raise ValueError(f"values of shape {values.shape} must be finite numbers in a row")
    return values
