"""How calls that could not be served at once go on: each goes through its rounds as reclaim and wake-ups let it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.kernel.appointment import Appointment
from sim.kernel.call import SLEEP
from sim.kernel.versions import Wake

if TYPE_CHECKING:
    from sim.kernel.call import Call
    from sim.kernel.mempool import Mempool
    from sim.kernel.runqueue import Turn


class Progress:
    """Lets the calls of `pool` go on: it runs their loops, puts them to sleep, and tells their callers of the end."""

    def __init__(self, pool: Mempool) -> None:
        self._pool = pool

    def start(self, call: Call) -> None:
        """Run the loop of a new call until it blocks or ends."""
        self._advance(call, None)

    def run(self, call: Call, now: int) -> None:
        """A woken call is back on a CPU: one more round."""
        call.run_at = now
        call.reclaim_before = call.reclaim
        if self._pool.tracer is not None:
            self._pool.tracer.run(call, now)
        self._advance(call, now)

    def vain_until(self, now: int) -> int:
        """Until when (ns) a woken call is sure to go back to sleep at once, as long as nothing else happens."""
        pool = self._pool
        handed_over = pool.semantics.wake is Wake.HAND_OFF  # a woken call may hold an element already
        if pool.elements or handed_over or pool.tracer is not None or pool.fault is not None:
            return now
        return min(pool.source.refuses_until(now), pool.wait.earliest_timeout(now))

    def run_in_vain(self, turns: list[Turn]) -> None:
        """The same as `run` for each of the turns, the last first, all of which end asleep."""
        attempt, wait = self._pool.costs.attempt, self._pool.wait
        for at, _, call in reversed(turns):
            attempts = len(call.masks.after_sleep)
            call.attempts += attempts
            call.now = now = at + attempts * attempt
            call.vain += now - call.woken_at
            call.sleeps += 1
            wait.sleep(call, now)

    def _advance(self, call: Call, now: int | None) -> None:
        """Run a call's loop until it blocks or ends; `now` is when it goes on, None at its start."""
        pool = self._pool
        try:
            pause = call.loop.send(now)
        except StopIteration:
            self._return(call)
            return
        if call.done is None:
            call.done = Appointment(pool.env)
            pool.blocked[call] = None
        if pause != SLEEP:
            call.reclaims_since = call.now
            call.leans = not isinstance(pause, int)
            if isinstance(pause, int):
                pause = pool.env.timeout(call.now + pause - int(pool.env.now))
            pause.callbacks.append(lambda _: self._reclaimed(call))
            return
        now = call.now
        if call.first_sleep >= 0:
            call.vain += now - call.woken_at
            call.reclaim = call.reclaim_before
        else:
            call.first_sleep = now
            pool.waiters.set(pool.waiters.value + 1, now)
        call.sleeps += 1
        pool.wait.sleep(call, now)

    def _reclaimed(self, call: Call) -> None:
        """A call has reclaimed, and goes on as soon as it has a CPU."""
        env, cpu = self._pool.env, self._pool.cpu
        now = int(env.now)
        call.end_reclaim(now)
        if cpu is not None and cpu.busy_until > now:
            free = env.timeout(cpu.busy_until - now)
            free.callbacks.append(lambda _: self._reclaimed(call))
            return
        self._advance(call, now)
        if cpu is not None:
            cpu.busy_until = max(cpu.busy_until, call.now)

    def _return(self, call: Call) -> None:
        pool = self._pool
        if call.done is not None:
            del pool.blocked[call]
            if call.first_sleep >= 0:
                pool.waiters.set(pool.waiters.value - 1, call.now)
            call.done.at(call.now, call)
