"""Does a size meet its targets? Replications in growing groups, until that can be told or there have been enough.

A target is the most that a share of calls may be. One-sided bounds decide: the size meets it if the upper bound is
below the target, it fails it if the lower one is above. They are those of `sim.statistics.rate`; the upper one must be
below by `sim.statistics.ratio`, too, which stands the skewness of few runs. The error that a decision may have is
spent over the looks at the data: half on the last, which is the one that close cases need, the rest evenly. A size
meets all targets if it meets each, so that one target that it fails must be misjudged for a wrong answer; it fails if
it fails any, so that for this the error is divided among them.

Calls fail in bursts, and few of them seen, or none, do not tell how large bursts are. Other sizes do, of which the
smaller ones have more of them: so the design effect of the nearest such size counts as the least (`effects`). Where no
size has shown any, ten good runs prove little: whoever is `patient` has a size meet its targets only after all the
replications that it may have; of silent ones, calls are then taken as independent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sim.statistics import Interval, design_effect, rate, ratio

FIRST_LOOK = 10
"""After how many replications the first look is; each further one is after twice as many."""
ENOUGH_RUNS = 5
"""In so many runs something must have been seen to tell how calls cluster."""

Floats = NDArray[np.float64]


class Decision(StrEnum):
    """What was decided of a size."""

    MEETS = "meets"
    FAILS = "fails"
    OPEN = "open"


@dataclass(frozen=True)
class Counts:
    """What replications say of targets: so many calls `surely` break each, so many `perhaps`, of `totals`.

    Arrays of shape (targets, replications); 0 <= surely <= perhaps <= totals. They differ by calls that were cut off.
    """

    surely: Floats
    perhaps: Floats
    totals: Floats

    def __add__(self, other: "Counts") -> "Counts":
        """The replications of both."""
        return Counts(
            np.hstack([self.surely, other.surely]),
            np.hstack([self.perhaps, other.perhaps]),
            np.hstack([self.totals, other.totals]),
        )

    @property
    def runs(self) -> int:
        """How many replications there are."""
        return int(self.totals.shape[1])

    def share(self, target: int, confidence: float, least_effect: float = 1.0) -> Interval:
        """The share of calls that break a target: from the lower bound if only sure ones do to the upper if all do."""
        surely = rate(self.surely[target], self.totals[target], confidence, least_effect)
        perhaps = rate(self.perhaps[target], self.totals[target], confidence, least_effect)
        return Interval(surely.value, surely.low, perhaps.high, confidence, perhaps.method, perhaps.warning)

    def seen(self, target: int) -> int:
        """In how many runs some call may have broken a target."""
        return int(np.count_nonzero(self.perhaps[target]))

    def effect(self, target: int) -> float:
        """The design effect, at least 1."""
        return max(1.0, design_effect(self.perhaps[target], self.totals[target]))


Effects = tuple[float | None, ...]
"""A design effect for each target, None where none is known."""
Draw = Callable[[int, int], Counts]
"""Gives the counts of replications first ... last - 1 of a size."""


@dataclass(frozen=True)
class Trial:
    """What was decided of a size, target by target, from `counts`.

    `effects`: what counted as the least design effects, None where nothing was known of bursts. `level`: the error that
    the decision may have.
    """

    size: int
    counts: Counts
    decisions: tuple[Decision, ...]
    effects: Effects
    level: float

    @property
    def decision(self) -> Decision:
        """Whether the size meets all targets or fails one."""
        if Decision.FAILS in self.decisions:
            return Decision.FAILS
        return Decision.OPEN if Decision.OPEN in self.decisions else Decision.MEETS


def decide(
    size: int, draw: Draw, bounds: Sequence[float], *, level: float, most: int, effects: Effects, patient: bool = True
) -> Trial:
    """Replicate a size until it is decided, at most `most` times; be wrong with a probability of at most `level`.

    `bounds`: the most that each share may be. `effects`: design effects that count as the least, None if nothing is
    known of bursts; then one who is `patient` believes that the size meets a target after `most` replications only.
    """
    decisions = [Decision.OPEN] * len(bounds)
    counts: Counts | None = None
    for runs, error in spent(level, most):
        more = draw(counts.runs if counts else 0, runs)
        counts = counts + more if counts else more
        for target, (bound, effect) in enumerate(zip(bounds, effects, strict=True)):
            if decisions[target] is not Decision.OPEN:
                continue
            if _fails(counts, target, bound, error / len(bounds), effect or 1.0):
                decisions[target] = Decision.FAILS
            elif (effect or runs == most or not patient) and _meets(counts, target, bound, error, effect or 1.0):
                decisions[target] = Decision.MEETS
        trial = Trial(size, counts, tuple(decisions), effects, level)
        if trial.decision is not Decision.OPEN:
            break
    return trial


def spent(level: float, most: int) -> list[tuple[int, float]]:
    """Return after how many replications there is a look, and how much of `level` is spent on it."""
    looks = []
    runs = FIRST_LOOK
    while runs < most:
        looks.append(runs)
        runs *= 2
    if not looks:
        return [(most, level)]
    return [*((runs, level / 2 / len(looks)) for runs in looks), (most, level / 2)]


def _meets(counts: Counts, target: int, bound: float, error: float, effect: float) -> bool:
    perhaps, totals = counts.perhaps[target], counts.totals[target]
    if perhaps.sum() >= bound * totals.sum():
        return False
    confidence = 1 - 2 * error
    return rate(perhaps, totals, confidence, effect).high <= bound and ratio(perhaps, totals, confidence).high <= bound


def _fails(counts: Counts, target: int, bound: float, error: float, effect: float) -> bool:
    surely, totals = counts.surely[target], counts.totals[target]
    return surely.sum() > bound * totals.sum() and rate(surely, totals, 1 - 2 * error, effect).low > bound
