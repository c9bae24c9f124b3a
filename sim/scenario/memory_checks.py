"""What `memory:` demands of itself, of the kernel, of the load and of the tasks that have to write for it."""

from collections.abc import Iterator

from sim.kernel.gfp import DMA, GfpError, parse_gfp
from sim.kernel.page import PAGE_SIZE
from sim.kernel.versions import KernelVersion
from sim.kernel.vm.alloc_flags import may_use
from sim.scenario.loads import DirtierSpec
from sim.scenario.memory import MemorySpec, Swap, SwapDeviceSpec
from sim.scenario.parts import Finding, Parts
from sim.spec import key_of
from sim.units import format_size, write_size
from sim.workload.arrivals import Arrivals
from sim.workload.memory_work import MemoryWork, SwapOut, Writeback

_SINCE = {
    "thp": ("transparent huge pages", "2.6.38"),
    "watermark_scale_factor": ("watermark_scale_factor", "4.6"),
}
_ABOVE_100 = "5.8"
"""The first kernel in which swappiness may be above 100 (c843966c556d)."""

_KIB = 1 << 10
_COARSE = 16 << 20


def memory_findings(parts: Parts) -> Iterator[Finding]:
    """All that is wrong with memory and those who use it."""
    yield from _alone(parts)
    yield from _endless(parts)
    if parts.memory is None:
        return
    yield from _given_twice(parts.memory)
    yield from _marks_in_order(parts.memory)
    yield from _ratios(parts.memory)
    yield from _swap(parts.memory)
    yield from _without_effect(parts.memory)
    yield from _zones_asked_for(parts, parts.memory)
    yield from _versions(parts.memory, parts.kernel)
    yield from _room(parts.memory, parts.kernel, _reserves(parts))
    yield from _who_writes(parts, parts.memory)


def _alone(parts: Parts) -> Iterator[Finding]:
    if parts.has_memory:
        if parts.squeezed:
            yield Finding(("memory",), "memory and pressure exclude each other; expected one of them", of_key=True)
        return
    expected = "expected memory too, as in memory: {ram: 16 GiB}"
    if parts.load:
        yield Finding(("load",), f"there is no memory to be used; {expected}", of_key=True)
    for name, task in parts.sound_tasks:
        if isinstance(task.arrivals, MemoryWork):
            text = f"there is no memory that makes work; {expected}"
            yield Finding(("tasks", name, "arrivals", key_of(Arrivals, task.arrivals)), text, of_key=True)


def _endless(parts: Parts) -> Iterator[Finding]:
    for name, task in parts.sound_tasks:
        if isinstance(task.arrivals, MemoryWork) and task.in_flight == "unlimited":
            text = "found 'unlimited', but memory would make work without end; expected a number, such as 64"
            yield Finding(("tasks", name, "in_flight"), text)


def _given_twice(memory: MemorySpec) -> Iterator[Finding]:
    if memory.watermarks is None:
        return
    if memory.zones is not None:
        yield Finding(("memory", "watermarks"), "watermarks are those of one zone; expected ram, or none", of_key=True)
    for key in ("min_free", "watermark_scale_factor", "thp"):
        if getattr(memory, key):
            text = f"the watermarks are given already; expected no {key} beside them, or no watermarks"
            yield Finding(("memory", key), text, of_key=True)


def _marks_in_order(memory: MemorySpec) -> Iterator[Finding]:
    marks = memory.watermarks
    if marks is None:
        return
    yield from _at_least_a_page(marks.min, "memory", "watermarks", "min")
    for low, high in (("min", "low"), ("low", "high")):
        least, most = getattr(marks, low), getattr(marks, high)
        if most < least:
            text = f"'{write_size(most)}' is below {low}, '{write_size(least)}'; expected min <= low <= high"
            yield Finding(("memory", "watermarks", high), text)
    if memory.ram is not None and marks.high >= memory.ram:
        found, ram = write_size(marks.high), write_size(memory.ram)
        text = f"'{found}' leaves nothing of the memory to be used; expected less than ram, '{ram}'"
        yield Finding(("memory", "watermarks", "high"), text)


def _at_least_a_page(size: int, *loc: str) -> Iterator[Finding]:
    if size < PAGE_SIZE:
        yield Finding(loc, f"'{write_size(size)}' is less than a page; expected at least 4 KiB")


def _ratios(memory: MemorySpec) -> Iterator[Finding]:
    background, limit = memory.dirty_background_ratio, memory.dirty_ratio
    if background < limit:
        return
    if "dirty_background_ratio" in memory.model_fields_set:
        text = f"found {background}; expected less than dirty_ratio, {limit}"
        yield Finding(("memory", "dirty_background_ratio"), text)
    else:
        text = f"found {limit}; expected more than dirty_background_ratio, {background}"
        yield Finding(("memory", "dirty_ratio"), text)


def _swap(memory: MemorySpec) -> Iterator[Finding]:
    if memory.swap != "none":
        yield from _at_least_a_page(memory.swap.size, "memory", "swap", key_of(Swap, memory.swap), "size")


def _without_effect(memory: MemorySpec) -> Iterator[Finding]:
    if memory.min_free is not None and memory.min_free < _KIB:
        text = f"'{write_size(memory.min_free)}' keeps nothing free; expected at least 1 KiB"
        yield Finding(("memory", "min_free"), text)
    if memory.referenced == 1:
        yield Finding(("memory", "referenced"), "found 1: no scan would ever find a page to reclaim; expected less")


