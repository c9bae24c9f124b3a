"""The wait queue of a mempool: who sleeps, who is woken in which order, and when the 5-second wait ends.

A sleeper joins at the head and is woken by a refill or by the timer; it leaves the queue as it is woken, runs after its
wake-up latency, and goes round the allocation loop once more. All sleeps of a pool last equally long, so the queue is
sorted by time-out, and one timer, set for its oldest entry, serves all.
"""

from typing import Any

import simpy

from sim.kernel.call import Call
from sim.kernel.jiffies import Clock
from sim.kernel.runqueue import RunQueue
from sim.kernel.tracer import Tracer
from sim.kernel.versions import Insert, Semantics, Timer, Wake


class WaitQueue:
    """The sleeping calls of one pool; `woken` takes them over when they are woken."""

    def __init__(
        self, env: simpy.Environment, semantics: Semantics, clock: Clock, woken: RunQueue, tracer: Tracer | None
    ) -> None:
        self.env = env
        self.clock = clock
        self.semantics = semantics
        self.sleepers: list[Call] = []
        self.woken = woken
        self._tracer = tracer
        self._timer_armed = False
        self._jiffy_ends = -1
        self._expiry = 0

    def __len__(self) -> int:
        return len(self.sleepers)

    def listed(self) -> list[Call]:
        """The sleepers from the head of the queue to its tail."""
        return self.sleepers[::-1] if self.semantics.insert is Insert.HEAD else self.sleepers[:]

    def sleep(self, call: Call, now: int) -> None:
        """Queue a call that found nothing, and arm its time-out (prepare_to_wait, io_schedule_timeout)."""
        if self.semantics.timeout is not None:
            if now >= self._jiffy_ends:
                self._expiry = self.clock.expiry(now, self.semantics.timeout, self.semantics.timer)
                self._jiffy_ends = self.clock.start_of(self.clock.at(now) + 1)
            call.expiry = self._expiry
            if not self._timer_armed:
                self._arm_timer(call.expiry)
        self.sleepers.append(call)
        if self._tracer is not None:
            self._tracer.sleep(call, now)

    def wake(self, now: int) -> None:
        """Wake as a refill does: all sleepers from the head on, or the first one (wake_up on mempool's `wait`)."""
        if self.sleepers:
            if self.semantics.wake is Wake.ALL:
                woken = self.listed()
                self.sleepers = []
            else:
                woken = [self.pop()]
            self._let_run(woken, now)

    def hand_over(self, element: Any, now: int) -> bool:
        """Wake the call at the head, unless it is one in bulk, with `element` in its hands. No kernel does this."""
        if not self.sleepers or self.listed()[0].bulk:
            return False
        call = self.pop()
        call.element = element
        self._let_run([call], now)
        return True

    def pop(self) -> Call:
        """Take the call at the head of the queue."""
        return self.sleepers.pop(-1 if self.semantics.insert is Insert.HEAD else 0)

    def _let_run(self, calls: list[Call], now: int) -> None:
        for call in calls:
            call.wakes += 1
            call.woken_at = now
            call.by_timer = False
        self._hand_on(calls, now)

    def _hand_on(self, calls: list[Call], now: int) -> None:
        if self._tracer is not None:
            for call in calls:
                self._tracer.waking(call, call.by_timer, now)
        self.woken.add(calls, now)

    def _time_out(self, _: simpy.Event) -> None:
        """Wake all whose time is over; arm the next time-out.

        A bucket of the wheel lists its timers newest first (4.8+); before, those of one jiffy were first in, first out.
        """
        self._timer_armed = False
        now = int(self.env.now)
        over = 0
        for call in self.sleepers:
            if call.expiry > now:
                break
            call.timeouts += 1
            call.woken_at = now
            call.by_timer = True
            over += 1
        if over:
            woken, self.sleepers = self.sleepers[:over], self.sleepers[over:]
            if self.semantics.timer is Timer.WHEEL:
                woken.reverse()
            self._hand_on(woken, now)
        if self.sleepers:
            self._arm_timer(self.sleepers[0].expiry)

    def _arm_timer(self, expiry: int) -> None:
        self._timer_armed = True
        timer = self.env.timeout(expiry - int(self.env.now))
        timer.callbacks.append(self._time_out)
