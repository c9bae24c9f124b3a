"""The wait queue of a mempool: who sleeps, who is woken in which order, and when the 5-second wait ends.

A sleeper joins at the head and is woken by a refill or by the timer; it leaves the queue as it is woken, runs after its
wake-up latency, and goes round the allocation loop once more. All sleeps of a pool last equally long, so sleepers in
the order in which they fell asleep are in the order of their time-outs, and one timer, set for the oldest, serves all.
"""

from bisect import bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import simpy

from sim.kernel.call import Call
from sim.kernel.jiffies import SECOND, Clock
from sim.kernel.memory import NEVER
from sim.kernel.runqueue import RunQueue
from sim.kernel.tracer import Tracer
from sim.kernel.versions import Insert, Semantics, Timer, Wake

if TYPE_CHECKING:
    from collections.abc import Callable


class WaitQueue:
    """The sleeping calls of one pool; `woken` takes them over when they are woken.

    `iowait(delta, now)`, if set, is told how many more sleep, each in io_schedule_timeout and so counted as waiting for
    I/O.
    """

    def __init__(
        self, env: simpy.Environment, semantics: Semantics, clock: Clock, woken: RunQueue, tracer: Tracer | None
    ) -> None:
        self.env = env
        self.clock = clock
        self.semantics = semantics
        self.sleepers: list[Call] = []
        self.woken = woken
        self.iowait: Callable[[int, int], None] | None = None
        self._tracer = tracer
        self._timer: simpy.Event | None = None
        self._timed_from = NEVER

    def __len__(self) -> int:
        return len(self.sleepers)

    def listed(self) -> list[Call]:
        """The sleepers from the head of the queue to its tail."""
        return self.sleepers[::-1] if self.semantics.insert is Insert.HEAD else self.sleepers[:]

    def sleep(self, call: Call, now: int) -> None:
        """Queue a call that found nothing, and see that it times out (prepare_to_wait, io_schedule_timeout)."""
        sleepers = self.sleepers
        if sleepers and now < sleepers[-1].now:
            # The last one runs ahead of the clock, so that this one fell asleep before it.
            sleepers.insert(bisect_right(sleepers, now, key=attrgetter("now")), call)
        else:
            sleepers.append(call)
        if now < self._timed_from:
            self._time(now)
        if self.iowait is not None:
            self.iowait(+1, now)
        if self._tracer is not None:
            self._tracer.sleep(call, now)

    def wake(self, now: int) -> None:
        """Wake as a refill does: all sleepers from the head on, or the first one (wake_up on mempool's `wait`)."""
        if self.sleepers:
            if self.semantics.wake is not Wake.ONE:
                woken = self.listed()
                self.sleepers = []
            else:
                woken = [self.pop()]
            self._let_run(woken, now)

    def hand_over(self, element: Any, now: int) -> bool:
        """Wake the first call that wants one element, with `element` in its hands. No kernel does this.

        A call in bulk takes all that it wants or nothing, and so has to look into the reserve itself.
        """
        call = next((call for call in self.listed() if not call.bulk), None)
        if call is None:
            return False
        self.sleepers.remove(call)
        call.element = element
        self._let_run([call], now)
        return True

    def earliest_timeout(self, now: int) -> int:
        """A ns before which no sleep that begins at `now` or later can time out: a jiffy less than the time asked for.

        It need not be exact, and costs less than `expiry`.
        """
        timeout = self.semantics.timeout
        return NEVER if timeout is None else now + timeout - SECOND // self.clock.hz

    def expiry(self, now: int) -> int:
        """When a sleep that begins at `now` times out (ns)."""
        timeout = self.semantics.timeout
        return NEVER if timeout is None else self.clock.expiry(now, timeout, self.semantics.timer)

    def pop(self) -> Call:
        """Take the call at the head of the queue."""
        return self.sleepers.pop(-1 if self.semantics.insert is Insert.HEAD else 0)

    def _let_run(self, calls: list[Call], now: int) -> None:
        """Hand on calls that a refill woke."""
        for call in calls:
            call.wakes += 1
        self._hand_on(calls, now, by_timer=False)

    def _hand_on(self, calls: list[Call], now: int, *, by_timer: bool) -> None:
        if self.iowait is not None:
            self.iowait(-len(calls), now)
        if self._tracer is not None:
            for call in calls:
                self._tracer.waking(call, by_timer, now)
        self.woken.add(calls, now)

    def _time_out(self, timer: simpy.Event) -> None:
        """Wake all whose time is over; set the timer for the next (process_timeout, as run by expire_timers).

        A bucket of the wheel lists its timers newest first (4.8+); before, those of one jiffy were first in, first out.
        """
        if timer is not self._timer:
            return
        self._timed_from = NEVER
        now = int(self.env.now)
        over = bisect_right(self.sleepers, now, key=lambda call: self.expiry(call.now))
        if over:
            for call in self.sleepers[:over]:
                call.timeouts += 1
                call.timed_out_at = now
            woken, self.sleepers = self.sleepers[:over], self.sleepers[over:]
            if self.semantics.timer is Timer.WHEEL:
                woken.reverse()
            self._hand_on(woken, now, by_timer=True)
        if self.sleepers:
            self._time(self.sleepers[0].now)

    def _time(self, slept_from: int) -> None:
        """Set the timer for a sleep from `slept_from` on; one that was set for a later sleep counts no more."""
        self._timed_from = slept_from
        if self.semantics.timeout is not None:
            self._timer = self.env.timeout(self.expiry(slept_from) - int(self.env.now))
            self._timer.callbacks.append(self._time_out)
