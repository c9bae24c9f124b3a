"""Whether a simulator meets the demand, over all scripts and kernels."""

from collections.abc import Iterable
from dataclasses import dataclass

from sim.conformance.compare import Comparison
from sim.conformance.conform import Conformity

STABLE_PERCENT = 99
"""Of the stable operations of each kernel, at least so many must agree."""


@dataclass(frozen=True)
class Score:
    """How many were compared, and how many of them agree."""

    compared: int = 0
    equal: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.compared + other.compared, self.equal + other.equal)

    def reaches(self, percent: int) -> bool:
        """At least `percent` of those compared agree."""
        return self.equal * 100 >= self.compared * percent


@dataclass(frozen=True)
class Tally:
    """The scores of one case or of many.

    `operations`: all, whatever their standing; `robust`: with element and time; `stable`: elements aside; `timeouts`:
    of robust and stable operations whose wakes agree, on their exact jiffy; `times`: returns held against a limit;
    `rules_broken`: deviations from the rules in the simulated events.
    """

    operations: Score = Score()
    robust: Score = Score()
    stable: Score = Score()
    timeouts: Score = Score()
    times: Score = Score()
    rules_broken: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.operations + other.operations,
            self.robust + other.robust,
            self.stable + other.stable,
            self.timeouts + other.timeouts,
            self.times + other.times,
            self.rules_broken + other.rules_broken,
        )


def tally(conformity: Conformity) -> Tally:
    """The scores of one case."""
    total = Tally(rules_broken=len(conformity.deviations))
    for comparison in conformity.comparisons:
        total += _one(comparison)
    return total


def _one(comparison: Comparison) -> Tally:
    judged = comparison.robust or comparison.stable
    timeouts = comparison.timeouts or 0
    if not judged or comparison.differs_in("verb") or comparison.differs_in("wakes"):
        timeouts = 0
    return Tally(
        operations=Score(1, int(comparison.equal)),
        robust=Score(int(comparison.robust), int(comparison.robust and comparison.equal)),
        stable=Score(int(comparison.stable), int(comparison.stable and comparison.equal_but_element)),
        timeouts=Score(timeouts, 0 if comparison.differs_in("timeout_jiffies") else timeouts),
        times=Score(int(comparison.timed), int(comparison.timed and not comparison.differs_in("ret_ns"))),
    )


@dataclass(frozen=True)
class Verdict:
    """The scores of each kernel and over all, and the reasons for which the demand is not met, none if it is."""

    kernels: dict[str, Tally]
    total: Tally
    reasons: tuple[str, ...]

    @property
    def met(self) -> bool:
        """There is no reason against it."""
        return not self.reasons


def judge(conformities: Iterable[Conformity]) -> Verdict:
    """Hold all cases against the demand.

    Every robust operation agrees, at least 99 % of the stable ones of each kernel do, every time-out comes in its exact
    jiffy, and no rule is broken. A late return makes its operation differ.
    """
    kernels: dict[str, Tally] = {}
    for conformity in conformities:
        kernels[conformity.kernel] = kernels.get(conformity.kernel, Tally()) + tally(conformity)
    total = sum(kernels.values(), Tally())
    reasons = []
    if total.robust.equal < total.robust.compared:
        reasons.append(f"{total.robust.compared - total.robust.equal} robust operations differ")
    for kernel, part in kernels.items():
        if not part.stable.reaches(STABLE_PERCENT):
            share = f"{part.stable.equal} of {part.stable.compared}"
            reasons.append(f"on {kernel} only {share} stable operations agree, less than {STABLE_PERCENT} %")
    if total.timeouts.equal < total.timeouts.compared:
        reasons.append(f"{total.timeouts.compared - total.timeouts.equal} time-outs not on their jiffy")
    if total.rules_broken:
        reasons.append(f"the simulated events break the rules {total.rules_broken} times")
    if not total.operations.compared:
        reasons.append("no operation was compared")
    return Verdict(kernels, total, tuple(reasons))
