"""Element sources: the alloc_fn/free_fn pairs behind a mempool.

The seed pairs of mm/mempool.c are `Pages` (mempool_alloc_pages/mempool_free_pages), `kmalloc` (mempool_kmalloc/
mempool_kfree) and `sim.kernel.slab_cache.Slab` (mempool_alloc_slab/mempool_free_slab); `Own` wraps any pair of
functions. Elements of the seed pairs are ints, numbered from 0 by successful allocations.
"""

from collections.abc import Callable
from typing import Any, Protocol

import simpy

from sim.kernel.memory import Memory, Plenty
from sim.kernel.page import PAGE_SIZE
from sim.kernel.slab import smallest_order
from sim.kernel.slab_cache import Slab

KMALLOC_MAX_CACHE = 2 * PAGE_SIZE
"""The largest kmalloc that comes from a slab cache; beyond it whole pages are taken."""


class Source(Protocol):
    """Where a mempool's elements come from.

    Go by `now`, not by the environment's clock, which may lag behind; `Own` is for functions that look at it.
    """

    def alloc(self, gfp: int, now: int) -> Any:
        """An element, or None if memory for it cannot be had at `now` (ns) with this mask."""
        ...

    def reclaim(self, gfp: int, now: int, kthread: bool) -> int | simpy.Event:
        """What an attempt with a reclaiming mask goes through before `alloc` decides it: ns, or an event.

        See `Memory.reclaim`.
        """
        ...

    def free(self, element: Any) -> None:
        """Give an element back to where it came from."""
        ...

    def refuses_until(self, now: int) -> int:
        """Until when (ns) every attempt fails at once, unless an element is freed; `now` if that is not known."""
        ...


class Pages:
    """Blocks of 2**order pages, each taken from memory by an attempt of its own."""

    def __init__(self, memory: Memory | None = None, order: int = 0) -> None:
        if order < 0:
            raise ValueError(f"order(={order}) must be >= 0")
        self.memory = memory or Plenty()
        self.order = order
        self._next = 0

    def pages_for(self, elements: int) -> int:
        """How many pages so many elements take."""
        return elements << self.order

    def alloc(self, gfp: int, now: int) -> int | None:
        """The next element's number, or None (alloc_pages)."""
        if not self.memory.grants(gfp, now, self.order):
            return None
        element = self._next
        self._next = element + 1
        return element

    def reclaim(self, gfp: int, now: int, kthread: bool) -> int | simpy.Event:
        """Every attempt asks memory."""
        return self.memory.reclaim(gfp, now, kthread, self.order)

    def free(self, element: int) -> None:
        """The pages are anybody's again (__free_pages)."""
        self.memory.give_back(self.order)

    def refuses_until(self, now: int) -> int:
        """As long as memory does."""
        return self.memory.refuses_until(now)


def kmalloc(memory: Memory | None = None, size: int = 256, cpus: int = 1) -> Slab | Pages:
    """Elements of `size` bytes from kmalloc: its cache of the next size class, pages beyond 8 KiB (mempool_kmalloc)."""
    if size <= 0:
        raise ValueError(f"size(={size}) must be > 0 bytes")
    if size > KMALLOC_MAX_CACHE:
        return Pages(memory, smallest_order(size))
    return Slab(memory, _size_class(size), cpus)


class Own:
    """A pair of the user's own.

    `alloc_fn(gfp_mask, pool_data)` gives an element or None, `free_fn(element, pool_data)` takes one back.
    `reclaim_time(gfp_mask, now, kthread)`, if given, says how many ns an attempt that may reclaim sleeps before
    alloc_fn is asked. An element may be any object but None.
    """

    def __init__(
        self,
        alloc_fn: Callable[[int, Any], Any],
        free_fn: Callable[[Any, Any], None],
        pool_data: Any = None,
        reclaim_time: Callable[[int, int, bool], int] | None = None,
    ) -> None:
        self.alloc_fn = alloc_fn
        self.free_fn = free_fn
        self.pool_data = pool_data
        self.reclaim = reclaim_time or (lambda gfp, now, kthread: 0)

    def alloc(self, gfp: int, now: int) -> Any:
        """What alloc_fn makes of the mask."""
        return self.alloc_fn(gfp, self.pool_data)

    def free(self, element: Any) -> None:
        """What free_fn makes of the element."""
        self.free_fn(element, self.pool_data)

    def refuses_until(self, now: int) -> int:
        """Only alloc_fn knows."""
        return now


def _size_class(size: int) -> int:
    """The kmalloc cache that serves `size`: powers of two from 8, and 96 and 192."""
    if 64 < size <= 96:
        return 96
    if 128 < size <= 192:
        return 192
    return max(8, 1 << (size - 1).bit_length())
