"""When woken tasks run: each after its wake-up latency, or one after the other on a single CPU.

A refill wakes a whole herd, and most of it goes back to sleep at once. To keep that cheap, tasks whose turn comes
before anything else in the simulation can happen run within one event, at their own times, as if each had had an event
of its own.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import simpy

from sim.kernel.call import Call

Turn = tuple[int, int, Call]
"""The ns at which a woken call can run, the number of its wake-up, and the call."""


class Owner(Protocol):
    """Who lets the calls of a pool go on."""

    def run(self, call: Call, now: int) -> None:
        """Let a woken call go on at `now`."""

    def vain_until(self, now: int) -> int:
        """Until when (ns) any woken call is sure to go back to sleep at once; `now` if that is not known."""

    def run_in_vain(self, turns: list[Turn]) -> None:
        """Let calls that are sure of that, the last first, go back to sleep."""


@dataclass
class Cpu:
    """The only CPU of a machine, busy until `busy_until` (ns) with what a task does without sleeping.

    Woken calls keep it busy by themselves; whoever lets other work compete for it moves `busy_until` on.
    """

    busy_until: int = 0


class RunQueue:
    """Woken calls of one pool that have not run yet.

    `owner` lets them run. `latency()` draws the ns from wake-up to running. With a `cpu` the woken run one after the
    other, in the order in which they were woken, and each once the CPU is free. `ahead` allows several turns within one
    event; it must be False if what runs looks at the environment's clock.
    """

    def __init__(
        self, env: simpy.Environment, owner: Owner, latency: Callable[[], int], cpu: Cpu | None, ahead: bool
    ) -> None:
        self.env = env
        self._owner = owner
        self._latency = latency
        self._cpu = cpu
        self._ahead = ahead
        self.turns: list[Turn] = []
        self._serial = 0
        self._alarm_at: int | None = None

    def add(self, calls: list[Call], now: int) -> None:
        """Let `calls`, woken at `now`, run in their turn."""
        latency, turns, one_cpu = self._latency, self.turns, self._cpu is not None
        for serial, call in enumerate(calls, self._serial):
            # A task woken before it is off the CPU finishes what it was doing first.
            ready = max(now, call.now)
            turns.append((ready if one_cpu else ready + latency(), serial, call))
            call.woken_at = now
        self._serial += len(calls)
        turns.sort(reverse=True)
        if self._alarm_at is None or not one_cpu:
            self._alarm(self._next_turn())

    def _next_turn(self) -> int:
        at = self.turns[-1][0]
        return max(at, self._cpu.busy_until) + self._latency() if self._cpu else at

    def _run(self, _: simpy.Event) -> None:
        now = int(self.env.now)
        if self._alarm_at is None or self._alarm_at > now:
            return
        self._alarm_at = None
        if self._cpu is not None and self._cpu.busy_until > now:
            self._alarm(self._cpu.busy_until)
            return
        at, turns = now, self.turns
        while True:
            call = turns.pop()[2]
            self._owner.run(call, at)
            if self._cpu is not None:
                self._cpu.busy_until = max(self._cpu.busy_until, call.now)
            elif self._ahead and turns:
                self._send_back(at)
            if not turns:
                return
            at = self._next_turn()
            if at > now and not (self._ahead and at < self.env.peek()):
                self._alarm(at)
                return

    def _send_back(self, now: int) -> None:
        """Take at one go the turns that are sure to be in vain and come before anything else can happen."""
        limit = min(self._owner.vain_until(now), self.env.peek())
        turns = self.turns
        if turns[-1][0] < limit:
            first = bisect_right(turns, -limit, key=lambda turn: -turn[0])
            self._owner.run_in_vain(turns[first:])
            del turns[first:]

    def _alarm(self, at: int) -> None:
        if self._alarm_at is None or at < self._alarm_at:
            self._alarm_at = at
            alarm = self.env.timeout(at - int(self.env.now))
            alarm.callbacks.append(self._run)
