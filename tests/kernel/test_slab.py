import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.page import PAGE_SIZE
from sim.kernel.slab import (
    cpu_partial,
    cpu_partial_slabs,
    min_partial,
    objects_per_slab,
    slab_order,
    smallest_order,
)

sizes = st.integers(8, 32768)
cpus = st.integers(1, 512)


@pytest.mark.parametrize(
    ("size", "cpus", "order", "objects"),
    [
        (256, 1, 0, 16),  # 8 objects wanted: they fit a page
        (256, 4, 0, 16),  # 16 wanted: just so
        (256, 8, 1, 32),  # 20 wanted
        (264, 4, 1, 31),  # 16 wanted, one page holds 15
        (264, 64, 2, 62),  # 32 wanted
        (192, 4, 0, 21),
        (1024, 4, 2, 16),
        (2048, 4, 3, 16),
        (4096, 4, 3, 8),  # order 3 holds no more
        (8192, 4, 3, 4),
        (700, 1, 1, 11),  # one page: 5 objects; two hold 11 and waste 492 of 8192 bytes
        (11000, 4, 3, 2),  # a waste of a third of order 3 is taken
        (17000, 4, 3, 1),
        (40000, 4, 4, 1),  # larger than order 3
    ],
)
def test_a_slab_has_the_order_that_calculate_order_chooses(size, cpus, order, objects):
    assert (slab_order(size, cpus), objects_per_slab(size, cpus)) == (order, objects)


@settings(derandomize=True)
@given(size=sizes, cpus=cpus)
def test_a_slab_is_no_larger_than_order_3_and_holds_what_is_wanted_or_what_order_3_can(size, cpus):
    order, most = slab_order(size, cpus), 8 * PAGE_SIZE // size
    wanted = 4 * (len(f"{cpus:b}") + 1)
    assert order <= 3
    assert objects_per_slab(size, cpus) >= min(wanted, most)


@settings(derandomize=True)
@given(size=sizes, cpus=cpus)
def test_no_smaller_order_with_the_objects_wanted_wastes_as_little_by_the_sixteenth_rule(size, cpus):
    order = slab_order(size, cpus)
    wanted = min(4 * (len(f"{cpus:b}") + 1), 8 * PAGE_SIZE // size)
    good = [
        smaller
        for smaller in range(4)
        if (PAGE_SIZE << smaller) // size >= wanted and (PAGE_SIZE << smaller) % size * 16 <= PAGE_SIZE << smaller
    ]
    assert not good or order == good[0]


@pytest.mark.parametrize(
    ("size", "held_back"), [(8, 120), (255, 120), (256, 52), (1023, 52), (1024, 24), (4095, 24), (4096, 6), (8192, 6)]
)
def test_a_cpu_holds_back_fewer_objects_the_larger_they_are(size, held_back):
    assert cpu_partial(size) == held_back


@pytest.mark.parametrize(
    ("size", "cpus", "slabs"),
    [
        (256, 1, 7),  # 52 objects of 16 a slab, half of them free
        (256, 8, 4),  # 32 a slab
        (4096, 4, 2),
        (8, 1, 1),
        (40000, 4, 12),
    ],
)
def test_a_cpu_holds_back_slabs_as_if_they_were_half_full(size, cpus, slabs):
    assert cpu_partial_slabs(size, cpus) == slabs


@pytest.mark.parametrize(
    ("size", "least"), [(8, 5), (1024, 5), (4095, 5), (4096, 6), (16384, 7), (1 << 20, 10), (1 << 23, 10)]
)
def test_a_node_keeps_more_partial_slabs_the_larger_their_objects(size, least):
    assert min_partial(size) == least


@pytest.mark.parametrize(("size", "order"), [(1, 0), (4096, 0), (4097, 1), (8192, 1), (8193, 2), (65536, 4)])
def test_the_smallest_slab_just_holds_an_object(size, order):
    assert smallest_order(size) == order
