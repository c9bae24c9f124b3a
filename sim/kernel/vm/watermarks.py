"""The watermarks of a zone, and what of it is kept from requests that could use a higher one (mm/page_alloc.c).

All in pages of 4 KiB, as pure functions of the sizes of the zones. "Managed" pages are those that the page allocator
hands out (up to 3.8 the kernel counted "present" ones); there is no highmem and no movable zone here, so that the low
memory of the formulas is that of all zones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import isqrt

from sim.kernel.page import PAGE_SIZE
from sim.kernel.versions import KernelVersion

PAGE_KB = PAGE_SIZE >> 10
PAGEBLOCK = 512
"""Pages of a block that is kept for one mobility type: a huge page of x86-64, 2 MiB."""

RESERVE_RATIO = {"DMA": 256, "DMA32": 256, "Normal": 32}
"""The default of /proc/sys/vm/lowmem_reserve_ratio."""

SCALE_FACTOR = 10
"""The default of /proc/sys/vm/watermark_scale_factor."""
SCALE_FACTORS = range(1, 3001)

_KHUGEPAGED = KernelVersion.parse("2.6.38")
_SCALED = KernelVersion.parse("4.6")
_CLAMPED_LATER = KernelVersion.parse("5.7")


@dataclass(frozen=True)
class Watermarks:
    """The marks of one zone, in pages: no mempool attempt dips below `min` but GFP_ATOMIC; `low` wakes kswapd.

    kswapd rests when free memory is above `high`. Raise a ValueError unless 0 <= min <= low <= high.
    """

    min: int
    low: int
    high: int

    def __post_init__(self) -> None:
        if not 0 <= self.min <= self.low <= self.high:
            raise ValueError(f"watermarks must be 0 <= min(={self.min}) <= low(={self.low}) <= high(={self.high})")


def min_free_kbytes(lowmem_kb: int, version: KernelVersion) -> int:
    """The kernel's own min_free_kbytes for `lowmem_kb` KiB of memory (init_per_zone_wmark_min).

    Four times the square root, not below 128 and not above 65536, from 5.7 on 262144. The upper bound was posted as a
    patch against 5.6-rc; it is 65536 in 4.19 and 262144 in 5.10, and 5.7 is the first release that can have it.
    """
    return max(128, min(isqrt(16 * lowmem_kb), 262144 if version >= _CLAMPED_LATER else 65536))


def raised_for_thp(min_free_kb: int, lowmem: int, nr_zones: int, version: KernelVersion) -> int:
    """min_free_kbytes once khugepaged has started (set_recommended_min_free_kbytes, 2.6.38+; never lower than before).

    In each of `nr_zones` zones two blocks of pages, and one for each pair of the three mobility types, so that huge
    pages stay to be had; at most a twentieth of the `lowmem` pages.
    """
    if version < _KHUGEPAGED:
        return min_free_kb
    wanted = PAGEBLOCK * nr_zones * (2 + 3 * 3)
    return max(min_free_kb, min(wanted, lowmem // 20) * PAGE_KB)


def watermarks_of(
    zones: Mapping[str, int],
    version: KernelVersion,
    *,
    min_free_kbytes: int | None = None,
    thp: bool = False,
    watermark_scale_factor: int = SCALE_FACTOR,
) -> dict[str, Watermarks]:
    """The marks of each of `zones`, given as managed pages by name, lowest first (__setup_per_zone_wmarks).

    `thp`: khugepaged runs. `min_free_kbytes`: what was written to that sysctl after boot, which then stands, whatever
    the formula and khugepaged say. Of it each zone keeps its share as `min`. Up to 4.5 `low` and `high` are a quarter
    and a half of that above it; from 4.6 on (795ae7a0de6b) the step is `watermark_scale_factor` ten-thousandths of the
    zone if that is more than the quarter. The factor has no effect before 4.6; the range is that of later kernels
    (1000 was its end at first). Raise a ValueError for no zones, an empty one, or a number out of range.
    """
    lowmem = _total(zones)
    if watermark_scale_factor not in SCALE_FACTORS:
        raise ValueError(f"watermark_scale_factor(={watermark_scale_factor}) must be 1 to {SCALE_FACTORS[-1]}")
    if min_free_kbytes is not None and min_free_kbytes < 0:
        raise ValueError(f"min_free_kbytes(={min_free_kbytes}) must be >= 0 KiB")
    scale = watermark_scale_factor if version >= _SCALED else 0
    kbytes = _own_min_free(zones, version, scale, thp=thp) if min_free_kbytes is None else min_free_kbytes
    return {name: _marks(kbytes, managed, lowmem, scale) for name, managed in zones.items()}


def lowmem_reserve(zones: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """How many pages each zone keeps from requests that could use a higher one (setup_per_zone_lowmem_reserve).

    `zones`: managed pages by name, lowest first, named as in RESERVE_RATIO. `reserve[zone][highest]` adds to the mark
    that a request must leave in `zone`, if it may use all zones up to `highest`: the pages of the zones above `zone`,
    up to `highest`, divided by the ratio of `zone`; 0 if there is none. Raise a ValueError for no zones, an empty one,
    an unknown name, or zones that are not in order.
    """
    _total(zones)
    names = list(zones)
    if names != [name for name in RESERVE_RATIO if name in zones]:
        raise ValueError(f"zones {', '.join(names)}: must be some of {', '.join(RESERVE_RATIO)}, in this order")
    reserve = {}
    for place, name in enumerate(names):
        above = accumulate((zones[higher] for higher in names[place + 1 :]), initial=0)
        reserve[name] = {
            highest: pages // RESERVE_RATIO[name] for highest, pages in zip(names[place:], above, strict=True)
        }
    return reserve


def _own_min_free(zones: Mapping[str, int], version: KernelVersion, scale: int, *, thp: bool) -> int:
    """What the kernel itself arrives at.

    khugepaged starts when zones have marks already, and takes what lies below the high ones as not to be had.
    """
    lowmem = _total(zones)
    kbytes = min_free_kbytes(lowmem * PAGE_KB, version)
    if not thp:
        return kbytes
    above_high = sum(max(0, managed - _marks(kbytes, managed, lowmem, scale).high) for managed in zones.values())
    return raised_for_thp(kbytes, above_high, len(zones), version)


def _marks(kbytes: int, managed: int, lowmem: int, scale: int) -> Watermarks:
    """The marks of one zone; `scale` is 0 for kernels without a scale factor."""
    least = kbytes // PAGE_KB * managed // lowmem
    if not scale:
        return Watermarks(least, least + least // 4, least + least // 2)
    step = max(least // 4, managed * scale // 10000)
    return Watermarks(least, least + step, least + 2 * step)


def _total(zones: Mapping[str, int]) -> int:
    if not zones:
        raise ValueError("a machine has at least one zone")
    for name, managed in zones.items():
        if managed <= 0:
            raise ValueError(f"zone {name}: managed(={managed}) must be > 0 pages")
    return sum(zones.values())
