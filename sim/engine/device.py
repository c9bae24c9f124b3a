"""A device at work: so many requests at once, the others in the order in which they came."""

from collections import deque

import simpy

from sim.engine.alarm import Alarm


class DeviceQueue:
    """The queue of one device; `depth` requests are in service at once, None for no limit."""

    def __init__(self, env: simpy.Environment, depth: int | None) -> None:
        self._env = env
        self._free = depth
        self._queue: deque[tuple[int, int, Alarm]] = deque()

    def submit(self, alarm: Alarm, issued: int, latency: int) -> Alarm:
        """Hand in a request that takes `latency` ns in service; `alarm` rings when it is done.

        `issued`: the caller's own time, at which it comes at the earliest into service. Whoever waited for the alarm
        must then call `complete`.
        """
        if self._free == 0:
            self._queue.append((issued, latency, alarm))
            return alarm.rest()
        if self._free is not None:
            self._free -= 1
        return alarm.pause(issued - int(self._env.now) + latency)

    def complete(self) -> None:
        """A request is done: the next one enters service."""
        if self._queue:
            issued, latency, alarm = self._queue.popleft()
            alarm.ring(max(0, issued - int(self._env.now)) + latency)
        elif self._free is not None:
            self._free += 1
