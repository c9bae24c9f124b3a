from dataclasses import replace

import pytest
import simpy

from sim.kernel import Mempool, Pages
from sim.kernel.call import Path
from sim.kernel.gfp import NOMEMALLOC, PF_MEMALLOC
from sim.kernel.versions import Order, semantics_of
from sim.kernel.vm import PageState, Resource, Thread, VirtualMemory, Watermarks, Zone

MS = 1_000_000
MARKS = Watermarks(100, 125, 150)


def call_while_others_free(kernel):
    """A call of a pool that finds no free page, nor anything to reclaim, while somebody else frees pages in time."""
    env = simpy.Environment()
    zone = Zone("Normal", 10_000, MARKS, {"Normal": 0}, kernel=kernel)
    memory = VirtualMemory(env, (zone,), kernel=kernel, swap_size=100_000)
    pages = Pages()
    pool = Mempool(env, 1, pages, kernel=kernel)
    pages.memory = memory.allocator
    node = memory.node
    node.take(node.managed, 0, PageState.ANON, slow=True)
    masks = pool.masks_of("GFP_NOIO")
    assert pool.begin(masks, 0).path is Path.RESERVE
    call = pool.begin(masks, 0)

    def others():
        yield env.timeout(1)
        node.give(1_000, PageState.ANON)

    env.process(others())
    env.run(until=60 * MS)
    return call


def test_a_reclaim_that_frees_nothing_fails_whatever_others_have_freed_meanwhile():
    call = call_while_others_free("6.12")
    assert call.reclaim > 0
    assert (call.path, call.sleeps) == (Path.UNFINISHED, 1)


@pytest.mark.parametrize("kernel", ["3.6", "4.6"])
def test_up_to_4_6_it_looks_again(kernel):
    call = call_while_others_free(kernel)
    assert (call.path, call.sleeps) == (Path.RECLAIM, 0)


@pytest.fixture
def short(machine):
    """A machine whose zone is between MIN and LOW, with no more on the processors' lists."""
    of = machine()
    of.leave(110)
    return of


def woken(of):
    """Whether kswapd has run, a while later."""
    of.run(MS)
    return of.node.vmstat.get("pageoutrun", 0) > 0


@pytest.mark.parametrize(
    ("gfp", "wakes"), [("GFP_NOIO", True), ("GFP_ATOMIC", True), ("GFP_NOWAIT", True), ("__GFP_FS", False)]
)
def test_an_attempt_below_low_is_served_and_wakes_kswapd_if_its_mask_says_so(short, gfp, wakes):
    assert short.memory.allocator.grants(short.gfp(gfp), 0)
    assert woken(short) is wakes


def test_an_attempt_above_low_wakes_nobody(machine):
    of = machine()
    assert of.memory.allocator.grants(of.gfp("GFP_NOIO"), 0)
    assert not woken(of)


@pytest.mark.parametrize("gfp", ["GFP_NOWAIT", "__GFP_FS", "GFP_NOIO"])
def test_before_4_4_any_attempt_wakes_kswapd(machine, gfp):
    of = machine(kernel="4.3")
    of.leave(110)
    assert of.memory.allocator.grants(of.gfp(gfp), 0)
    assert woken(of)


def test_the_first_attempt_of_a_pool_wakes_kswapd(short):
    pool = pool_of(short)
    assert pool.begin(pool.masks_of("GFP_NOIO"), 0).path is Path.FIRST
    assert woken(short)


def pool_of(of, min_nr=1, order=0, kernel="6.12"):
    """A pool with a full reserve, of pages that were there before."""
    pages = Pages(order=order)
    pool = Mempool(of.env, min_nr, pages, kernel=kernel)
    pages.memory = of.memory.allocator
    return pool


