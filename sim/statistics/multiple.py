"""Several comparisons at once, without the false finding that one of many is bound to bring."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Adjusted:
    """One of several tests, adjusted for the others.

    `p`: the adjusted p-value, at most alpha iff `rejected`. `level`: the confidence at which Holm's procedure tests it:
    an interval of that confidence excludes no difference iff `rejected`.
    """

    p: float
    rejected: bool
    level: float


def holm(p_values: Sequence[float], alpha: float = 0.05) -> list[Adjusted]:
    """Each of `p_values`, in their order, so adjusted that any false finding has a probability of at most `alpha`.

    The smallest of m is tested at alpha / m, the next at alpha / (m - 1), and so on up to the first that fails, which
    all later ones do, too (Holm 1979); whatever depends on what. Raise a ValueError for a value outside 0 to 1, or
    unless 0 < alpha < 1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha(={alpha}) must be between 0 and 1")
    for p in p_values:
        if not 0 <= p <= 1:
            raise ValueError(f"p(={p}) must be between 0 and 1")
    found: list[Adjusted | None] = [None] * len(p_values)
    so_far, first_failed = 0.0, 0
    for index, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        left = len(p_values) - index
        so_far = max(so_far, min(1.0, left * p_values[place]))
        rejected = not first_failed and so_far <= alpha
        if not rejected:
            first_failed = first_failed or left
        found[place] = Adjusted(so_far, rejected, 1 - alpha / (first_failed or left))
    return [adjusted for adjusted in found if adjusted is not None]
