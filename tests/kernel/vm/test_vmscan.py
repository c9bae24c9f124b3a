import pytest

from sim.kernel.vm import PageCosts, PageState, Resource, Thread, Zram

S = 1_000_000_000


@pytest.fixture
def reclaim(machine):
    """A machine whose memory is anonymous but for some page cache, and a direct reclaimer at work on it."""

    def start(gfp, clean=0):
        host = machine(10_000, swap_size=100_000)
        host.leave(50, PageState.ANON)
        host.node.move(clean, PageState.ANON, PageState.CLEAN)
        task = host.start(host.memory.vmscan.try_to_free_pages(host.gfp(gfp), Thread(), kthread=True))
        return host, task

    return start


def test_a_reclaimer_cannot_go_on_until_what_it_swaps_out_has_been_submitted(reclaim):
    host, task = reclaim("GFP_KERNEL")
    host.run(10 * S)
    assert task.is_alive
    submitted = host.node.vmstat["pswpout"]
    host.memory.swap.collect(32)
    host.run(11 * S)
    assert host.node.vmstat["pswpout"] > submitted


def test_one_that_may_not_swap_is_not_held_up(reclaim):
    host, task = reclaim("GFP_NOIO", clean=1_000)
    host.run(1 * S)
    assert task.value == 32


def test_kswapd_drops_no_page_cache_while_it_waits_to_submit_a_swap_out(machine):
    host = machine(10_000, swap_size=100_000, swappiness=100)
    host.leave(50, PageState.ANON)
    host.node.move(5_000, PageState.ANON, PageState.CLEAN)
    host.memory.kswapd.wake()
    host.run(1 * S)
    stuck = host.pages[PageState.CLEAN]
    host.run(10 * S)
    assert host.pages[PageState.CLEAN] == stuck > 4_900
    host.memory.swap.collect(32)
    host.run(11 * S)
    assert host.pages[PageState.CLEAN] < stuck


def reclaimed(of, gfp="GFP_KERNEL", *, kthread=True):
    """How many pages one direct reclaim frees, and the ns that it takes."""
    before = of.env.now
    thread = Thread()
    freed = of.end_of(of.memory.vmscan.try_to_free_pages(of.gfp(gfp), thread, kthread=kthread))
    of.memory.processors.leave(thread)
    return freed, of.env.now - before


def test_a_reclaim_frees_32_pages_and_takes_what_scanning_and_freeing_them_costs(machine):
    of = machine(at_start={PageState.CLEAN: 50_000}, referenced=0.5, costs=PageCosts(1_000, 300, 700))
    assert reclaimed(of) == (32, 64 * 300 + 32 * 700)
    assert of.pages[PageState.CLEAN] == 50_000 - 32
    assert of.node.vmstat == {"allocstall": 1, "pgscan_direct": 64, "pgsteal_direct": 32}


def test_a_reclaim_in_vain_scans_its_share_at_each_priority(machine):
    of = machine(at_start={PageState.DIRTY: 90_000})
    assert reclaimed(of) == (0, of.node.vmstat["pgscan_direct"] * 300)
    assert of.node.vmstat["pgscan_direct"] == sum(90_000 >> priority for priority in range(13))


def test_a_reclaim_that_finds_few_pages_goes_through_all_priorities_for_them(machine):
    of = machine(at_start={PageState.DIRTY: 90_000, PageState.CLEAN: 20}, referenced=0.0)
    assert 10 <= reclaimed(of)[0] <= 20


def test_with_nothing_to_scan_it_takes_no_time(machine):
    of = machine(at_start={PageState.ANON: 90_000})
    assert reclaimed(of) == (0, 0)


@pytest.mark.parametrize(("gfp", "freed"), [("GFP_NOIO", 0), ("GFP_NOFS", 32), ("GFP_KERNEL", 32)])
def test_without_io_nothing_is_swapped_though_it_is_scanned(machine, gfp, freed):
    of = machine(at_start={PageState.ANON: 90_000}, swap_size=10_000, zram=Zram())
    assert reclaimed(of, gfp)[0] == freed
    assert of.node.vmstat.get("pswpout", 0) == freed
    assert of.node.vmstat["pgscan_direct"] > 0


