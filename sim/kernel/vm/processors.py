"""The processors of the machine, shared by all that keeps them busy for long: reclaim, kswapd, page faults.

What a pool's operations cost is too little to matter here. But a scan of half of memory takes long, and ten tasks that
scan on one processor take turns. They do so by slices, as the fair scheduler has it: who runs goes on for some ms.
That matters where some use up the very pages that others free.
"""

from collections import deque
from collections.abc import Generator, Iterable

import simpy

SLICE = 3_000_000
"""How long (ns) a task runs before another one may (base_slice, 6.6+; sched_min_granularity before: about the same)."""


class Thread:
    """What the scheduler knows of a task: whether it has a processor, and how long it has run on it."""

    __slots__ = ("ran", "running")

    def __init__(self) -> None:
        self.running = False
        self.ran = 0


class Processors:
    """`count` processors; tasks that find none free queue up."""

    def __init__(self, env: simpy.Environment, count: int) -> None:
        self.env = env
        self._free = count
        self._queue: deque[tuple[Thread, simpy.Event]] = deque()

    def run(self, thread: Thread, work: int) -> Generator[simpy.Event, None, None]:
        """Do `work` ns on a processor; the thread keeps it until its slice is over and another wants it, or `leave`."""
        if not thread.running:
            thread.ran = 0
            if self._free:
                self._free -= 1
            else:
                turn = self.env.event()
                self._queue.append((thread, turn))
                yield turn
            thread.running = True
        yield self.env.timeout(work)
        thread.ran += work
        if thread.ran >= SLICE:
            if self._queue:
                self.leave(thread)
            thread.ran = 0

    def leave(self, thread: Thread) -> None:
        """The thread goes to sleep, or makes way for others."""
        if thread.running:
            thread.running = False
            if self._queue:
                self._queue.popleft()[1].succeed()
            else:
                self._free += 1

    def asleep(self, thread: Thread, waits: Iterable[simpy.Event]) -> Generator[simpy.Event, None, None]:
        """Wait for each of `waits` in turn, off the processor."""
        for event in waits:
            self.leave(thread)
            yield event
