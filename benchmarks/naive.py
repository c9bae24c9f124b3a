"""The model that one writes first: a SimPy process per allocation, scalar draws, and `event | timeout` for the wait.

It simulates the same mempool as the engine does (alloc_fn first, then the reserve, a second attempt, then a sleep of at
most five seconds; a refill wakes all), with the same distributions, and keeps a list of what every call suffered.
"""

from collections.abc import Iterator

import numpy as np
import simpy

FIVE_SECONDS = 5_000_000_000


class NaivePool:
    """A mempool under on/off pressure, with a plain list of waiters' events."""

    def __init__(self, env: simpy.Environment, min_nr: int, rng: np.random.Generator) -> None:
        self.env = env
        self.min_nr = min_nr
        self.curr_nr = min_nr
        self.waiters: list[simpy.Event] = []
        self.rng = rng
        self.bad = False
        self.rows: list[tuple[int, int, str, int]] = []

    def backing(self) -> bool:
        """One attempt."""
        return not self.bad

    def alloc(self) -> Iterator[simpy.Event]:
        """mempool_alloc."""
        start = self.env.now
        attempts = 0
        path = "first"
        while True:
            attempts += 1
            if self.backing():
                break
            if self.curr_nr:
                self.curr_nr -= 1
                path = "reserve"
                break
            if attempts == 1:
                continue
            woken = self.env.event()
            self.waiters.insert(0, woken)
            yield woken | self.env.timeout(FIVE_SECONDS)
            if woken in self.waiters:
                self.waiters.remove(woken)
            yield self.env.timeout(round(self.rng.lognormal(8.7, 0.5)))
            path = "wait"
        self.rows.append((start, self.env.now - start, path, attempts))

    def free(self) -> None:
        """mempool_free."""
        if self.curr_nr < self.min_nr:
            self.curr_nr += 1
            woken, self.waiters = self.waiters, []
            for event in woken:
                event.succeed()


def run(duration: int, rate: float, hold: float, min_nr: int, good: float, bad: float, seed: int) -> int:
    """Simulate `duration` ns; rates per second, times in s. Gives the number of calls."""
    rng = np.random.default_rng(seed)
    env = simpy.Environment()
    pool = NaivePool(env, min_nr, rng)

    def pressure() -> Iterator[simpy.Event]:
        while True:
            yield env.timeout(round(rng.exponential(good) * 1e9))
            pool.bad = True
            yield env.timeout(round(rng.exponential(bad) * 1e9))
            pool.bad = False

    def request() -> Iterator[simpy.Event]:
        yield from pool.alloc()
        yield env.timeout(round(rng.exponential(hold) * 1e9))
        pool.free()

    def arrivals() -> Iterator[simpy.Event]:
        while True:
            yield env.timeout(round(rng.exponential(1 / rate) * 1e9))
            env.process(request())

    env.process(pressure())
    env.process(arrivals())
    env.run(until=duration)
    return len(pool.rows)
