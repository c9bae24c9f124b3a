"""Who waits for what only others who wait could give: the graph rule behind the verdict `deadlock`.

A worker that is not blocked is live: sooner or later it gives back what it holds. So is one that waits for what a live
one can give, and so on. What is left is stuck (the graph reduction of Holt 1972, Some deadlock properties of computer
systems). A cycle among the stuck, in which each waits, perhaps through others, for each, is a deadlock: no member goes
on unless something from outside breaks it.

The rule takes plain values. Workers, pools and locks are whatever can be a key.
"""

from collections.abc import Collection, Container, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from sim.graph import strongly_connected

W = TypeVar("W", bound=Hashable)

_Graph: TypeAlias = Mapping[Any, list[Any]]

_MEMORY = object()


@dataclass(frozen=True)
class Elements:
    """A wait for `n` elements of a pool at once; `asks`: memory helps, since the waiter asks for it again by itself."""

    pool: Hashable
    n: int = 1
    asks: bool = True


@dataclass(frozen=True)
class Lock:
    """A wait for a lock."""

    lock: Hashable


@dataclass(frozen=True)
class Reserve:
    """What a pool has in reserve now, and how much at most: 0 if no free ever refills it."""

    free: int
    most: int


@dataclass(frozen=True)
class Situation(Generic[W]):
    """Who holds what and who waits for what at one instant.

    `waits`: what each blocked worker waits for; all others are live. `holds`: elements held, by worker and pool.
    `owners`: who owns each lock that is taken. `memory`: whether memory comes free by itself; it does, too, as long as
    one of the `suppliers` is live.
    """

    waits: Mapping[W, Elements | Lock]
    holds: Mapping[W, Mapping[Hashable, int]]
    reserves: Mapping[Hashable, Reserve]
    owners: Mapping[Hashable, W] = field(default_factory=dict)
    memory: bool = False
    suppliers: Collection[W] = ()


def stuck(situation: Situation[W]) -> list[W]:
    """The workers that no live one can help, in the order of `waits`."""
    left = dict(situation.waits)
    supply = {pool: reserve.free for pool, reserve in situation.reserves.items()}
    for worker, held in situation.holds.items():
        if worker not in left:
            _give_back(held, supply)
    progress = True
    while left and progress:
        progress = False
        memory = situation.memory or any(worker not in left for worker in situation.suppliers)
        for worker, wait in list(left.items()):
            if _served(wait, situation, supply, left, memory=memory):
                del left[worker]
                _give_back(situation.holds.get(worker, {}), supply)
                progress = True
    return list(left)


def _give_back(held: Mapping[Hashable, int], supply: dict[Hashable, int]) -> None:
    for pool, count in held.items():
        supply[pool] += count


def _served(
    wait: Elements | Lock,
    situation: Situation[W],
    supply: Mapping[Hashable, int],
    left: Container[W],
    *,
    memory: bool,
) -> bool:
    if isinstance(wait, Lock):
        return wait.lock not in situation.owners or situation.owners[wait.lock] not in left
    reserve = situation.reserves[wait.pool]
    return (memory and wait.asks) or min(supply[wait.pool], reserve.most) >= wait.n


def cycles_among(situation: Situation[W], among: list[W]) -> list[list[W]]:
    """The cycles among those who are stuck: largest sets in which each waits, perhaps through others, for each.

    A worker that waits for itself is a cycle, too; one that merely waits for a cycle does not belong to it. These are
    the strongly connected components of who depends on whom.
    """
    order = {worker: number for number, worker in enumerate(among)}
    parts = strongly_connected(_graph(situation, among))
    found = [sorted((w for w in part if w in order), key=order.__getitem__) for part in parts if len(part) > 1]
    return sorted(found, key=lambda cycle: order[cycle[0]])


def _graph(situation: Situation[W], among: list[W]) -> _Graph:
    """Who and what each depends on: workers on pools, locks and memory, and those on workers that are stuck."""
    graph: dict[Any, list[Any]] = {_MEMORY: [worker for worker in among if worker in situation.suppliers]}
    for worker in among:
        wait = situation.waits[worker]
        if isinstance(wait, Lock):
            graph[worker] = [wait]
            graph[wait] = [situation.owners[wait.lock]]
            continue
        graph[worker] = [_MEMORY] if wait.asks else []
        if wait.n <= situation.reserves[wait.pool].most:
            graph[worker].append(Elements(wait.pool))
            graph[Elements(wait.pool)] = []
    for worker in among:
        for pool, count in situation.holds.get(worker, {}).items():
            if count and Elements(pool) in graph:
                graph[Elements(pool)].append(worker)
    return graph