def test_without_io_clean_page_cache_can_be_freed(machine):
    of = machine(at_start={PageState.CLEAN: 90_000})
    assert reclaimed(of, "GFP_NOIO")[0] == 32


def test_what_has_been_written_to_swap_goes_first_and_needs_no_io(machine):
    of = machine(at_start={PageState.CLEAN: 50_000, PageState.ANON: 40_000}, swap_size=10_000)
    of.node.move(1_000, PageState.ANON, PageState.SWAPPED)
    assert reclaimed(of, "GFP_NOIO") == (32, 32 * 1_000)
    assert of.pages[PageState.SWAPPED] == 968


def split(of, most=1_000, need=1_000, priority=12):
    """What a scan takes of page cache and of anonymous memory."""
    scan = of.memory.vmscan.isolate(most, need, may_swap=True, priority=priority)
    return scan.scanned, scan.clean, scan.anon


HALF = {PageState.CLEAN: 40_000, PageState.ANON: 40_000}


@pytest.mark.parametrize(
    ("swappiness", "clean", "anon"), [(60, 700, 300), (100, 500, 500), (0, 1_000, 0), (200, 0, 1_000)]
)
def test_swappiness_weighs_anonymous_memory_against_page_cache(machine, swappiness, clean, anon):
    of = machine(at_start=HALF, referenced=0.0, swappiness=swappiness, swap_size=50_000, zram=Zram())
    assert split(of) == (1_000, clean, anon)


@pytest.mark.parametrize(("swappiness", "clean", "anon"), [(60, 500, 500), (200, 500, 500), (0, 1_000, 0)])
def test_at_the_last_priority_both_are_scanned_alike_unless_swappiness_is_0(machine, swappiness, clean, anon):
    of = machine(at_start=HALF, referenced=0.0, swappiness=swappiness, swap_size=50_000, zram=Zram())
    assert split(of, priority=0) == (1_000, clean, anon)


@pytest.mark.parametrize(("free", "clean", "anon"), [(60, 0, 1_000), (61, 1_000, 0)])
def test_where_page_cache_and_free_pages_are_no_more_than_high_anonymous_memory_is_scanned(machine, free, clean, anon):
    """HIGH is 160; swappiness 0 would have page cache scanned."""
    of = machine(at_start={PageState.ANON: 40_000}, referenced=0.0, swappiness=0, swap_size=50_000, zram=Zram())
    of.leave(free + 100)
    of.zone.free -= 100
    of.pages[PageState.CLEAN] += 100
    scanned = of.memory.vmscan.isolate(100, 100, may_swap=True)
    assert (scanned.clean > 0, scanned.anon > 0) == (clean > 0, anon > 0)


@pytest.mark.parametrize(("kernel", "anon"), [("5.8", True), ("5.9", False)])
def test_not_so_from_5_9_on_if_pages_have_come_back_from_swap_since_the_last_reclaim(machine, kernel, anon):
    of = machine(at_start={PageState.ANON: 40_000}, swappiness=0, swap_size=50_000, zram=Zram(), kernel=kernel)
    of.leave(50)
    of.node.move(100, PageState.KERNEL, PageState.CLEAN)
    of.node.count("pswpin")
    scan = of.memory.vmscan.isolate(100, 10_000, may_swap=True)
    assert (scan.clean == 0) is anon
    of.memory.vmscan.snapshot_refaults()
    assert of.memory.vmscan.isolate(100, 10_000, may_swap=True).clean == 0


@pytest.mark.parametrize(
    ("swappiness", "state"), [(0, PageState.ANON), (200, PageState.CLEAN)], ids=["only-anon", "only-cache"]
)
def test_swappiness_does_not_matter_if_there_is_one_kind_only(machine, swappiness, state):
    of = machine(at_start={state: 80_000}, referenced=0.0, swappiness=swappiness, swap_size=50_000, zram=Zram())
    assert sum(split(of)[1:]) == 1_000


