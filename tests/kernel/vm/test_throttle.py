import pytest

from sim.kernel import Mempool, Pages
from sim.kernel.vm import PageState, Thread

MS = 1_000_000
S = 1_000 * MS
JIFFY = 4 * MS


def slept(of, waits):
    """For how many ns a task sleeps in `waits`."""

    def process():
        yield from waits
        return of.env.now

    before = of.env.now
    return of.end_of(process()) - before


def after_pass(of, gfp="GFP_KERNEL", *, freed=0, met=1, priority=12, kthread=False):
    reclaimable = of.memory.vmscan.scannable
    return slept(of, of.memory.throttle.after_pass(of.gfp(gfp), freed, met, priority, reclaimable, kthread=kthread))


@pytest.mark.parametrize(
    ("kernel", "kthread", "ns"),
    [
        ("6.12", False, JIFFY),
        ("5.16", False, JIFFY),
        ("6.12", True, 0),
        ("5.15", True, 100 * MS),
        ("5.15", False, 100 * MS),
    ],
)
def test_meeting_only_writeback_costs_a_jiffy_or_100_ms(machine, kernel, kthread, ns):
    of = machine(kernel=kernel)
    of.leave(96, PageState.WRITEBACK)
    assert after_pass(of, kthread=kthread) == ns


@pytest.mark.parametrize("kernel", ["4.9", "5.15", "6.12"])
@pytest.mark.parametrize(("freed", "met"), [(1, 5), (0, 0), (32, 5)])
def test_who_has_freed_a_page_or_met_no_writeback_goes_on(machine, kernel, freed, met):
    assert after_pass(machine(kernel=kernel), freed=freed, met=met) == 0


@pytest.mark.parametrize(("kernel", "ms"), [("2.6.36", 100), ("2.6.37", 0)])
def test_up_to_2_6_36_a_pass_below_priority_10_that_did_not_free_enough_costs_100_ms(machine, kernel, ms):
    of = machine(kernel=kernel)
    assert after_pass(of, met=0, freed=31, priority=10) == 0
    assert after_pass(of, met=0, freed=31, priority=9) == ms * MS
    assert after_pass(of, met=0, freed=32, priority=9) == 0


def kswapd_sleeps(of):
    """Kswapd throttled at this moment."""
    return of.start(of.memory.throttle.wait_for_writeback())


def test_kswapd_wakes_early_once_more_than_32_pages_have_been_written(machine):
    of = machine()
    kswapd = kswapd_sleeps(of)
    of.at(10 * MS, of.memory.throttle.written, 32)
    of.at(20 * MS, of.memory.throttle.written, 1)
    of.run(20 * MS)
    assert kswapd.is_alive
    of.run(20 * MS + 1)
    assert not kswapd.is_alive


@pytest.mark.parametrize(("kernel", "ms"), [("5.15", 100), ("5.16", 20)])
def test_up_to_5_15_it_sleeps_the_full_100_ms(machine, kernel, ms):
    of = machine(kernel=kernel)
    kswapd = kswapd_sleeps(of)
    of.at(20 * MS, of.memory.throttle.written, 1_000)
    of.run(ms * MS)
    assert kswapd.is_alive
    of.run(ms * MS + 1)
    assert not kswapd.is_alive


def test_what_was_written_before_it_slept_does_not_count(machine):
    of = machine()
    for _ in range(2):
        of.memory.throttle.written(1_000)
        kswapd = kswapd_sleeps(of)
        of.at(of.env.now + 10 * MS, of.memory.throttle.written, 32)
        of.run(of.env.now + 100 * MS)
        assert kswapd.is_alive
        of.run(of.env.now + 1)
        assert not kswapd.is_alive


def test_written_page_cache_and_written_swap_both_wake(machine):
    for write in ("writeback", "swap"):
        of = machine(swap_size=1_000)
        of.leave(10_000, PageState.WRITEBACK if write == "writeback" else PageState.SWAPPING)
        kswapd = kswapd_sleeps(of)
        of.at(1, getattr(of.memory, write).written, 33)
        of.run(2)
        assert not kswapd.is_alive


@pytest.mark.parametrize(
    ("dirty", "freed", "priority", "kthread", "ns"),
    [
        (51_000, 0, 1, False, JIFFY),
        (49_000, 0, 1, False, 0),
        (51_000, 1, 1, False, 0),
        (51_000, 0, 2, False, 0),
        (51_000, 0, 1, True, 0),
    ],
)
def test_who_gets_nowhere_while_most_pages_wait_to_be_written_sleeps_a_jiffy(
    machine, dirty, freed, priority, kthread, ns
):
    """Anonymous memory that cannot be swapped is none of what could be reclaimed."""
    of = machine(1_000_000, at_start={PageState.ANON: 800_000, PageState.CLEAN: 100_000})
    of.node.move(dirty, PageState.CLEAN, PageState.DIRTY)
    assert after_pass(of, met=0, freed=freed, priority=priority, kthread=kthread) == ns


def test_nobody_sleeps_a_jiffy_for_a_node_that_kswapd_has_given_up(machine):
    of = machine(at_start={PageState.DIRTY: 90_000})
    of.node.kswapd_failures = 16
    assert after_pass(of, met=0, priority=1) == 0


def below_half(machine, gfp, *, kernel="6.12", kthread=False, free=48, **settings):
    """A task that is about to reclaim with as few pages free, and the machine."""
    of = machine(kernel=kernel, **settings)
    of.leave(free)
    return of, of.start(of.memory.throttle.throttle_direct_reclaim(of.gfp(gfp), kthread=kthread))


