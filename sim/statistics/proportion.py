"""Shares of calls: exact for independent calls, cluster-robust for calls of replications.

Calls of one run are not independent: an outage makes many of them fail together. So the run is the unit: how the count
varies from run to run tells how many independent calls the sample is worth, and the exact interval is that of so many.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.statistics.critical import Floats, beta, beta_at_most, checked, normal, student
from sim.statistics.interval import Interval

FEW_RUNS = 5


def clopper_pearson(count: float, of: float, confidence: float = 0.95) -> Interval:
    """The exact interval of a share, of which `count` of `of` independent calls are an instance.

    It covers the truth at least as often as it says, whatever the share (Clopper and Pearson 1934). Raise a ValueError
    unless 0 <= count <= of, of > 0 and 0 < confidence < 1.
    """
    if not (0 <= count <= of and of > 0):
        raise ValueError(f"count(={count}) must be between 0 and of(={of}), and that > 0")
    low, high = exact_bounds(count, of, confidence)
    return Interval(count / of, float(low), float(high), confidence, "Clopper-Pearson")


def at_most(of: float, confidence: float = 0.95) -> float:
    """The upper bound of a share of which none of `of` independent calls was an instance: 1 - (1 - c)**(1 / of).

    One-sided, so that 0.95 gives nearly 3 / of, the rule of three (Hanley and Lippman-Hand 1983). Without calls it is
    1. Raise a ValueError for a negative `of` or unless 0 < confidence < 1.
    """
    checked(confidence)
    if of < 0:
        raise ValueError(f"of(={of}) must be >= 0")
    return float(-np.expm1(np.log1p(-confidence) / of)) if of else 1.0


def design_effect(counts: ArrayLike, totals: ArrayLike) -> float:
    """How many calls of these replications are worth one independent call, as far as their counts tell; >= 0.

    counts[i] of the totals[i] calls of replication i are instances. It is the variance of the pooled share between
    replications (linearised ratio) over that of a share of independent calls (Kish 1965). 1 if there is nothing to tell
    it from: no instance, nothing but instances, or one replication. Raise a ValueError as `rate`.
    """
    count, total = _replications(counts, totals)
    runs, calls = len(total), total.sum()
    share = count.sum() / calls if calls else 0.0
    return float(design_effects(share, calls, np.sum((count - share * total) ** 2), runs))


def rate(counts: ArrayLike, totals: ArrayLike, confidence: float = 0.95, least_effect: float = 1.0) -> Interval:
    """The share of calls that are an instance, from the counts[i] of totals[i] calls of each replication i.

    Clopper-Pearson on the effective number of calls, calls / `design_effect`, made smaller for the degrees of freedom
    that the effect is known with (Korn and Graubard 1998). The effect counts as no less than `least_effect`, for those
    who know better how calls cluster, and no less than 1. With no instance at all (or nothing but) the bound is that of
    so many independent calls, and a warning says so; with instances in fewer than five replications, and with a single
    replication, there are warnings, too.

    Raise a ValueError unless both are of one length, 0 <= counts <= totals, there is some call, least_effect >= 1 and
    0 < confidence < 1.
    """
    if not least_effect >= 1:
        raise ValueError(f"least_effect(={least_effect}) must be >= 1")
    count, total = _replications(counts, totals)
    instances, calls, runs = count.sum(), total.sum(), len(total)
    if not calls:
        raise ValueError(f"{runs} replications have no calls")
    squares = np.sum((count - instances / calls * total) ** 2)
    worth = effective(instances, calls, squares, runs, confidence, least_effect)
    low, high = exact_bounds(*worth, confidence)
    method = "Clopper-Pearson" if runs == 1 else "cluster-robust Clopper-Pearson"
    warning = _warning(count, total, confidence)
    return Interval(float(instances / calls), float(low), float(high), confidence, method, warning)


def exact_bounds(count: ArrayLike, of: ArrayLike, confidence: float) -> tuple[Floats, Floats]:
    """The bounds of Clopper and Pearson, elementwise; numbers of calls need not be whole."""
    count, of = np.broadcast_arrays(np.asarray(count, dtype=np.float64), np.asarray(of, dtype=np.float64))
    tail = (1 - checked(confidence)) / 2
    # The limits of the beta law where one of its parameters is 0.
    some, not_all = count > 0, count < of
    low = np.where(some, beta(tail, np.where(some, count, 1.0), of - count + 1), 0.0)
    high = np.where(not_all, beta(1 - tail, count + 1, np.where(not_all, of - count, 1.0)), 1.0)
    return low, high


def exact_bounds_within(
    count: ArrayLike, of: ArrayLike, confidence: float, share: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the lower and the upper bound are at most `share`, elementwise: without the search for the bounds."""
    count, of = np.broadcast_arrays(np.asarray(count, dtype=np.float64), np.asarray(of, dtype=np.float64))
    tail = (1 - checked(confidence)) / 2
    some, not_all = count > 0, count < of
    low = ~some | (beta_at_most(share, np.where(some, count, 1.0), of - count + 1) >= tail)
    high = not_all & (beta_at_most(share, count + 1, np.where(not_all, of - count, 1.0)) >= 1 - tail)
    return low, high