def test_without_swap_page_cache_is_all_there_is_whatever_the_swappiness(machine):
    of = machine(at_start=HALF, referenced=0.0, swappiness=200)
    assert of.memory.vmscan.scannable == 40_000
    assert split(of) == (1_000, 1_000, 0)


def test_a_full_swap_area_leaves_page_cache_only(machine):
    of = machine(at_start=HALF, referenced=0.0, swap_size=100, zram=Zram())
    of.memory.swap.out(of.memory.swap.isolate(100))
    assert of.memory.vmscan.scannable == 40_000
    assert split(of) == (1_000, 1_000, 0)


def test_what_small_scans_would_round_off_is_carried_over(machine):
    of = machine(at_start={PageState.CLEAN: 20_000, PageState.DIRTY: 60_000}, referenced=0.3)
    clean = sum(of.memory.vmscan.isolate(1, 1, may_swap=True).clean for _ in range(1_000))
    assert clean in (174, 175)


def scan_once(of, most):
    vmscan = of.memory.vmscan
    vmscan.carry_out(vmscan.isolate(most, most, may_swap=True), "kswapd")


@pytest.mark.parametrize(("kernel", "asked"), [("4.11", 5_000), ("4.10", 64)])
def test_a_batch_of_dirty_page_cache_has_the_flushers_write_all_of_it_and_reclaim_itself_that_batch(
    machine, kernel, asked
):
    of = machine(at_start={PageState.DIRTY: 5_000}, kernel=kernel)
    scan_once(of, 31)
    assert of.memory.writeback.backlog.pages == 0
    scan_once(of, 64)
    assert of.memory.writeback.backlog.pages == asked


@pytest.mark.parametrize("kernel", ["4.10", "4.11"])
def test_where_pages_are_clean_now_and_then_nobody_writes(machine, kernel):
    """A batch is dirty throughout with probability 1e-4, so a thousand batches are a tenth of what it takes."""
    of = machine(at_start={PageState.CLEAN: 1_000, PageState.DIRTY: 3_000}, kernel=kernel, referenced=1.0)
    for _ in range(1_000):
        scan_once(of, 32)
    assert of.memory.writeback.backlog.pages == 0


@pytest.mark.parametrize(("kernel", "asked"), [("4.10", True), ("4.11", False)])
def test_direct_reclaim_has_what_it_scans_in_vain_written_up_to_4_10(machine, kernel, asked):
    of = machine(at_start={PageState.CLEAN: 1_000, PageState.DIRTY: 3_000}, kernel=kernel, referenced=1.0)
    reclaimed(of)
    assert (of.memory.writeback.backlog.pages > 0) == asked


def test_what_another_has_dropped_meanwhile_counts_for_him(machine):
    of = machine(at_start={PageState.CLEAN: 40, PageState.DIRTY: 40}, referenced=0.0)
    vmscan = of.memory.vmscan
    first, second = (vmscan.isolate(64, 32, may_swap=True) for _ in range(2))
    assert (first.clean, second.clean) == (32, 32)
    assert [vmscan.carry_out(scan, "direct") for scan in (first, second)] == [32, 8]
    assert of.pages[PageState.CLEAN] == 0


def test_reclaimers_are_counted_while_they_are_at_it(machine):
    of = machine(at_start={PageState.CLEAN: 50_000}, cpus=2)
    for _ in range(2):
        of.start(of.memory.vmscan.try_to_free_pages(of.gfp("GFP_KERNEL"), Thread(), kthread=True))
    of.run(10_000)
    assert of.memory.vmscan.reclaimers.value == 2
    of.run(10**6)
    assert of.memory.vmscan.reclaimers.value == 0


def test_reclaim_is_a_stall_on_memory_for_as_long_as_it_lasts(machine):
    of = machine(at_start={PageState.DIRTY: 90_000})
    _, ns = reclaimed(of)
    pressure = of.memory.psi.read(Resource.MEMORY, of.env.now)
    assert pressure.some.total_us == pressure.full.total_us == ns // 1_000
    assert of.memory.psi.read(Resource.IO, of.env.now).some.total_us == 0
