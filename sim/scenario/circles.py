"""Circles of waiting: workers that hold one pool or mutex while they wait for the next, and so on back to the first.

They can be stuck if all that any of them waits for has run out at the same time, held by others that are stuck. That is
looked for among the most that a worker can hold at each of its waits, with mutexes owned by one at a time. A circle
that can close is never missed. One may be found that cannot: when workers would have to give elements back, or
lock and unlock other mutexes, on their way to where they would be stuck, whether they can all get there is not asked.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.scenario.exhaustion import Most, Owned, Waiting, most_held, needed
from sim.scenario.holding import Kind, Resource, Wait

MOST_TRIED = 5_000
"""How many combinations of waiting workers are tried; beyond, what can run out by itself is taken to do so together."""

Resources = frozenset[Resource]
Point = tuple[Owned, frozenset[tuple[Resource, int]], tuple[int, ...]]
"""Of workers that wait: the mutexes that they own, what they want and the least amounts, what they hold by pool."""


@dataclass(frozen=True)
class Circle:
    """Resources that can run out together: for each the most that is held by those who wait for any of them.

    `amounts`: the most that is asked of each at once. `waits`: where.
    """

    most: Mapping[Resource, Most]
    amounts: Mapping[Resource, int]
    waits: tuple[Wait, ...]


def circles(waiting: Waiting, reserves: Mapping[Resource, int]) -> Iterator[Circle]:
    """The smallest circles of two or more resources that can close; `reserves`: the size of each pool."""
    for component in _components(wait for _, waits in waiting for wait in waits):
        found = _closing(component, waiting, reserves)
        for resources in sorted(found, key=sorted):
            if not any(other < resources for other in found):
                yield _circle(resources, waiting)


def _components(waits: Iterable[Wait]) -> Iterator[Resources]:
    """The sets of two or more resources of which each is held by somebody who waits, in the end, for each other."""
    after: dict[Resource, set[Resource]] = {}
    before: dict[Resource, set[Resource]] = {}
    for wait in waits:
        for resource in wait.held:
            after.setdefault(resource, set()).add(wait.wanted)
            before.setdefault(wait.wanted, set()).add(resource)
    left = dict.fromkeys(resource for resource in after if resource in before)
    while left:
        first = next(iter(left))
        component = _reachable(first, after) & _reachable(first, before) | {first}
        if len(component) > 1:
            yield frozenset(component)
        for resource in component:
            left.pop(resource, None)


def _reachable(start: Resource, edges: Mapping[Resource, set[Resource]]) -> set[Resource]:
    reached: set[Resource] = set()
    ahead = [start]
    while ahead:
        new = edges.get(ahead.pop(), set()) - reached
        reached |= new
        ahead += new
    return reached


def _within(resources: Collection[Resource], waiting: Waiting) -> Waiting:
    """The waits for one of the resources by workers that hold any of them."""
    return [
        (number, [wait for wait in waits if wait.wanted in resources and not wait.held.keys().isdisjoint(resources)])
        for number, waits in waiting
    ]


def _circle(resources: Collection[Resource], waiting: Waiting) -> Circle:
    holders: dict[Resource, Waiting] = {}
    everybody: list[Wait] = []
    for number, waits in _within(resources, waiting):
        everybody += waits
        by_resource: dict[Resource, list[Wait]] = {}
        for wait in waits:
            for resource in wait.held:
                by_resource.setdefault(resource, []).append(wait)
        for resource, found in by_resource.items():
            holders.setdefault(resource, []).append((number, found))
    amounts: dict[Resource, int] = {}
    for wait in everybody:
        amounts[wait.wanted] = max(wait.amount, amounts.get(wait.wanted, 0))
    most = {resource: most_held(resource, found) for resource, found in holders.items() if resource in amounts}
    return Circle(most, amounts, tuple(everybody))


def _closing(resources: Resources, waiting: Waiting, reserves: Mapping[Resource, int]) -> set[Resources]:
    """Sets of two or more of the resources that can run out together."""
    while True:
        circle = _circle(resources, waiting)
        enough = frozenset(
            resource
            for resource, most in circle.most.items()
            if most.total >= needed(reserves.get(resource, 1), circle.amounts[resource])
        )
        if len(enough) < 2:
            return set()
        if enough == resources:
            return _tried(sorted(resources), _within(resources, waiting), reserves)
        resources = enough


def _tried(resources: Sequence[Resource], inside: Waiting, reserves: Mapping[Resource, int]) -> set[Resources]:
    """The sets of resources that run out together in some combination of waiting workers."""
    pools = [resource for resource in resources if resource.kind is Kind.POOL]
    sizes = [needed(reserves[pool], 1) for pool in pools]
    points: set[Point] = {(frozenset(), frozenset(), (0,) * len(pools))}
    tried = 0
    for number, waits in inside:
        steps = _largest(
            (
                wait.mutexes,
                frozenset([(wait.wanted, wait.amount)]),
                tuple(min(size, wait.held.get(pool, 0)) for pool, size in zip(pools, sizes, strict=True)),
            )
            for wait in waits
        )
        new = points
        for _ in range(number):
            tried += len(new) * len(steps)
            if tried > MOST_TRIED:
                return {frozenset(resources)}
            grown = {_both(point, step, sizes) for point in new for step in steps if point[0].isdisjoint(step[0])}
            grown = _largest(points | grown)
            new, points = grown - points, grown
            if not new:
                break
    return {
        frozenset(resource for resource, _ in point[1])
        for point in points
        if len(point[1]) > 1 and _stuck(point, pools, reserves)
    }


def _stuck(point: Point, pools: Sequence[Resource], reserves: Mapping[Resource, int]) -> bool:
    """Whether less is left of all that is waited for than anybody wants."""
    owned, wanted, holds = point
    held = dict(zip(pools, holds, strict=True))
    return all(
        held[resource] >= needed(reserves[resource], amount) if resource in held else resource in owned
        for resource, amount in wanted
    )


def _both(one: Point, other: Point, sizes: Sequence[int]) -> Point:
    amounts: dict[Resource, int] = {}
    for resource, amount in (*one[1], *other[1]):
        amounts[resource] = min(amount, amounts.get(resource, amount))
    held = tuple(min(size, a + b) for a, b, size in zip(one[2], other[2], sizes, strict=True))
    return one[0] | other[0], frozenset(amounts.items()), held


def _largest(points: Iterable[Point]) -> set[Point]:
    """The points of which no other, that owns and waits for the same, holds at least as much of every pool."""
    by_sets: dict[tuple[Owned, frozenset[tuple[Resource, int]]], list[tuple[int, ...]]] = {}
    for owned, wanted, held in set(points):
        rivals = by_sets.setdefault((owned, wanted), [])
        if not any(_covers(rival, held) for rival in rivals):
            rivals[:] = [rival for rival in rivals if not _covers(held, rival)]
            rivals.append(held)
    return {(owned, wanted, held) for (owned, wanted), rivals in by_sets.items() for held in rivals}


def _covers(one: Sequence[int], other: Sequence[int]) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True))
