"""Dirty page cache: when it is written back, and how those who dirty it are slowed down (mm/page-writeback.c).

The writing itself is done by the scenario's tasks, through the scenario's pools and devices: they collect batches here.
"""

from collections import deque
from collections.abc import Generator

import simpy

from sim.kernel.jiffies import SECOND
from sim.kernel.versions import KernelVersion
from sim.kernel.vm.backlog import Backlog
from sim.kernel.vm.node import Node
from sim.kernel.vm.page_state import ANONYMOUS, PageState
from sim.kernel.vm.swap import Swap

DIRTY_RATIOS = 10, 20
"""The defaults of /proc/sys/vm/dirty_background_ratio and dirty_ratio, in percent."""
DIRTY_EXPIRE = 30 * SECOND
"""dirty_expire_centisecs: what is dirty for so long is written."""
DIRTY_WRITEBACK = 5 * SECOND
"""dirty_writeback_centisecs: how often that is looked for."""
MAX_PAUSE = SECOND // 5
"""The longest pause of balance_dirty_pages."""

_NO_RESERVE = KernelVersion.parse("3.3")
_NO_ANON = KernelVersion.parse("3.14")
_BANDWIDTH_INTERVAL = SECOND // 5
"""BANDWIDTH_INTERVAL: how often it is measured how fast writing is."""
_IDLE = SECOND
"""After so long without a batch underway nothing is learnt of that (__wb_update_bandwidth)."""
_BANDWIDTH_PERIOD = 3 * SECOND
"""Over so long it is averaged (wb_update_write_bandwidth)."""
_FIRST_BANDWIDTH = 25_600
"""Pages a second: the kernel begins with 100 MB/s."""


