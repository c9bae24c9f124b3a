"""A script run through the simulator, told in the recordings' own vocabulary."""

import warnings
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from sim.conformance.event import CONTROLLER, NO_OPERATION, Event, Kind
from sim.conformance.gfp_words import gfp_of_words
from sim.conformance.script import Operation, Script, Verb
from sim.kernel import Clock, Costs, Cpu, KernelVersion, KernelWarning, Mempool, Pages, Path, PoolCreationError
from sim.kernel.call import Call
from sim.kernel.jiffies import wheel_expiry
from sim.pressure.windows import CallWindow, Window, Windows

HZ = 250
MS = 1_000_000

COSTS = Costs(attempt=3_200, take=200, free=2_700)
"""As the recordings have it, with their logging: a failed attempt to the next, to the return; a free to the reserve."""
TIMER_SLACK = 40_000
"""From the time at which an operation is due to its call, ns."""
FOLLOW_UP = 2_000
"""From the end of an operation to the call of one that follows at once, ns."""
SWITCH = 20_000
"""From the moment at which the CPU is free to the running of a woken task, ns."""

_MSLEEP_WITHOUT_EXTRA_JIFFY = KernelVersion.parse("6.12")
_SOURCES = {Path.RESERVE: "reserve", Path.WAIT_RESERVE: "reserve", Path.NULL: "null"}


