"""Which sizes are worth trying: enough for bulk allocations, no more than tasks can have out at once."""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.scenario import Scenario, ScenarioError
from sim.scenario.demand import most_out
from sim.scenario.exhaustion import exhaustions
from sim.scenario.holding import Kind, Resource, workers_of
from sim.scenario.programs import unrolled
from sim.scenario.steps import Alloc
from sim.units import format_count


@dataclass(frozen=True)
class Range:
    """Sizes from `least` to `most`, the first to try, and sentences on what bounds them.

    `deadlock_below`: with fewer, tasks can deadlock by their programs once memory is gone; they need not. `enough`:
    with `most` the reserve has as many elements as all tasks together can hold.
    """

    least: int
    most: int
    start: int
    deadlock_below: int
    enough: bool
    told: tuple[str, ...]


def range_of(scenario: Scenario, pool: str, most: int) -> Range:
    """Return the sizes to try, none larger than `most`. Raise a ScenarioError if not even the smallest can be run."""
    told = []
    demand = most_out(scenario, pool)
    enough = demand is not None and demand <= most
    top = max(demand, 1) if enough and demand is not None else most
    possible = _largest_possible(scenario, pool, top)
    if possible < top:
        told.append(f"More than {format_count(possible)} elements leave the machine without memory: not tried.")
        top, enough = possible, False
    elif enough:
        told.append(f"All tasks together hold at most {format_count(top)} of {pool} at once: more was not tried.")
    bulk = max(_bulks(scenario, pool), default=1)
    if bulk > 1:
        not_tried = "not tried" if bulk <= top else "all sizes tried are such"
        told.append(f"Fewer than {format_count(bulk)} elements can never serve a bulk allocation: {not_tried}.")
    least = bulk if bulk <= top else 1
    start = min(max(scenario.pools[pool].min_nr, least), top)
    return Range(least, top, start, _deadlock_below(scenario, pool), enough, tuple(told))


def _bulks(scenario: Scenario, pool: str) -> Iterator[int]:
    """How many elements each bulk allocation takes at once."""
    for task in scenario.tasks.values():
        for _, step in unrolled(task.steps):
            if isinstance(step, Alloc) and step.pool == pool and step.bulk:
                yield step.n


def _deadlock_below(scenario: Scenario, pool: str) -> int:
    """The smallest size that programs cannot exhaust while all who use it wait for more, 1 if every size is such."""
    reserves = {Resource(Kind.POOL, name): each.min_nr for name, each in scenario.pools.items()}
    here = Resource(Kind.POOL, pool)
    found = exhaustions(workers_of(scenario), {**reserves, here: 1})
    return max((each.enough for each in found if each.pool == here and each.enough is not None), default=1)


def _largest_possible(scenario: Scenario, pool: str, most: int) -> int:
    """The largest reserve up to `most` that the machine's memory has room for."""

    def build(size: int) -> Scenario:
        return scenario.with_({f"pools.{pool}.min_nr": size})

    def possible(size: int) -> bool:
        try:
            build(size)
        except ScenarioError:
            return False
        return True

    if possible(most):
        return most
    build(1)
    low, high = 1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if possible(middle) else (low, middle)
    return low
