"""A slab cache on the memory of a machine."""

import pytest
import simpy

from sim.kernel import Slab
from sim.kernel.gfp import DIRECT_RECLAIM, KSWAPD_RECLAIM
from sim.kernel.vm import PageState, VirtualMemory, Watermarks, Zone


def cache_in(fragmentation):
    """A cache of pages, eight to a slab, and the node that has its pages."""
    zone = Zone("Normal", 10_000, Watermarks(100, 125, 150), {"Normal": 0}, fragmentation=fragmentation)
    memory = VirtualMemory(simpy.Environment(), (zone,))
    return Slab(memory.allocator, 4096, cpus=4), memory.node


@pytest.mark.parametrize(("fragmentation", "order"), [(0.0, 3), (1.0, 0)])
def test_slabs_are_small_where_no_large_block_is_free(fragmentation, order):
    slab, node = cache_in(fragmentation)
    assert slab.alloc(KSWAPD_RECLAIM, 0) == 0
    assert node.pages[PageState.KERNEL] == 1 << order


@pytest.mark.parametrize("fragmentation", [0.0, 0.4, 1.0])
def test_the_pages_of_a_cache_are_the_kernel_s(fragmentation):
    slab, node = cache_in(fragmentation)
    objects = [slab.alloc(KSWAPD_RECLAIM, 0) for _ in range(1000)]
    assert node.pages[PageState.KERNEL] == slab.pages >= 1000
    for element in objects:
        slab.free(element)
    assert node.pages[PageState.KERNEL] == slab.pages <= 8 * (slab.min_partial + slab.cpu_slabs + 1)


def test_a_cache_that_may_reclaim_takes_a_large_block_if_there_is_one_without():
    slab, node = cache_in(0.0)
    assert slab.reclaim(DIRECT_RECLAIM | KSWAPD_RECLAIM, 0, kthread=False) == 0
    assert node.pages[PageState.KERNEL] == 8