def _zones_asked_for(parts: Parts, memory: MemorySpec) -> Iterator[Finding]:
    """Masks that only a zone can serve which is not there: every attempt would fail."""
    if parts.kernel is None:
        return
    kernel = KernelVersion.parse(parts.kernel)
    for loc, text in parts.all_masks:
        try:
            mask = parse_gfp(text, kernel)
        except GfpError:
            continue
        if not any(may_use(zone, mask) for zone in memory.sizes):
            wanted = "DMA" if mask & DMA else "DMA32"
            found = f"'{text}' asks for zone {wanted}, which memory does not have"
            yield Finding(loc, f"{found}; expected it, as in memory: {{zones: {{{wanted}: 16 MiB, ...}}}}")


def _versions(memory: MemorySpec, kernel: str | None) -> Iterator[Finding]:
    if kernel is None:
        return
    version = KernelVersion.parse(kernel)
    for key, (what, since) in _SINCE.items():
        if getattr(memory, key) and version < KernelVersion.parse(since):
            text = f"kernel {kernel} has no {what}; expected kernel {since} or later"
            yield Finding(("memory", key), text, of_key=True)
    if memory.swappiness > 100 and version < KernelVersion.parse(_ABOVE_100):
        text = f"found {memory.swappiness}; expected at most 100 in kernel {kernel}, or kernel {_ABOVE_100} or later"
        yield Finding(("memory", "swappiness"), text)


def _reserves(parts: Parts) -> int:
    """The bytes that the reserves of all pools take."""
    cpus = parts.machine.cpus if parts.machine else 1
    pools = [pool for pool in (parts.pools or {}).values() if pool]
    return PAGE_SIZE * sum(pool.source(cpus).pages_for(pool.min_nr) for pool in pools)


def _room(memory: MemorySpec, kernel: str | None, reserves: int) -> Iterator[Finding]:
    """Memory that is kept free is not there to be used: what is left must be enough for what is used at the start.

    The reserves of the pools are part of what the kernel has in use then; what they need beyond it counts too.
    """
    tiny = [name for name, pages in memory.pages.items() if not pages]
    for name in tiny:
        yield from _at_least_a_page(memory.sizes[name], *_place(memory, name))
    if tiny or kernel is None or (memory.watermarks and (memory.zones or next(_marks_in_order(memory), None))):
        return
    marks = memory.marks(kernel)
    full = [name for name, pages in memory.pages.items() if pages <= marks[name].high]
    for name in full[:1] if memory.min_free else full:
        size, kept = write_size(memory.sizes[name]), format_size(marks[name].high * PAGE_SIZE)
        if memory.min_free:
            found = f"'{write_size(memory.min_free)}' keeps {kept} of zone {name} free (its high watermark)"
            yield Finding(("memory", "min_free"), f"{found}, which has '{size}'; expected less")
        else:
            found = f"'{size}' is not more than what zone {name} keeps free (its high watermark, {kept})"
            yield Finding(_place(memory, name), f"{found}; expected more")
    rest = sum(pages - marks[name].min // 2 for name, pages in memory.pages.items()) * PAGE_SIZE
    more = max(0, reserves - memory.at_start.kernel)
    if full or memory.at_start.total + more <= rest:
        return
    used, total, kept = (format_size(size) for size in (memory.at_start.total, memory.total, memory.total - rest))
    found = f"{used} in use of {total}, of which {kept} are never used (half of the min watermarks)"
    if memory.at_start.total <= rest:
        found += f" and {format_size(more)} are taken by the reserves of the pools"
    yield Finding(("memory", "at_start"), f"{found}; expected at most {_rounded_down(max(0, rest - more))}")


def _place(memory: MemorySpec, zone: str) -> tuple[str, ...]:
    return ("memory", "zones", zone) if memory.zones else ("memory", "ram")


def _rounded_down(size: int) -> str:
    unit = 1 << 20 if size >= _COARSE else PAGE_SIZE
    return write_size(size // unit * unit)


def _who_writes(parts: Parts, memory: MemorySpec) -> Iterator[Finding]:
    to_device = isinstance(memory.swap, SwapDeviceSpec)
    for name, task in parts.sound_tasks:
        if isinstance(task.arrivals, SwapOut) and not to_device:
            expected = "expected memory: {swap: {device: {size: 4 GiB}}}, or no such task"
            text = f"there is no device to swap out to; {expected}"
            yield Finding(("tasks", name, "arrivals", "swap_out"), text, of_key=True)
    if parts.tasks is None or None in parts.tasks.values():
        return
    kinds = {type(task.arrivals) for _, task in parts.sound_tasks}
    if to_device and SwapOut not in kinds:
        text = "no task writes to the swap area; expected one with arrivals: {swap_out: {size: 4 KiB}}"
        yield Finding(("memory", "swap", "device"), text, of_key=True)
    if Writeback in kinds:
        return
    text = "no task writes what gets dirty; expected one with arrivals: {writeback: {size: 1 MiB}}"
    if memory.at_start.dirty:
        yield Finding(("memory", "at_start", "dirty"), text, of_key=True)
    for name, load in parts.sound_load:
        if isinstance(load, DirtierSpec):
            yield Finding(("load", name, "dirtier"), text, of_key=True)