def simulate(script: Script, kernel: str, start_jiffies: int | None, jiffy_0_at_ms: float) -> list[Event]:
    """The events of `script` under `kernel` on one CPU, up to its rescue.

    `start_jiffies`: absolute jiffies of relative jiffy 0, which began at `jiffy_0_at_ms`.
    """
    run = _Run(script, kernel, Clock(HZ, start_jiffies or 0, round(jiffy_0_at_ms * MS)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KernelWarning)
        return run.events()


class _Run:
    """One run: the pool, its backing, the tasks, and the log that they fill."""

    def __init__(self, script: Script, kernel: str, clock: Clock) -> None:
        self.script = script
        self.kernel = KernelVersion.parse(kernel)
        self.clock = clock
        self.env = simpy.Environment()
        self.cpu = Cpu()
        self.log: list[Event] = []
        self.backing = _Backing(self)
        self.slots: dict[int, Any] = {}
        self.acting = self.filling = (CONTROLLER, NO_OPERATION)
        self.owners: dict[Call, tuple[int, int]] = {}
        self.pool: Mempool | None = None

    def events(self) -> list[Event]:
        min_nr = self.script.pool.min_nr
        self.emit(Kind.CREATE_CALL, 0, n=min_nr)
        try:
            self.pool = Mempool(
                self.env,
                min_nr,
                self.backing,
                kernel=str(self.kernel),
                clock=self.clock,
                costs=COSTS,
                wakeup_latency=lambda: SWITCH,
                cpu=self.cpu,
                tracer=self,
            )
        except PoolCreationError:
            self.emit(Kind.CREATE_RET, 0, rc=-1)
        else:
            self.emit(Kind.CREATE_RET, 0)
            self.emit(Kind.START, 0, jiffies=self.clock.jiffies)
            self.backing.open(_memory(self.script, self.kernel, self.clock))
            for task in self.script.tasks:
                self.env.process(self._task(self.pool, self.script.ops_of(task.id)))
            self.env.run(until=self.script.rescue_ns)
        self.log.sort(key=lambda event: event.t_ns)
        return self.log

    def emit(self, kind: Kind, now: int, owner: tuple[int, int] | None = None, **carried: Any) -> None:
        task, op = owner or self.acting
        curr_nr, min_nr = (self.pool.curr_nr, self.pool.min_nr) if self.pool else (-1, -1)
        jiffy = max(0, self.clock.at(now) - self.clock.jiffies)
        self.log.append(
            Event(
                seq=len(self.log),
                t_ns=now,
                jiffy=jiffy,
                task=task,
                op=op,
                kind=kind,
                curr_nr=curr_nr,
                min_nr=min_nr,
                **carried,
            )
        )

    def attempt(self, call: Call | None, mask: int, element: Any, start: int, now: int) -> None:
        owner = self.filling if call is None else self.owners.setdefault(call, self.acting)
        ok, elem = element is not None, -1 if element is None else element
        self.emit(Kind.ATTEMPT, start, owner, gfp=mask, n=self.backing.asked, ok=ok, elem=elem, dur_ns=now - start)

    def sleep(self, call: Call, now: int) -> None:
        self.emit(Kind.SLEEP, now, self.owners[call])

    def waking(self, call: Call, by_timer: bool, now: int) -> None:
        by, ctx = (-1, "softirq") if by_timer else (self.acting[0], "task")
        self.emit(Kind.WAKING, now, self.owners[call], by=by, ctx=ctx)

    def run(self, call: Call, now: int) -> None:
        self.emit(Kind.RUN, now, self.owners[call])

    def _task(self, pool: Mempool, ops: tuple[Operation, ...]) -> Generator[simpy.Event, Any, None]:
        """A task's operations in order, each when it is due and the CPU is free, or at once if it is late."""
        now = -1
        for op in ops:
            due = op.at_ns if op.at_ns is not None else max(0, now) + (op.after_ns or 0)
            if due > now:
                yield self.env.timeout(due + TIMER_SLACK - self.env.now)
                while self.cpu.busy_until > self.env.now:
                    yield self.env.timeout(self.cpu.busy_until - self.env.now)
                now = int(self.env.now)
            else:
                now += FOLLOW_UP
            self.acting = (op.task, op.id)
            now = yield from self._operate(pool, op, now)
            self.cpu.busy_until = max(self.cpu.busy_until, now)

    def _operate(self, pool: Mempool, op: Operation, now: int) -> Generator[simpy.Event, Any, int]:
        if op.verb is Verb.ALLOC:
            return (yield from self._alloc(pool, op, now))
        if op.verb is Verb.RESIZE:
            return (yield from self._resize(pool, op, now))
        if op.verb is Verb.FREE:
            return self._free(pool, op, now)
        if op.verb is Verb.PREALLOC:
            return self._alloc_preallocated(pool, op, now)
        self._snap(pool, now)
        return now

    def _alloc(self, pool: Mempool, op: Operation, now: int) -> Generator[simpy.Event, Any, int]:
        gfp = gfp_of_words(op.gfp or "NONE", self.kernel)
        self.emit(Kind.CALL, now, gfp=gfp, slot=op.slot, waiters=len(pool.wait))
        call = pool.begin(pool.masks_of(gfp), now)
        if call.done is not None:
            self.cpu.busy_until = max(self.cpu.busy_until, call.now)
            yield call.done
            self.acting = (op.task, op.id)
        self.slots[op.slot or 0] = call.element
        self.emit(
            Kind.RET,
            call.now,
            src=_SOURCES.get(call.path, "alloc_fn"),
            elem=-1 if call.element is None else call.element,
            slot=op.slot,
            attempts=call.attempts,
            dur_ns=call.now - now,
        )
        return call.now

    def _alloc_preallocated(self, pool: Mempool, op: Operation, now: int) -> int:
        if not pool.semantics.preallocated:
            self.emit(Kind.SKIP, now, slot=op.slot)
            return now
        self.emit(Kind.CALL, now, slot=op.slot, preallocated=True)
        element = self.slots[op.slot or 0] = pool.alloc_preallocated()
        src, elem = ("null", -1) if element is None else ("reserve", element)
        self.emit(Kind.RET, now + COSTS.take, src=src, elem=elem, slot=op.slot)
        return now + COSTS.take

    def _free(self, pool: Mempool, op: Operation, now: int) -> int:
        element = self.slots.pop(op.slot or 0, None)
        if element is None:
            self.emit(Kind.SKIP, now, slot=op.slot)
            return now
        self.emit(Kind.FREE_CALL, now, elem=element, slot=op.slot, waiters=len(pool.wait))
        released = self.backing.released
        self.backing.now = now
        pool.free(element, now)
        dst = "free_fn" if self.backing.released > released else "reserve"
        self.emit(Kind.FREE_RET, now + COSTS.free, elem=element, dst=dst)
        return now + COSTS.free

    def _resize(self, pool: Mempool, op: Operation, now: int) -> Generator[simpy.Event, Any, int]:
        self.cpu.busy_until = max(self.cpu.busy_until, now + COSTS.attempt)
        if now > self.env.now:
            yield self.env.timeout(now - self.env.now)
        owner = self.acting = (op.task, op.id)
        if (op.n or 0) > pool.min_nr:
            self.filling = owner
        self.emit(Kind.RESIZE_CALL, now, n=op.n, waiters=len(pool.wait))
        self.backing.now = now
        resizing, rc = pool.resize(op.n or 0), 0
        for reclaiming in resizing:
            yield reclaiming
            while self.cpu.busy_until > self.env.now:
                yield self.env.timeout(self.cpu.busy_until - self.env.now)
            self.acting, self.backing.now = owner, int(self.env.now)
        now = int(self.env.now)
        self.emit(Kind.RESIZE_RET, now, n=op.n, rc=rc, waiters=len(pool.wait))
        return now

    def _snap(self, pool: Mempool, now: int) -> None:
        self.emit(Kind.SNAP, now, waiters=len(pool.wait))
        for position, call in enumerate(pool.wait.listed()):
            self.emit(Kind.WAITER, now, pos=position, who=self.owners[call][0])


@dataclass
class _Backing:
    """The driver's alloc_fn/free_fn: pages that fail by the script, first those of the creation."""

    run: _Run
    pages: Pages = field(default_factory=Pages)
    asked: int = 0
    released: int = 0
    now: int = 0
    _created: int = 0
    _memory: Windows | None = None

    def open(self, memory: Windows) -> None:
        """The pool is created; from now on the script decides."""
        self.pages.memory = self._memory = memory

    def alloc(self, gfp: int, now: int) -> int | None:
        limit = self.run.script.prealloc_fail_from
        if self._memory is None and limit is not None and self._created >= limit:
            element = None
        else:
            element = self.pages.alloc(gfp, now)
        self._created += self._memory is None
        self.asked = self._memory.decided if self._memory else 0
        return element

    def reclaim(self, gfp: int, now: int, kthread: bool) -> int | simpy.Event:
        return self.pages.reclaim(gfp, now, kthread)

    def refuses_until(self, now: int) -> int:
        return now

    def free(self, element: int) -> None:
        self.released += 1
        self.run.emit(Kind.FREE_FN, self.now, elem=element)


def _memory(script: Script, kernel: KernelVersion, clock: Clock) -> Windows:
    """The script's windows as memory; an attempt that may reclaim sleeps in msleep() first."""

    def msleep(gfp: int, now: int, kthread: bool) -> int:
        jiffy = clock.at(now)
        extra = 0 if kernel >= _MSLEEP_WITHOUT_EXTRA_JIFFY else 1
        return clock.start_of(wheel_expiry(jiffy, clock.count(script.alloc_fn_latency_ns) + extra)) - now

    # Windows that end before they begin never hold; calls are numbered from 1.
    calls = [(max(1, window.from_call), window.to_call, window.mode) for window in script.backing_calls]
    return Windows(
        [Window(of.from_ns, of.to_ns, of.mode) for of in script.backing if of.from_ns <= of.to_ns],
        [CallWindow(first, last, mode) for first, last, mode in calls if first <= last],
        reclaim_time=msleep if script.alloc_fn_latency_ns else None,
    )