def effective(
    instances: ArrayLike, calls: float, squares: ArrayLike, runs: int, confidence: float, least_effect: ArrayLike = 1.0
) -> tuple[Floats, Floats]:
    """The effective numbers of instances and of calls of `rate`, elementwise, from what its replications add up to.

    `squares` is the sum over replications of (count - share * total)**2.
    """
    share = np.asarray(instances, dtype=np.float64) / calls
    effect = np.maximum(design_effects(share, calls, squares, runs), least_effect)
    # Nothing varies between runs if all counts are 0: then there is no freedom to be paid for.
    known = (share > 0) & (share < 1) & (runs > 1)
    paid = (normal(confidence) / student(checked(confidence), runs - 1)) ** 2 if runs > 1 else 1.0
    worth = calls / effect * np.where(known, paid, 1.0)
    return share * worth, worth


def design_effects(share: ArrayLike, calls: float, squares: ArrayLike, runs: int) -> Floats:
    """Design effects, elementwise; 1 where nothing tells them."""
    share = np.asarray(share, dtype=np.float64)
    independent = calls * share * (1 - share)
    known = (independent > 0) & (runs > 1)
    between = np.asarray(squares) * (runs / max(runs - 1, 1))
    effects: Floats = np.where(known, between / np.where(known, independent, 1.0), 1.0)
    return effects


def _replications(counts: ArrayLike, totals: ArrayLike) -> tuple[Floats, Floats]:
    """Both as floats, checked, without the replications that have no calls."""
    count, total = np.asarray(counts, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    if count.ndim != 1 or count.shape != total.shape:
        raise ValueError(f"counts {count.shape} and totals {total.shape} must be one-dimensional and of one length")
    if not np.all((count >= 0) & (count <= total)):
        raise ValueError("each count must be between 0 and its total")
    return count[total > 0], total[total > 0]


def _warning(count: Floats, total: Floats, confidence: float) -> str | None:
    runs, calls = len(total), total.sum()
    some = int(min(np.count_nonzero(count), np.count_nonzero(count < total)))
    percent = f"{confidence * 100:g} %"
    if runs == 1:
        return "a single run: taken as independent calls, which those of an outage are not"
    if not some:
        what = "none" if count.sum() == 0 else "all"
        return (
            f"{what} of {calls:,.0f} calls of {runs} runs: the bound takes calls as independent; outages that are "
            f"whole may be missing from at most {at_most(runs, confidence):.2g} of runs ({percent})"
        )
    if some < FEW_RUNS:
        return f"seen in {some} of {runs} runs: too few to tell how calls cluster"
    return None
