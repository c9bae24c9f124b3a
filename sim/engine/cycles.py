"""The cycles of a run: which workers waited for each other, from when to when, and what broke it."""

from dataclasses import dataclass
from enum import StrEnum

from sim.engine.deadlock import Elements, cycles_among, stuck
from sim.engine.situation import Scene, Waiting
from sim.engine.witness import witness
from sim.engine.worker import Worker
from sim.kernel.call import Call, Path
from sim.results.verdict import Witness
from sim.units import S

POLLS = 2
"""A cycle that outlasts so many polls of each of its sleepers is a deadlock, though it may break later."""

LEAST = 10 * S
"""How long (ns) a cycle must stand at least to be a deadlock: two time-outs of the kernel, whatever policy is tried."""


class End(StrEnum):
    """What ends a cycle, in words."""

    FREE = "until an element was freed"
    MEMORY = "until memory came back"
    RUN = "to the end of the run"


@dataclass(eq=False)
class Cycle:
    """Workers of which each waits for the others, from `since` to `until` (ns); it stands as long as that is None.

    `sleeps`: how often each sleeper that polls had gone to sleep as it began. `witness`: of a cycle that is a deadlock.
    `end`: what broke it.
    """

    members: dict[Worker, Waiting]
    since: int
    sleeps: dict[Call, int]
    until: int | None = None
    witness: Witness | None = None
    end: End = End.MEMORY

    @property
    def stood(self) -> int:
        """How long a cycle stood that is broken (ns)."""
        assert self.until is not None
        return self.until - self.since

    def outlasts(self, now: int) -> bool:
        """Whether it has stood for ten seconds and longer than two polls at `now` (ns)."""
        return now - self.since >= LEAST and all(call.sleeps >= before + POLLS for call, before in self.sleeps.items())

    def break_up(self, now: int) -> None:
        """It stands no more at `now` (ns): it broke as a free woke one of its sleepers, or as memory served one."""
        ends = [_end(waiting.token) for waiting in self.members.values() if isinstance(waiting.token, Call)]
        self.until, self.end = min((end for end in ends if end and end[0] >= self.since), default=(now, End.MEMORY))


def _end(call: Call) -> tuple[int, End] | None:
    """When a free last woke a sleeper, or memory served it."""
    if call.wakes and call.woken_at != call.timed_out_at:
        return call.woken_at, End.FREE
    if call.element is not None and call.path is not Path.UNFINISHED:
        return call.now, End.MEMORY
    return None


class Cycles:
    """Watches for cycles, and keeps those that tell most: the first deadlock and the longest that was none.

    One that stands at the end of the run is a deadlock, however young, if memory will not break it. `broken` counts
    those that were none. A cycle that comes and goes between two looks goes unseen.
    """

    def __init__(self, scene: Scene) -> None:
        self.deadlock: Cycle | None = None
        self.longest: Cycle | None = None
        self.broken = 0
        self._scene = scene
        self._standing: dict[frozenset[object], Cycle] = {}
        self._looked = 0

    def look(self, now: int) -> None:
        """See who waits for whom at `now` (ns)."""
        found = {} if self._scene.calm else self._find()
        for key, cycle in self._standing.items():
            if key not in found:
                cycle.break_up(now)
                self._keep(cycle)
        self._standing = found
        for cycle in found.values():
            if cycle.witness is None and cycle.outlasts(now):
                self._convict(cycle)
        self._looked = now

    def finish(self) -> None:
        """The run is over after the last look."""
        for cycle in self._standing.values():
            if cycle.witness is not None or self._stands_for_good(cycle):
                self._convict(cycle)
            else:
                cycle.until, cycle.end = self._looked, End.RUN
                self._keep(cycle)

    def _find(self) -> dict[frozenset[object], Cycle]:
        workers = self._scene.depended_on()
        waits = self._scene.waits(workers)
        if not waits:
            return {}
        situation = self._scene.situation(workers, waits)
        found = {}
        for group in cycles_among(situation, stuck(situation)):
            key = frozenset(waits[worker].token for worker in group)
            found[key] = self._standing.get(key) or self._begin({worker: waits[worker] for worker in group})
        return found

    def _begin(self, members: dict[Worker, Waiting]) -> Cycle:
        # The last of them closed it when it fell asleep, but it cannot have stood when we looked last.
        since = max(self._looked, *(waiting.since for waiting in members.values()))
        sleeps = {}
        for worker, waiting in members.items():
            blocked = self._scene.blocked.get(worker)
            if blocked and blocked.call.first_sleep >= 0 and blocked.pool.semantics.timeout is not None:
                call = blocked.call
                assert call is waiting.token
                sleeps[call] = call.sleeps - (call.is_asleep and call.now > since)
        return Cycle(members, since, sleeps)

    def _stands_for_good(self, cycle: Cycle) -> bool:
        """Whether no member may get memory after all: none is about to, in reclaim, and memory refuses for good."""
        scene = self._scene
        waits = ((worker, waiting.wait) for worker, waiting in cycle.members.items())
        asking = [scene.blocked[worker] for worker, wait in waits if isinstance(wait, Elements) and wait.asks]
        return all(
            (one.call.is_asleep or one.retry_after is not None)
            and scene.outlook.refuses_for_good(one.pool, self._looked)
            for one in asking
        )

    def _convict(self, cycle: Cycle) -> None:
        cycle.witness = witness(self._scene, cycle.members)
        if self.deadlock is None or cycle.since < self.deadlock.since:
            self.deadlock = cycle

    def _keep(self, cycle: Cycle) -> None:
        if cycle.witness is not None:
            return
        self.broken += 1
        if self.longest is None or cycle.stood > self.longest.stood:
            self.longest = cycle
