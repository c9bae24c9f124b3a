from collections.abc import Callable
from typing import Any

import pytest
import simpy

from sim.kernel import Call, Clock, Mempool, semantics_of


class Backing:
    """An element source that does as it is told, and remembers (ns, mask) of attempts, elements alive and freed."""

    def __init__(self) -> None:
        self.grants: Callable[[int, int], bool] = lambda gfp, now: True
        self.reclaim_ns = 0
        self.asked: list[tuple[int, int]] = []
        self.reclaimers: list[bool] = []
        self.alive: set[int] = set()
        self.freed: list[int] = []
        self._next = 0

    def fail(self) -> None:
        self.grants = lambda gfp, now: False

    def recover(self) -> None:
        self.grants = lambda gfp, now: True

    def give(self, elements: int) -> None:
        """Grant so many attempts, then fail."""
        left = iter(range(elements))
        self.grants = lambda gfp, now: next(left, None) is not None

    @property
    def masks(self) -> list[int]:
        return [gfp for _, gfp in self.asked]

    def alloc(self, gfp: int, now: int) -> int | None:
        self.asked.append((now, gfp))
        if not self.grants(gfp, now):
            return None
        element = self._next
        self._next = element + 1
        self.alive.add(element)
        return element

    def reclaim(self, gfp: int, now: int, kthread: bool) -> int:
        self.reclaimers.append(kthread)
        return self.reclaim_ns

    def free(self, element: int) -> None:
        self.alive.remove(element)
        self.freed.append(element)

    def refuses_until(self, now: int) -> int:
        return now


class Bench:
    """An environment, a backing, and the handles with which tests work a pool."""

    def __init__(self) -> None:
        self.env = simpy.Environment()
        self.backing = Backing()

    def pool(
        self, min_nr: int = 1, kernel: str = "6.12", *, hz: int = 250, jiffies: int = 0, **settings: Any
    ) -> Mempool:
        """A full pool; settings that `Mempool` does not have override its semantics."""
        own = {
            name: settings.pop(name)
            for name in ("costs", "wakeup_latency", "cpu", "fault", "bulk_fault", "tracer")
            if name in settings
        }
        semantics = semantics_of(kernel).override(**settings)
        clock = Clock(hz, jiffies)
        pool = Mempool(self.env, min_nr, self.backing, kernel=kernel, semantics=semantics, clock=clock, **own)
        self.backing.asked.clear()
        return pool

    def drained(self, min_nr: int = 1, kernel: str = "6.12", **settings: Any) -> tuple[Mempool, list[int]]:
        """A pool whose backing fails and whose reserve is out, and the elements that were in it, bottom first."""
        self.backing.recover()
        pool = self.pool(min_nr, kernel, **settings)
        self.backing.fail()
        taken = [self.ask(pool, "GFP_ATOMIC").element for _ in range(min_nr)]
        self.backing.asked.clear()
        return pool, taken[::-1]

    def ask(self, pool: Mempool, gfp: int | str = "GFP_NOIO", *, kthread: bool = False) -> Call:
        """Begin an allocation at once."""
        return pool.begin(pool.masks_of(gfp), int(self.env.now), kthread)

    def bulk(self, pool: Mempool, elements: list[Any]) -> Call:
        """Begin a bulk allocation at once."""
        return pool.begin_bulk(elements, int(self.env.now))

    def at(self, instant: int, action: Callable[..., Any], *args: Any) -> None:
        """Do something later."""
        self.env.timeout(instant - int(self.env.now)).callbacks.append(lambda _: action(*args))

    def resize(self, pool: Mempool, new_min_nr: int, *gfp: str) -> int:
        """Resize a pool to the end, however long it takes."""
        return self.env.run(self.env.process(pool.resize(new_min_nr, *gfp)))

    def run(self, until: int) -> None:
        self.env.run(until=until)


@pytest.fixture
def bench() -> Bench:
    return Bench()