@pytest.mark.parametrize("kernel", ["2.6.36", "4.5", "4.6", "4.7", "4.8", "6.12"])
def test_who_frees_memory_drains_the_reserves_through_an_empty_pool_in_4_6_and_4_7_only(machine, kernel):
    of = machine(kernel=kernel)
    of.leave(3)
    pool = pool_of(of, kernel=kernel)
    masks = pool.masks_of(of.gfp("GFP_NOIO") | PF_MEMALLOC)
    paths = [pool.begin(masks, 0).path for _ in range(3)]
    dips = [Path.FIRST, Path.FIRST] if kernel in ("4.6", "4.7") else [Path.UNFINISHED, Path.UNFINISHED]
    assert paths == [Path.RESERVE, *dips]


def test_who_frees_memory_does_not_reclaim_for_it(machine):
    of = machine()
    of.leave(3)
    allocator = of.memory.allocator
    assert allocator.reclaim(of.gfp("GFP_NOIO") | NOMEMALLOC | PF_MEMALLOC, 0, kthread=True) == 0


def test_there_is_no_reclaim_while_the_slow_path_finds_a_page(short):
    assert short.memory.allocator.reclaim(short.gfp("GFP_NOIO"), 0, kthread=False) == 0


def test_a_pool_of_blocks_fails_where_memory_is_in_pieces(machine):
    of = machine(fragmentation=1.0)
    pool = pool_of(of, order=1)
    masks = pool.masks_of("GFP_ATOMIC")
    assert [pool.begin(masks, 0).path for _ in range(2)] == [Path.RESERVE, Path.NULL]


def test_a_block_given_back_is_free_at_once(machine):
    of = machine()
    assert of.memory.allocator.grants(of.gfp("GFP_NOIO"), 0, 3)
    of.memory.allocator.give_back(3)
    assert (of.zone.free, of.node.imbalance()) == (100_000, 0)


def stolen_from(of, thief):
    """A call that reclaims from clean page cache, and what becomes of it if `thief` acts as it has reclaimed."""
    of.leave(96)
    pool = pool_of(of)
    masks = pool.masks_of("GFP_NOIO")
    pool.begin(masks, 0)
    call = pool.begin(masks, 0)
    reclaimed = of.memory.vmscan.carry_out

    def carry_out(scan, who):
        freed = reclaimed(scan, who)
        thief()
        return freed

    of.memory.vmscan.carry_out = carry_out
    of.run(100 * MS)
    return call


def test_a_call_that_reclaims_clean_pages_is_served(machine):
    of = machine(at_start={PageState.CLEAN: 50_000}, kswapd_delay=10**9)
    call = stolen_from(of, lambda: None)
    assert call.path is Path.RECLAIM
    assert of.node.vmstat["pgsteal_direct"] == 32


def test_pages_that_others_steal_between_reclaim_and_the_second_look_make_the_attempt_fail(machine):
    of = machine(at_start={PageState.CLEAN: 50_000}, kswapd_delay=10**9)
    call = stolen_from(of, lambda: of.leave(96))
    assert of.node.vmstat["pgsteal_direct"] == 32
    assert (call.path, call.sleeps) == (Path.UNFINISHED, 1)


def test_freed_pages_on_the_lists_of_the_processors_are_fetched_after_reclaim(machine):
    """Of 32 pages that one call frees, none is counted as free while a list takes more than that."""
    of = machine(at_start={PageState.CLEAN: 50_000}, kswapd_delay=10**9, cpus=4)
    call = stolen_from(of, lambda: None)
    assert call.path is Path.RECLAIM
    assert of.zone.free == 96 + 32 - 31


def test_an_allocation_gets_all_its_pages_while_there_are_enough(machine):
    of = machine()
    assert of.alloc(1_000, "GFP_KERNEL") == 1_000
    assert of.env.now == 0


def test_an_allocation_gets_a_few_pages_at_a_time_while_memory_is_short(machine):
    of = machine()
    of.leave(120)
    of.zone.pcp_count, of.pages[PageState.KERNEL] = 20, of.pages[PageState.KERNEL] - 20
    assert of.alloc(1_000, "GFP_KERNEL") == 8


@pytest.mark.parametrize("gfp", ["GFP_ATOMIC", "GFP_NOWAIT"])
def test_an_allocation_that_may_not_reclaim_gets_nothing_at_the_mark(machine, gfp):
    of = machine()
    of.leave(36)
    assert of.alloc(10, gfp) == 0
    assert of.env.now == 0


