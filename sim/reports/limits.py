"""What the simulator does not model, so that nobody reads more into a page than is there."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sim.kernel.versions import KernelVersion

_RECORDED = KernelVersion.parse("6.1"), KernelVersion.parse("6.12")

_ALWAYS = "A slab cache has the lists of one CPU; allocation from interrupts and NUMA are not modelled."
_UNRECORDED = "What kernels before 6.1 and after 6.12 do was read in their source, not recorded; here: "
_SQUEEZED = (
    "Memory is squeezed from outside, by a schedule: what the tasks do makes it neither better nor worse. With memory: "
    "instead of pressure: it does."
)
_OWN_MEMORY = (
    "Memory is one node of pages that are counted, not kept: reclaim does not know which are hot, and there are no "
    "memory cgroups, no compaction and no huge pages."
)


def limits(scenarios: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what is not modelled of these scenarios as run, a sentence or two each."""
    several = list(scenarios)
    yield _ALWAYS
    kernels = sorted({str(each["kernel"]) for each in several}, key=KernelVersion.parse)
    unrecorded = [kernel for kernel in kernels if not _RECORDED[0] <= KernelVersion.parse(kernel) <= _RECORDED[1]]
    if unrecorded:
        yield f"{_UNRECORDED}{', '.join(unrecorded)}."
    if any(each.get("memory") is not None for each in several):
        yield _OWN_MEMORY
    if any(each.get("pressure", "none") != "none" for each in several):
        yield _SQUEEZED
