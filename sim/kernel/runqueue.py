"""When woken tasks run: each after its wake-up latency, or one after the other on a single CPU.

A refill wakes a whole herd, and most of it goes back to sleep at once. To keep that cheap, tasks whose turn comes
before anything else in the simulation can happen run within one event, at their own times, as if each had had an event
of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import simpy

from sim.kernel.call import Call

Resume = Callable[[Call, int], None]
"""Lets a woken call go on; is given the ns at which it runs."""


@dataclass
class Cpu:
    """The only CPU of a machine: busy until `busy_until` (ns) with what the running task does without sleeping."""

    busy_until: int = 0


class RunQueue:
    """Woken calls of one pool that have not run yet.

    `latency()` draws the ns from wake-up to running. With a `cpu` the woken run one after the other, in the order in
    which they were woken, and each once the CPU is free. `ahead` allows several turns within one event; it must be
    False if what runs looks at the environment's clock.
    """

    def __init__(
        self, env: simpy.Environment, resume: Resume, latency: Callable[[], int], cpu: Cpu | None, ahead: bool
    ) -> None:
        self.env = env
        self._resume = resume
        self._latency = latency
        self._cpu = cpu
        self._ahead = ahead
        self._turns: list[tuple[int, int, Call]] = []
        self._serial = 0
        self._alarm_at: int | None = None

    def __len__(self) -> int:
        return len(self._turns)

    def add(self, calls: list[Call], now: int) -> None:
        """Let `calls`, woken at `now`, run in their turn."""
        latency, cpu = self._latency, self._cpu
        # Latest first, so that the next turn is taken off the end.
        for serial, call in enumerate(calls, self._serial + 1):
            # A task woken before it is off the CPU finishes what it was doing first.
            ready = max(now, call.now)
            self._turns.append((-ready if cpu else -ready - latency(), -serial, call))
        self._serial += len(calls)
        self._turns.sort()
        if self._alarm_at is None or not cpu:
            self._alarm(self._next_turn())

    def _next_turn(self) -> int:
        at = -self._turns[-1][0]
        return max(at, self._cpu.busy_until) + self._latency() if self._cpu else at

    def _run(self, _: simpy.Event) -> None:
        now = int(self.env.now)
        if self._alarm_at is None or self._alarm_at > now:
            return
        self._alarm_at = None
        if self._cpu is not None and self._cpu.busy_until > now:
            self._alarm(self._cpu.busy_until)
            return
        at = now
        while True:
            call = self._turns.pop()[2]
            self._resume(call, at)
            if self._cpu is not None:
                self._cpu.busy_until = max(self._cpu.busy_until, call.now)
            if not self._turns:
                return
            at = self._next_turn()
            if at > now and not (self._ahead and at < self.env.peek()):
                self._alarm(at)
                return

    def _alarm(self, at: int) -> None:
        if self._alarm_at is None or at < self._alarm_at:
            self._alarm_at = at
            alarm = self.env.timeout(at - int(self.env.now))
            alarm.callbacks.append(self._run)
