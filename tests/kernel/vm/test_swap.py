import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.vm import PageState, Thread, Zram

ANON, SWAPPING, SWAPPED, KERNEL = PageState.ANON, PageState.SWAPPING, PageState.SWAPPED, PageState.KERNEL


@pytest.fixture
def device(machine):
    """A machine of 50,000 anonymous pages with a swap area of 1,000 pages on a device."""
    return machine(at_start={ANON: 50_000}, swap_size=1_000)


@pytest.fixture
def zram(machine):
    """A machine of 50,000 anonymous pages with a compressed area of 1,000 pages."""
    return machine(at_start={ANON: 50_000}, swap_size=1_000, zram=Zram(ratio=3.0))


def swap_out(of, pages):
    """Isolate so many pages and be done with them; gives how many were isolated."""
    swap = of.memory.swap
    isolated = swap.isolate(pages)
    swap.out(isolated)
    return isolated


def to_the_device(of, pages):
    """Swap so many pages out, have them written, and dropped from memory."""
    swap, left = of.memory.swap, pages
    while left:
        left -= swap_out(of, left)
        swap.written(swap.collect(32).value)
    of.node.give(pages, SWAPPED)


def anonymous(of):
    """All anonymous memory that somebody owns, wherever it is."""
    return of.pages[ANON] + of.memory.swap.owned


def test_while_no_task_takes_them_a_batch_is_handed_over_and_no_more(device):
    assert swap_out(device, 100) == 32
    assert swap_out(device, 100) == 0
    assert device.pages[SWAPPING] == 32


def test_each_of_many_reclaimers_hands_over_a_batch_at_most_while_none_are_taken(machine):
    of = machine(1_000_000, at_start={ANON: 900_000}, swap_size=100_000, cpus=8)
    for _ in range(8):
        of.start(of.memory.vmscan.try_to_free_pages(of.gfp("GFP_KERNEL"), Thread(), kthread=False))
    of.run(10**9)
    stuck = of.memory.swap.backlog.pages
    assert 32 <= stuck <= 8 * 32
    of.run(60 * 10**9)
    assert of.memory.swap.backlog.pages == of.pages[SWAPPING] == stuck


def test_idle_writers_take_more_at_once(device):
    writers = [device.memory.swap.collect(64) for _ in range(2)]
    assert swap_out(device, 1_000) == 160
    assert [writer.value for writer in writers] == [64, 64]
    assert device.memory.swap.backlog.pages == 32


def test_what_is_written_stays_in_memory_until_a_scan_drops_it(device):
    swap_out(device, 32)
    device.memory.swap.written(device.memory.swap.collect(32).value)
    assert (device.pages[SWAPPING], device.pages[SWAPPED]) == (0, 32)
    scan = device.memory.vmscan.isolate(100, 100, may_swap=False)
    assert device.memory.vmscan.carry_out(scan, "direct") == 32
    assert device.pages[SWAPPED] == 0
    assert device.memory.swap.away == 32


def test_a_batch_that_is_given_up_waits_again(device):
    swap = device.memory.swap
    swap_out(device, 32)
    swap.unwritten(swap.collect(20).value)
    assert (swap.backlog.pages, swap.backlog.underway) == (32, 0)
    assert device.pages[SWAPPING] == 32


def test_a_full_area_takes_no_more(device):
    to_the_device(device, 1_000)
    assert swap_out(device, 1) == 0
    assert device.memory.swap.used == 1_000


def test_what_is_read_back_makes_room(device):
    to_the_device(device, 1_000)
    assert device.memory.swap.read_back(10) == 10
    assert swap_out(device, 100) == 10


def test_only_what_is_in_the_area_alone_can_be_read_back(device):
    to_the_device(device, 50)
    swap_out(device, 32)
    assert device.memory.swap.read_back(1_000) == 50
    assert device.memory.swap.used == 32


def test_zram_writes_at_once_and_holds_kernel_memory_for_what_is_in_it(zram):
    assert swap_out(zram, 100) == 100
    assert zram.memory.swap.held == zram.pages[KERNEL] == 34
    assert zram.node.free + zram.node.pcp_count == 50_000 + 100 - 34


def test_zram_takes_its_memory_before_the_pages_are_free(zram):
    zram.memory.swap.isolate(30)
    assert (zram.pages[SWAPPING], zram.pages[KERNEL]) == (30, 10)
    assert zram.node.free + zram.node.pcp_count == 50_000 - 10


def test_zram_shrinks_with_what_is_in_it(zram):
    swap_out(zram, 100)
    zram.memory.swap.read_back(99)
    assert zram.pages[KERNEL] == 1
    zram.memory.swap.read_back(1)
    assert zram.pages[KERNEL] == 0


