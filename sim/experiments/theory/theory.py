"""Which theory covers a pool of a scenario, and what it predicts.

A theorem holds under its conditions and no others, so every one of them is checked; a scenario that breaks one is not
covered, and is told why. What theory has no notion of, the cost of operations and the beginning of a run, may be there
as long as it can move no prediction by more than `MOST_BIAS`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.experiments.theory.callers import allocations, callers_of
from sim.experiments.theory.failing import NEVER, Failing, Other, failing
from sim.experiments.theory.queues import Queue, Traffic, queue_of
from sim.experiments.theory.settling import exponential_share, filling_share
from sim.kernel.versions import Order
from sim.scenario.demand import most_out
from sim.units import format_duration

if TYPE_CHECKING:
    from sim.scenario import Scenario

MOST_BIAS = 0.01
"""By how much, relative to a prediction, each thing that theory neglects may move it."""

_LEAST_TOLD = 1e-4


@dataclass(frozen=True)
class Covered:
    """A theory whose conditions a pool meets.

    `predictions`: by measure, shares from 0 to 1, `mean wait` in ns over all calls, `calls/s` per second. Those in
    `certain` hold of every call and so in every run; the others are of the steady state. `conditions`: what was found
    to be so. `approximations`: what theory neglects, and `bias` by how much, relative to it, a prediction may be moved.
    """

    name: str
    predictions: Mapping[str, float]
    certain: frozenset[str] = frozenset()
    conditions: tuple[str, ...] = ()
    approximations: tuple[str, ...] = ()
    bias: float = 0.0


@dataclass(frozen=True)
class NotCovered:
    """No theory here covers the pool; why, a sentence each."""

    reasons: tuple[str, ...]


def theory_of(scenario: "Scenario", pool: str | None = None) -> Covered | NotCovered:
    """Return the theory that covers `pool`, which may be left out if it is the only one, or why none does.

    Raise a ValueError for a pool that there is not, or if none is named though there are several.
    """
    pool = _chosen(scenario, pool)
    found: Covered | NotCovered | None = _immediate(scenario, pool)
    if found is None:
        found = _queue(scenario, pool)
    if isinstance(found, NotCovered):
        found = _enough_for_all(scenario, pool) or found
    return found


def _chosen(scenario: "Scenario", pool: str | None) -> str:
    names = ", ".join(scenario.pools)
    if pool is None:
        if len(scenario.pools) > 1:
            raise ValueError(f"there are {len(scenario.pools)} pools: expected one of {names}")
        return next(iter(scenario.pools))
    if pool not in scenario.pools:
        raise ValueError(f"there is no pool '{pool}': expected one of {names}")
    return pool


def _immediate(scenario: "Scenario", pool: str) -> Covered | None:
    """First attempts never fail, so that nothing can ever wait."""
    if any(failing(scenario, pool, masks.first) != NEVER for _, _, masks in allocations(scenario, pool)):
        return None
    predictions = {"P(wait)": 0.0, "P(NULL)": 0.0}
    asks_first = scenario.semantics_of(pool).order is not Order.POOL_FIRST
    if asks_first and scenario.pools[pool].bulk_fault_injection is None:
        predictions["fallback"] = 0.0
    return Covered("immediate service", predictions, frozenset(predictions), ("first attempts never fail",))


def _enough_for_all(scenario: "Scenario", pool: str) -> Covered | None:
    """As many elements as can be out at once: since any free refills it, a reserve never lacks more than are out."""
    if scenario.semantics_of(pool).order is Order.NO_POOL:
        return None
    most = most_out(scenario, pool)
    min_nr = scenario.pools[pool].min_nr
    if most is None or not 0 < most <= min_nr:
        return None
    predictions = {"P(wait)": 0.0, "P(NULL)": 0.0}
    conditions = (f"all tasks together hold at most {most:,} at once; min_nr {min_nr:,}",)
    return Covered("a reserve for all", predictions, frozenset(predictions), conditions)


def _queue(scenario: "Scenario", pool: str) -> Covered | NotCovered:
    """The queue that the pool is, if theory knows it."""
    callers, reasons = callers_of(scenario, pool)
    reasons += _amiss_in_pool(scenario, pool)
    kinds: list[Failing] = []
    for _, _, masks in allocations(scenario, pool):
        fails = failing(scenario, pool, masks.first)
        if fails not in kinds:
            kinds.append(fails)
    reasons += [kind.reason for kind in kinds if isinstance(kind, Other)]
    if len(kinds) > 1 and not reasons:
        reasons.append("attempts of some tasks fail more often than those of others: theory has them all alike")
    if len({one.masks.may_sleep for one in callers}) > 1:
        reasons.append("some callers sleep and others do not: theory has them all alike")
    if reasons:
        return NotCovered(tuple(reasons))
    traffic = Traffic(scenario, pool, tuple(callers), kinds[0])
    queue = queue_of(traffic)
    return _judged(traffic, queue) if isinstance(queue, Queue) else NotCovered(tuple(queue))


def _amiss_in_pool(scenario: "Scenario", pool: str) -> Iterator[str]:
    if scenario.semantics_of(pool).order is Order.NO_POOL:
        yield f"{pool} has no reserve (order: no_pool)"
    elif scenario.pools[pool].min_nr == 0:
        yield f"{pool} has no reserve (min_nr 0)"


def _judged(traffic: Traffic, queue: Queue) -> Covered | NotCovered:
    """Whether what theory neglects is small enough."""
    reasons, told = [], []
    overhead = traffic.overhead_ns
    by_costs, moved = _bias_of_costs(traffic, queue)
    if by_costs:
        text = f"operations and wake-ups, {format_duration(overhead)} to a hold of {format_duration(traffic.hold_ns)}"
        told.append(f"{text}, move {moved} by up to {_percent(by_costs)}")
        if by_costs > MOST_BIAS:
            reasons.append(f"{told[-1]}: theory has none (machine.costs, machine.wakeup_latency)")
    by_start, moved = _bias_of_start(traffic, queue)
    told.append(f"the beginning of the run, with nobody there, moves {moved} by up to {_percent(by_start)}")
    if by_start > MOST_BIAS:
        reasons.append(f"{told[-1]}: theory is of the steady state (warmup, duration)")
    if reasons:
        return NotCovered(tuple(reasons))
    predictions = queue.predict(traffic.hold_ns)
    return Covered(queue.name, predictions, queue.certain, queue.conditions, tuple(told), by_costs + by_start)


def _bias_of_costs(traffic: Traffic, queue: Queue) -> tuple[float, str]:
    """By how much the cost of operations may move which prediction: as if each hold were longer by all of it."""
    overhead = traffic.overhead_ns
    if not overhead:
        return 0.0, ""
    plain = queue.predict(traffic.hold_ns)
    try:
        longer = queue.predict(traffic.hold_ns + overhead)
    except ValueError:
        return float("inf"), next(iter(plain))
    if "mean wait" in longer:
        longer["mean wait"] += overhead
    return _largest(plain, longer)


def _bias_of_start(traffic: Traffic, queue: Queue) -> tuple[float, str]:
    """By how much the time before the steady state may move which prediction."""
    scenario = traffic.scenario
    plain = queue.predict(traffic.hold_ns)
    if queue.settling_ns is not None:
        share = exponential_share(queue.settling_ns, scenario.warmup, scenario.duration)
        return share, "what is predicted"
    holds = [(one.rate or 0.0, one.hold) for one in traffic.callers]
    share = filling_share(holds, scenario.warmup, scenario.duration)
    return _largest(plain, queue.predict(traffic.hold_ns * (1 - share)))


def _largest(plain: Mapping[str, float], moved: Mapping[str, float]) -> tuple[float, str]:
    shifts = {measure: abs(moved[measure] / value - 1) for measure, value in plain.items() if value}
    measure = max(shifts, key=lambda name: shifts[name])
    return shifts[measure], measure


def _percent(share: float) -> str:
    return "0.01 %" if share < _LEAST_TOLD else f"{100 * share:.2g} %"
