"""Whether two things are the same for all that matters, which no difference being shown does not say."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.statistics.critical import checked, student


@dataclass(frozen=True)
class Equivalence:
    """A mean held against what theory says: whether `low` to `high` lies within `theory` plus or minus `margin`.

    All of one unit. The interval has the confidence 1 - 2 alpha; `passed` is wrong with a probability of at most
    `alpha` if the truth is `margin` away or farther.
    """

    value: float
    low: float
    high: float
    theory: float
    margin: float
    alpha: float
    passed: bool


def equivalent(values: ArrayLike, theory: float, margin: float, alpha: float = 0.05) -> Equivalence:
    """Whether the mean of independent `values`, one a replication, is `theory` up to `margin` (same unit, > 0).

    Two one-sided t-tests (TOST, Schuirmann 1987): passed if the t-interval with confidence 1 - 2 alpha lies within
    theory plus or minus margin, both ends excluded. Unlike a test for a difference, it is the harder to pass the fewer
    values there are. Raise a ValueError for fewer than two values, one that is not finite, a margin not > 0, or unless
    0 < alpha < 0.5.
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or len(sample) < 2 or not np.all(np.isfinite(sample)):
        raise ValueError(f"values of shape {sample.shape} must be two or more finite numbers in a row")
    if not margin > 0:
        raise ValueError(f"margin(={margin}) must be > 0")
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha(={alpha}) must be between 0 and 0.5")
    n, mean = len(sample), float(sample.mean())
    half = student(checked(1 - 2 * alpha), n - 1) * float(sample.std(ddof=1)) / n**0.5
    passed = theory - margin < mean - half and mean + half < theory + margin
    return Equivalence(mean, mean - half, mean + half, theory, margin, alpha, passed)
