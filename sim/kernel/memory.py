"""What a backing allocator needs to know of memory: whether an attempt gets a page, and how long it reclaims first.

`Memory` is the one interface behind every model of memory pressure. The element sources ask it on the mempool's behalf,
as `alloc_pages` is asked in the kernel; what the attempt may do is decided by its gfp mask alone.
"""

from typing import Protocol

import simpy

NEVER = 1 << 62
"""An instant (ns) that no run reaches."""


class Memory(Protocol):
    """Memory under some pressure, seen by one attempt at a time.

    Go by `now`, not by a clock of your own: attempts may be decided some us ahead of the simulation's. `by_order`: a
    small block may be had where a larger one is not, so that it makes sense to ask again for less.
    """

    by_order: bool

    def reclaim(self, gfp: int, now: int, kthread: bool, order: int = 0) -> int | simpy.Event:
        """What an attempt that starts at `now` goes through in direct reclaim before its outcome is decided.

        The ns that it takes, 0 if a page is there without, or the event with which it ends, if that depends on what
        others do; its value is False if the attempt fails without another look. Asked only for masks with
        __GFP_DIRECT_RECLAIM. `kthread`: the caller is a kernel thread, which reclaim does not throttle
        (reclaim_throttle, 5.16+).
        """
        ...

    def grants(self, gfp: int, now: int, order: int = 0) -> bool:
        """Whether an attempt with this mask, decided at `now`, gets its 2**order pages.

        `now` may step back by some us.
        """
        ...

    def give_back(self, order: int) -> None:
        """2**order pages that were granted are freed."""
        ...

    def refuses_until(self, now: int) -> int:
        """Until when (ns) it is sure that no attempt is granted and none takes time.

        `NEVER` if it is so for good; `now` if nothing is sure.
        """
        ...

    def level(self, start: int, end: int) -> float:
        """The mean over (start, end] of the probability that a first attempt fails; asked of successive intervals."""
        ...


class Plenty:
    """Memory without pressure: every attempt succeeds at once."""

    by_order = False

    def reclaim(self, gfp: int, now: int, kthread: bool, order: int = 0) -> int:
        """Nothing needs to be reclaimed."""
        return 0

    def grants(self, gfp: int, now: int, order: int = 0) -> bool:
        """There is always a page."""
        return True

    def give_back(self, order: int) -> None:
        """It is not counted."""

    def refuses_until(self, now: int) -> int:
        """It refuses nothing."""
        return now

    def level(self, start: int, end: int) -> float:
        """No first attempt ever fails."""
        return 0.0
