"""Warnings of deadlocks that the task programs allow, found without simulating, and what would cure them.

Two kinds are looked for: workers that hold elements of a pool while they wait for more of it (`exhaustion`, exact in
the cases that it names), and workers that hold one pool or mutex while they wait for another, in a cycle
(`circular_wait`, which never misses one and may warn of one that cannot close). Every scenario that can get stuck so
gets a warning. What it is about are the programs: it stays true if this scenario's memory never runs out, and if a
time-out makes of the deadlock a poll every five seconds. Whether a request is larger than its reserve is told
elsewhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from sim.kernel.versions import Bulk
from sim.scenario.circular_wait import CircularWait, circular_waits
from sim.scenario.exhaustion import Exhaustion, Most, exhaustions, needed
from sim.scenario.holding import UNLIMITED, Kind, Resource, workers_of
from sim.scenario.mistakes import Loc, dotted
from sim.scenario.scenario import Scenario
from sim.spec import listed

_TOLD = 3
"""How many terms of a sum, and how many steps, are written out."""


def deadlocks(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    """Where tasks can come to wait for each other for ever: path of a step, and text."""
    classes = workers_of(scenario)
    reserves = {Resource(Kind.POOL, name): pool.min_nr for name, pool in scenario.pools.items()}
    told = set()
    for found in exhaustions(classes, reserves):
        told.add(found.pool)
        bulk = scenario.semantics_of(found.pool.name).bulk is not Bulk.ABSENT
        yield found.most.terms[0].wait.loc, _text_of_exhaustion(found, bulk=bulk)
    # Whoever waits for more of a pool that has been warned of would only be told again.
    left = [c.at(wait for wait in c.waits if not (wait.wanted in told and wait.wanted in wait.held)) for c in classes]
    for cycle in circular_waits(left, reserves):
        yield next(iter(cycle.most.values())).terms[0].wait.loc, _text_of_cycle(cycle, reserves)


def _text_of_exhaustion(found: Exhaustion, *, bulk: bool) -> str:
    here = found.most.terms[0].wait.loc
    others = _steps(wait.loc for wait in found.waits if wait.loc != here)
    where = f"here{f' or at {others}' if others else ''}"
    singly = found.amount == 1
    more, hold = ("more", "it all") if singly else (f"{found.amount} more at once", "too much of it")
    enough = _comparison(found.most, found.reserve, found.amount, singly=singly)
    text = f"can deadlock once memory is gone: tasks that wait {where} for {more} of {found.pool} can hold {hold}"
    return f"{text}, {enough}; {_cures(_against_exhaustion(found, bulk=bulk))}"


def _against_exhaustion(found: Exhaustion, *, bulk: bool) -> Iterator[str]:
    request = max(wait.held[found.pool] + wait.amount for wait in found.waits)
    if found.enough:
        yield f"min_nr: {found.enough}"
    if request != found.enough:
        first = f"min_nr: {request} and " if request > found.reserve else ""
        if bulk:
            yield f"{first}one bulk allocation of all that a task needs (bulk: true)"
        if not frozenset.intersection(*(wait.mutexes for wait in found.waits)):
            yield f"{first}a mutex held from a task's first allocation to its last (lock:, unlock:)"
    if not any(wait.own for wait in found.waits):
        yield f"a pool of its own for {_steps(wait.loc for wait in found.waits)}"


def _text_of_cycle(cycle: CircularWait, reserves: Mapping[Resource, int]) -> str:
    parts = []
    for resource, most in islice(cycle.most.items(), _TOLD):
        holders = [wait for wait in cycle.waits if resource in wait.held and wait.wanted != resource]
        wanted = listed(dict.fromkeys(str(wait.wanted) for wait in holders))
        part = f"{resource} is held while {wanted} is waited for at {_steps(wait.loc for wait in holders)}"
        if resource in reserves:
            part += f" ({_comparison(most, reserves[resource], cycle.amounts[resource])})"
        parts.append(part)
    if len(cycle.most) > _TOLD:
        parts.append(f"so on, in a cycle of {len(cycle.most)}")
    when = " once memory is gone" if reserves.keys() & cycle.most.keys() else ""
    return f"can deadlock{when}: {' and '.join(parts)}; {_cures(_against_cycle(cycle))}"


def _against_cycle(cycle: CircularWait) -> Iterator[str]:
    yield "the same order everywhere"
    yield "a mutex held around all of it (lock:, unlock:)"
    pools = [resource for resource in cycle.most if resource.kind is Kind.POOL]
    enough = {pool: cycle.most[pool].total + cycle.amounts[pool] for pool in pools}
    reserves = [f"{size} for {pool}" for pool, size in enough.items() if size < UNLIMITED]
    if reserves:
        yield f"min_nr: {listed(reserves)}"
    if pools:
        yield "a pool of its own for each of the steps"


def _cures(cures: Iterable[str]) -> str:
    return f"cured by {', or by '.join(cures)}"


def _comparison(most: Most, reserve: int, amount: int, *, singly: bool = False) -> str:
    """The most that can be held against what is needed: ``2 x 8 = 16 >= 15``; `singly`: ``2 x (9 - 1) = 16 >= 15``."""
    products = [
        f"{'any number' if term.workers >= UNLIMITED else term.workers} x "
        + (f"({term.held + 1} - 1)" if singly else f"{term.held}")
        for term in most.terms
    ]
    if len(products) > _TOLD:
        products[_TOLD - 1 :] = ["..."]
    total = "" if most.total >= UNLIMITED else f" = {most.total}"
    least = f"{reserve}" if amount == 1 else f"{reserve} - {amount} + 1 = {needed(reserve, amount)}"
    return f"{' + '.join(products)}{total} >= {least}"


def _steps(locs: Iterable[Loc]) -> str:
    """The paths of the steps, of many the first."""
    paths = [dotted(loc) for loc in dict.fromkeys(locs)]
    if len(paths) > _TOLD:
        paths[_TOLD - 1 :] = [f"{len(paths) - _TOLD + 1} other steps"]
    return listed(paths) if paths else ""