def test_an_allocation_that_may_reclaim_waits_until_it_is_served(machine):
    of = machine()
    of.leave(90)
    of.at(10**9, of.node.give, 1_000, PageState.KERNEL)
    assert of.alloc(10, "GFP_NOIO") > 0
    assert of.env.now >= 10**9


@pytest.mark.parametrize("gfp", ["GFP_KERNEL|__GFP_NORETRY", "GFP_NOIO|__GFP_NORETRY"])
def test_an_allocation_that_may_not_try_again_fails_after_one_pass(machine, gfp):
    of = machine()
    of.leave(90)
    assert of.alloc(10, gfp) == 0
    assert of.node.vmstat["allocstall"] == 1


def test_an_allocation_that_may_fail_does_so_where_others_have_somebody_killed(machine):
    of = machine(oom_delay=lambda: 1)
    of.memory.oom.victims.append(Victim(of))
    of.leave(90, PageState.DIRTY)
    assert of.alloc(10, "GFP_KERNEL|__GFP_RETRY_MAYFAIL") == 0
    assert of.node.vmstat["allocstall"] == 17
    assert "oom_kill" not in of.node.vmstat


def test_pauses_between_reclaims_in_vain_are_a_stall_on_memory(machine):
    of = machine()
    of.leave(60)
    of.start(of.memory.allocator.alloc(1, of.gfp("GFP_NOIO"), PageState.KERNEL, Thread()))
    of.run(10**9)
    assert of.memory.psi.read(Resource.MEMORY, 10**9).some.total_us == 10**6
    assert of.memory.vmscan.reclaiming.read(10**9) == 10**9


class Victim:
    """A process of `rss` pages."""

    def __init__(self, of, rss=10):
        self._of = of
        self.rss = rss

    def kill(self):
        self._of.node.give(self.rss, PageState.KERNEL)


def test_after_a_kill_reclaim_has_sixteen_tries_more_before_the_next(machine):
    of = machine(oom_delay=lambda: 1)
    of.memory.oom.victims += [Victim(of), Victim(of)]
    of.leave(60)
    of.node.move(500, PageState.KERNEL, PageState.DIRTY)
    of.start(of.memory.allocator.alloc(10, of.gfp("GFP_KERNEL"), PageState.ANON, Thread()))
    kills = []
    while of.env.peek() < 10**9:
        of.env.step()
        kills.append((of.node.vmstat.get("oom_kill", 0), of.node.vmstat.get("allocstall", 0)))
    assert min(stalls for killed, stalls in kills if killed == 1) == 17
    assert min(stalls for killed, stalls in kills if killed == 2) == 34


@pytest.mark.parametrize(("gfp", "kills"), [("GFP_KERNEL", 1), ("GFP_NOIO", 0), ("GFP_KERNEL|__GFP_NORETRY", 0)])
def test_who_has_no_pool_has_somebody_killed_if_the_mask_may(machine, gfp, kills):
    of = machine(oom_delay=lambda: 1)
    of.memory.oom.victims.append(Victim(of, rss=1_000))
    of.leave(90)
    pages = Pages()
    pool = Mempool(of.env, 0, pages, semantics=replace(semantics_of(of.version), order=Order.NO_POOL))
    pages.memory = of.memory.allocator
    call = pool.begin(pool.masks_of(gfp), 0)
    of.run(10**9)
    assert of.node.vmstat.get("oom_kill", 0) == kills
    assert of.memory.allocator.failing == 0
    assert (call.element is not None) == bool(kills)


def test_the_share_of_time_in_which_a_first_attempt_would_fail(machine):
    of = machine()
    allocator = of.memory.allocator
    of.at(100, of.leave, 96)
    of.at(400, of.leave, 97)
    of.run(1_000)
    assert allocator.level(0, 1_000) == 0.3
    of.run(2_000)
    assert allocator.level(1_000, 2_000) == 0.0
