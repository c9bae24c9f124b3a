"""Direct reclaim: what a task frees that has found no free page, how long it takes, and where it is made to wait.

`mm/vmscan.c` in outline. The lists of the LRU are counts, and a scan meets each kind of page in its share of them: so
a scan is a matter of arithmetic, however long it takes. What the scan of a few pages would have to round is carried
over to the next one.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import simpy

from sim.kernel.gauge import Gauge
from sim.kernel.gfp import IO
from sim.kernel.stopwatch import Stopwatch
from sim.kernel.versions import KernelVersion
from sim.kernel.vm.node import Node
from sim.kernel.vm.page_state import PageState
from sim.kernel.vm.processors import Processors, Thread
from sim.kernel.vm.psi import Psi, Resource
from sim.kernel.vm.swap import SWAP_CLUSTER_MAX, Swap
from sim.kernel.vm.throttle import Throttle
from sim.kernel.vm.writeback import Writeback

DEF_PRIORITY = 12
"""A pass at priority p scans 1 in 2**p pages; reclaim goes from 12 to 0 before it gives up."""

SWAPPINESS = 60
"""The default of /proc/sys/vm/swappiness."""

REFERENCED = 0.3
"""The share of the scanned pages that is taken to be in use; not measured."""

CHUNK = 2048
"""The most pages that are scanned at one go; then others may see what has become of them."""

_WAKES_FLUSHERS = KernelVersion.parse("4.11")
_ANON_REFAULTS = KernelVersion.parse("5.9")
_WRITEBACK_THRESHOLD = SWAP_CLUSTER_MAX * 3 // 2


@dataclass(frozen=True)
class PageCosts:
    """The ns of processor time that a page takes: to be touched for the first time, scanned, freed by reclaim."""

    fault: int = 1_000
    scan: int = 300
    free: int = 700


class Scan(NamedTuple):
    """What a scan comes to, in pages: how many are `scanned`, and what becomes of them.

    `written` to swap before and `clean` ones are dropped, `anon` is swapped out, `waiting` are under writeback, dirty
    ones left alone. `all_dirty`: of how many batches of 32 pages of page cache each one is dirty. `cost` is its ns of
    processor time. `submits`: anonymous memory is to be written, if there is room.
    """

    scanned: int = 0
    written: int = 0
    clean: int = 0
    anon: int = 0
    waiting: int = 0
    all_dirty: float = 0.0
    cost: int = 0
    submits: bool = False


class Vmscan:
    """Reclaim on `node`.

    `swappiness` (0 to 200) weighs anonymous memory against page cache; `referenced` is the share of pages that a scan
    finds in use and leaves alone. `reclaimers`: how many tasks are in direct reclaim; `reclaiming` runs while any is.
    """

    def __init__(
        self,
        env: simpy.Environment,
        node: Node,
        *,
        swap: Swap | None,
        writeback: Writeback,
        processors: Processors,
        psi: Psi,
        throttle: Throttle,
        costs: PageCosts,
        swappiness: int,
        referenced: float,
    ) -> None:
        self.env = env
        self.node = node
        self.swap = swap
        self.writeback = writeback
        self.processors = processors
        self.psi = psi
        self.throttle = throttle
        self.costs = costs
        self.reclaimers = Gauge(0, int(env.now))
        self.reclaiming = Stopwatch()
        self._weights = swappiness, 200 - swappiness
        self._pswpin = 0
        self._high = sum(zone.marks.high for zone in node.zones)
        self._unreferenced = 1.0 - referenced
        self._writes_itself = node.version < _WAKES_FLUSHERS
        self._all_dirty = 0.0
        self._carried = {PageState.CLEAN: 0.0, PageState.ANON: 0.0}

    @property
    def scannable(self) -> int:
        """Pages on the lists that reclaim looks at: those of anonymous memory only if swap has room for them."""
        return self.node.file + self._anon() + self.node.pages[PageState.SWAPPED]

    def isolate(self, most: int, need: int, *, may_swap: bool, priority: int = DEF_PRIORITY) -> Scan:
        """Begin a scan of at most `most` pages that ends once `need` pages are free (shrink_inactive_list).

        It is over, and its pages are free, when its `cost` has been paid; then comes `carry_out`. Dirty page cache is
        left to the flushers, whoever reclaims (3.2+; taken so for all versions).
        """
        pages = self.node.pages
        written = min(pages[PageState.SWAPPED], most, need)
        if written:
            return Scan(scanned=written, written=written, cost=written * (self.costs.scan + self.costs.free))
        file, anon = self.node.file, self._anon()
        if not file + anon:
            return Scan()
        of_anon = self._anon_share(file, anon, priority)
        of_file = 1.0 - of_anon
        clean = of_file * pages[PageState.CLEAN] / file * self._unreferenced if file else 0.0
        swapped = of_anon * pages[PageState.ANON] / anon * self._unreferenced if anon and may_swap else 0.0
        waiting = of_file * pages[PageState.WRITEBACK] / file if file else 0.0
        waiting += of_anon * pages[PageState.SWAPPING] / anon if anon else 0.0
        at_once = clean + (swapped if self.swap and self.swap.zram else 0.0)
        scanned = min(most, -int(-need // at_once)) if at_once > 0 else most
        drop = self._whole(PageState.CLEAN, scanned * clean)
        out = self.swap.isolate(self._whole(PageState.ANON, scanned * swapped)) if self.swap and swapped else 0
        dirty = (pages[PageState.DIRTY] / file) ** SWAP_CLUSTER_MAX if file else 0.0
        return Scan(
            scanned=scanned,
            clean=drop,
            anon=out,
            waiting=int(scanned * waiting),
            all_dirty=scanned * of_file / SWAP_CLUSTER_MAX * dirty,
            cost=scanned * self.costs.scan + drop * self.costs.free + (out * self.swap.cost if self.swap else 0),
            submits=swapped > 0,
        )

    def _anon_share(self, file: int, anon: int, priority: int) -> float:
        """The share of a scan that falls to anonymous memory (get_scan_count).

        All of it while page cache and free pages together are no more than HIGH; not so from 5.9 on
        (aae466b0052e) if pages have come back from swap since the last reclaim. Else swappiness decides, but for the
        last priority, at which both kinds are scanned alike unless it is 0, and where it rules out all that there is.
        """
        if anon >> priority and file + self.node.free <= self._high and not self._refaulted:
            return 1.0
        of_anon, of_file = self._weights if priority or not self._weights[0] else (1, 1)
        weight_anon, weight_file = anon * of_anon, file * of_file
        if not weight_anon + weight_file:
            weight_anon, weight_file = anon, file
        return weight_anon / (weight_anon + weight_file)

    @property
    def _refaulted(self) -> bool:
        return self.node.version >= _ANON_REFAULTS and self.node.vmstat.get("pswpin", 0) != self._pswpin

    def snapshot_refaults(self) -> None:
        """A reclaim is over: what comes back from swap from now on counts for the next."""
        self._pswpin = self.node.vmstat.get("pswpin", 0)

    def carry_out(self, scan: Scan, who: str) -> int:
        """End a scan; what others have dropped meanwhile counts for them. Gives how many pages are free thereby.

        Batches in which nothing but dirty page cache was met wake the flushers, for all that is dirty
        (shrink_inactive_list, 726d061fbd36 in 4.11). Before, reclaim wrote such pages itself; here it has them written.
        """
        node = self.node
        freed = 0
        for wanted, state in ((scan.written, PageState.SWAPPED), (scan.clean, PageState.CLEAN)):
            if wanted and (dropped := min(wanted, node.pages[state])):
                node.give(dropped, state)
                freed += dropped
        if scan.anon and self.swap is not None:
            freed += self.swap.out(scan.anon)
        node.count(f"pgscan_{who}", scan.scanned)
        node.count(f"pgsteal_{who}", freed)
        self._all_dirty += scan.all_dirty
        if self._all_dirty >= 1:
            batches = int(self._all_dirty)
            self._all_dirty -= batches
            self.writeback.wakeup_flusher_threads(batches * SWAP_CLUSTER_MAX if self._writes_itself else None)
        return freed

    def try_to_free_pages(self, gfp: int, thread: Thread, *, kthread: bool) -> Generator[simpy.Event, None, int]:
        """One direct reclaim: 32 pages, or as many as all priorities give.

        Up to 4.10 what it scans in vain it has the flushers write, page for page (bbef938429f5).
        """
        asleep = self.processors.asleep
        self.node.count("allocstall")
        self._enter(+1)
        yield from asleep(thread, self.throttle.throttle_direct_reclaim(gfp, kthread=kthread))
        freed = scanned = 0
        for priority in range(DEF_PRIORITY, -1, -1):
            most = self.scannable >> priority
            got, met, seen = yield from self._pass(most, SWAP_CLUSTER_MAX - freed, gfp, thread, priority)
            freed, scanned = freed + got, scanned + seen
            if self._writes_itself and freed < SWAP_CLUSTER_MAX and scanned > _WRITEBACK_THRESHOLD:
                self.writeback.wakeup_flusher_threads(scanned)
            throttled = self.throttle.after_pass(gfp, freed, met, priority, self.scannable, kthread=kthread)
            yield from asleep(thread, throttled)
            if freed >= SWAP_CLUSTER_MAX:
                break
        self._enter(-1)
        self.snapshot_refaults()
        return freed

    def pause(self, thread: Thread) -> Generator[simpy.Event, None, None]:
        """A jiffy between two direct reclaims in vain, no less of a stall than they are (should_reclaim_retry).

        The kernel lets most tasks reclaim again at once, which keeps a processor busy and comes to the same.
        """
        self._enter(+1)
        self.processors.leave(thread)
        yield self.env.timeout(self.throttle.jiffy)
        self._enter(-1)

    def _enter(self, delta: int) -> None:
        """`delta` more tasks are in direct reclaim, and stalled on memory."""
        now, before = int(self.env.now), self.reclaimers.value
        self.psi.stalls(Resource.MEMORY, delta, now)
        self.reclaimers.set(before + delta, now)
        if not before:
            self.reclaiming.start(now)
        elif not before + delta:
            self.reclaiming.stop(now)

    def _pass(
        self, most: int, need: int, gfp: int, thread: Thread, priority: int
    ) -> Generator[simpy.Event, None, tuple[int, int, int]]:
        """Scan `most` pages, or until `need` are free; gives how many are free, under writeback, and scanned in all."""
        freed = met = scanned = 0
        while scanned < most and freed < need:
            scan, dropped = yield from self.shrink_list(
                most - scanned, need - freed, thread, "direct", may_swap=bool(gfp & IO), priority=priority
            )
            if not scan.scanned:
                break
            freed += dropped
            met += scan.waiting
            scanned += scan.scanned
        return freed, met, scanned

    def shrink_list(
        self, most: int, need: int, thread: Thread, who: str, *, may_swap: bool, priority: int
    ) -> Generator[simpy.Event, None, tuple[Scan, int]]:
        """One scan by `thread`, from isolating pages to submitting writes; gives it and how many pages it has freed."""
        scan = self.isolate(min(most, CHUNK), need, may_swap=may_swap, priority=priority)
        if not scan.scanned:
            return scan, 0
        yield from self._scanning(thread, scan.cost)
        freed = self.carry_out(scan, who)
        yield from self.processors.asleep(thread, self._submission(scan))
        return scan, freed

    def _submission(self, scan: Scan) -> Iterator[simpy.Event]:
        """What a reclaimer waits for whose scan has met anonymous memory: that what is to be written has been taken.

        It submits its writes itself (swap_writepage), and cannot go on while it waits there for a bio or a request.
        """
        if scan.submits and self.swap is not None and (submitted := self.swap.backlog.submitted()) is not None:
            yield submitted

    def _scanning(self, thread: Thread, work: int) -> Generator[simpy.Event, None, None]:
        """Let a reclaimer do `work` ns on a processor: it runs, but gets nothing done of its own."""
        self.psi.reclaims(+1, int(self.env.now))
        yield from self.processors.run(thread, work)
        self.psi.reclaims(-1, int(self.env.now))

    def _anon(self) -> int:
        """Pages of anonymous memory that reclaim looks at: none without swap, none if it is full (get_scan_count)."""
        if self.swap is None or (self.swap.full and not self.node.pages[PageState.SWAPPING]):
            return 0
        return self.node.pages[PageState.ANON] + self.node.pages[PageState.SWAPPING]

    def _whole(self, state: PageState, amount: float) -> int:
        """`amount` in whole pages, the rest carried over."""
        amount += self._carried[state]
        whole = int(amount)
        self._carried[state] = amount - whole
        return min(whole, self.node.pages[state])