def test_zram_takes_its_memory_below_all_marks(zram):
    zram.leave(40)
    used = zram.pages[KERNEL]
    assert swap_out(zram, 90) == 90
    assert zram.pages[KERNEL] == used + 30


def test_zram_stores_what_it_finds_memory_for(zram):
    zram.leave(4)
    used = zram.pages[KERNEL]
    assert zram.memory.swap.isolate(100) == 12
    assert zram.pages[SWAPPING] == 12
    assert zram.node.free + zram.node.pcp_count == 0
    zram.memory.swap.out(12)
    zram.memory.swap.read_back(12)
    assert zram.pages[KERNEL] == used
    assert zram.node.imbalance() == 0


def test_a_full_zram_takes_no_more(zram):
    assert swap_out(zram, 2_000) == 1_000


def spread(of, away, swapped, swapping):
    """Bring so many pages into each stage of being swapped out to a device."""
    to_the_device(of, away + swapped)
    of.memory.node.take(swapped, 0, SWAPPED, slow=True)
    of.memory.swap.collect(swapping)
    assert of.memory.swap.isolate(swapping) == swapping
    of.memory.swap.out(swapping)


def test_whose_owner_is_gone_is_dropped_at_once_where_it_is_not_being_written(device):
    spread(device, 400, 100, 100)
    before = device.node.free + device.node.pcp_count
    device.memory.swap.give_up(300)
    assert device.memory.swap.away == 200
    assert device.pages[SWAPPED] == 50
    assert device.node.free + device.node.pcp_count == before + 50
    assert (device.memory.swap.used, device.memory.swap.owned) == (350, 300)


def test_whose_owner_is_gone_is_dropped_when_it_has_been_written_if_it_was_being_written(device):
    spread(device, 400, 100, 100)
    device.memory.swap.give_up(300)
    before = device.node.free + device.node.pcp_count
    device.memory.swap.written(100)
    assert device.pages[SWAPPING] == 0
    assert device.pages[SWAPPED] == 50 + 50
    assert device.node.free + device.node.pcp_count == before + 50
    assert device.memory.swap.used == device.memory.swap.owned == 300


def test_what_is_on_its_way_is_given_up_once_however_many_owners_go(device):
    spread(device, 400, 100, 100)
    swap = device.memory.swap
    swap.give_up(597)
    swap.give_up(2)
    assert swap.owned == 1
    swap.written(100)
    assert (swap.used, swap.owned) == (1, 1)


def test_in_zram_it_is_dropped_as_the_reclaimer_is_done_with_it(zram):
    swap = zram.memory.swap
    isolated = swap.isolate(90)
    swap.give_up(60)
    assert (swap.used, swap.owned, zram.pages[KERNEL]) == (90, 30, 30)
    swap.out(isolated)
    assert (swap.used, swap.owned, zram.pages[KERNEL]) == (30, 30, 10)


steps = st.lists(
    st.tuples(st.sampled_from(["isolate", "out", "collect", "write", "drop", "read", "give up"]), st.integers(0, 120)),
    max_size=40,
)


@settings(derandomize=True, deadline=None)
@given(steps=steps, compressed=st.sampled_from([None, 1.0, 2.7, 3.0]), free=st.integers(0, 400))
def test_whatever_happens_no_count_is_negative_and_anonymous_memory_is_what_is_owned(machine, steps, compressed, free):
    of = machine(2_000, at_start={ANON: 1_500}, swap_size=600, zram=Zram(compressed) if compressed else None)
    of.leave(free)
    swap, isolated, batches, owned = of.memory.swap, [], [], 1_500
    others = of.pages[KERNEL]
    for what, n in steps:
        match what:
            case "isolate":
                isolated.append(swap.isolate(n))
            case "out" if isolated:
                swap.out(isolated.pop())
            case "collect" if not compressed:
                batches.append(swap.collect(n + 1))
            case "write" if batches and batches[0].triggered:
                swap.written(batches.pop(0).value)
            case "drop":
                of.node.give(min(n, of.pages[SWAPPED]), SWAPPED)
            case "read":
                wanted = of.node.take(n, 0, ANON, slow=True)
                of.node.give(wanted - swap.read_back(wanted), ANON)
            case "give up":
                gone = min(n, swap.owned)
                swap.give_up(gone)
                owned -= gone
        assert of.node.imbalance() == 0
        assert min(of.pages.values()) >= 0
        assert min(swap.away, swap.owned, swap.held, of.zone.free, of.zone.pcp_count) >= 0
        assert swap.used <= 600
        assert anonymous(of) == owned
        assert of.pages[KERNEL] == others + swap.held
        if compressed:
            assert swap.held == -int(-swap.used // compressed)
