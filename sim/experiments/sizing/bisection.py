"""The smallest size that meets targets: a search for where to look, then fresh replications to make sure.

More is taken to be no worse: that is what a bisection rests on, and `disorder` tells where it was seen to be otherwise.
The search starts from a size at hand, doubles or halves it until one meets the targets and another fails them, and
halves what is between. A size that cannot be told is passed on both sides, so that what is left are the largest size
that fails, the smallest that meets, and the ones between that are too close to the target to tell.

All sizes see the same replications, by common random numbers. What a search chooses looks better than it is, so that
nothing is claimed from it: the sizes at the edge are decided once more by replications of their own, with the error
divided among them. Where those do not confirm the edge, a further round looks at the next sizes, with replications
of its own again and a third of the error. So the claims hold together with the confidence asked, whatever the search
did.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sim.experiments.sizing.deciding import ENOUGH_RUNS, Counts, Decision, Effects, Trial, decide

ROUNDS = 3
"""How often the edge is checked by fresh replications at most."""
FRESH = 1_000_000
"""The replications of round r of the checks are numbered from r times this; those of the search from 0."""
SEARCH_SHARE = 1 / 8
"""The error of a decision in the search, as a share of that of the answer."""

_STEP = 0.03

Sampler = Callable[[int, int, int], Counts]
"""Gives the counts of replications first ... last - 1 of a size: ``sample(size, first, last)``."""


@dataclass(frozen=True)
class Plan:
    """What is asked: `bounds` of the shares, with `confidence`; sizes from `least` to `most`, `start` the first tried.

    `runs`: the most replications of a size in the search, and again in each check of it.
    """

    bounds: tuple[float, ...]
    least: int
    most: int
    start: int
    runs: int
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not self.bounds or not all(0 < bound < 1 for bound in self.bounds):
            raise ValueError(f"bounds(={self.bounds}) must lie between 0 and 1, and be one or more")
        if not 0 <= self.least <= self.start <= self.most:
            raise ValueError(f"least {self.least}, start {self.start}, most {self.most} must be in this order")
        if self.runs < 2:
            raise ValueError(f"runs(={self.runs}) must be >= 2: one run has no interval")
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence(={self.confidence}) must be between 0 and 1, such as 0.95")


@dataclass(frozen=True)
class Bisection:
    """The answer: `meets` is the smallest size confirmed to meet all targets, `fails` the largest below that fails one.

    `searched` and `checked`: what was decided of each size, by the search and by fresh replications. `top`: the largest
    size that there was a reason to try. The answer, if any of these sizes is it, is one of `candidates`.
    """

    plan: Plan
    searched: Mapping[int, Trial]
    checked: Mapping[int, Trial]
    meets: int | None
    fails: int | None
    top: int

    @property
    def candidates(self) -> range:
        """The sizes that the answer may be; empty if even the largest was confirmed to fail."""
        first = self.plan.least if self.fails is None else self.fails + 1
        return range(first, (self.top if self.meets is None else self.meets) + 1)

    def decided(self, size: int) -> Trial:
        """What counts of a size: its check if there was one."""
        return self.checked.get(size) or self.searched[size]

    def counts(self, size: int) -> Counts:
        """All replications of a size."""
        trials = [trials[size].counts for trials in (self.searched, self.checked) if size in trials]
        return trials[0] if len(trials) == 1 else trials[0] + trials[1]

    @property
    def sizes(self) -> list[int]:
        """The sizes tried, in order."""
        return sorted({*self.searched, *self.checked})

    @property
    def disorder(self) -> list[tuple[int, int, int]]:
        """Where more was worse: smaller size, larger size, target, whose intervals lie apart the wrong way round."""
        return [
            (smaller, larger, target)
            for smaller, larger in zip(self.sizes, self.sizes[1:], strict=False)
            for target in range(len(self.plan.bounds))
            if self._apart(smaller, larger, target)
        ]

    def _apart(self, smaller: int, larger: int, target: int) -> bool:
        before, after = self.counts(smaller), self.counts(larger)
        if not (before.totals[target].any() and after.totals[target].any()):
            return False
        level = 1 - (1 - self.plan.confidence) / (len(self.sizes) * len(self.plan.bounds))
        return before.share(target, level).high < after.share(target, level).low


def bisect(sample: Sampler, plan: Plan, saturated: Callable[[int], bool] = lambda size: False) -> Bisection:
    """Return the smallest size that meets all targets, as far as it can be told.

    `saturated(size)`: whether a larger size than one just tried would change nothing, so that none is tried.
    """
    searched: dict[int, Trial] = {}
    level = (1 - plan.confidence) * SEARCH_SHARE
    while (size := _next(searched, plan, saturated)) is not None:
        searched[size] = _tried(sample, plan, size, level=level, known=_without(searched, size))
    return _confirmed(sample, plan, searched)


def _tried(
    sample: Sampler, plan: Plan, size: int, *, level: float, known: Mapping[int, Trial], check: int = 0
) -> Trial:
    """Decide a size, from replications of the search or, more patiently, of a check."""
    first = check * FRESH

    def draw(begin: int, end: int) -> Counts:
        return sample(size, first + begin, first + end)

    effects = _effects(known, size, plan)
    return decide(size, draw, plan.bounds, level=level, most=plan.runs, effects=effects, patient=check > 0)


def _without(trials: Mapping[int, Trial], size: int) -> dict[int, Trial]:
    return {other: trial for other, trial in trials.items() if other != size}


def _effects(known: Mapping[int, Trial], size: int, plan: Plan) -> Effects:
    """The largest design effect of the nearest sizes, smaller ones first, up to one with enough events, by target."""
    nearest = sorted(known, key=lambda other: (other > size, abs(other - size)))
    found: list[float | None] = []
    for target in range(len(plan.bounds)):
        effects = []
        for counts in (known[other].counts for other in nearest):
            if counts.seen(target):
                effects.append(counts.effect(target))
            if counts.seen(target) >= ENOUGH_RUNS:
                break
        found.append(max(effects, default=None))
    return tuple(found)


def _next(searched: Mapping[int, Trial], plan: Plan, saturated: Callable[[int], bool]) -> int | None:
    """The size to try next, None if the search is over."""
    if not searched:
        return plan.start
    meets, fails, unsure = _edges(searched)
    top, bottom = max(searched), min(searched)
    if meets is None and top < plan.most and not saturated(top) and not _silent(searched[top]):
        return min(2 * top or 1, plan.most)
    if meets is not None and fails is None and bottom > plan.least:
        return max(bottom // 2, plan.least)
    if meets is not None and _was_blind(searched, meets, plan):
        return meets
    return _between(max(unsure, default=fails), meets) or _between(fails, min(unsure, default=meets))


def _between(low: int | None, high: int | None) -> int | None:
    """The size in the middle, None if there is no further one between."""
    return None if low is None or high is None or high - low < 2 else (low + high) // 2


def _edges(trials: Mapping[int, Trial]) -> tuple[int | None, int | None, list[int]]:
    """The smallest size that meets, the largest below it that fails, and those between that cannot be told."""
    meets = min((size for size, trial in trials.items() if trial.decision is Decision.MEETS), default=None)
    below = [size for size in trials if meets is None or size < meets]
    fails = max((size for size in below if trials[size].decision is Decision.FAILS), default=None)
    return meets, fails, [size for size in below if fails is None or size > fails]


def _was_blind(searched: Mapping[int, Trial], size: int, plan: Plan) -> bool:
    """Whether a size was decided before anything was known of bursts, and now there is."""
    now = _effects(_without(searched, size), size, plan)
    return any(before is None and effect for before, effect in zip(searched[size].effects, now, strict=True))


def _silent(trial: Trial) -> bool:
    """Whether nothing was seen at a size that could not be told: a larger one has nothing to add."""
    unsure = [target for target, decision in enumerate(trial.decisions) if decision is Decision.OPEN]
    return trial.decision is Decision.OPEN and not any(trial.counts.seen(target) for target in unsure)


def _confirmed(sample: Sampler, plan: Plan, searched: Mapping[int, Trial]) -> Bisection:
    """Check the edge that a search found, by replications of its own."""
    checked: dict[int, Trial] = {}
    high, lower, _ = _edges(searched)
    top = max(searched) if high is None else plan.most
    upper = high or top
    for number in range(1, ROUNDS + 1):
        edge = [upper, lower] if high is None else [upper, upper - 1, lower]
        asked = [size for size in dict.fromkeys(edge) if size is not None and size >= plan.least]
        asked = [size for size in asked if size not in checked]
        for size in asked:
            level = (1 - plan.confidence) * 2 / 3**number / len(asked)
            checked[size] = _tried(sample, plan, size, level=level, known={**searched, **checked}, check=number)
        meets, fails, _ = _edges(checked)
        if meets is None:
            upper = min(upper + _step(upper, number), top)
        else:
            upper = high = meets
        if fails is None:
            lower = max(min(checked) - _step(min(checked), number), plan.least)
        if not asked:
            break
    return Bisection(plan, searched, checked, meets, fails, top)


def _step(size: int, number: int) -> int:
    """How far the edge is moved if a check does not confirm it."""
    return math.ceil(_STEP * size) << (number - 1)
