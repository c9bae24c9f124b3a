"""Fault injection on the memory behind the pools: the kernel's own knobs decide which requests for it fail.

What counts is a request for pages. A pool of pages makes one for each attempt: there the same settings in a real
kernel, written to `/sys/kernel/debug/fail_mempool_alloc` (6.19+), make the same share of attempts fail, so that a
simulated run can be held against a real one. A slab cache, which kmalloc is up to 8 KiB, makes one for each new slab,
as with fail_page_alloc, so that far fewer attempts fail; to fail attempts whatever stands behind the pool, give the
pool itself a fault_attr. One set of knobs holds for all pools together, as the kernel's static fault_attr does.
"""

from sim.kernel.fault import FaultAttr


class FaultInjection:
    """Memory that fails exactly when `attr` says so (implements `sim.kernel.memory.Memory`).

    An injected failure comes before the allocator has looked at memory: it takes no time and no reclaim helps, and
    since there is memory, no other attempt reclaims either. Every request counts as size 1, as in fail_mempool_alloc.
    """

    by_order = False

    def __init__(self, attr: FaultAttr) -> None:
        self.attr = attr

    def reclaim(self, gfp: int, now: int, kthread: bool, order: int = 0) -> int:
        """Nothing needs to be reclaimed."""
        return 0

    def grants(self, gfp: int, now: int, order: int = 0) -> bool:
        """Whether the knobs let this attempt pass; its mask does not matter."""
        return not self.attr.should_fail()

    def give_back(self, order: int) -> None:
        """What is freed does not change the schedule."""

    def refuses_until(self, now: int) -> int:
        """Every attempt counts, so none may be left out."""
        return now

    def level(self, start: int, end: int) -> float:
        """The share of attempts that fail as the knobs stand; what has been used up by then is gone.

        Fault injection counts attempts and knows no time, so this is the long-run share from now on: 0 while `space` is
        left or once `times` is used up.
        """
        if self.attr.times == 0 or self.attr.space > 1:
            return 0.0
        return self.attr.probability / 100 / max(1, self.attr.interval)
