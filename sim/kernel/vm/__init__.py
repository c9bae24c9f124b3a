"""What stands behind alloc_pages when memory pushes back."""

from sim.kernel.vm.psi import Pressure, Psi, Resource, Stall
from sim.kernel.vm.watermarks import (
    Watermarks,
    lowmem_reserve,
    min_free_kbytes,
    raised_for_thp,
    thp_by_default,
    watermarks_of,
)

__all__ = [
    "Pressure",
    "Psi",
    "Resource",
    "Stall",
    "Watermarks",
    "lowmem_reserve",
    "min_free_kbytes",
    "raised_for_thp",
    "thp_by_default",
    "watermarks_of",
]
