"""Pages that are to be written to a device, and the tasks that write them."""

from collections import deque
from collections.abc import Callable
from typing import Protocol

import simpy


class PagesToWrite(Protocol):
    """Pages that tasks write out: dirty page cache, or what is to be swapped out."""

    def collect(self, most: int) -> simpy.Event:
        """An event that happens when there is something to write; its value is how many pages, 1 to `most`."""
        ...

    def written(self, pages: int) -> None:
        """A task has written a batch."""

    def unwritten(self, pages: int) -> None:
        """A task gave up a batch."""


class Backlog:
    """Pages that wait to be written, handed out in batches to the tasks that ask for them, first come first served.

    `most` is how many may wait, None for no limit. `taken(pages)` is told of each batch that is handed out. Pages are
    counted here and owned elsewhere.
    """

    def __init__(
        self, env: simpy.Environment, most: int | None = None, taken: Callable[[int], None] = lambda pages: None
    ) -> None:
        self._env = env
        self._most = most
        self._taken = taken
        self.pages = 0
        self.underway = 0
        self._writers: deque[tuple[int, simpy.Event]] = deque()
        self._wanted = 0
        self._submitted: simpy.Event | None = None

    @property
    def room(self) -> int:
        """How many more pages may wait, those included that idle writers would take at once."""
        if self._most is None:
            return 1 << 62
        return self._most - self.pages + self._wanted

    def add(self, pages: int) -> None:
        """So many more pages wait."""
        self.pages += pages
        while self._writers and self.pages:
            most, event = self._writers.popleft()
            self._wanted -= most
            event.succeed(self._out(most))

    def collect(self, most: int) -> simpy.Event:
        """An event that happens when there is something to write; its value is how many pages, 1 to `most`."""
        event = self._env.event()
        if self.pages and not self._writers:
            event.succeed(self._out(most))
        else:
            self._writers.append((most, event))
            self._wanted += most
        return event

    def submitted(self) -> simpy.Event | None:
        """An event that happens when all that waits has been taken; None if nothing waits."""
        if self.pages and self._submitted is None:
            self._submitted = self._env.event()
        return self._submitted

    def done(self, pages: int) -> None:
        """A batch is off the hands of its writer."""
        self.underway -= pages

    def _out(self, most: int) -> int:
        batch = min(most, self.pages)
        self.pages -= batch
        self.underway += batch
        self._taken(batch)
        if self._submitted is not None and not self.pages:
            self._submitted.succeed()
            self._submitted = None
        return batch
