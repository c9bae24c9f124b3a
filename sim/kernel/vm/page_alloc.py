"""The page allocator: what an attempt gets, by its mask and the state of the zones (mm/page_alloc.c).

The fast path needs free pages above LOW. Below, kswapd is woken and the slow path goes down to the mask's own mark. An
attempt that may reclaim then reclaims once; a mempool's fails after that (__GFP_NORETRY), all others go on until they
are served, if need be after an OOM kill.
"""

from collections.abc import Generator

import simpy

from sim.kernel.gfp import DIRECT_RECLAIM, FS, KSWAPD_RECLAIM, NORETRY, PF_MEMALLOC, RETRY_MAYFAIL, WAIT_SPLIT
from sim.kernel.versions import KernelVersion
from sim.kernel.vm.kswapd import Kswapd
from sim.kernel.vm.node import MAX_RECLAIM_RETRIES, Node
from sim.kernel.vm.oom import OomKiller
from sim.kernel.vm.page_state import PageState
from sim.kernel.vm.processors import Thread
from sim.kernel.vm.vmscan import Vmscan

_PAGES_ARE_PROGRESS = KernelVersion.parse("4.7")
_MAY_FAIL = KernelVersion.parse("4.13")
_SLOW_BATCH = 8
_SLOW_SHARE = 16
"""While memory is short `alloc` takes few pages at one go, so that others have their turn in between: 8, or, if that is
more, a sixteenth of what is left above the mark."""


