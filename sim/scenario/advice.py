"""What is allowed in a scenario but probably not meant, or worth knowing before it runs."""

from collections.abc import Iterator

from sim.kernel.call import Masks
from sim.kernel.gfp import NOMEMALLOC, ZERO, parse_gfp
from sim.kernel.versions import KernelVersion, Nomemalloc, Order, ZeroMin
from sim.scenario.deadlock_advice import deadlocks
from sim.scenario.document import tree
from sim.scenario.explanation import existing, value_mark
from sim.scenario.memory_advice import memory_remarks
from sim.scenario.mistakes import Loc, Mistake
from sim.scenario.programs import located
from sim.scenario.scenario import Scenario
from sim.scenario.steps import Alloc, OnNull
from sim.workload.memory_work import MemoryWork


def advice(scenario: Scenario) -> list[Mistake]:
    """Remarks on a valid scenario, each at its place in the file."""
    root = scenario.document or tree(scenario.to_mapping())
    remarks = [
        *_zero_minimum(scenario),
        *_idle_faults(scenario),
        *_bulk_beyond_reserve(scenario),
        *_idle_answers(scenario),
        *_idle_flags(scenario),
        *memory_remarks(scenario),
        *deadlocks(scenario),
    ]
    places = [(existing(root, loc), text) for loc, text in remarks]
    return [Mistake.at(value_mark(root, loc), loc, text) for loc, text in places]


def _zero_minimum(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    for name, pool in scenario.pools.items():
        if pool.min_nr == 0:
            never = scenario.semantics_of(name).zero_min is ZeroMin.NEVER_REFILLED
            effect = "no free refills it or wakes anybody" if never else "it behaves as a pool of one element"
            yield ("pools", name, "min_nr"), f"a pool without a reserve: in kernel {scenario.kernel} {effect}"


def _idle_faults(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    singly = {step.pool for _, step in _allocs(scenario) if not step.bulk}
    in_bulk = {step.pool for _, step in _allocs(scenario) if step.bulk}
    for name, pool in scenario.pools.items():
        if pool.fault_injection and name not in singly:
            text = "no effect: this pool is only allocated from in bulk; bulk_fault_injection is what bulk calls ask"
            yield ("pools", name, "fault_injection"), text
        if pool.bulk_fault_injection and name not in in_bulk:
            yield ("pools", name, "bulk_fault_injection"), "no effect: no step allocates from this pool in bulk"


def _idle_answers(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    kernel = KernelVersion.parse(scenario.kernel)
    for loc, step in _allocs(scenario):
        if step.if_null is OnNull.FAIL:
            continue
        task = scenario.tasks[str(loc[1])]
        mask = step.gfp or task.gfp
        if step.bulk:
            yield (*loc, "alloc", "if_null"), "no effect: mempool_alloc_bulk waits and never gives NULL"
        elif Masks.of(parse_gfp(mask, kernel), scenario.semantics_of(step.pool)).may_sleep:
            yield (*loc, "alloc", "if_null"), f"no effect: an allocation with {mask} may sleep and never gives NULL"
        elif step.if_null is OnNull.SHORTEN and not isinstance(task.arrivals, MemoryWork):
            yield (*loc, "alloc", "if_null"), "the same as skip: the task writes neither writeback nor swap_out"


def _bulk_beyond_reserve(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    for loc, step in _allocs(scenario):
        reserve = scenario.pools[step.pool].min_nr
        no_pool = scenario.semantics_of(step.pool).order is Order.NO_POOL
        if step.bulk and step.n > reserve and not no_pool:
            text = f"the reserve of {reserve} can never serve {step.n} at once; the kernel warns of it"
            yield (*loc, "alloc", "n"), text


def _idle_flags(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    version = KernelVersion.parse(scenario.kernel)
    told = set()
    for loc, step in _allocs(scenario):
        place: Loc = (*loc, "alloc", "gfp") if step.gfp else ("tasks", loc[1], "gfp")
        mask = parse_gfp(step.gfp or scenario.tasks[str(loc[1])].gfp, version)
        texts = []
        if mask & ZERO:
            texts.append("__GFP_ZERO does nothing for an element that comes from the reserve")
        if mask & NOMEMALLOC and scenario.semantics_of(step.pool).nomemalloc is Nomemalloc.WHILE_RESERVE:
            texts.append("mempool_alloc sets __GFP_NOMEMALLOC by itself, and warns of callers that do in 4.6 and 4.7")
        for text in texts:
            if (place, text) not in told:
                told.add((place, text))
                yield place, text


def _allocs(scenario: Scenario) -> Iterator[tuple[Loc, Alloc]]:
    for name, task in scenario.tasks.items():
        for loc, step in located(task.steps, ("tasks", name, "steps")):
            if isinstance(step, Alloc):
                yield loc, step
