"""What tasks hold while they wait: the program of each class gone through once, without time.

A worker is one piece of work in hand: a class has `count` x `in_flight` of them. Every wait but those for an element or
a mutex (for a device, for time to pass) is taken to end by itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from sim.kernel.call import Masks
from sim.kernel.gfp import parse_gfp
from sim.kernel.versions import KernelVersion, Order, Semantics
from sim.scenario.held import Held
from sim.scenario.mistakes import Loc
from sim.scenario.programs import located, unrolled
from sim.scenario.scenario import Scenario
from sim.scenario.steps import Alloc, Free, Lock, RetryAfter, Unlock
from sim.scenario.tasks import TaskSpec
from sim.workload.arrivals import At, Closed, Periodic, TimesInCsv

UNLIMITED = 1 << 40
"""The number of workers of a class whose `in_flight` has no limit."""


class Kind(StrEnum):
    """What one can wait for until another gives it back."""

    POOL = "pool"
    MUTEX = "mutex"


class Resource(NamedTuple):
    """A pool or a mutex, by name."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"'{self.name}'"


@dataclass(frozen=True)
class Wait:
    """A step at which a worker may have to wait for `amount` of `wanted` at once.

    `held`: the most that it can hold then of each resource, `wanted` included, if it can hold any. `own`: how many
    elements of `wanted` among them it took by this very step.
    """

    loc: Loc
    wanted: Resource
    amount: int
    held: Mapping[Resource, int]
    own: int

    @property
    def mutexes(self) -> frozenset[Resource]:
        """The mutexes that it owns then."""
        return frozenset(resource for resource in self.held if resource.kind is Kind.MUTEX)


@dataclass(frozen=True)
class Workers:
    """The workers of a class: how many there are, and where each may wait."""

    task: str
    number: int
    waits: tuple[Wait, ...]

    def at(self, waits: Iterable[Wait]) -> "Workers":
        """The same workers, at these of their waits."""
        return replace(self, waits=tuple(waits))


def by_resource(classes: Iterable[Workers], of: Callable[[Wait], Iterable[Resource]]) -> dict[Resource, list[Workers]]:
    """The classes with, by resource, those of their waits that are `of` it."""
    found: dict[Resource, list[Workers]] = {}
    for workers in classes:
        waits: dict[Resource, list[Wait]] = {}
        for wait in workers.waits:
            for resource in of(wait):
                waits.setdefault(resource, []).append(wait)
        for resource, there in waits.items():
            found.setdefault(resource, []).append(workers.at(there))
    return found


def workers_of(scenario: Scenario) -> tuple[Workers, ...]:
    """The workers of all classes. Pools without a reserve by design (`order: no_pool`) are left out."""
    semantics = {name: scenario.semantics_of(name) for name in scenario.pools}
    kernel = KernelVersion.parse(scenario.kernel)
    return tuple(
        Workers(name, _number(task, scenario.duration), tuple(_waits(name, task, kernel, semantics)))
        for name, task in scenario.tasks.items()
    )


def _number(task: TaskSpec, duration: int) -> int:
    in_flight = UNLIMITED if task.in_flight == "unlimited" else task.in_flight
    if isinstance(task.arrivals, Closed):
        in_flight = 1
    elif isinstance(task.arrivals, (At, TimesInCsv, Periodic)):
        in_flight = min(in_flight, int(task.arrivals.expected_count(duration) or 0))
    return min(UNLIMITED, task.count * in_flight)


def _waits(name: str, task: TaskSpec, kernel: KernelVersion, semantics: Mapping[str, Semantics]) -> Iterator[Wait]:
    loc: Loc = ("tasks", name, "steps")
    patient = {
        where: _asks_until_served(step, parse_gfp(step.gfp or task.gfp, kernel), semantics[step.pool])
        for where, step in located(task.steps, loc)
        if isinstance(step, Alloc) and semantics[step.pool].order is not Order.NO_POOL
    }
    elements: dict[str, Held] = {}
    locked: dict[str, None] = {}
    for where, step in unrolled(task.steps, loc):
        match step:
            case Lock(mutex=mutex):
                yield Wait(where, Resource(Kind.MUTEX, mutex), 1, _held(elements, locked), 0)
                locked[mutex] = None
            case Unlock(mutex=mutex):
                del locked[mutex]
            case Free(pool=pool, n=n) if pool in elements:
                elements[pool].give(n)
            case Alloc(pool=pool, n=n) if where in patient:
                here = elements.setdefault(pool, Held())
                if patient[where]:
                    wanted, held = Resource(Kind.POOL, pool), _held(elements, locked)
                    amount, more = (n, 0) if step.bulk else (1, n - 1)
                    if here.total + more:
                        held[wanted] = here.total + more
                    yield Wait(where, wanted, amount, held, here.by_step[where] + more)
                here.take(where, n)


def _held(elements: Mapping[str, Held], locked: Mapping[str, None]) -> dict[Resource, int]:
    held = {Resource(Kind.POOL, pool): held.total for pool, held in elements.items() if held.total}
    return held | {Resource(Kind.MUTEX, mutex): 1 for mutex in locked}


def _asks_until_served(step: Alloc, mask: int, semantics: Semantics) -> bool:
    """Whether the step sleeps for its elements, or, given NULL, asks again and again."""
    return step.bulk or Masks.of(mask, semantics).may_sleep or isinstance(step.if_null, RetryAfter)
