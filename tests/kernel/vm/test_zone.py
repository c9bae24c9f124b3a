import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.versions import KernelVersion
from sim.kernel.vm.watermarks import Watermarks
from sim.kernel.vm.zone import Zone, zone_batchsize

MARKS = Watermarks(100, 125, 150)
GIB = 1 << 18
OLD, NEW = KernelVersion.parse("4.19"), KernelVersion.parse("6.12")


def zone(free=100_000, *, pcp_count=0, managed=100_000, cpus=1, fragmentation=0.0, kernel="6.12"):
    made = Zone("Normal", managed, MARKS, {"Normal": 0}, kernel=kernel, cpus=cpus, fragmentation=fragmentation)
    made.free, made.pcp_count = free, pcp_count
    return made


def test_an_attempt_fails_at_the_mark_itself():
    assert [zone(free).passes(100, 0) for free in (99, 100, 101)] == [False, False, True]


def test_pages_on_the_lists_of_the_processors_do_not_help_an_attempt_at_the_mark():
    assert not zone(100, pcp_count=50).passes(100, 0)
    assert zone(100, pcp_count=50).take(1, 100) == 0


def test_a_block_has_to_leave_the_mark_beside_it():
    assert [zone(free).passes(100, 3) for free in (107, 108)] == [False, True]


def test_a_block_needs_so_many_pages_in_one_piece():
    assert zone(4_000, fragmentation=0.9).passes(0, 2)
    assert not zone(3_999, fragmentation=0.9).passes(0, 3)
    assert zone(8_001, fragmentation=0.9).passes(0, 3)


def test_fragmentation_does_not_matter_to_single_pages():
    assert zone(101, fragmentation=1.0).passes(100, 0)


def test_single_pages_are_taken_while_more_than_the_mark_are_free():
    batch = zone_batchsize(100_000, NEW)
    made = zone(250)
    assert made.take(1_000, 100) == 4 * batch + 1
    assert (made.free, made.pcp_count) == (250 - 5 * batch, batch - 1)


def page_by_page(free, pcp_count, most, limit, batch):
    """What `Zone.take` does, one page after the other."""
    taken = 0
    for _ in range(most):
        if free <= limit:
            break
        if not pcp_count:
            pcp_count = min(batch, free)
            free -= pcp_count
        if not pcp_count:
            break
        pcp_count -= 1
        taken += 1
    return taken, free, pcp_count


@settings(derandomize=True)
@given(
    free=st.integers(0, 400),
    pcp_count=st.integers(0, 30),
    most=st.integers(0, 500),
    limit=st.integers(-1, 300),
)
def test_many_pages_at_once_are_taken_as_one_by_one(free, pcp_count, most, limit):
    made = zone(free, pcp_count=pcp_count)
    batch = zone_batchsize(100_000, NEW)
    assert (made.take(most, limit), made.free, made.pcp_count) == page_by_page(free, pcp_count, most, limit, batch)


def test_without_watermarks_the_last_page_goes_those_of_the_processors_included():
    made = zone(3, pcp_count=5)
    assert made.passes(-1, 0)
    assert made.take(100, -1) == 8
    assert not made.passes(-1, 0)


def test_freed_pages_lie_on_the_lists_of_the_processors_until_they_are_too_many():
    made, batch = zone(1_000), zone_batchsize(100_000, NEW)
    made.give(4 * batch - 1)
    assert (made.free, made.pcp_count) == (1_000, 4 * batch - 1)
    made.give(1)
    assert (made.free, made.pcp_count) == (1_000 + batch, 3 * batch)


@pytest.mark.parametrize(("kernel", "batches"), [("5.13", 6), ("5.14", 4)])
def test_each_processor_keeps_so_many_batches(kernel, batches):
    batch = zone_batchsize(100_000, KernelVersion.parse(kernel))
    made = zone(0, cpus=3, kernel=kernel)
    made.give(3 * batches * batch - 1)
    assert made.free == 0
    made.give(1)
    assert made.free == batch


def test_draining_the_processors_makes_their_pages_free():
    made = zone(10, pcp_count=7)
    made.drain()
    assert (made.free, made.pcp_count) == (17, 0)


@pytest.mark.parametrize(("managed", "version", "batch"), [(16 * GIB, NEW, 63), (16 * GIB, OLD, 31), (1_000, NEW, 1)])
def test_a_batch_is_a_quarter_of_a_thousandth_of_the_zone_up_to_a_bound(managed, version, batch):
    assert zone_batchsize(managed, version) == batch


def test_used_pages_are_those_that_are_not_free_anywhere():
    assert zone(1_000, pcp_count=20).used == 98_980
