"""A device at work: so many requests at once, the others in the order in which they came."""

from collections import deque
from typing import Protocol

import simpy

from sim.engine.alarm import Alarm
from sim.engine.recording import DeviceTotals
from sim.kernel.vm import Psi, Resource


class Device(Protocol):
    """What takes the I/O requests of a task."""

    def submit(self, alarm: Alarm, issued: int, latency: int) -> Alarm:
        """Hand in a request; see `DeviceQueue.submit`."""

    def complete(self) -> None:
        """A request is done."""


class DeviceQueue:
    """The queue of one device; `depth` requests are in service at once, None for no limit. `completed` are done."""

    def __init__(self, env: simpy.Environment, depth: int | None) -> None:
        self.depth = depth
        self.completed = 0
        self._env = env
        self._queue: deque[tuple[int, int, Alarm]] = deque()
        self._serving = 0
        # The time (ns) of all requests in service and in the queue: their ends less their beginnings, as far as known.
        self._served = self._queued = 0

    def submit(self, alarm: Alarm, issued: int, latency: int) -> Alarm:
        """Hand in a request that takes `latency` ns in service; `alarm` rings when it is done.

        `issued`: the caller's own time, at which it comes at the earliest into service. Whoever waited for the alarm
        must then call `complete`.
        """
        now = int(self._env.now)
        if self._serving == self.depth:
            self._queue.append((issued, latency, alarm))
            self._queued -= now
            return alarm.rest()
        self._serving += 1
        self._served -= now
        return alarm.pause(issued - now + latency)

    def complete(self) -> None:
        """A request is done: the next one enters service."""
        self.completed += 1
        now = int(self._env.now)
        if self._queue:
            issued, latency, alarm = self._queue.popleft()
            self._queued += now
            alarm.ring(max(0, issued - now) + latency)
        else:
            self._serving -= 1
            self._served += now

    def totals(self, duration: int) -> DeviceTotals:
        """What it has done in the `duration` ns of a run that is over."""
        served = self._served + self._serving * duration
        queued = self._queued + len(self._queue) * duration
        return DeviceTotals(self.depth, self.completed, served / duration, queued / duration)


class WaitedFor:
    """A device as seen by tasks that sleep until their I/O is done, and so are stalled on it (io_schedule)."""

    def __init__(self, queue: DeviceQueue, env: simpy.Environment, psi: Psi) -> None:
        self._queue = queue
        self._env = env
        self._psi = psi

    def submit(self, alarm: Alarm, issued: int, latency: int) -> Alarm:
        """Hand in a request, and be stalled."""
        self._psi.stalls(Resource.IO, +1, int(self._env.now))
        return self._queue.submit(alarm, issued, latency)

    def complete(self) -> None:
        """A request is done, and its task goes on."""
        self._psi.stalls(Resource.IO, -1, int(self._env.now))
        self._queue.complete()
