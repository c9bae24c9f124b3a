"""What a page of the machine is used for; pages are counted by it, never kept one by one."""

from enum import StrEnum


class PageState(StrEnum):
    """A use of pages. Each page of a zone is free or in one of these."""

    CLEAN = "clean"
    """Page cache that can be dropped at once."""
    DIRTY = "dirty"
    """Page cache that must be written back first (NR_FILE_DIRTY)."""
    WRITEBACK = "writeback"
    """Page cache on its way to a device (NR_WRITEBACK)."""
    ANON = "anon"
    """Memory of processes, which only swap can take."""
    SWAPPING = "swapping"
    """Memory of processes on its way to swap: handed over by reclaim, not yet written."""
    SWAPPED = "swapped"
    """What has been written to swap and is still there: at the tail of its list, for the next scan to drop."""
    KERNEL = "kernel"
    """What allocations hold: pools, slabs, drivers, the kernel itself, compressed swap. Reclaim cannot take it."""


ANONYMOUS = (PageState.ANON, PageState.SWAPPING, PageState.SWAPPED)
"""The states of the anonymous lists of the LRU."""
