"""A zone of memory: how many of its pages are free, and whether an attempt passes a mark."""

from sim.kernel.page import PAGE_SHIFT
from sim.kernel.versions import KernelVersion
from sim.kernel.vm.watermarks import Watermarks

_V = KernelVersion.parse
_LARGER_BATCH = _V("4.20")
_REDUCED_IN_RECLAIM = _V("5.14")
_LARGEST_BATCH = 1 << 20 >> PAGE_SHIFT


class Zone:
    """A zone of `managed` pages with its watermarks, all free at first.

    `reserve`: the pages that it keeps from attempts that could have been served by a higher zone (lowmem_reserve), by
    the name of the highest zone that the attempt may use. `fragmentation`, 0 to 1, says how much of the free memory
    lies in small pieces: a share (1 - fragmentation)**order of the free pages lies in blocks of that order or larger.
    That is a stand-in for the free lists by order (zone->free_area), good enough for asking how much order hurts.

    Pages that are freed singly lie on the lists of the `cpus` processors first, and single pages are taken from there
    (`pcp_count`); those lists are not counted as `free`, so that an attempt may fail beside them. They are taken as one
    list here, of less than `pcp_high` pages, which is as many as all may hold while there is reclaim.
    """

    __slots__ = (
        "fragmentation",
        "free",
        "managed",
        "marks",
        "name",
        "pcp_batch",
        "pcp_count",
        "pcp_high",
        "reserve",
    )

    def __init__(
        self,
        name: str,
        managed: int,
        marks: Watermarks,
        reserve: dict[str, int],
        *,
        kernel: str = "6.12",
        cpus: int = 1,
        fragmentation: float = 0.0,
    ) -> None:
        version = _V(kernel)
        self.name = name
        self.managed = managed
        self.free = managed
        self.pcp_count = 0
        self.marks = marks
        self.reserve = reserve
        self.fragmentation = fragmentation
        self.pcp_batch = zone_batchsize(managed, version)
        self.pcp_high = cpus * self.pcp_batch * (4 if version >= _REDUCED_IN_RECLAIM else 6)

    @property
    def used(self) -> int:
        """Pages that are not free."""
        return self.managed - self.free - self.pcp_count

    def passes(self, limit: int, order: int) -> bool:
        """Whether a block of 2**order pages may be taken: the others stay above `limit`, and there is a block.

        `__zone_watermark_ok` (mm/page_alloc.c, all versions), whose test is strict: at the mark an attempt fails.
        """
        if not order:
            return self.free > limit and self.free + self.pcp_count > 0
        pages = 1 << order
        return self.free - pages + 1 > limit and self.free * (1.0 - self.fragmentation) ** order >= pages

    def take(self, most: int, limit: int) -> int:
        """Take up to `most` single pages, each as long as more than `limit` are free; gives how many (rmqueue)."""
        taken = 0
        while taken < most and self.free > limit:
            if not self.pcp_count:
                self.refill()
            # The batch may have gone below the limit: then the attempt that fetched it is the last.
            part = min(most - taken if self.free > limit else 1, self.pcp_count)
            if not part:
                break
            self.pcp_count -= part
            taken += part
        return taken

    def refill(self) -> None:
        """Bring a batch onto the empty lists of the processors, as far as there is one, whatever the marks."""
        self.pcp_count = min(self.pcp_batch, self.free)
        self.free -= self.pcp_count

    def give(self, pages: int) -> None:
        """Free single pages: onto the lists of the processors, and what is too much there, but for a batch, back."""
        self.pcp_count += pages
        if self.pcp_count >= self.pcp_high:
            kept = max(0, self.pcp_high - self.pcp_batch)
            self.free += self.pcp_count - kept
            self.pcp_count = kept

    def drain(self) -> None:
        """Empty the lists of the processors (drain_all_pages)."""
        self.free += self.pcp_count
        self.pcp_count = 0


def zone_batchsize(managed: int, version: KernelVersion) -> int:
    """How many pages move at once between a zone of `managed` pages and a processor's list.

    A thousandth of the zone, up to 1 MiB (512 KiB up to 4.19), a quarter of that, and then one less than a power of
    two.
    """
    largest = _LARGEST_BATCH if version >= _LARGER_BATCH else _LARGEST_BATCH // 2
    batch = max(1, min(managed // 1024, largest) // 4)
    return max(1, (1 << (batch + batch // 2).bit_length() - 1) - 1)