class PageAllocator:
    """alloc_pages and __free_pages on `node` (implements `sim.kernel.memory.Memory`).

    `oom`: who is called when reclaim has failed 16 times over, by those who may; None if nobody is.
    """

    by_order = True

    def __init__(
        self, env: simpy.Environment, node: Node, vmscan: Vmscan, kswapd: Kswapd, oom: OomKiller | None
    ) -> None:
        self.env = env
        self.node = node
        self.vmscan = vmscan
        self.kswapd = kswapd
        self.oom = oom
        self._wakes_always = node.version < WAIT_SPLIT
        self._fails_in_vain = node.version >= _PAGES_ARE_PROGRESS
        self._may_fail = NORETRY | (RETRY_MAYFAIL if node.version >= _MAY_FAIL else 0)
        self._refused = 0
        self.failing = 0
        """How many callers of `alloc` that may have somebody killed have reclaimed in vain."""

    def reclaim(self, gfp: int, now: int, kthread: bool, order: int = 0) -> int | simpy.Event:
        """Nothing if the slow path finds a page, or if the caller frees memory itself; else one direct reclaim.

        If that frees nothing, the attempt fails whatever others have freed meanwhile (__alloc_pages_direct_reclaim,
        did_some_progress; up to 4.6 only if there is nothing to reclaim at all, which is left out here). For order > 0
        the kernel would also compact memory; that is not modelled.
        """
        if self.node.passes(gfp, order, slow=True) or gfp & PF_MEMALLOC:
            return 0
        self._wake(gfp)
        return self.env.process(self._reclaimed(gfp, now, order, kthread=kthread))

    def grants(self, gfp: int, now: int, order: int = 0) -> bool:
        """Whether the fast path or, with kswapd woken, the slow path finds a block."""
        node = self.node
        if order:
            if node.take_block(gfp, order, slow=False):
                return True
            self._wake(gfp)
            return node.take_block(gfp, order, slow=True)
        if node.take_page(gfp, slow=False):
            return True
        self._wake(gfp)
        return node.take_page(gfp, slow=True)

    def give_back(self, order: int) -> None:
        """The pages are free."""
        if order:
            self.node.give_block(order)
        else:
            self.node.give_page()

    def refuses_until(self, now: int) -> int:
        """Every free may change it."""
        return now

    def level(self, start: int, end: int) -> float:
        """The share of the interval in which a first attempt would have failed; to be asked at its end."""
        before, self._refused = self._refused, self.node.refusing.read(int(self.env.now))
        return (self._refused - before) / (end - start) if end > start else float(self.node.refusing.runs)

    def alloc(self, pages: int, gfp: int, state: PageState, thread: Thread) -> Generator[simpy.Event, None, int]:
        """Take up to `pages` single pages for `state`, at least one if the mask may reclaim; gives how many.

        Small allocations that may reclaim do not fail, unless the mask says so: __GFP_NORETRY after one pass,
        __GFP_RETRY_MAYFAIL (4.13+) when others would have somebody killed (__alloc_pages_slowpath,
        should_reclaim_retry). Between two passes in vain lies a jiffy.
        """
        got = self._some(pages, gfp, state)
        if got or not gfp & DIRECT_RECLAIM:
            return got
        while not got:
            progress = yield from self._recover(gfp, 0, thread, kthread=False)
            if gfp & NORETRY or (gfp & self._may_fail and not progress):
                return self._some(pages, gfp, state) if progress or not self._fails_in_vain else 0
            if not progress:
                yield from self.vmscan.pause(thread)
            got = self._some(pages, gfp, state)
        return got

    def _some(self, pages: int, gfp: int, state: PageState) -> int:
        """Take up to `pages` by the fast path, and a few more by the slow one; gives how many."""
        got = self.node.take(pages, gfp, state, slow=False)
        if got < pages:
            self._wake(gfp)
            most = max(_SLOW_BATCH, self.node.left(gfp) // _SLOW_SHARE)
            got += self.node.take(min(pages - got, most), gfp, state, slow=True)
        return got

    def _reclaimed(self, gfp: int, now: int, order: int, *, kthread: bool) -> Generator[simpy.Event, None, bool]:
        if now > self.env.now:
            yield self.env.timeout(now - int(self.env.now))
        thread = Thread()
        progress = yield from self._recover(gfp, order, thread, kthread=kthread)
        self.vmscan.processors.leave(thread)
        return progress or not self._fails_in_vain

    def _recover(self, gfp: int, order: int, thread: Thread, *, kthread: bool) -> Generator[simpy.Event, None, bool]:
        """Direct reclaim; gives whether it has freed pages, or others have meanwhile.

        Those who may have somebody killed, and those who fail when others would, go on until an attempt may pass, with
        a pause of a jiffy after each pass in vain. They have somebody killed after 16 such passes, or at once if all
        that reclaim might free would not do (should_reclaim_retry, __alloc_pages_may_oom; up to 4.6 by
        zone->all_unreclaimable, here the same), and reclaim on while the victim dies.
        """
        goes_on = bool(gfp & (FS | self._may_fail)) and not gfp & NORETRY
        may_kill = goes_on and not gfp & self._may_fail
        fruitless, failing = 0, False
        while True:
            if (yield from self.vmscan.try_to_free_pages(gfp, thread, kthread=kthread)):
                self._progress(gfp, order)
                break
            fruitless += 1
            if may_kill and not failing:
                failing = True
                self.failing += 1
            exhausted = fruitless > MAX_RECLAIM_RETRIES or not self._could_pass(gfp)
            if not goes_on or (exhausted and not may_kill):
                return False
            if exhausted and self.oom and self.oom.invoke():
                fruitless = 0
            yield from self.vmscan.pause(thread)
            if self.node.passes(gfp, order, slow=True):
                break
        if failing:
            self.failing -= 1
        return True

    def _could_pass(self, gfp: int) -> bool:
        """Whether an attempt might pass if all were free that reclaim looks at."""
        reclaimable = self.vmscan.scannable
        return any(zone.free + reclaimable > least for zone, _, least in self.node.limits(gfp))

    def _progress(self, gfp: int, order: int = 0) -> None:
        """Direct reclaim has freed pages: there is hope for kswapd.

        What was freed may lie on the processors' lists (drain_all_pages in __alloc_pages_direct_reclaim).
        """
        self.kswapd.progressed()
        if not self.node.passes(gfp, order, slow=True):
            self.node.drain()

    def _wake(self, gfp: int) -> None:
        if gfp & KSWAPD_RECLAIM or self._wakes_always:
            self.kswapd.wake(gfp)