class Writeback:
    """The dirty pages of `node`.

    Writing begins when more than `background_ratio` percent of the dirtyable memory is dirty, when pages have been
    dirty for 30 s (looked for every 5 s), or when reclaim or the dirtiers ask for it; above `dirty_ratio` percent the
    dirtiers wait. Percentages are of the free pages beyond the high watermarks and of the page cache
    (global_dirtyable_memory); up to 3.2 of all free pages (ab8fabd46f81), and up to 3.13 of anonymous memory besides,
    as long as `swap` has room (a1c3bfb2f67e; determine_dirtyable_memory). `backlog` hands the batches out; `dirtiers`
    is how many tasks dirty pages.
    """

    def __init__(
        self,
        env: simpy.Environment,
        node: Node,
        background_ratio: float,
        dirty_ratio: float,
        swap: Swap | None = None,
    ) -> None:
        self.env = env
        self.node = node
        self.swap = swap
        self.dirtiers = 0
        self.bandwidth = float(_FIRST_BANDWIDTH)
        self.backlog = Backlog(env, taken=self._taken)
        self._ratios = background_ratio / 100, dirty_ratio / 100
        self._counts_anon = node.version < _NO_ANON
        self._reserve = 0
        if node.version >= _NO_RESERVE:
            self._reserve = sum(
                min(zone.managed, zone.marks.high + max(zone.reserve.values(), default=0)) for zone in node.zones
            )
        self._ages: deque[list[int]] = deque()
        self._asked = 0
        self._written = 0
        self._measured_at = int(env.now)
        if dirty := node.pages[PageState.DIRTY]:
            self._age(dirty)
            self._feed()
        env.process(self._expire())

    @property
    def dirty_limits(self) -> tuple[int, int]:
        """The background and the dirty threshold, in pages; the first is half of the second if it is not below it.

        (domain_dirty_limits)
        """
        node = self.node
        dirtyable = max(0, node.free - self._reserve) + node.file
        if self._counts_anon and self.swap is not None and not self.swap.full:
            dirtyable += sum(node.pages[state] for state in ANONYMOUS)
        background, limit = int(dirtyable * self._ratios[0]), int(dirtyable * self._ratios[1])
        return (background if background < limit else limit // 2), limit

    def dirtied(self, pages: int) -> None:
        """So many pages have become dirty, and are counted so; `balance_dirty_pages` sees whether that is too many."""
        self.node.count("nr_dirtied", pages)
        self._age(pages)

    def _age(self, pages: int) -> None:
        second = int(self.env.now) // SECOND
        if self._ages and self._ages[-1][0] == second:
            self._ages[-1][1] += pages
        else:
            self._ages.append([second, pages])

    def wakeup_flusher_threads(self, pages: int | None = None) -> None:
        """Somebody needs clean pages: write so many more of the dirty ones, or all."""
        dirty = self.node.pages[PageState.DIRTY]
        self._asked = dirty if pages is None else min(dirty, self._asked + pages)
        self._feed()

    def collect(self, most: int) -> simpy.Event:
        """An event that happens when there is something to write; its value is how many pages, 1 to `most`."""
        return self.backlog.collect(most)

    def written(self, pages: int) -> None:
        """A task has written a batch: its pages are clean (folio_end_writeback)."""
        self.backlog.done(pages)
        self.node.move(pages, PageState.WRITEBACK, PageState.CLEAN)
        self.node.count("nr_written", pages)
        self.node.on_written(pages)
        self._written += pages
        now = int(self.env.now)
        passed = now - self._measured_at
        if passed >= _BANDWIDTH_INTERVAL:
            rate = self._written * SECOND / passed
            self.bandwidth += (rate - self.bandwidth) * min(1.0, passed / _BANDWIDTH_PERIOD)
            self._written, self._measured_at = 0, now
        self._feed()

    def unwritten(self, pages: int) -> None:
        """A task gave up a batch: its pages are dirty again (redirty_page_for_writepage)."""
        self.backlog.done(pages)
        self.node.move(pages, PageState.WRITEBACK, PageState.DIRTY)
        self._age(pages)
        self._feed()

    def balance_dirty_pages(self, pages: int) -> Generator[simpy.Event, None, None]:
        """Let a task that has dirtied `pages` wait as long as it must, by the rules from 3.2 on.

        Pages above the background limit are handed out. No wait up to the middle between the two thresholds. Beyond it
        each dirtier gets its share of the bandwidth at which pages are written, times a factor that falls from 2 to 0
        as the dirty limit comes near, cubically around the set point; at the limit nobody goes on. A pause is at most
        200 ms.
        """
        while True:
            background, limit = self._feed()
            dirty = self.node.pages[PageState.DIRTY] + self.node.pages[PageState.WRITEBACK]
            free_run = (background + limit) // 2
            if dirty <= free_run:
                return
            if dirty < limit:
                set_point = (free_run + limit) / 2
                factor = 1 + ((set_point - dirty) / max(1.0, limit - set_point)) ** 3
                rate = self.bandwidth * max(factor, 1e-3) / max(1, self.dirtiers)
                yield self.env.timeout(min(MAX_PAUSE, int(pages * SECOND / max(rate, 1.0))))
                return
            yield self.env.timeout(MAX_PAUSE)

    def _feed(self) -> tuple[int, int]:
        """Hand out what is due; gives the limits."""
        dirty, limits = self.node.pages[PageState.DIRTY], self.dirty_limits
        due = min(dirty, max(dirty - limits[0], self._asked))
        if due > self.backlog.pages:
            self.backlog.add(due - self.backlog.pages)
        return limits

    def _expired(self) -> int:
        """Pages that have been dirty for too long."""
        oldest, pages = (int(self.env.now) - DIRTY_EXPIRE) // SECOND, 0
        for second, aged in self._ages:
            if second > oldest:
                break
            pages += aged
        return pages

    def _taken(self, pages: int) -> None:
        """A task has taken a batch of the oldest dirty pages to write."""
        now = int(self.env.now)
        if self.backlog.underway == pages and now - self._measured_at > _IDLE:
            # Nothing was written for a while: that says nothing of how fast writing is (__wb_update_bandwidth).
            self._written, self._measured_at = 0, now
        self.node.move(pages, PageState.DIRTY, PageState.WRITEBACK)
        self._asked = max(0, self._asked - pages)
        while pages and self._ages:
            oldest = self._ages[0]
            part = min(pages, oldest[1])
            oldest[1] -= part
            pages -= part
            if not oldest[1]:
                self._ages.popleft()

    def _expire(self) -> Generator[simpy.Event, None, None]:
        """The flusher's own clock (wb_workfn, every dirty_writeback_interval)."""
        while True:
            yield self.env.timeout(DIRTY_WRITEBACK)
            self._asked = max(self._asked, self._expired())
            self._feed()
