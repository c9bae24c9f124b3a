"""A mutex: one task owns it, the others sleep until their turn comes (kernel/locking/mutex.c)."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import simpy

from sim.kernel.appointment import Appointment
from sim.kernel.errors import KernelBug
from sim.kernel.jiffies import TENTH

LONG_WAIT = TENTH
"""So many ns are a long wait for a mutex, as they are in direct reclaim: as long as reclaim's own throttle lasts."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """A task that sleeps for a mutex since `since` (ns), uninterruptibly, until it runs at its `turn`."""

    task: object
    since: int
    turn: Appointment


class Mutex:
    """A mutex on a SimPy environment whose clock counts integer nanoseconds.

    `owner`: who has it, None if nobody does; `since`: from when on (ns). `waiters`: who sleeps for it, first come,
    first served. `wakeup_latency` draws the ns from a wake-up to running (6 us if not given).

    An unlock hands it to the first waiter. That is simpler than the kernel, where a task that runs may take it before
    the one that was woken does, or spin for it. Lock and unlock by themselves take no time.
    """

    def __init__(self, env: simpy.Environment, wakeup_latency: Callable[[], int] = lambda: 6_000) -> None:
        self.env = env
        self.owner: object | None = None
        self.since = 0
        self.waiters: deque[Waiter] = deque()
        self._wakeup_latency = wakeup_latency
        self._free_from = 0
        self._long_waits = self._longest_wait = 0

    def lock(self, task: object, now: int) -> Appointment | None:
        """Take it for `task` at `now`, its own time (ns): None if that is done, else the event after which it is.

        A task that locks what it owns waits for itself, as in the kernel (mutex_lock).
        """
        if self.owner is None and now >= self._free_from:
            self.owner, self.since = task, now
            return None
        waiter = Waiter(task, now, Appointment(self.env))
        if self.owner is not None:
            self.waiters.append(waiter)
        else:
            # Its last owner, ahead of the clock, has unlocked it at a moment that is still to come.
            self._hand_over(waiter, self._free_from)
        return waiter.turn

    def unlock(self, task: object, now: int) -> None:
        """Give it up at `now`, the own time (ns) of `task`; the first waiter owns it from then on (mutex_unlock).

        Raise a KernelBug if `task` does not own it.
        """
        if self.owner is not task:
            raise KernelBug("a mutex is unlocked by a task that does not own it")
        if not self.waiters:
            self.owner, self._free_from = None, now
            return
        first = self.waiters.popleft()
        self._hand_over(first, max(now, first.since))

    def waited(self, now: int) -> tuple[int, int]:
        """How many waits took `LONG_WAIT` or more, those that go on at `now` (ns) included, and the longest (ns)."""
        going_on = [now - waiter.since for waiter in self.waiters]
        long = sum(wait >= LONG_WAIT for wait in going_on)
        return self._long_waits + long, max([self._longest_wait, *going_on])

    def _hand_over(self, waiter: Waiter, since: int) -> None:
        """It is the `waiter`'s from `since` (ns), who runs a wake-up later."""
        self.owner, self.since = waiter.task, since
        turn = since + self._wakeup_latency()
        waiter.turn.at(turn)
        wait = turn - waiter.since
        self._long_waits += wait >= LONG_WAIT
        self._longest_wait = max(self._longest_wait, wait)
