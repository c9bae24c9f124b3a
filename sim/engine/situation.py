"""Who waits for what at one instant of a run, as the graph rule of a deadlock needs to know it."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sim.engine.deadlock import Elements, Lock, Reserve, Situation, stuck
from sim.engine.outlook import Outlook, Schedule
from sim.engine.worker import Blocked, Worker
from sim.kernel import Mempool, Mutex
from sim.kernel.call import Path


class Waiting(NamedTuple):
    """What a worker has waited for since `since` (ns); `token` is the same object as long as the wait is the same."""

    wait: Elements | Lock
    since: int
    token: object


@dataclass(frozen=True)
class Scene:
    """The run as a whole, looked at again and again.

    `workers` and `blocked` are those that tasks enrol in. `sleepers_only`: only who has slept on a pool waits for it,
    not who merely reclaims.
    """

    pools: Mapping[str, Mempool]
    mutexes: Mapping[str, Mutex]
    workers: list[Worker]
    blocked: dict[Worker, Blocked]
    outlook: Outlook
    sleepers_only: bool = False

    @property
    def without_memory(self) -> "Scene":
        """The same scene judged as if memory were under open-loop pressure.

        Only tasks that have slept count as waiting.
        """
        return replace(self, outlook=Schedule(self.outlook), sleepers_only=True)

    @property
    def calm(self) -> bool:
        """Nobody waits for an element or a mutex."""
        return not self.blocked and not any(mutex.waiters for mutex in self.mutexes.values())

    def waiting(self) -> Iterator[Worker]:
        """All workers that wait for an element or a mutex."""
        yield from self.blocked
        for mutex in self.mutexes.values():
            for waiter in mutex.waiters:
                assert isinstance(waiter.task, Worker)
                yield waiter.task

    def depended_on(self) -> list[Worker]:
        """The workers that another one may need to go on: they hold something, or write pages.

        They alone can form a cycle. They are few, however many wait behind them.
        """
        found = [worker for worker in self.workers if worker.owned or worker.writing or any(worker.held)]
        known = set(found)
        return found + [w for w, blocked in self.blocked.items() if blocked.call.bulk and w not in known]

    def waits(self, workers: Iterable[Worker]) -> dict[Worker, Waiting]:
        """What each of the workers waits for that somebody has to give, if it does, in the order of `workers`.

        A first reclaim that ends by itself does not count.
        """
        queued = {waiter.task: (mutex, waiter) for mutex in self.mutexes.values() for waiter in mutex.waiters}
        waits = {}
        for worker in workers:
            if worker in queued:
                mutex, waiter = queued[worker]
                waits[worker] = Waiting(Lock(mutex), waiter.since, waiter)
            elif worker in self.blocked:
                waiting = _waiting(self.blocked[worker], sleepers_only=self.sleepers_only)
                if waiting is not None:
                    waits[worker] = waiting
        return waits

    def situation(self, workers: Collection[Worker], waits: Mapping[Worker, Waiting]) -> Situation[Worker]:
        """How things stand between `workers`, of whom some wait."""
        return Situation(
            waits={worker: waiting.wait for worker, waiting in waits.items()},
            holds={worker: self.held(worker) for worker in workers},
            reserves={pool: Reserve(pool.curr_nr, pool.most) for pool in self.pools.values()},
            owners={mutex: mutex.owner for mutex in self.mutexes.values() if isinstance(mutex.owner, Worker)},
            memory=self.outlook.frees_itself(),
            suppliers={worker for worker in workers if self.outlook.freed_by(worker)},
        )

    def stuck(self) -> list[Worker]:
        """All workers that no live one can help, those whom nobody needs included."""
        return stuck(self.situation(self.depended_on(), self.waits(self.workers)))

    def held(self, worker: Worker) -> dict[Hashable, int]:
        """How many elements of which pools a worker holds, with what a bulk call has got so far."""
        held: dict[Hashable, int] = {
            pool: len(elements) for pool, elements in zip(worker.pools, worker.held, strict=True) if elements
        }
        blocked = self.blocked.get(worker)
        if blocked is not None and blocked.call.bulk:
            call = blocked.call
            held[blocked.pool] = held.get(blocked.pool, 0) + call.count - len(call.missing)
        return held


def _waiting(blocked: Blocked, *, sleepers_only: bool) -> Waiting | None:
    pool, call = blocked.pool, blocked.call
    if blocked.retry_after is not None:
        return Waiting(Elements(pool), call.start, call)
    served = call.element is not None or call.path is not Path.UNFINISHED
    has_slept = call.first_sleep >= 0
    if served or not (has_slept or ((call.leans or pool.no_pool) and not sleepers_only)):
        return None
    wanted = len(call.missing) if call.bulk else 1
    asks = not call.is_asleep or pool.semantics.timeout is not None
    return Waiting(Elements(pool, wanted, asks), call.first_sleep if has_slept else call.start, call)
