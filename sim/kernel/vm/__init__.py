"""Memory that pushes back: what stands behind the page allocator when a pool asks it for an element."""

from sim.kernel.vm.backlog import PagesToWrite
from sim.kernel.vm.page_state import PageState
from sim.kernel.vm.processors import Thread
from sim.kernel.vm.psi import Pressure, Psi, Resource, Stall
from sim.kernel.vm.swap import Swap, Zram
from sim.kernel.vm.virtual_memory import VirtualMemory
from sim.kernel.vm.vmscan import PageCosts
from sim.kernel.vm.watermarks import (
    Watermarks,
    lowmem_reserve,
    min_free_kbytes,
    raised_for_thp,
    watermarks_of,
)
from sim.kernel.vm.writeback import Writeback
from sim.kernel.vm.zone import Zone

__all__ = [
    "PageCosts",
    "PageState",
    "PagesToWrite",
    "Pressure",
    "Psi",
    "Resource",
    "Stall",
    "Swap",
    "Thread",
    "VirtualMemory",
    "Watermarks",
    "Writeback",
    "Zone",
    "Zram",
    "lowmem_reserve",
    "min_free_kbytes",
    "raised_for_thp",
    "watermarks_of",
]
