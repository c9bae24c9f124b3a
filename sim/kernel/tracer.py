"""Following a pool event by event."""

from typing import Any, Protocol

from sim.kernel.call import Call


class Tracer(Protocol):
    """Is told what happens inside a pool's allocations; every `now` is the caller's own time in ns."""

    def attempt(self, call: Call | None, mask: int, element: Any, start: int, now: int) -> None:
        """alloc_fn was asked with `mask` from `start` to `now` and gave `element`, or None.

        Without a `call`, the pool itself asked: it is being created or resized. Fault injection leaves alloc_fn out and
        counts as None.
        """

    def sleep(self, call: Call, now: int) -> None:
        """The caller went to sleep on the wait queue."""

    def waking(self, call: Call, by_timer: bool, now: int) -> None:
        """The caller was woken, by a refill or by the timer."""

    def run(self, call: Call, now: int) -> None:
        """The woken caller is back on a CPU."""
