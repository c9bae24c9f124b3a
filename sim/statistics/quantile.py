"""Quantiles of independent values, by rank: nothing is assumed of their law."""

import math

import numpy as np
from numpy.typing import ArrayLike

from sim.statistics.critical import binomial_at_most, checked
from sim.statistics.interval import Interval


def minimum_n(q: float, confidence: float = 0.95, *, two_sided: bool = True) -> int:
    """How many independent values it takes for an interval of the quantile `q` with two finite bounds.

    So many that all of them lie on one side of the quantile with a probability of no more than (1 - confidence) / 2. If
    not `two_sided`, only an upper bound is asked for, of all the `confidence`: 1 - q**n >= confidence. Raise a
    ValueError unless 0 < q < 1 and 0 < confidence < 1.
    """
    _check(q)
    tail = 1 - checked(confidence)
    share = max(q, 1 - q) if two_sided else q
    if two_sided:
        tail /= 2
    n = max(math.floor(math.log(tail) / math.log(share)), 1)
    # The logarithms may be off by a rounding.
    while share**n > tail * (1 + 1e-12):
        n += 1
    return n


def order_statistics(values: ArrayLike, q: float, confidence: float = 0.95) -> Interval:
    """The quantile `q` of the law that `values` are independent draws of, of any shape.

    The value is the k-th smallest, k = ceil(q n); the bounds are the narrowest ranks that leave no more than (1 -
    confidence) / 2 on each side, so that they cover the truth at least as often as they say, whatever the law (Thompson
    1936). Too few values for a bound leave it infinite, with a warning. Raise a ValueError without values, for a NaN,
    or unless 0 < q < 1 and 0 < confidence < 1.
    """
    _check(q)
    ordered = np.sort(np.asarray(values, dtype=np.float64), axis=None)
    n = len(ordered)
    if not n or np.isnan(ordered[-1]):
        raise ValueError(f"{n} values, NaN among them" if n else "no values")
    value = float(ordered[rank_of(q, n) - 1])
    tail = (1 - checked(confidence)) / 2
    below = binomial_at_most(np.arange(n + 1), n, q)
    # X_(r) > quantile iff fewer than r values are at or below it.
    lower = int(np.searchsorted(below, tail * (1 + 1e-12), side="right"))
    upper = int(np.searchsorted(below, 1 - tail * (1 + 1e-12), side="left")) + 1
    low = float(ordered[lower - 1]) if lower >= 1 else -math.inf
    high = float(ordered[upper - 1]) if upper <= n else math.inf
    warning = None
    if lower < 1 or upper > n:
        warning = f"{n} values, {minimum_n(q, confidence):,} are needed for both bounds"
    return Interval(value, low, high, confidence, "order statistics", warning)


def rank_of(q: float, n: int) -> int:
    """The rank, from 1, of the value that is the quantile `q` of `n` values: ceil(q n), despite rounding."""
    return min(max(math.ceil(q * n * (1 - 1e-12)), 1), n)


def _check(q: float) -> None:
    if not 0 < q < 1:
        raise ValueError(f"q(={q}) must be between 0 and 1, such as 0.99")
