"""gfp masks: the flags that say what an allocation may do, and their names by kernel version.

A mask is a plain int of the bits below. Their values are our own, since the kernel renumbers its bits from release to
release; names and meanings are the kernel's (include/linux/gfp.h, gfp_types.h).
"""

from sim.kernel.versions import KernelVersion

DMA = 1 << 0
HIGHMEM = 1 << 1
DMA32 = 1 << 2
MOVABLE = 1 << 3
RECLAIMABLE = 1 << 4
HIGH = 1 << 5
IO = 1 << 6
FS = 1 << 7
ZERO = 1 << 8
ATOMIC = 1 << 9
DIRECT_RECLAIM = 1 << 10
KSWAPD_RECLAIM = 1 << 11
WRITE = 1 << 12
NOWARN = 1 << 13
RETRY_MAYFAIL = 1 << 14
NOFAIL = 1 << 15
NORETRY = 1 << 16
MEMALLOC = 1 << 17
COMP = 1 << 18
NOMEMALLOC = 1 << 19
HARDWALL = 1 << 20
THISNODE = 1 << 21
ACCOUNT = 1 << 22
COLD = 1 << 23
PF_MEMALLOC = 1 << 24
"""No flag of the mask but of the task, which the page allocator looks at beside it: the caller frees memory."""

_V = KernelVersion.parse
_FIRST = _V("2.6.0")
WAIT_SPLIT = _V("4.4")
"""The first kernel that has, instead of __GFP_WAIT, one flag for direct reclaim and one for waking kswapd."""

_FLAGS: dict[str, tuple[int, KernelVersion, KernelVersion | None]] = {
    "__GFP_DMA": (DMA, _FIRST, None),
    "__GFP_HIGHMEM": (HIGHMEM, _FIRST, None),
    "__GFP_DMA32": (DMA32, _V("2.6.15"), None),
    "__GFP_MOVABLE": (MOVABLE, _V("2.6.23"), None),
    "__GFP_RECLAIMABLE": (RECLAIMABLE, _V("2.6.24"), None),
    "__GFP_HIGH": (HIGH, _FIRST, None),
    "__GFP_IO": (IO, _FIRST, None),
    "__GFP_FS": (FS, _FIRST, None),
    "__GFP_ZERO": (ZERO, _V("2.6.11"), None),
    "__GFP_WAIT": (DIRECT_RECLAIM, _FIRST, WAIT_SPLIT),
    "__GFP_DIRECT_RECLAIM": (DIRECT_RECLAIM, WAIT_SPLIT, None),
    "__GFP_KSWAPD_RECLAIM": (KSWAPD_RECLAIM, WAIT_SPLIT, None),
    "__GFP_RECLAIM": (DIRECT_RECLAIM | KSWAPD_RECLAIM, WAIT_SPLIT, None),
    "__GFP_ATOMIC": (ATOMIC, WAIT_SPLIT, _V("6.3")),
    "__GFP_WRITE": (WRITE, _V("3.3"), None),
    "__GFP_NOWARN": (NOWARN, _FIRST, None),
    "__GFP_REPEAT": (RETRY_MAYFAIL, _FIRST, _V("4.13")),
    "__GFP_RETRY_MAYFAIL": (RETRY_MAYFAIL, _V("4.13"), None),
    "__GFP_COLD": (COLD, _FIRST, _V("4.15")),
    "__GFP_NOFAIL": (NOFAIL, _FIRST, None),
    "__GFP_NORETRY": (NORETRY, _FIRST, None),
    "__GFP_MEMALLOC": (MEMALLOC, _V("3.6"), None),
    "__GFP_COMP": (COMP, _V("2.6.5"), None),
    "__GFP_NOMEMALLOC": (NOMEMALLOC, _V("2.6.12"), None),
    "__GFP_HARDWALL": (HARDWALL, _V("2.6.14"), None),
    "__GFP_THISNODE": (THISNODE, _V("2.6.19"), None),
    "__GFP_ACCOUNT": (ACCOUNT, _V("4.5"), None),
}


class GfpError(ValueError):
    """A gfp mask that this kernel version does not know; `known` lists the names that it does."""

    def __init__(self, message: str, known: tuple[str, ...]) -> None:
        super().__init__(message)
        self.known = known


def flags(version: KernelVersion) -> dict[str, int]:
    """The single flags (`__GFP_*`) that exist in `version`, as name -> bits."""
    return {
        name: bits
        for name, (bits, since, until) in _FLAGS.items()
        if since <= version and (until is None or version < until)
    }


def masks(version: KernelVersion) -> dict[str, int]:
    """The named masks (`GFP_*`) of `version`, as name -> bits.

    Before 4.4 one flag, `__GFP_WAIT`, meant "may sleep"; 4.4 (d0164adc89f6) split it into direct reclaim and the waking
    of kswapd, and gave GFP_ATOMIC a flag of its own until 6.3. GFP_NOWAIT carries `__GFP_NOWARN` from 6.8.
    """
    split = version >= WAIT_SPLIT
    wait = DIRECT_RECLAIM | (KSWAPD_RECLAIM if split else 0)
    kswapd = KSWAPD_RECLAIM if split else 0
    atomic = ATOMIC if split and version < _V("6.3") else 0
    user = wait | IO | FS | (HARDWALL if version >= _V("2.6.14") else 0)
    known = {
        "GFP_KERNEL": wait | IO | FS,
        "GFP_NOFS": wait | IO,
        "GFP_NOIO": wait,
        "GFP_ATOMIC": HIGH | atomic | kswapd,
        "GFP_NOWAIT": kswapd | (NOWARN if version >= _V("6.8") else 0),
        "GFP_USER": user,
        "GFP_HIGHUSER": user | HIGHMEM,
        "GFP_DMA": DMA,
    }
    if version >= _V("2.6.15"):
        known["GFP_DMA32"] = DMA32
    if version >= _V("2.6.23"):
        known["GFP_HIGHUSER_MOVABLE"] = user | HIGHMEM | MOVABLE
    if version >= _V("4.5"):
        known["GFP_KERNEL_ACCOUNT"] = wait | IO | FS | ACCOUNT
    return known


def parse_gfp(text: str, version: KernelVersion) -> int:
    """The mask written as `GFP_NOIO`, `GFP_NOIO|__GFP_HIGH` or `0`, with the bits that `version` gives these names.

    Raise a GfpError if the version knows no such name.
    """
    known = masks(version) | flags(version)
    mask = 0
    for name in (part.strip() for part in text.split("|")):
        if name == "0":
            continue
        if name not in known:
            raise GfpError(_unknown(name, version), tuple(known))
        mask |= known[name]
    return mask


def gfp_name(mask: int, version: KernelVersion) -> str:
    """`mask` in words: the largest named mask that it contains, then the single flags left over; `0` if empty."""
    named = sorted(masks(version).items(), key=lambda item: -item[1].bit_count())
    words, left = [], mask
    for name, bits in named:
        if bits and bits & mask == bits:
            words.append(name)
            left &= ~bits
            break
    for name, bits in flags(version).items():
        if bits.bit_count() == 1 and bits & left:
            words.append(name)
            left &= ~bits
    return "|".join(words) or "0"


def _unknown(name: str, version: KernelVersion) -> str:
    if name in _FLAGS:
        _, since, until = _FLAGS[name]
        span = f"from {since} on" if until is None else f"in {since} and later, before {until}"
        return f"{name} does not exist in kernel {version}: it is known {span}"
    return f"unknown gfp flag {name!r} in kernel {version}"
