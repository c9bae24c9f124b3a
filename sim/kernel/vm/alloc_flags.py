"""What a mask lets an attempt take: from which zones, and down to which mark (mm/page_alloc.c)."""

from sim.kernel.gfp import (
    ATOMIC,
    DIRECT_RECLAIM,
    DMA,
    DMA32,
    HIGH,
    MEMALLOC,
    NOMEMALLOC,
    PF_MEMALLOC,
    WAIT_SPLIT,
)
from sim.kernel.versions import KernelVersion
from sim.kernel.vm.zone import Zone

NO_WATERMARKS = -1
"""In place of the pages that have to stay free: none have to, and what lies on the lists of the processors counts."""

_NO_HARDER_WITH_NOMEMALLOC = KernelVersion.parse("2.6.38")
_NON_BLOCK = KernelVersion.parse("6.3")

Limits = tuple[tuple[Zone, int, int], ...]
"""The zones that an attempt may use, the preferred first, and the pages that have to stay free in each: on the fast
path and on the slow path."""


def limits_of(gfp: int, zones: tuple[Zone, ...], version: KernelVersion) -> Limits:
    """What an attempt with this mask has to leave in each of `zones`, lowest first, reserve for lower ones included.

    The fast path needs more than LOW, the slow path more than MIN, of which __GFP_HIGH may take half
    (gfp_to_alloc_flags). A further quarter for those who cannot wait is barred to mempools by __GFP_NOMEMALLOC: up to
    2.6.37 it went to any mask without __GFP_WAIT all the same (posted until November 2010, so that 2.6.38 is the first
    release that can bar it), from 4.4 to 6.2 only to __GFP_ATOMIC. A caller that frees memory (PF_MEMALLOC,
    __GFP_MEMALLOC) needs to leave nothing, unless __GFP_NOMEMALLOC bars that.
    """
    usable = [zone for zone in reversed(zones) if may_use(zone.name, gfp)]
    highest = usable[0].name if usable else ""
    reserves = [zone.reserve.get(highest, 0) for zone in usable]
    return tuple(
        (zone, zone.marks.low + reserve, least_of(gfp, zone.marks.min, reserve, version))
        for zone, reserve in zip(usable, reserves, strict=True)
    )


def may_use(zone: str, gfp: int) -> bool:
    """Whether pages of a zone of this name will do for a request with this mask (gfp_zone, all versions)."""
    if gfp & DMA:
        return zone == "DMA"
    return zone in ("DMA", "DMA32") if gfp & DMA32 else True


def least_of(gfp: int, mark: int, reserve: int, version: KernelVersion) -> int:
    """What the slow path has to leave of a zone whose MIN is `mark`."""
    if gfp & (PF_MEMALLOC | MEMALLOC) and not gfp & NOMEMALLOC:
        return NO_WATERMARKS
    if gfp & HIGH:
        mark -= mark // 2
    if _harder(gfp, version):
        mark -= mark // 4
    return mark + reserve


def _harder(gfp: int, version: KernelVersion) -> bool:
    """Whether a further quarter may be taken (ALLOC_HARDER; ALLOC_NON_BLOCK from 6.3 on)."""
    if gfp & DIRECT_RECLAIM:
        return False
    if version < _NO_HARDER_WITH_NOMEMALLOC:
        return True
    if gfp & NOMEMALLOC:
        return False
    if WAIT_SPLIT <= version < _NON_BLOCK:
        return bool(gfp & ATOMIC)
    return version < WAIT_SPLIT or bool(gfp & HIGH)
