"""A sizing in words: its answer, its tables, and what has to be said beside them."""

import math
from dataclasses import dataclass, replace

from sim.experiments.sample.reserved import element_bytes
from sim.experiments.sample.wording import bracketed, estimated, measured
from sim.experiments.sizing.bisection import FRESH, Bisection
from sim.experiments.sizing.deciding import Decision
from sim.experiments.sizing.range import Range
from sim.results.columns import Table
from sim.scenario import Scenario
from sim.scenario.targets import Target
from sim.statistics import Interval, at_most
from sim.units import format_count, format_size

_DECIDED = {Decision.MEETS: "meets", Decision.FAILS: "fails", Decision.OPEN: "cannot be told"}
_NOTHING = 1e-12
"""A lower bound of less is not worth its digits."""
_MOST_WORTH = 1_000_000


@dataclass(frozen=True)
class Sizing:
    """What was asked of a pool, what came of it, and why no size helps if none does."""

    scenario: Scenario
    pool: str
    targets: tuple[Target, ...]
    found: Bisection
    sizes: Range
    why_not: tuple[str, ...]

    @property
    def min_nr(self) -> int | None:
        """The answer, None if it cannot be told, or no size meets the targets."""
        return self.found.meets if len(self.found.candidates) == 1 else None

    def share(self, size: int, target: int) -> Interval | None:
        """What was measured at a size, None if there was no call."""
        counts = self.found.counts(size)
        if not counts.totals[target].any():
            return None
        effect = self.found.decided(size).effects[target] or 1.0
        share = counts.share(target, self.found.plan.confidence, effect)
        return replace(share, low=share.low if share.low > _NOTHING else 0.0)

    def told(self, size: int, target: int) -> str:
        """What was measured at a size as text: ``P(wait) 0.031 % [0.028, 0.034]``."""
        measure, share = self.targets[target].as_rate, self.share(size, target)
        if share is None:
            return f"no call of {self.pool}"
        value, interval = estimated(share, measure)
        return f"{measure} {value} {bracketed(interval)}" if interval else f"{measure} {value}"

    def memory(self, size: int) -> str:
        """What so many elements take, as text."""
        return format_size(size * element_bytes(self.scenario, self.pool))


def answer(sizing: Sizing) -> list[str]:
    """Return the answer: the size, or what can be told of it, what it costs, and why none helps if none does."""
    found = sizing.found
    asked = " and ".join(map(str, sizing.targets))
    sure = f"{100 * found.plan.confidence:g} % confidence"
    if found.meets is not None:
        told = [f"min_nr = {format_count(found.meets)} of {sizing.pool} meets {asked} ({sure}); {_below(sizing)}"]
        told += [_cost(sizing, found.meets), *_risk(sizing, found.meets), *_silence(sizing, found.meets)]
    elif not found.candidates:
        upto = f"no min_nr of {sizing.pool} up to {format_count(sizing.sizes.most)}"
        told = [f"{upto} meets {asked} ({sure}): {format_count(found.top)} fails, {_worst(sizing, found.top)}"]
        told += sizing.why_not
    else:
        tried = f"Up to min_nr = {format_count(found.top)}, none of {sizing.pool} can be shown to meet {asked} ({sure})"
        lower = f"; {format_count(found.fails)} fails, {_worst(sizing, found.fails)}" if found.fails is not None else ""
        told = [f"{tried}: {_unsure(sizing, found.top)}{lower}", *_more(sizing, found.top)]
    for smaller, larger, target in found.disorder:
        told.append(
            f"More was worse: {format_count(larger)} has {sizing.told(larger, target)}, {format_count(smaller)} has "
            f"{sizing.told(smaller, target)}. A bisection takes more to be no worse: do not rely on the answer."
        )
    return told


def _below(sizing: Sizing) -> str:
    """What is known of the sizes below the one that meets the targets."""
    found, meets = sizing.found, sizing.found.meets
    assert meets is not None
    if meets == sizing.sizes.least:
        return "fewer can never serve a bulk allocation" if meets > 1 else "it is the smallest there is"
    if found.fails == meets - 1:
        return f"{format_count(found.fails)} fails: {_worst(sizing, found.fails)}"
    first, last = found.candidates[0], meets - 1
    which = format_count(last) if first == last else f"{format_count(first)} to {format_count(last)}"
    shown = next((size for size in reversed(found.sizes) if first <= size <= last), None)
    why = f" ({'its' if first == last else f'{format_count(shown)}:'} {_unsure(sizing, shown)})" if shown else ""
    joined = f"{format_count(first)} or" if first == last else f"{format_count(first)} to"
    return f"{which} cannot be told from it{why}: the answer is {joined} {format_count(meets)}"


def _worst(sizing: Sizing, size: int) -> str:
    """What a size measures of the targets that it fails."""
    decisions = sizing.found.decided(size).decisions
    return ", ".join(sizing.told(size, number) for number, each in enumerate(decisions) if each is Decision.FAILS)


