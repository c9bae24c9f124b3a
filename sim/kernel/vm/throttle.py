"""Where reclaim makes tasks wait, version by version (mm/vmscan.c, mm/page-writeback.c)."""

from collections.abc import Callable, Generator

import simpy

from sim.kernel.gfp import FS, IO
from sim.kernel.jiffies import SECOND, TENTH
from sim.kernel.versions import KernelVersion
from sim.kernel.vm.node import Node
from sim.kernel.vm.page_state import PageState
from sim.kernel.vm.swap import SWAP_CLUSTER_MAX
from sim.kernel.vm.writeback import Writeback

_V = KernelVersion.parse
_CONGESTION_WAIT_UNTIL = _V("2.6.37")
_THROTTLE_VM_WRITEOUT_UNTIL = _V("4.9")
_HALF_OF_MIN_SINCE = _V("3.6")
_RECLAIM_THROTTLE_SINCE = _V("5.16")
_NAPS_BELOW_PRIORITY = 10
"""DEF_PRIORITY - 2: from there on try_to_free_pages slept after each pass that had not freed enough."""


class Throttle:
    """The waits of reclaim on `node`; `hz` is the machine's.

    From 5.16 on (reclaim_throttle) kswapd sleeps up to 100 ms if it meets pages under writeback and frees none, but is
    woken once more than 32 have been written (VMSCAN_THROTTLE_WRITEBACK). A user task in direct reclaim sleeps for a
    jiffy while most pages wait to be written, if it frees nothing and meets pages under writeback (CONGESTED; the
    kernel goes by what kswapd has met) or nears the end (NOPROGRESS). Kernel threads are let pass. Before
    (congestion_wait, wait_iff_congested) everybody sleeps the full 100 ms; whether a device counts as congested, which
    hardly any does from 5.0 to 5.15, is not asked here. Up to 2.6.36 they do so merely because a pass below priority 10
    has not freed enough. Up to 4.8
    (removed by bf48438354a7 in 4.9) each pass, kswapd's too, ends in throttle_vm_writeout, 100 ms while more than 1.1
    times the dirty limit is under writeback; once if the mask has not both __GFP_IO and __GFP_FS. From 3.6 on a user
    task waits before it reclaims while no more than half of MIN is free, for kswapd to make it good, unless that has
    given up; up to 1 s without __GFP_FS. `wake_kswapd()` wakes it.
    """

    def __init__(self, env: simpy.Environment, node: Node, writeback: Writeback, hz: int) -> None:
        self.env = env
        self.node = node
        self.writeback = writeback
        self.jiffy = SECOND // hz
        self.wake_kswapd: Callable[[], None] = lambda: None
        self._half = sum(zone.marks.min for zone in node.zones) // 2
        self._asleep: simpy.Event | None = None
        self._written = 0
        self._short: list[simpy.Event] = []

    def throttle_direct_reclaim(self, gfp: int, *, kthread: bool) -> Generator[simpy.Event, None, None]:
        """Let a user task wait for kswapd while no more than half of MIN is free."""
        node, env = self.node, self.env
        if kthread or node.version < _HALF_OF_MIN_SINCE or self.allow_direct_reclaim():
            return
        node.count("pgscan_direct_throttle")
        until = None if gfp & FS else env.timeout(SECOND)
        while not self.allow_direct_reclaim():
            self.wake_kswapd()
            good = env.event()
            self._short.append(good)
            yield good if until is None else good | until
            if until is not None and until.processed:
                if not good.triggered:
                    self._short.remove(good)
                return

    def recovered(self) -> None:
        """Kswapd has looked: wake those who waited for half of MIN, if it is there or kswapd goes to sleep in vain."""
        if self._short and self.allow_direct_reclaim():
            short, self._short = self._short, []
            for event in short:
                event.succeed()

    def allow_direct_reclaim(self) -> bool:
        """Whether a user task may reclaim."""
        return self.node.free > self._half or self.node.hopeless

    def after_pass(
        self, gfp: int, freed: int, met: int, priority: int, reclaimable: int, *, kthread: bool
    ) -> Generator[simpy.Event, None, None]:
        """What a direct reclaimer waits for after a pass that left it with `freed` pages and met `met` in writeback.

        `reclaimable`: how many pages there are for reclaim to look at.
        """
        version = self.node.version
        if version >= _RECLAIM_THROTTLE_SINCE:
            if kthread:
                return
            if not freed and (met or priority == 1) and self._stuck_in_writing(reclaimable):
                yield self.env.timeout(self.jiffy)
            return
        yield from self.throttle_vm_writeout(gfp)
        if freed >= SWAP_CLUSTER_MAX:
            return
        naps = version < _CONGESTION_WAIT_UNTIL and priority < _NAPS_BELOW_PRIORITY
        if naps or (met and not freed):
            yield self.env.timeout(TENTH)

    def wait_for_writeback(self) -> Generator[simpy.Event, None, None]:
        """Kswapd sleeps until more than 32 pages have been written, at most 100 ms."""
        if self.node.version < _RECLAIM_THROTTLE_SINCE:
            yield self.env.timeout(TENTH)
            return
        self._written = 0
        self._asleep = self.env.event()
        yield self._asleep | self.env.timeout(TENTH)
        self._asleep = None

    def written(self, pages: int) -> None:
        """Pages have been written: that may wake kswapd (__acct_reclaim_writeback)."""
        self._written += pages
        if self._asleep and not self._asleep.triggered and self._written > SWAP_CLUSTER_MAX:
            self._asleep.succeed()

    def _stuck_in_writing(self, reclaimable: int) -> bool:
        """Whether most of what could be reclaimed waits to be written (skip_throttle_noprogress)."""
        pages = self.node.pages
        pending = pages[PageState.DIRTY] + pages[PageState.WRITEBACK] + pages[PageState.SWAPPING]
        return 2 * pending > reclaimable and not self.node.hopeless

    def throttle_vm_writeout(self, gfp: int) -> Generator[simpy.Event, None, None]:
        """Sleep while there is too much under writeback, up to 4.8."""
        if self.node.version >= _THROTTLE_VM_WRITEOUT_UNTIL:
            return
        pages = self.node.pages
        while pages[PageState.WRITEBACK] + pages[PageState.SWAPPING] > 1.1 * self.writeback.dirty_limits[1]:
            yield self.env.timeout(TENTH)
            if gfp & (FS | IO) != FS | IO:
                return
