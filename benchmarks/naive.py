"""The model that one writes first: a SimPy process per allocation, scalar draws, and `event | timeout` for the wait.

It simulates the same mempool as the engine does (alloc_fn first, then the reserve, a second attempt, then a sleep of at
most five seconds; a refill wakes all), with the same distributions, and keeps a row for every call.
"""

from collections.abc import Iterator

import numpy as np
import simpy

S = 1_000_000_000
TIMEOUT = 5 * S
ATTEMPT, TAKE, FREE = 1_000, 500, 500


class NaivePool:
    """A mempool under on/off pressure. `charge`: whether operations cost time, each a timeout of its own."""

    def __init__(self, env: simpy.Environment, min_nr: int, rng: np.random.Generator, *, charge: bool) -> None:
        self.env = env
        self.min_nr = self.curr_nr = min_nr
        self.rng = rng
        self.charge = charge
        self.bad = False
        self.waiters: list[simpy.Event] = []
        self.rows: list[tuple[int, int, str, int]] = []

    def alloc(self) -> Iterator[simpy.Event]:
        """mempool_alloc."""
        env, start, path, attempts = self.env, self.env.now, "first", 0
        while True:
            attempts += 1
            if self.charge:
                yield env.timeout(ATTEMPT)
            if not self.bad:
                break
            if self.curr_nr:
                self.curr_nr -= 1
                if self.charge:
                    yield env.timeout(TAKE)
                path = "reserve"
                break
            if attempts == 1:
                continue
            woken = env.event()
            self.waiters.insert(0, woken)
            yield woken | env.timeout(TIMEOUT)
            if woken in self.waiters:
                self.waiters.remove(woken)
            yield env.timeout(round(self.rng.lognormal(np.log(6_000), 0.5)))
            path = "wait"
        self.rows.append((start, env.now - start, path, attempts))

    def free(self) -> Iterator[simpy.Event]:
        """mempool_free."""
        if self.charge:
            yield self.env.timeout(FREE)
        if self.curr_nr < self.min_nr:
            self.curr_nr += 1
            woken, self.waiters = self.waiters, []
            for event in woken:
                event.succeed()


def run(seconds: int, seed: int, *, charge: bool) -> int:
    """Simulate 1000 requests a second that hold for 15 ms, a reserve of 16, memory gone half of the time."""
    rng = np.random.default_rng(seed)
    env = simpy.Environment()
    pool = NaivePool(env, 16, rng, charge=charge)

    def pressure() -> Iterator[simpy.Event]:
        while True:
            yield env.timeout(round(rng.exponential(1 * S)))
            pool.bad = True
            yield env.timeout(round(rng.exponential(1 * S)))
            pool.bad = False

    def request() -> Iterator[simpy.Event]:
        yield from pool.alloc()
        yield env.timeout(round(rng.exponential(S * 15 // 1000)))
        yield from pool.free()

    def arrivals() -> Iterator[simpy.Event]:
        while True:
            yield env.timeout(round(rng.exponential(S // 1000)))
            env.process(request())

    env.process(pressure())
    env.process(arrivals())
    env.run(until=seconds * S)
    return len(pool.rows)
