"""A slab cache as one CPU sees it (mm/slub.c, 6.12): which slab an object lies in decides when its memory is free.

Objects come from the CPU's own slab, then from those that it holds back, then from the node's partial slabs; only then
is memory asked. A freed object goes back to its slab, and a slab to memory when all its objects are free and the node
has partial slabs enough.
"""

from collections import OrderedDict

import simpy

from sim.kernel.errors import KernelBug
from sim.kernel.gfp import DIRECT_RECLAIM, KSWAPD_RECLAIM, NOFAIL, NOMEMALLOC, NORETRY, NOWARN
from sim.kernel.memory import Memory, Plenty
from sim.kernel.slab import cpu_partial_slabs, min_partial, objects_in, objects_per_slab, slab_order, smallest_order


class _Slab:
    """2**`order` pages with room for `objects`, of which `free` are."""

    __slots__ = ("free", "objects", "order")

    def __init__(self, order: int, objects: int) -> None:
        self.order = order
        self.objects = self.free = objects


_NO_SLAB = _Slab(0, 0)


class Slab:
    """Objects of a slab cache: memory is asked only when no slab has a free one, and then for a whole slab.

    So a cache fails in runs: after a new slab, its objects serve whatever the pressure. A slab of the preferred order
    is asked for without reclaim; if there is none, one of the smallest order, with the caller's flags. Memory whose
    pressure does not go by order is asked for the preferred one alone. The lists are those of one CPU and one node,
    free objects of other CPUs are not modelled. `size` in bytes. Raise a ValueError for one that is not above 0.
    """

    def __init__(self, memory: Memory | None = None, size: int = 256, cpus: int = 1) -> None:
        if size <= 0:
            raise ValueError(f"size(={size}) must be > 0 bytes")
        self.memory = memory or Plenty()
        self.size = size
        self.order = slab_order(size, cpus)
        self.per_slab = objects_per_slab(size, cpus)
        self.smallest = smallest_order(size)
        self.min_partial = min_partial(size)
        self.cpu_slabs = cpu_partial_slabs(size, cpus)
        self._cpu = _NO_SLAB
        self._held_back: list[_Slab] = []
        self._partial: OrderedDict[_Slab, None] = OrderedDict()
        self._home: dict[int, _Slab] = {}
        self._next = 0

    @property
    def free_objects(self) -> int:
        """How many allocations memory will not be asked for."""
        return sum(slab.free for slab in (self._cpu, *self._held_back, *self._partial))

    @property
    def pages(self) -> int:
        """How many pages the cache has taken from memory and not given back."""
        slabs = {self._cpu, *self._held_back, *self._partial, *self._home.values()} - {_NO_SLAB}
        return sum(1 << slab.order for slab in slabs)

    def pages_for(self, elements: int) -> int:
        """How many pages so many elements of a new cache take, in slabs of the preferred order."""
        return -(-elements // self.per_slab) << self.order

    def alloc(self, gfp: int, now: int) -> int | None:
        """A free object's number, if need be from a new slab, or None (kmem_cache_alloc)."""
        slab = self._cpu
        free = slab.free
        if not free:
            slab = self._cpu = self._held_back.pop() if self._held_back else self._next_slab(gfp, now)
            free = slab.free
            if not free:
                return None
        slab.free = free - 1
        element = self._next
        self._next = element + 1
        self._home[element] = slab
        return element

    def reclaim(self, gfp: int, now: int, kthread: bool) -> int | simpy.Event:
        """Only an attempt that finds no free object and no slab of the preferred order without can enter reclaim."""
        if self._has_free():
            return 0
        order = self.order
        if self.memory.by_order and order > self.smallest:
            self._cpu = self._asked(_without_reclaim(gfp), now, order)
            if self._cpu.free:
                return 0
            order = self.smallest
        return self.memory.reclaim(gfp, now, kthread, order)

    def free(self, element: int) -> None:
        """The object is free in its slab (kmem_cache_free), which may go back to memory.

        Raise a KernelBug if it is not in use.
        """
        try:
            slab = self._home.pop(element)
        except KeyError:
            raise KernelBug(f"kmem_cache_free of object {element}, which is not in use") from None
        slab.free = free = slab.free + 1
        if slab is self._cpu:
            return
        if free == 1:
            if len(self._held_back) >= self.cpu_slabs:
                self._drain()
            self._held_back.append(slab)
        elif free == slab.objects and slab in self._partial and len(self._partial) >= self.min_partial:
            del self._partial[slab]
            self.memory.give_back(slab.order)

    def refuses_until(self, now: int) -> int:
        """As long as memory does, if there is no free object."""
        return now if self._has_free() else self.memory.refuses_until(now)

    def _has_free(self) -> bool:
        return bool(self._cpu.free or self._held_back or self._partial)

    def _next_slab(self, gfp: int, now: int) -> _Slab:
        """The slab that follows a full one when the CPU holds none back, if need be _NO_SLAB (get_partial).

        The full one is on no list until an object of it is freed.
        """
        partial = self._partial
        if not partial:
            return self._new_slab(gfp, now)
        slab, _ = partial.popitem(last=False)
        for _ in range(min(self.cpu_slabs // 2 + 1, len(partial))):
            self._held_back.append(partial.popitem(last=False)[0])
        return slab

    def _new_slab(self, gfp: int, now: int) -> _Slab:
        """Ask memory for a slab (allocate_slab).

        `reclaim` has asked for the preferred order on behalf of those that may reclaim.
        """
        if not self.memory.by_order or self.order == self.smallest:
            return self._asked(gfp, now, self.order)
        slab = _NO_SLAB if gfp & DIRECT_RECLAIM else self._asked(gfp | NOWARN | NORETRY, now, self.order)
        return slab if slab.free else self._asked(gfp, now, self.smallest)

    def _asked(self, gfp: int, now: int, order: int) -> _Slab:
        """A slab from memory, or _NO_SLAB."""
        return _Slab(order, objects_in(order, self.size)) if self.memory.grants(gfp, now, order) else _NO_SLAB

    def _drain(self) -> None:
        """Put what the CPU holds back last on the node's list, or give it back if there is enough (__put_partials)."""
        partial = self._partial
        for slab in reversed(self._held_back):
            if slab.free == slab.objects and len(partial) >= self.min_partial:
                self.memory.give_back(slab.order)
            else:
                partial[slab] = None
        self._held_back.clear()


def _without_reclaim(gfp: int) -> int:
    """The mask with which a slab larger than need be is asked for on behalf of a caller that may reclaim."""
    return (gfp | NOWARN | NORETRY | NOMEMALLOC) & ~(NOFAIL | DIRECT_RECLAIM | KSWAPD_RECLAIM)
