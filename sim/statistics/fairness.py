"""How evenly something is spread over those who share it."""

import math

import numpy as np
from numpy.typing import ArrayLike


def jain(shares: ArrayLike) -> float:
    """Jain's index: 1 if all have the same, k / n if k of n have all of it; NaN if nobody has anything.

    (sum x)^2 / (n sum x^2), which does not depend on the unit (Jain, Chiu and Hawe 1984, DEC-TR-301). Raise a
    ValueError unless shares are finite and >= 0.
    """
    x = np.asarray(shares, dtype=np.float64)
    if not (np.all(np.isfinite(x)) and np.all(x >= 0)):
        raise ValueError("shares must be finite and >= 0")
    most = x.max(initial=0.0)
    return float((x / most).sum() ** 2 / (len(x) * np.square(x / most).sum())) if most else math.nan
