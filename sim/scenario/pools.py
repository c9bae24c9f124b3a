"""The `pools:` key: the mempools, their reserves and what stands behind them."""

from typing import Annotated

from pydantic import Field

from sim.kernel import Pages, Slab, kmalloc
from sim.scenario.fault import FaultInjectionSpec
from sim.scenario.policy import PolicySpec
from sim.spec import Omittable, Spec, one_of
from sim.units import Size


class SlabBacking(Spec):
    """Objects of a slab cache (mempool_alloc_slab): memory is asked a slab at a time."""

    size: Size = Field(description="The size of an object, such as 264 B; at most 4 MiB.")


class KmallocBacking(Spec):
    """Objects from kmalloc (mempool_kmalloc), in the cache of the next size class; whole pages beyond 8 KiB."""

    size: Size = Field(description="The size of an object, such as 264 B; at most 4 MiB.")


class PagesBacking(Spec):
    """Blocks of pages (mempool_alloc_pages), each an attempt of its own."""

    order: int = Field(default=0, ge=0, le=10, description="2**order pages make one element.")


Backing = Annotated[
    SlabBacking | KmallocBacking | PagesBacking,
    one_of("backing", {"slab": SlabBacking, "kmalloc": KmallocBacking, "pages": PagesBacking}),
]
"""What alloc_fn and free_fn are."""


class PoolSpec(Spec):
    """A mempool: a reserve of elements behind an allocator that may fail."""

    min_nr: int = Field(ge=0, le=1_000_000, description="How many elements the reserve holds when it is full.")
    backing: Backing = Field(description="Where elements come from: slab, kmalloc or pages.")
    fault_injection: Omittable[FaultInjectionSpec] = Field(
        default=None,
        description="Make attempts of this pool alone fail, as debugfs' fail_mempool_alloc does of all (6.19+).",
    )
    bulk_fault_injection: Omittable[FaultInjectionSpec] = Field(
        default=None,
        description="Let calls of mempool_alloc_bulk begin at the reserve, as fail_mempool_alloc_bulk does (6.19+).",
    )
    semantics: Omittable[PolicySpec] = Field(
        default=None, description="Behaviours of this pool alone that differ from those of the kernel."
    )

    def source(self, cpus: int) -> Slab | Pages:
        """A new source of elements, on a machine of `cpus` processors."""
        match self.backing:
            case SlabBacking(size=size):
                return Slab(size=size, cpus=cpus)
            case KmallocBacking(size=size):
                return kmalloc(size=size, cpus=cpus)
            case PagesBacking(order=order):
                return Pages(order=order)