@pytest.mark.parametrize(
    ("gfp", "kernel", "kthread", "free", "waits"),
    [
        ("GFP_KERNEL", "6.12", False, 48, True),
        ("GFP_KERNEL", "6.12", False, 49, False),
        ("GFP_NOFS", "6.12", False, 48, True),
        ("GFP_NOIO", "3.6", False, 48, True),
        ("GFP_KERNEL", "3.5", False, 0, False),
        ("GFP_KERNEL", "6.12", True, 0, False),
        ("GFP_NOIO", "4.19", True, 0, False),
    ],
)
def test_a_user_task_waits_before_it_reclaims_while_no_more_than_half_of_min_is_free(
    machine, gfp, kernel, kthread, free, waits
):
    of, task = below_half(machine, gfp, kernel=kernel, kthread=kthread, free=free)
    of.node.move(50_000, PageState.KERNEL, PageState.ANON)
    of.run(1)
    assert task.is_alive is waits
    assert of.node.vmstat.get("pgscan_direct_throttle", 0) == waits


@pytest.mark.parametrize("gfp", ["GFP_NOIO", "GFP_NOFS"])
def test_without_fs_it_waits_a_second_at_most(machine, gfp):
    of, task = below_half(machine, gfp)
    of.leave(48, PageState.WRITEBACK)
    of.node.move(90_000, PageState.KERNEL, PageState.WRITEBACK)
    of.run(S)
    assert task.is_alive
    of.run(S + 1)
    assert not task.is_alive


def test_with_fs_it_waits_until_kswapd_makes_it_good(machine):
    of, task = below_half(machine, "GFP_KERNEL")
    of.node.move(90_000, PageState.KERNEL, PageState.WRITEBACK)
    of.run(3 * S)
    assert task.is_alive
    of.node.move(1_000, PageState.WRITEBACK, PageState.CLEAN)
    of.run(4 * S)
    assert not task.is_alive
    assert of.node.vmstat["pgsteal_kswapd"] > 0


def test_who_waits_for_kswapd_has_woken_it(machine):
    of, task = below_half(machine, "GFP_KERNEL", at_start={PageState.CLEAN: 50_000})
    of.run(S)
    assert not task.is_alive


def test_it_waits_no_longer_for_a_kswapd_that_gives_up(machine):
    of, task = below_half(machine, "GFP_KERNEL", kswapd_delay=MS)
    of.run(MS)
    assert task.is_alive
    of.run(MS + 1)
    assert of.node.hopeless
    assert not task.is_alive


def test_nobody_waits_for_a_kswapd_that_has_given_up(machine):
    of, task = below_half(machine, "GFP_KERNEL")
    of.run(S)
    assert not task.is_alive
    assert slept(of, of.memory.throttle.throttle_direct_reclaim(of.gfp("GFP_KERNEL"), kthread=False)) == 0


def writing(machine, kernel, *, under):
    """A machine of 100,000 pages of which so many times the dirty limit is under writeback."""
    of = machine(kernel=kernel, at_start={PageState.CLEAN: 80_000})
    limit = of.memory.writeback.dirty_limits[1]
    of.node.move(int(limit * under), PageState.CLEAN, PageState.WRITEBACK)
    return of


@pytest.mark.parametrize(
    ("kernel", "gfp", "under", "ms"),
    [
        ("4.8", "GFP_NOIO", 1.2, 100),
        ("4.8", "GFP_NOFS", 1.2, 100),
        ("4.8", "GFP_NOIO", 1.05, 0),
        ("4.9", "GFP_NOIO", 1.2, 0),
        ("2.6.36", "GFP_NOIO", 1.2, 100),
    ],
)
def test_up_to_4_8_a_pass_ends_in_a_wait_while_far_more_than_the_dirty_limit_is_written(
    machine, kernel, gfp, under, ms
):
    assert after_pass(writing(machine, kernel, under=under), gfp, met=0, kthread=True) == ms * MS


def test_who_may_start_io_and_enter_the_filesystem_waits_until_it_is_less(machine):
    of = writing(machine, "4.8", under=1.2)
    of.at(250 * MS, of.node.move, of.pages[PageState.WRITEBACK], PageState.WRITEBACK, PageState.CLEAN)
    assert after_pass(of, "GFP_KERNEL", met=0) == 300 * MS


def calls_through_writeback(machine, *, kthread, kernel="6.12"):
    """How long a call of an empty pool reclaims when all of the page cache is under writeback."""
    of = machine(kernel=kernel, kswapd_delay=10**15)
    of.leave(96, PageState.WRITEBACK)
    pages = Pages()
    pool = Mempool(of.env, 1, pages, kernel=kernel)
    pages.memory = of.memory.allocator
    masks = pool.masks_of("GFP_NOIO")
    pool.begin(masks, 0, kthread)
    call = pool.begin(masks, 0, kthread)
    of.run(4 * S)
    return call.reclaim


def test_a_user_tasks_call_is_throttled_at_each_priority_and_a_kernel_threads_is_not(machine):
    work = calls_through_writeback(machine, kthread=True)
    assert work < 100 * MS
    assert calls_through_writeback(machine, kthread=False) == work + 13 * JIFFY
    assert calls_through_writeback(machine, kthread=True, kernel="5.15") == work + 13 * 100 * MS


def test_a_throttled_task_leaves_its_processor_to_others(machine):
    of = machine(kernel="5.15")
    of.leave(100, PageState.WRITEBACK)
    of.start(of.memory.vmscan.try_to_free_pages(of.gfp("GFP_KERNEL"), Thread(), kthread=False))
    of.run(50 * MS)
    assert of.end_of(of.memory.compute(Thread(), 10)) is None
    assert of.env.now == 50 * MS + 10
