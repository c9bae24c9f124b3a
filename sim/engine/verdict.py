"""Watches a run and gives its verdict.

A look at the workers is taken at every tick of the sampler, at least once a second, and at the end. It changes nothing.
Who waits for whom is looked at less often the more workers there are, but once a second at least.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sim.engine.crawl import Crawls, Stretch
from sim.engine.cycles import Cycle, Cycles
from sim.engine.device import DeviceQueue
from sim.engine.situation import Scene
from sim.engine.standstill import standstill
from sim.engine.worker import Worker
from sim.kernel import Mempool
from sim.kernel.mutex import LONG_WAIT
from sim.results.tally import LONG_RECLAIM, Tallies
from sim.results.verdict import HUNG, SHOWN, Verdict, Word, named
from sim.scenario.holding import workers_of
from sim.units import S, format_count, format_duration, format_share

if TYPE_CHECKING:
    from sim.engine.load import Load
    from sim.scenario import Scenario

_INTERVAL_PER_WORKER = 100_000
"""From one look for cycles to the next (ns), for each worker there is: it costs the more the more there are."""


class Lookout:
    """Looks at the workers of a run of `scenario` in `scene`, at its `devices`, and at the `load` on memory, if any."""

    def __init__(
        self,
        scenario: "Scenario",
        scene: Scene,
        devices: Mapping[str, DeviceQueue],
        load: "Load | None",
    ) -> None:
        self._scene = scene
        self._load = load
        self._cycles: list[Cycles] = []
        if scenario.memory:
            # Memory that comes free by what others do may yet not reach those who wait for each other: two polls tell.
            self._cycles = [Cycles(scene), Cycles(scene.without_memory)]
        elif _may_hold_and_wait(scenario):
            self._cycles = [Cycles(scene)]
        self._duration, self._due = scenario.duration, 0
        self._crawls = Crawls(scenario, scene, devices)
        self._hung: dict[object, tuple[Worker, str, int]] = {}
        self._unpolled = [name for name, pool in scene.pools.items() if _sleeps_longer(pool, HUNG)]

    def look(self, now: int) -> None:
        """See at `now` (ns) who waits for what."""
        self._crawls.look(now)
        if now >= self._due or now >= self._duration:
            for cycles in self._cycles:
                cycles.look(now)
            self._due = now + min(S, len(self._scene.workers) * _INTERVAL_PER_WORKER)
        if now > HUNG and (self._unpolled or self._scene.mutexes):
            self._look_for_hung(now)

    def _look_for_hung(self, now: int) -> None:
        """Those who have slept without a switch for too long: on a mutex, or on a pool without a time-out."""
        for name, mutex in self._scene.mutexes.items():
            for waiter in mutex.waiters:
                if now - waiter.since > HUNG:
                    assert isinstance(waiter.task, Worker)
                    self._hung[waiter] = waiter.task, f"blocked on lock {name}", now - waiter.since
        for name in self._unpolled:
            pool = self._scene.pools[name]
            for worker, blocked in self._scene.blocked.items():
                call = blocked.call
                if blocked.pool is pool and call.is_asleep and now - call.now > HUNG:
                    self._hung[call] = worker, f"asleep on {name}", now - call.now

    def verdict(self, tallies: Tallies) -> Verdict:
        """The verdict on a run that is over, of which `tallies` counts the calls; to be asked after the last look."""
        deadlock, broken = self._of_cycles()
        hung = len({worker for worker, *_ in self._hung.values()})
        stretch = self._crawls.longest
        others = [*broken, *self._of_hung(), *self._of_locks()]
        stood, machine = standstill(self._load, self._duration) if self._load else (False, [])
        found = (self._waited(tallies), list(self._of_calls(tallies))), (bool(others), others), (stood, machine)
        evidence = [line for _, lines in sorted(found, key=lambda part: not part[0]) for line in lines]
        if deadlock is not None:
            crawl = [] if stretch is None else [_of_crawl(stretch)]
            lines = _of_deadlock(deadlock), *crawl, *evidence
            return Verdict(Word.DEADLOCK, lines, deadlock.since, deadlock.witness, hung=hung)
        if stretch is not None:
            return Verdict(Word.CRAWL, (_of_crawl(stretch), *evidence), stretch.since, hung=hung)
        degraded = any(is_so for is_so, _ in found)
        return Verdict(Word.DEGRADED if degraded else Word.SERVED, tuple(evidence), hung=hung)

    def _of_cycles(self) -> tuple[Cycle | None, Iterator[str]]:
        """The deadlock, if there is one, and what is to be told of cycles that were none."""
        told: Iterator[str] = iter(())
        for cycles in self._cycles:
            cycles.finish()
            told = _of_broken(cycles)
            if cycles.deadlock is not None:
                return cycles.deadlock, told
        return None, told

    @property
    def _pauses(self) -> int:
        return sum(pool.pauses for pool in self._scene.pools.values())

    def _waited(self, tallies: Tallies) -> bool:
        return bool(tallies.slept or tallies.nulls or tallies.stalled or self._pauses)

    def _of_calls(self, tallies: Tallies) -> Iterator[str]:
        total = f"{format_count(tallies.calls)} calls"
        warmup = " (warm-up included)" if tallies.warmup_ns else ""
        if not self._waited(tallies):
            longest = format_duration(tallies.longest_reclaim_ns)
            reclaim = f"; the longest spent {longest} in reclaim" if tallies.longest_reclaim_ns else ""
            yield f"none of {total} slept or got NULL{reclaim}{warmup}"
        if tallies.slept:
            longest = format_duration(tallies.longest_slept_ns)
            yield f"{format_count(tallies.slept)} of {total} slept, the longest took {longest}{warmup}"
        if tallies.stalled:
            least, longest = format_duration(LONG_RECLAIM), format_duration(tallies.longest_reclaim_ns)
            stalled = f"{format_count(tallies.stalled)} of {total}"
            yield f"{stalled} spent {least} or more in reclaim, at most {longest}{warmup}"
        if tallies.nulls:
            yield f"{format_count(tallies.nulls)} of {total} got NULL{warmup}"
        if self._pauses:
            yield f"calls that have no pool asked the page allocator again {format_count(self._pauses)} times"

    def _of_hung(self) -> Iterator[str]:
        hung = sorted(self._hung.values(), key=lambda entry: -entry[2])
        for worker, how, length in hung[:SHOWN]:
            yield f"hung: {_name(worker)}, {how} for {format_duration(length)}"
        if len(hung) > SHOWN:
            yield f"hung: {format_count(len(hung) - SHOWN)} more"

    def _of_locks(self) -> Iterator[str]:
        for name, mutex in self._scene.mutexes.items():
            waits, longest = mutex.waited(self._duration)
            if waits:
                least = format_duration(LONG_WAIT)
                counted = f"{format_count(waits)} wait{'s' * (waits > 1)}"
                yield f"{counted} for lock {name} took {least} or more, at most {format_duration(longest)}"


def _of_crawl(stretch: Stretch) -> str:
    done = "no" if not stretch.done else format_count(stretch.done)
    share = f", {format_share(stretch.done / stretch.expected)} of what is to be expected" if stretch.done else ""
    length = format_duration(stretch.length)
    return f"for {length} somebody waited at every look, and {done} {stretch.what} were done{share}"


def _may_hold_and_wait(scenario: "Scenario") -> bool:
    """Whether a task may wait with something in its hands: without that there is no cycle."""
    return any(wait.held for workers in workers_of(scenario) for wait in workers.waits)


def _sleeps_longer(pool: Mempool, than: int) -> bool:
    """Whether a sleep on the pool may last longer than so many ns."""
    timeout = pool.semantics.timeout
    return timeout is None or timeout > than


def _of_broken(cycles: Cycles) -> Iterator[str]:
    longest = cycles.longest
    if longest is None:
        return
    names = ", ".join(_name(worker) for worker in list(longest.members)[:SHOWN])
    more = ", ..." if len(longest.members) > SHOWN else ""
    cycle = f"{_size(longest)} ({names}{more}) {_stood(longest)}"
    yield (
        cycle if cycles.broken == 1 else f"{format_count(cycles.broken)} cycles were no deadlock, the longest: {cycle}"
    )


def _of_deadlock(cycle: Cycle) -> str:
    assert cycle.witness is not None
    behind = f", with {format_count(cycle.witness.behind)} more behind it" if cycle.witness.behind else ""
    return f"{_size(cycle)}{behind}" + ("" if cycle.until is None else f", which {_stood(cycle)}")


def _size(cycle: Cycle) -> str:
    size = len(cycle.members)
    return "a cycle of one task that waits for itself" if size == 1 else f"a cycle of {format_count(size)} tasks"


def _stood(cycle: Cycle) -> str:
    return f"stood for {format_duration(cycle.stood)}, {cycle.end}"


def _name(worker: Worker) -> str:
    return named(worker.task, worker.member, worker.number)
