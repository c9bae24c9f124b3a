"""Whether the workers that wait for more of a pool can hold all of it among themselves.

The allocator is taken to give and refuse as it likes, and from some moment on to refuse always. Workers that hold
h[i] >= 1 elements each, and wait for w more or a greater number at once, are stuck when fewer than w are left in the
reserve of R: they can come to that iff the most that they can hold, sum(h), is R - w + 1 or more. Taken one by one,
w = 1: m workers of k elements each can hold m * (k - 1), which must stay below R. Who takes in bulk holds nothing yet
of what it waits for; and of those who own the same mutex as they wait there is one at a time.

That is exact if workers give nothing back between their first element and their last, or if they take one by one and
wait for each. Otherwise they may be found stuck in a state that they cannot all reach.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.scenario.holding import UNLIMITED, Resource, Wait, Workers, by_resource

Owned = frozenset[Resource]
"""The mutexes of which a worker is the owner."""


@dataclass(frozen=True)
class Term:
    """So many workers that wait at `wait` and hold up to `held` each."""

    workers: int
    held: int
    wait: Wait


@dataclass(frozen=True)
class Most:
    """The most that waiting workers can hold of a resource, and who they are."""

    total: int
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Exhaustion:
    """A pool whose waiting holders can be stuck: with `most` held, less is left than the `amount` that each wants.

    `waits`: all steps at which they can be. `enough`: the smallest reserve with which they cannot, if there is one.
    """

    pool: Resource
    reserve: int
    amount: int
    most: Most
    waits: tuple[Wait, ...]
    enough: int | None


def exhaustions(classes: Iterable[Workers], reserves: Mapping[Resource, int]) -> Iterator[Exhaustion]:
    """The pools of which workers can hold so much while they wait for more that they are stuck."""
    for pool, holders in by_resource(classes, lambda wait: wait.held.keys() & {wait.wanted}).items():
        exhaustion = _exhaustion(pool, reserves[pool], holders)
        if exhaustion:
            yield exhaustion


def _exhaustion(pool: Resource, reserve: int, holders: Sequence[Workers]) -> Exhaustion | None:
    waits = tuple(wait for workers in holders for wait in workers.waits)
    held = {}
    for amount in sorted({wait.amount for wait in waits}):
        asking = [workers.at(wait for wait in workers.waits if wait.amount >= amount) for workers in holders]
        held[amount] = most_held(pool, asking)
    for amount, most in held.items():
        if most.total >= needed(reserve, amount):
            enough = max(amount + most.total for amount, most in held.items())
            return Exhaustion(pool, reserve, amount, most, waits, enough if enough < UNLIMITED else None)
    return None


def needed(reserve: int, amount: int) -> int:
    """How much must be held of a reserve for it to have fewer than `amount` left; of none, an element of some sort."""
    return max(1, reserve - amount + 1)


def most_held(resource: Resource, classes: Iterable[Workers]) -> Most:
    """The most that workers can hold of `resource` while they wait, if no two of them own the same mutex."""
    best: dict[Owned, Most] = {frozenset(): Most(0, ())}
    for workers in classes:
        largest: dict[Owned, Wait] = {}
        for wait in workers.waits:
            held, owned = wait.held.get(resource, 0), wait.mutexes
            if held and (owned not in largest or held > largest[owned].held[resource]):
                largest[owned] = wait
        unlocked = largest.pop(frozenset(), None)
        layers = [best]
        while layers[-1] and len(layers) <= min(workers.number, len(largest)):
            layers.append(_with_one_more(layers[-1], largest, resource))
        best = {}
        for used, layer in enumerate(layers):
            for owned, most in layer.items():
                left = workers.number - used
                rest = _plus(most, left, unlocked, resource) if unlocked and left > 0 else most
                _keep(best, owned, rest)
    return max(best.values(), key=lambda most: most.total)


def _with_one_more(layer: dict[Owned, Most], largest: dict[Owned, Wait], resource: Resource) -> dict[Owned, Most]:
    grown: dict[Owned, Most] = {}
    for owned, most in layer.items():
        for more, wait in largest.items():
            if owned.isdisjoint(more):
                _keep(grown, owned | more, _plus(most, 1, wait, resource))
    return grown


def _plus(most: Most, workers: int, wait: Wait, resource: Resource) -> Most:
    held = wait.held[resource]
    return Most(most.total + workers * held, (*most.terms, Term(workers, held, wait)))


def _keep(best: dict[Owned, Most], owned: Owned, most: Most) -> None:
    if owned not in best or most.total > best[owned].total:
        best[owned] = most
