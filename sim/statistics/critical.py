"""Critical values of the laws that intervals rest on, from scipy.special, which loads when the first is asked for."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def student(confidence: float, freedom: float) -> float:
    """The t such that a Student variable of `freedom` > 0 lies within -t to t with probability `confidence`."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + confidence) / 2))


def student_p_value(statistic: float, freedom: float) -> float:
    """The probability that a Student variable of `freedom` is as far from 0 as `statistic`, or farther."""
    from scipy.special import stdtr

    return float(2 * stdtr(freedom, -abs(statistic)))


def normal(confidence: float) -> float:
    """The z such that a standard normal variable lies within -z to z with probability `confidence`."""
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))


def normal_tail(z: float) -> float:
    """The probability that a standard normal variable exceeds `z`."""
    from scipy.special import ndtr

    return float(ndtr(-z))


def beta(share: float, a: ArrayLike, b: ArrayLike) -> Floats:
    """The quantile of Beta(a, b), elementwise."""
    from scipy.special import betaincinv

    found: Floats = np.asarray(betaincinv(a, b, share), dtype=np.float64)
    return found


def beta_at_most(x: float, a: ArrayLike, b: ArrayLike) -> Floats:
    """P(X <= x) of X Beta(a, b), elementwise."""
    from scipy.special import betainc

    found: Floats = np.asarray(betainc(a, b, x), dtype=np.float64)
    return found


def binomial_at_most(count: ArrayLike, of: int, p: float) -> NDArray[Any]:
    """P(X <= count) of X binomial (of, p), elementwise."""
    from scipy.special import bdtr

    found: NDArray[Any] = np.asarray(bdtr(count, of, p))
    return found


def checked(confidence: float) -> float:
    """Return `confidence`; raise a ValueError unless it lies between 0 and 1, both excluded."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence(={confidence}) must be between 0 and 1, such as 0.95")
    return confidence
