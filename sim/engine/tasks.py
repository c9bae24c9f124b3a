"""Tasks at work: SimPy processes that take requests as they arrive and go through their program for each."""

from collections.abc import Generator
from itertools import takewhile
from typing import Any

import simpy

from sim.engine.alarm import Alarm
from sim.engine.program import (
    COLLECT,
    GIVE,
    GIVE_BULK,
    LOCK,
    PAUSE,
    SUBMIT,
    TAKE,
    TAKE_BULK,
    UNLOCK,
    Program,
    Request,
)
from sim.engine.recording import ArrivalTotals, CallLog
from sim.engine.requests import Requests
from sim.engine.worker import Blocked, Worker
from sim.kernel import Mempool
from sim.kernel.call import Call, Path
from sim.kernel.mempool import NOT_TRIED
from sim.kernel.vm import PagesToWrite

AHEAD = 50_000
"""How far, in ns, the cost of operations may carry a task ahead of the clock before it lets the others catch up."""


class Member:
    """Task `number` of a class, and all that it works on.

    At most `in_flight` requests (None: any number) are worked on at once, by as many workers. Each takes the next
    request, waits until it arrives, and serves it; another one starts only when all are busy. They enrol in `workers`,
    and in `blocked` as long as they wait for an element.
    """

    def __init__(
        self,
        env: simpy.Environment,
        program: Program,
        number: int,
        requests: Requests,
        *,
        closed: bool,
        in_flight: int | None,
        kthread: bool,
        log: CallLog,
        workers: list[Worker],
        blocked: dict[Worker, Blocked],
    ) -> None:
        self._env = env
        self._program = program
        self._number = number
        self._requests = requests
        self._closed = closed
        self._kthread = kthread
        self._log = log
        self._workers = workers
        self._blocked = blocked
        self._started = 0
        self._in_flight = self._startable = in_flight
        self._expecting = 0
        self._begun = self._late = 0
        self._start()

    def arrivals(self, duration: int) -> ArrivalTotals:
        """What became of the requests of an open loop that arrived before `duration` (ns), the end of the run.

        To be asked once, when the run is over: it goes through the requests that were never begun.
        """
        left = sum(1 for _ in takewhile(lambda request: request[0] < duration, self._requests))
        # A process that is ahead of the clock may take up what another could have begun in time: that is no waiting.
        late = 0 if self._in_flight is None else self._late + left
        return ArrivalTotals(self._in_flight, self._begun + left, self._begun, late)

    def _start(self) -> None:
        if self._startable is None:
            self._env.process(self._process())
        elif self._startable:
            self._startable -= 1
            self._env.process(self._process())

    def _process(self) -> Generator[simpy.Event, Any, None]:  # noqa: C901, PLR0912, PLR0915  a branch for each verb
        """Take requests and go through the program for each.

        `now` is the task's own time: the cost of its operations adds up there, and is charged to its next event.
        `clock` is the environment's, as of its last event.
        """
        alarm, program = Alarm(self._env), self._program.instructions
        closed, log = self._closed, self._log
        me = self._enrol()
        held, owned = me.held, me.owned
        now = clock = int(self._env.now)
        for when, durations in self._requests:
            arrival = now + when if closed else when
            if arrival > now:
                self._expecting += 1
                yield alarm.pause(arrival - clock)
                self._expecting -= 1
                now = clock = arrival
            elif arrival < clock:
                self._late += 1
            self._begun += 1
            if not self._expecting:
                self._start()
            steps = iter(program)
            for verb, pool, slot, drawn, amount, kind, mask, in_the_way, request, device, mutex, writing in steps:
                if verb is PAUSE:
                    now += durations[drawn]
                    yield alarm.pause(now - clock)
                    clock = now
                    continue
                if now - clock > AHEAD:
                    yield alarm.pause(now - clock)
                    clock = now
                if verb is TAKE:
                    if in_the_way:
                        element, path, after = None, Path.UNFINISHED, NOT_TRIED
                    else:
                        element, path, after = pool.round(mask, now, now)
                    if element is not None:
                        log.short(now, after - now, kind, path, 1)
                        now = after
                    else:
                        element, now = yield from self._take(me, pool, request, kind, alarm, now, after)
                        clock = int(self._env.now)
                    if element is not None:
                        held[slot].append(element)
                    elif request.skip is not None:
                        for _ in range(request.skip):
                            next(steps)
                        me.lacking += (request.skip + 1) * request.shortens
                    else:
                        now = yield from self._give_up(me, alarm, now)
                        clock = int(self._env.now)
                        break
                elif verb is GIVE:
                    elements, cost = held[slot], pool.costs.free
                    left = 0 if amount is None else max(0, len(elements) - amount)
                    while len(elements) > left:
                        if now - clock > AHEAD:
                            yield alarm.pause(now - clock)
                            clock = now
                        pool.free(elements.pop(), now)
                        now += cost
                elif verb is SUBMIT:
                    yield device.submit(alarm, now, durations[drawn])
                    now = clock = int(self._env.now)
                    device.complete()
                elif verb is TAKE_BULK:
                    call = pool.begin_bulk([None] * (amount or 0), now, self._kthread)
                    yield from self._finish(me, pool, call, kind)
                    now, clock = call.now, int(self._env.now)
                    held[slot].extend(call.element)
                elif verb is GIVE_BULK:
                    now = give_back_bulk(pool, held[slot], amount, now)
                elif verb is LOCK:
                    if now > clock:
                        yield alarm.pause(now - clock)
                        clock = now
                    if (turn := mutex.lock(me, now)) is not None:
                        yield turn
                        now = clock = int(self._env.now)
                    owned.append(mutex)
                elif verb is UNLOCK:
                    owned.remove(mutex)
                    mutex.unlock(me, now)
                elif verb is COLLECT:
                    if now > clock:
                        yield alarm.pause(now - clock)
                    me.batch = yield writing.collect(amount or 0)
                    now = clock = int(self._env.now)
                else:
                    self._written(me, writing, amount or 0)
            else:
                me.done += 1

    @staticmethod
    def _written(me: Worker, writing: PagesToWrite, most: int) -> None:
        """Of up to `most` pages of its batch `me` has written those for which it lacked no element."""
        left = max(0, me.batch - max(0, most - me.lacking))
        if left:
            writing.unwritten(left)
        writing.written(me.batch - left)
        me.batch = me.lacking = 0

    def _enrol(self) -> Worker:
        """A worker that holds nothing yet."""
        pools = self._program.pools
        worker = Worker(self._program.task, self._number, self._started, pools, [[] for _ in pools])
        worker.writing = self._program.writing
        self._started += 1
        self._workers.append(worker)
        return worker

    def _take(
        self, me: Worker, pool: Mempool, request: Request, kind: int, alarm: Alarm, now: int, after: int
    ) -> Generator[simpy.Event, Any, tuple[Any, int]]:
        """Allocate an element, until there is one if the task is to try again; gives it and the time at the end.

        `after`: when a first round in vain ended, if one was made.
        """
        first, tries = None, 0
        while True:
            call = pool.begin(request.masks, now, self._kthread, after)
            yield from self._finish(me, pool, call, kind)
            now, after = call.now, NOT_TRIED
            if call.element is not None or request.retry_after is None:
                if request.retry_after is not None:
                    self._blocked.pop(me, None)
                return call.element, now
            first, tries = first or call, tries + 1
            self._blocked[me] = Blocked(pool, first, kind, request.retry_after, tries)
            now += request.retry_after
            yield alarm.pause(now - int(self._env.now))

    def _give_up(self, me: Worker, alarm: Alarm, now: int) -> Generator[simpy.Event, Any, int]:
        """Free all that is held, pool by pool, one by one, unlock, leave pages unwritten; gives the time at the end."""
        for pool, elements in zip(me.pools, me.held, strict=True):
            while elements:
                if now - self._env.now > AHEAD:
                    yield alarm.pause(now - int(self._env.now))
                pool.free(elements.pop(), now)
                now += pool.costs.free
        while me.owned:
            me.owned.pop().unlock(me, now)
        if me.writing is not None and me.batch:
            me.writing.unwritten(me.batch)
            me.batch = 0
        me.lacking = 0
        return now

    def _finish(self, me: Worker, pool: Mempool, call: Call, kind: int) -> Generator[simpy.Event, Any, None]:
        """Wait for the end of a call, and write it down."""
        if call.done is not None:
            self._blocked[me] = Blocked(pool, call, kind)
            yield call.done
            del self._blocked[me]
        report(self._log, me, call, kind, call.now)


def give_back_bulk(pool: Mempool, held: list[Any], count: int | None, now: int) -> int:
    """Free the `count` newest of the held elements, or all, in bulk: what the reserve does not take goes to free_fn."""
    first = 0 if count is None else max(0, len(held) - count)
    elements = held[first:]
    del held[first:]
    for element in elements[pool.free_bulk(elements, now) :]:
        pool.source.free(element)
    return now + pool.costs.free


def report(log: CallLog, worker: Worker, call: Call, kind: int, now: int) -> None:
    """Write down a call of `worker` as it stands at `now`."""
    asleep = call.asleep(now)
    if call.sleeps:
        log.waited(kind, worker.member, call.start, asleep + call.vain)
    log.long(
        call.start,
        now - call.start,
        kind,
        call.path,
        call.attempts,
        call.sleeps,
        call.wakes,
        call.wasted_wakes,
        call.timeouts,
        call.reclaim,
        asleep,
        call.vain,
        call.barged,
    )
