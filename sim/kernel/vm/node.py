"""A node of memory: zones with free pages, and all other pages counted by what they are used for (pglist_data).

Every page is free in one zone or counted in one `PageState`, so that the sum never changes. The lists of the LRU belong
to the node (4.8+; taken so for all versions), so which zone a used page lies in is not followed: pages that become free
return to the zones in proportion to their used pages.
"""

from collections.abc import Callable, Mapping

import simpy

from sim.kernel.gfp import KSWAPD_RECLAIM, NOMEMALLOC
from sim.kernel.stopwatch import Stopwatch
from sim.kernel.versions import KernelVersion
from sim.kernel.vm.alloc_flags import NO_WATERMARKS, Limits, limits_of
from sim.kernel.vm.page_state import PageState
from sim.kernel.vm.zone import Zone

MAX_RECLAIM_RETRIES = 16
"""After so many runs without a page kswapd gives up, and after so many passes an allocation has somebody killed."""

CLEAN, DIRTY, WRITEBACK, KERNEL = PageState.CLEAN, PageState.DIRTY, PageState.WRITEBACK, PageState.KERNEL

_ONE_ZONE_WILL_DO = KernelVersion.parse("4.8")


class Node:
    """The memory of one node; `zones` from the lowest to the highest.

    `pages`: pages by state. `vmstat`: counters under the kernel's names. `refusing` runs while first attempts fail;
    `free_min`: the fewest free pages seen, to be set back by whoever reads it. `on_written(pages)` is told of pages
    that have been written. `kswapd_failures`: kswapd's runs in vain. Times are ns of the environment's clock.
    """

    def __init__(self, env: simpy.Environment, zones: tuple[Zone, ...], kernel: str = "6.12") -> None:
        self.env = env
        self.zones = zones
        self._only = zones[0] if len(zones) == 1 else None
        self.version = KernelVersion.parse(kernel)
        self.managed = sum(zone.managed for zone in zones)
        self.pages: dict[PageState, int] = dict.fromkeys(PageState, 0)
        self.vmstat: dict[str, int] = {}
        self.free_min = self.free
        self.on_written: Callable[[int], None] = lambda pages: None
        self.kswapd_failures = 0
        self._limits: dict[int, Limits] = {}
        self._credit = dict.fromkeys(zones, 0.0)
        self._first = self.limits(KSWAPD_RECLAIM | NOMEMALLOC)
        self.refusing = Stopwatch()

    @property
    def free(self) -> int:
        """Free pages in all zones."""
        return self._only.free if self._only else sum(zone.free for zone in self.zones)

    @property
    def pcp_count(self) -> int:
        """Pages on the lists of the processors: free for whoever passes the marks, but not counted as free."""
        return sum(zone.pcp_count for zone in self.zones)

    @property
    def file(self) -> int:
        """Pages of the page cache."""
        pages = self.pages
        return pages[CLEAN] + pages[DIRTY] + pages[WRITEBACK]

    def count(self, counter: str, n: int = 1) -> None:
        """Raise a counter of /proc/vmstat."""
        self.vmstat[counter] = self.vmstat.get(counter, 0) + n

    def limits(self, gfp: int) -> Limits:
        """What an attempt with this mask has to leave in each zone that it may use (`limits_of`), worked out once."""
        known = self._limits.get(gfp)
        if known is None:
            known = self._limits[gfp] = limits_of(gfp, self.zones, self.version)
        return known

    def take(self, n: int, gfp: int, state: PageState, *, slow: bool) -> int:
        """Move up to `n` single pages from free to `state`, as far as the mask may go; gives how many.

        `slow`: as far as the slow path may go.
        """
        left, moved = n, False
        for zone, low, least in self._limits.get(gfp) or self.limits(gfp):
            free = zone.free
            left -= zone.take(left, least if slow else low)
            moved = moved or zone.free != free
            if not left:
                break
        self.pages[state] += n - left
        if moved:
            self.look()
        return n - left

    def left(self, gfp: int) -> int:
        """How many pages lie above what an attempt with this mask has to leave on the slow path."""
        return sum(max(0, zone.free - least) for zone, _, least in self._limits.get(gfp) or self.limits(gfp))

    def grab(self, n: int) -> int:
        """Take up to `n` pages whatever the marks, as reclaim does for its own needs (PF_MEMALLOC); gives how many."""
        left = n
        for zone in reversed(self.zones):
            left -= zone.take(left, NO_WATERMARKS)
        self.pages[KERNEL] += n - left
        self.look()
        return n - left

    def take_page(self, gfp: int, *, slow: bool) -> bool:
        """Take a single page for an allocation, if the mask may."""
        for zone, low, least in self._limits.get(gfp) or self.limits(gfp):
            if zone.free > (least if slow else low):
                if not zone.pcp_count:
                    zone.refill()
                    self.look()
                    if not zone.pcp_count:
                        continue
                zone.pcp_count -= 1
                self.pages[KERNEL] += 1
                return True
        return False

    def take_block(self, gfp: int, order: int, *, slow: bool) -> bool:
        """Take a block of 2**order pages, order > 0, for an allocation, if the mask may."""
        for zone, low, least in self.limits(gfp):
            if zone.passes(least if slow else low, order):
                zone.free -= 1 << order
                self.pages[KERNEL] += 1 << order
                self.look()
                return True
        return False

    def passes(self, gfp: int, order: int, *, slow: bool) -> bool:
        """Whether `take_page` or `take_block` would succeed."""
        return any(zone.passes(least if slow else low, order) for zone, low, least in self.limits(gfp))

    @property
    def hopeless(self) -> bool:
        """Whether kswapd has given up on it, until a direct reclaimer frees a page (4.12+; taken so for all)."""
        return self.kswapd_failures >= MAX_RECLAIM_RETRIES

    def balanced(self, highest: int = -1) -> bool:
        """Whether a zone has more than HIGH free, beyond what it keeps for lower allocations (pgdat_balanced).

        `highest`: the number of the highest zone that counts, from the lowest on. Up to 4.7 all zones had to, each for
        itself (86c79f6b5426).
        """
        top = self.zones[highest]
        zones = self.zones[: self.zones.index(top) + 1]
        if self.version < _ONE_ZONE_WILL_DO:
            return all(zone.free > zone.marks.high for zone in zones)
        return any(zone.free > zone.marks.high + zone.reserve.get(top.name, 0) for zone in zones)

    def give(self, n: int, state: PageState) -> None:
        """Free `n` single pages that are in `state`."""
        self.pages[state] -= n
        if self._only:
            self._only.give(n)
        else:
            for zone, share in self._spread(n):
                zone.give(share)
        if self.refusing.runs:
            self.look()

    def give_page(self) -> None:
        """Free a single page of an allocation."""
        zone = self._only
        if zone is None or zone.pcp_count + 1 >= zone.pcp_high:
            self.give(1, KERNEL)
        else:
            self.pages[KERNEL] -= 1
            zone.pcp_count += 1

    def give_block(self, order: int) -> None:
        """Free a block of 2**order pages, order > 0, which does not go by way of the processors' lists."""
        self.pages[KERNEL] -= 1 << order
        for zone, share in self._spread(1 << order):
            zone.free += share
        if self.refusing.runs:
            self.look()

    def drain(self) -> None:
        """Empty the lists of all processors."""
        for zone in self.zones:
            zone.drain()
        self.look()

    def move(self, n: int, source: PageState, target: PageState) -> None:
        """Let `n` pages change their state."""
        self.pages[source] -= n
        self.pages[target] += n

    def _spread(self, n: int) -> list[tuple[Zone, int]]:
        """How many of `n` pages that become free lie in each zone: as its used pages are to all, in the long run too.

        Whatever a zone's share has of parts of a page stays to its credit; the pages that are left over after all
        whole shares go where that is highest.
        """
        used = {zone: zone.used for zone in self.zones}
        total = sum(used.values())
        shares, left = {}, n
        for zone, in_use in used.items():
            self._credit[zone] += n * in_use / total if total else 0.0
            shares[zone] = max(0, min(int(self._credit[zone]), in_use, left))
            left -= shares[zone]
        for zone in sorted(used, key=lambda zone: shares[zone] - self._credit[zone]) if left else ():
            rest = min(left, used[zone] - shares[zone])
            shares[zone] += rest
            left -= rest
        for zone, share in shares.items():
            self._credit[zone] -= share
        return list(shares.items())

    def look(self) -> None:
        """Keep account of whether a first attempt would fail now, and of how low the free pages have been."""
        free = self.free
        self.free_min = min(self.free_min, free)
        for zone, _, least in self._first:
            if zone.free > least:
                if self.refusing.runs:
                    self.refusing.stop(int(self.env.now))
                return
        if not self.refusing.runs:
            self.refusing.start(int(self.env.now))

    def imbalance(self) -> int:
        """Pages that are neither free nor in a state: 0, always."""
        return self.managed - self.free - self.pcp_count - sum(self.pages.values())


def fill(node: Node, pages: Mapping[PageState, int]) -> None:
    """Put pages to use before the run begins, from the highest zone down; half of MIN stays free, come what may."""
    for state, n in pages.items():
        left = n
        for zone in reversed(node.zones):
            got = min(left, zone.free - zone.marks.min // 2)
            if got > 0:
                zone.free -= got
                node.pages[state] += got
                left -= got
        if left:
            raise ValueError(f"{n} pages in state {state} do not fit above half of the min watermarks: {left} too many")
    node.free_min = node.free
    node.look()
