"""A device at work: so many requests at once, the others in the order in which they came."""

from collections import deque

from sim.engine.alarm import Alarm


class DeviceQueue:
    """The queue of one device; `depth` requests are in service at once, None for no limit."""

    def __init__(self, depth: int | None) -> None:
        self._free = depth
        self._queue: deque[tuple[int, Alarm]] = deque()

    def submit(self, alarm: Alarm, delay: int, latency: int) -> Alarm:
        """Hand in a request `delay` ns from now that takes `latency` ns in service; `alarm` rings when it is done.

        Whoever waited for it must then call `complete`.
        """
        if self._free is None:
            return alarm.pause(delay + latency)
        if self._free:
            self._free -= 1
            return alarm.pause(delay + latency)
        self._queue.append((latency, alarm))
        return alarm.rest()

    def complete(self) -> None:
        """A request is done: the next one enters service."""
        if self._queue:
            latency, alarm = self._queue.popleft()
            alarm.ring(latency)
        elif self._free is not None:
            self._free += 1