def _unsure(sizing: Sizing, size: int) -> str:
    """What a size measures of the targets that cannot be told, or else of all."""
    decisions = sizing.found.decided(size).decisions
    unsure = [number for number, each in enumerate(decisions) if each is Decision.OPEN]
    return ", ".join(sizing.told(size, number) for number in unsure or range(len(decisions)))


def _cost(sizing: Sizing, size: int) -> str:
    own = sizing.scenario.pools[sizing.pool].min_nr
    each = format_size(element_bytes(sizing.scenario, sizing.pool))
    text = f"Its reserve takes {sizing.memory(size)}, {_elements(size)} of {each}{' each' * (size > 1)}"
    if own == size:
        return f"{text}, as in the scenario."
    return f"{text}; the scenario has {format_count(own)}, {sizing.memory(own)}."


def _elements(size: int) -> str:
    return f"{format_count(size)} element{'s' * (size > 1)}"


def _risk(sizing: Sizing, size: int) -> list[str]:
    """What the programs allow below a size that cannot deadlock, though no run need have shown it."""
    safe = sizing.sizes.deadlock_below
    if size >= safe:
        return []
    return [f"By their programs tasks can deadlock with fewer than {format_count(safe)} once memory is gone."]


def _silence(sizing: Sizing, size: int) -> list[str]:
    """What a size rests on at which no run broke some target, and no other size shows how that comes."""
    told = []
    trial = sizing.found.decided(size)
    for number, target in enumerate(sizing.targets):
        if trial.effects[number] is None and not trial.counts.seen(number):
            missing = at_most(trial.counts.runs, sizing.found.plan.confidence)
            told.append(
                f"{target.as_rate}: nothing was seen in {format_count(trial.counts.runs)} runs, nor at any other size. "
                "That takes calls as independent; an outage of memory may be missing from at most "
                f"{measured(missing, 'share')} of runs."
            )
    return told


def _more(sizing: Sizing, size: int) -> list[str]:
    """How many replications might tell of a size at which nothing was seen."""
    trial = sizing.found.decided(size)
    needed = 0.0
    for number, bound in enumerate(sizing.found.plan.bounds):
        calls = trial.counts.totals[number].mean()
        if trial.decisions[number] is Decision.OPEN and not trial.counts.seen(number) and calls:
            error = trial.level / 2
            needed = max(needed, -math.log(error) / bound * (trial.effects[number] or 1.0) / calls)
    if not needed:
        return ["More replications may tell."]
    if needed > _MOST_WORTH:
        return [f"More than {format_count(_MOST_WORTH)} replications would be needed; longer runs say more each."]
    runs = format_count(math.ceil(needed / 10) * 10)
    return [f"Nothing was seen there, but failures come in bursts: some {runs} replications could show it."]


def tables(sizing: Sizing) -> list[Table]:
    """Return the table of the sizes tried."""
    found = sizing.found
    rows = []
    for size in found.sizes:
        trial = found.decided(size)
        cells = []
        for number, target in enumerate(sizing.targets):
            share = sizing.share(size, number)
            cells += list(estimated(share, target.as_rate)) if share else ["-", ""]
        checked = "checked" if size in found.checked else ""
        words = _DECIDED[trial.decision]
        rows.append(
            (format_count(size), words, checked, *cells, format_count(found.counts(size).runs), sizing.memory(size))
        )
    percent = f"{100 * found.plan.confidence:g} %"
    columns = [text for target in sizing.targets for text in (_heading(target), f"{percent}\ninterval")]
    numbers = (*columns, "runs", "reserve")
    title = f"Sizes of {sizing.pool} that were tried, all runs of each together"
    return [Table(title, ("min_nr", "targets", ""), numbers, tuple(rows), together=2)]


def _heading(target: Target) -> str:
    share = measured(target.share or 0.0, "share")
    return f"{target.as_rate}\n<= {share}"


def notes(sizing: Sizing, runs: int) -> list[str]:
    """Return what belongs beside the numbers: how it was decided, what was not tried, and warnings."""
    found = sizing.found
    wrong = f"{100 * (1 - found.plan.confidence):.3g} %"
    claimed = (
        "What is claimed rests on the sizes that were checked by replications of their own, from "
        f"{format_count(FRESH)} on: together wrong in at most {wrong} of studies. "
        "The others show where the search looked."
    )
    shared = f"All sizes see the same arrivals, holds and outages. {format_count(runs)} runs in all."
    told = [claimed, shared, *sizing.sizes.told]
    if any(target.latency_ns is not None for target in sizing.targets):
        told.append(
            "A call that was cut off before its limit counts as above it where a size meets a target, and not where it "
            "fails one; so does one within 0.8 % of the limit."
        )
    warnings: dict[str, dict[str, None]] = {}
    for size in found.sizes:
        for number in range(len(sizing.targets)):
            share = sizing.share(size, number)
            if size in found.checked and share is not None and share.warning is not None and share.value:
                warnings.setdefault(share.warning, {})[format_count(size)] = None
    told += [f"min_nr {', '.join(where)}: {warning}" for warning, where in warnings.items()]
    return told
