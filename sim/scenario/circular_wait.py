"""Circular waits: workers that hold one pool or mutex while they wait for the next, and so on back to the first.

They can be stuck if all that any of them waits for has run out at the same time, held by others that are stuck. That is
looked for among the most that a worker can hold at each of its waits, with mutexes owned by one at a time. A cycle
that can close is never missed. One may be found that cannot: when workers would have to give elements back, or
lock and unlock other mutexes, on their way to where they would be stuck, whether they can all get there is not asked.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sim.graph import strongly_connected
from sim.scenario.exhaustion import Most, Owned, most_held, needed
from sim.scenario.holding import Kind, Resource, Wait, Workers, by_resource

MOST_TRIED = 5_000
"""How many combinations of waiting workers are tried; beyond, what can run out by itself is taken to do so together."""

Resources = frozenset[Resource]


class Point(NamedTuple):
    """Of workers that wait: the mutexes that they own, what they want and the least amounts, what they hold by pool."""

    owned: Owned
    wanted: frozenset[tuple[Resource, int]]
    held: tuple[int, ...]


@dataclass(frozen=True)
class CircularWait:
    """Resources that can run out together: for each the most that is held by those who wait for any of them.

    `amounts`: the most that is asked of each at once. `waits`: where.
    """

    most: Mapping[Resource, Most]
    amounts: Mapping[Resource, int]
    waits: tuple[Wait, ...]


def circular_waits(classes: Sequence[Workers], reserves: Mapping[Resource, int]) -> Iterator[CircularWait]:
    """The smallest cycles of two or more resources that can close; `reserves`: the size of each pool."""
    for component in _components(wait for workers in classes for wait in workers.waits):
        found = _closing(component, classes, reserves)
        for resources in sorted(found, key=sorted):
            if not any(other < resources for other in found):
                yield _waits_for(resources, classes)


def _components(waits: Iterable[Wait]) -> list[Resources]:
    """The sets of two or more resources of which each is held by somebody who waits, in the end, for each other."""
    wanted_by_holders: dict[Resource, dict[Resource, None]] = {}
    for wait in waits:
        for resource in wait.held:
            wanted_by_holders.setdefault(resource, {})[wait.wanted] = None
            wanted_by_holders.setdefault(wait.wanted, {})
    order = {resource: number for number, resource in enumerate(wanted_by_holders)}
    parts = [frozenset(part) for part in strongly_connected(wanted_by_holders) if len(part) > 1]
    return sorted(parts, key=lambda part: min(order[resource] for resource in part))


def _within(resources: Collection[Resource], classes: Iterable[Workers]) -> list[Workers]:
    """The waits for one of the resources by workers that hold any of them."""
    return [
        workers.at(
            wait for wait in workers.waits if wait.wanted in resources and not wait.held.keys().isdisjoint(resources)
        )
        for workers in classes
    ]


def _waits_for(resources: Collection[Resource], classes: Iterable[Workers]) -> CircularWait:
    inside = _within(resources, classes)
    waits = tuple(wait for workers in inside for wait in workers.waits)
    amounts: dict[Resource, int] = {}
    for wait in waits:
        amounts[wait.wanted] = max(wait.amount, amounts.get(wait.wanted, 0))
    holders = by_resource(inside, lambda wait: wait.held)
    most = {resource: most_held(resource, found) for resource, found in holders.items() if resource in amounts}
    return CircularWait(most, amounts, waits)


def _closing(resources: Resources, classes: Sequence[Workers], reserves: Mapping[Resource, int]) -> set[Resources]:
    """Sets of two or more of the resources that can run out together."""
    while True:
        cycle = _waits_for(resources, classes)
        enough = frozenset(
            resource
            for resource, most in cycle.most.items()
            if most.total >= needed(reserves.get(resource, 1), cycle.amounts[resource])
        )
        if len(enough) < 2:
            return set()
        if enough == resources:
            return _tried(sorted(resources), _within(resources, classes), reserves)
        resources = enough


def _tried(
    resources: Sequence[Resource], classes: Iterable[Workers], reserves: Mapping[Resource, int]
) -> set[Resources]:
    """The sets of resources that run out together in some combination of waiting workers."""
    pools = [resource for resource in resources if resource.kind is Kind.POOL]
    sizes = [needed(reserves[pool], 1) for pool in pools]
    points: set[Point] = {Point(frozenset(), frozenset(), (0,) * len(pools))}
    tried = 0
    for workers in classes:
        steps = _largest(
            Point(
                wait.mutexes,
                frozenset([(wait.wanted, wait.amount)]),
                tuple(min(size, wait.held.get(pool, 0)) for pool, size in zip(pools, sizes, strict=True)),
            )
            for wait in workers.waits
        )
        new = points
        for _ in range(workers.number):
            tried += len(new) * len(steps)
            if tried > MOST_TRIED:
                return {frozenset(resources)}
            grown = {_both(point, step, sizes) for point in new for step in steps if point.owned.isdisjoint(step.owned)}
            grown = _largest(points | grown)
            new, points = grown - points, grown
            if not new:
                break
    return {
        frozenset(resource for resource, _ in point.wanted)
        for point in points
        if len(point.wanted) > 1 and _stuck(point, pools, reserves)
    }


def _stuck(point: Point, pools: Sequence[Resource], reserves: Mapping[Resource, int]) -> bool:
    """Whether less is left of all that is waited for than anybody wants."""
    held = dict(zip(pools, point.held, strict=True))
    return all(
        held[resource] >= needed(reserves[resource], amount) if resource in held else resource in point.owned
        for resource, amount in point.wanted
    )


def _both(one: Point, other: Point, sizes: Sequence[int]) -> Point:
    amounts: dict[Resource, int] = {}
    for resource, amount in (*one.wanted, *other.wanted):
        amounts[resource] = min(amount, amounts.get(resource, amount))
    held = tuple(min(size, a + b) for a, b, size in zip(one.held, other.held, sizes, strict=True))
    return Point(one.owned | other.owned, frozenset(amounts.items()), held)


def _largest(points: Iterable[Point]) -> set[Point]:
    """The points of which no other, that owns and waits for the same, holds at least as much of every pool."""
    by_sets: dict[tuple[Owned, frozenset[tuple[Resource, int]]], list[tuple[int, ...]]] = {}
    for owned, wanted, held in set(points):
        rivals = by_sets.setdefault((owned, wanted), [])
        if not any(_covers(rival, held) for rival in rivals):
            rivals[:] = [rival for rival in rivals if not _covers(held, rival)]
            rivals.append(held)
    return {Point(owned, wanted, held) for (owned, wanted), rivals in by_sets.items() for held in rivals}


def _covers(one: Sequence[int], other: Sequence[int]) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True))
