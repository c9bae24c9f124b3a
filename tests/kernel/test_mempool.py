import pytest
import simpy

from sim.kernel import (
    Clock,
    Costs,
    FaultAttr,
    KernelBug,
    KernelWarning,
    Mempool,
    NotInThisKernel,
    Own,
    Pages,
    Path,
    PoolCreationError,
    semantics_of,
)
from sim.kernel.gfp import DIRECT_RECLAIM, NOMEMALLOC, ZERO
from sim.kernel.versions import Order, Wake

US = 1_000
MS = 1_000_000
S = 1_000 * MS


def test_creation_fills_the_reserve(bench):
    pool = Mempool(bench.env, 3, bench.backing)
    assert (pool.min_nr, pool.curr_nr, pool.elements) == (3, 3, [0, 1, 2])
    assert pool.is_saturated


def test_creation_asks_with_gfp_kernel_as_it_is(bench):
    pool = Mempool(bench.env, 2, bench.backing)
    assert bench.backing.masks == [pool.masks_of("GFP_KERNEL").gfp] * 2


def test_creation_that_fails_gives_back_what_came(bench):
    bench.backing.give(2)
    with pytest.raises(PoolCreationError, match="no memory for a reserve of 3 elements"):
        Mempool(bench.env, 3, bench.backing)
    assert bench.backing.freed == [1, 0]


def test_a_negative_min_nr_is_refused(bench):
    with pytest.raises(ValueError, match=r"min_nr\(=-1\) must be >= 0"):
        Mempool(bench.env, -1, bench.backing)


def test_the_reserve_is_a_stack(bench):
    pool = bench.pool(3)
    bench.backing.fail()
    taken = [bench.ask(pool).element for _ in range(3)]
    for element in taken:
        pool.free(element)
    assert taken == [2, 1, 0]
    assert pool.elements == [2, 1, 0]


def test_min_nr_is_no_limit_of_what_may_be_alive(bench):
    pool = bench.pool(1)
    for _ in range(100):
        bench.ask(pool)
    assert (pool.outstanding, pool.curr_nr, len(bench.backing.alive)) == (100, 1, 101)


def test_a_free_refills_a_short_reserve_with_any_element(bench):
    pool = bench.pool(1)
    from_memory = bench.ask(pool).element
    bench.backing.fail()
    bench.ask(pool)
    pool.free(from_memory)
    assert pool.elements == [from_memory]


def test_a_free_to_a_full_reserve_goes_to_free_fn(bench):
    pool = bench.pool(1)
    element = bench.ask(pool).element
    pool.free(element)
    assert (bench.backing.freed, pool.elements) == ([element], [0])


def test_a_refill_happens_whether_or_not_memory_is_short(bench):
    pool, (element,) = bench.drained()
    bench.backing.recover()
    pool.free(element)
    assert (pool.elements, bench.backing.freed) == ([element], [])


def test_outstanding_counts_the_elements_that_callers_hold(bench):
    pool = bench.pool(1)
    elements = [bench.ask(pool).element for _ in range(3)]
    pool.free(elements[0])
    assert pool.outstanding == 2


def test_frees_counts_every_element_given_back(bench):
    pool = bench.pool(1, "6.19")
    elements = [bench.ask(pool).element for _ in range(4)]
    pool.free(elements[0])
    pool.free_bulk(elements[1:])
    pool.free(None)
    assert pool.frees == 4


def test_a_pool_short_of_its_min_nr_is_not_saturated(bench):
    pool, (element,) = bench.drained()
    assert not pool.is_saturated
    pool.free(element)
    assert pool.is_saturated


@pytest.mark.parametrize("kernel", ["2.6.0", "2.6.18", "2.6.22"])
def test_up_to_2_6_22_freeing_null_crashes(bench, kernel):
    with pytest.raises(KernelBug, match=rf"mempool_free\(NULL\) crashes kernel {kernel}"):
        bench.pool(1, kernel).free(None)


@pytest.mark.parametrize("kernel", ["2.6.23", "3.3", "7.2"])
def test_from_2_6_23_on_freeing_null_does_nothing(bench, kernel):
    pool, _ = bench.drained(1, kernel)
    pool.free(None)
    assert (pool.curr_nr, pool.outstanding) == (0, 1)


@pytest.mark.parametrize("kernel", ["2.6.0", "6.12", "6.17"])
def test_a_push_to_a_full_reserve_is_a_bug(bench, kernel):
    pool = bench.pool(1, kernel)
    with pytest.raises(KernelBug, match=r"add_element to a full reserve of 1: BUG_ON"):
        pool.push(99, 0)


def test_a_pop_from_an_empty_reserve_is_a_bug(bench):
    pool, _ = bench.drained()
    with pytest.raises(KernelBug, match=r"remove_element from an empty reserve: BUG_ON"):
        pool.pop(0)


@pytest.mark.parametrize("kernel", ["2.6.0", "2.6.18", "6.16"])
def test_up_to_6_16_a_pool_of_zero_is_never_refilled_and_its_waiters_never_woken(bench, kernel):
    pool = bench.pool(0, kernel)
    element = bench.ask(pool).element
    bench.backing.fail()
    waiter = bench.ask(pool)
    bench.at(1 * MS, pool.free, element)
    bench.run(2 * MS)
    assert (pool.curr_nr, bench.backing.freed) == (0, [element])
    assert waiter.wakes == 0


@pytest.mark.parametrize("kernel", ["2.6.18", "6.16"])
def test_the_waiters_of_a_pool_of_zero_live_by_the_timer(bench, kernel):
    pool = bench.pool(0, kernel)
    bench.backing.fail()
    waiter = bench.ask(pool)
    bench.at(1 * MS, bench.backing.recover)
    bench.run(6 * S)
    assert (waiter.path, waiter.timeouts) == (Path.WAIT, 1)


@pytest.mark.parametrize("kernel", ["6.17", "6.18", "6.19", "7.2"])
def test_from_6_17_on_a_pool_of_zero_holds_one_element(bench, kernel):
    pool = bench.pool(0, kernel)
    assert (pool.min_nr, pool.curr_nr) == (0, 1)


@pytest.mark.parametrize("kernel", ["6.17", "7.2"])
def test_from_6_17_on_a_free_refills_a_pool_of_zero_and_wakes(bench, kernel):
    pool = bench.pool(0, kernel)
    bench.backing.fail()
    element = bench.ask(pool).element
    waiter = bench.ask(pool)
    bench.at(1 * MS, pool.free, element)
    bench.run(2 * MS)
    assert (waiter.path, waiter.element) == (Path.WAIT_RESERVE, element)


def test_from_6_17_on_a_pool_of_zero_holds_no_second_element(bench):
    pool = bench.pool(0, "6.17")
    element = bench.ask(pool).element
    pool.free(element)
    assert (pool.curr_nr, bench.backing.freed) == (1, [element])


@pytest.mark.parametrize("new_min_nr", [0, -1])
def test_a_resize_to_nothing_is_a_bug(bench, new_min_nr):
    with pytest.raises(KernelBug, match=rf"mempool_resize to {new_min_nr}: BUG_ON"):
        bench.resize(bench.pool(2), new_min_nr)


def test_a_resize_down_frees_from_the_top_of_the_stack(bench):
    pool = bench.pool(4)
    assert bench.resize(pool, 2) == 0
    assert (pool.min_nr, pool.elements, bench.backing.freed) == (2, [0, 1], [3, 2])


@pytest.mark.parametrize("new_min_nr", [4, 6, 8])
def test_a_resize_down_or_to_the_same_does_not_ask_alloc_fn(bench, new_min_nr):
    pool, _ = bench.drained(8)
    bench.backing.recover()
    assert bench.resize(pool, new_min_nr) == 0
    assert (pool.min_nr, pool.curr_nr, bench.backing.asked) == (new_min_nr, 0, [])


def test_after_a_resize_down_fewer_frees_refill_the_reserve(bench):
    pool, elements = bench.drained(3)
    bench.resize(pool, 1)
    for element in elements:
        pool.free(element)
    assert (pool.elements, bench.backing.freed) == (elements[:1], elements[1:])


def test_a_resize_up_fills_with_gfp_kernel(bench):
    pool = bench.pool(2)
    assert bench.resize(pool, 4) == 0
    assert pool.elements == [0, 1, 2, 3]
    assert bench.backing.masks == [pool.masks_of("GFP_KERNEL").gfp] * 2


def test_a_resize_up_stops_at_the_first_failure_and_gives_0_all_the_same(bench):
    pool = bench.pool(1)
    bench.backing.give(1)
    assert bench.resize(pool, 4) == 0
    assert (pool.min_nr, pool.curr_nr, len(bench.backing.asked)) == (4, 2, 2)


def test_later_frees_fill_what_a_resize_up_could_not(bench):
    pool = bench.pool(1)
    element = bench.ask(pool).element
    bench.backing.fail()
    bench.resize(pool, 2)
    pool.free(element)
    assert pool.elements == [0, element]


def test_a_resize_up_wakes_nobody(bench):
    pool, _ = bench.drained()
    waiter = bench.ask(pool)
    bench.backing.give(1)
    bench.resize(pool, 2)
    bench.backing.fail()
    bench.run(1 * S)
    assert (pool.curr_nr, waiter.wakes) == (1, 0)
    bench.run(6 * S)
    assert (waiter.path, waiter.timeouts) == (Path.WAIT_RESERVE, 1)


def test_a_resize_up_takes_the_time_of_its_reclaim(bench):
    pool = bench.pool(1)
    bench.backing.reclaim_ns = 3 * MS
    bench.resize(pool, 3)
    assert 6 * MS <= bench.env.now < 7 * MS


def test_what_was_freed_during_a_resize_up_leaves_no_room_for_its_own_element(bench):
    pool, (element,) = bench.drained()
    bench.backing.recover()
    bench.backing.reclaim_ns = 3 * MS
    resizing = bench.env.process(pool.resize(2))
    bench.at(1 * MS, pool.free, element)
    bench.at(2 * MS, pool.free, bench.ask(pool).element)
    bench.env.run(resizing)
    assert pool.curr_nr == 2
    assert len(bench.backing.freed) == 1


@pytest.mark.parametrize(("kernel", "reclaims"), [("2.6.18", False), ("4.0", False), ("4.1", True), ("7.2", True)])
def test_up_to_4_0_a_resize_uses_the_callers_mask_and_from_4_1_on_gfp_kernel(bench, kernel, reclaims):
    pool = bench.pool(1, kernel)
    bench.resize(pool, 2, "GFP_ATOMIC")
    assert [bool(gfp & DIRECT_RECLAIM) for gfp in bench.backing.masks] == [reclaims]


def test_destroy_gives_the_reserve_to_free_fn_from_the_top(bench):
    pool = bench.pool(3)
    pool.destroy()
    assert (bench.backing.freed, pool.curr_nr) == ([2, 1, 0], 0)


@pytest.mark.parametrize("kernel", ["2.6.0", "2.6.18", "3.2"])
def test_up_to_3_2_destroy_with_a_short_reserve_is_a_bug(bench, kernel):
    pool, _ = bench.drained(1, kernel)
    with pytest.raises(KernelBug, match=r"mempool_destroy with curr_nr 0 != min_nr 1 BUGs up to 3\.2"):
        pool.destroy()


@pytest.mark.parametrize("kernel", ["2.6.0", "3.2", "3.3", "6.17", "7.2"])
def test_destroy_of_a_full_pool_is_fine_in_every_kernel(bench, kernel):
    bench.pool(2, kernel).destroy()
    assert bench.backing.alive == set()


@pytest.mark.parametrize("kernel", ["3.3", "6.12", "7.2"])
def test_from_3_3_on_what_is_freed_after_destroy_goes_to_free_fn(bench, kernel):
    pool, (element,) = bench.drained(1, kernel)
    pool.destroy()
    pool.free(element)
    assert bench.backing.freed == [element]


def test_destroy_wakes_no_sleeper(bench):
    pool, _ = bench.drained()
    waiter = bench.ask(pool)
    pool.destroy()
    bench.run(1 * S)
    assert waiter.wakes == 0


@pytest.mark.parametrize("kernel", ["6.8", "6.12", "7.2"])
def test_alloc_preallocated_takes_from_the_reserve_and_never_asks_alloc_fn(bench, kernel):
    pool = bench.pool(2, kernel)
    assert [pool.alloc_preallocated() for _ in range(3)] == [1, 0, None]
    assert (bench.backing.asked, pool.outstanding) == ([], 2)


def test_an_element_of_alloc_preallocated_is_freed_as_usual(bench):
    pool = bench.pool(1)
    pool.free(pool.alloc_preallocated())
    assert (pool.elements, pool.outstanding) == ([0], 0)


@pytest.mark.parametrize("kernel", ["2.6.18", "6.6", "6.7"])
def test_there_is_no_alloc_preallocated_before_6_8(bench, kernel):
    with pytest.raises(NotInThisKernel, match=rf"kernel {kernel} has no mempool_alloc_preallocated: it came with 6\.8"):
        bench.pool(1, kernel).alloc_preallocated()


def test_free_bulk_refills_from_the_front_and_leaves_the_rest_to_the_caller(bench):
    pool, elements = bench.drained(3, "6.19")
    pool.free(elements[0])
    extra = ["a", "b", "c"]
    assert pool.free_bulk(extra) == 2
    assert (pool.elements, bench.backing.freed) == ([elements[0], "a", "b"], [])


def test_free_bulk_into_a_full_reserve_takes_nothing(bench):
    pool = bench.pool(1, "6.19")
    assert pool.free_bulk(["a"]) == 0


def test_free_bulk_wakes_once(bench):
    pool, elements = bench.drained(3, "6.19")
    waiters = [bench.ask(pool) for _ in range(4)]
    bench.at(1 * MS, pool.free_bulk, elements)
    bench.run(2 * MS)
    assert [waiter.wakes for waiter in waiters] == [1] * 4
    assert sum(waiter.path is Path.WAIT_RESERVE for waiter in waiters) == 3


def test_free_bulk_into_a_pool_of_zero_takes_one(bench):
    pool = bench.pool(0, "6.19")
    bench.backing.fail()
    bench.ask(pool)
    assert pool.free_bulk(["a", "b"]) == 1


def test_there_is_no_free_bulk_before_6_19(bench):
    with pytest.raises(NotInThisKernel, match=r"kernel 6\.18"):
        bench.pool(1, "6.18").free_bulk([])


@pytest.mark.parametrize("kernel", ["3.18", "4.19", "7.2"])
def test_from_3_18_on_a_mask_with_zero_warns(bench, kernel):
    pool = bench.pool(1, kernel)
    with pytest.warns(KernelWarning, match="__GFP_ZERO: elements of the reserve are not zeroed"):
        bench.ask(pool, "GFP_NOIO|__GFP_ZERO")


@pytest.mark.parametrize("kernel", ["2.6.18", "3.17"])
def test_up_to_3_17_a_mask_with_zero_does_not_warn(bench, kernel):
    assert bench.ask(bench.pool(1, kernel), "GFP_NOIO|__GFP_ZERO").path is Path.FIRST


def test_a_pool_warns_once(bench):
    pool = bench.pool()
    with pytest.warns(KernelWarning):
        bench.ask(pool, ZERO)
    assert bench.ask(pool, ZERO).path is Path.FIRST


def test_a_warning_points_at_the_caller(bench):
    pool = bench.pool()

    def task():
        yield from pool.alloc(ZERO)

    with pytest.warns(KernelWarning) as warned:
        bench.env.run(bench.env.process(task()))
    assert warned[0].filename == __file__


@pytest.mark.parametrize("kernel", ["4.6", "4.7"])
def test_in_4_6_and_4_7_a_mask_with_nomemalloc_warns(bench, kernel):
    with pytest.warns(KernelWarning, match=r"__GFP_NOMEMALLOC warns in 4\.6 and 4\.7"):
        bench.ask(bench.pool(1, kernel), "GFP_NOIO|__GFP_NOMEMALLOC")


@pytest.mark.parametrize("kernel", ["2.6.12", "4.5", "4.8", "7.2"])
def test_in_other_kernels_a_mask_with_nomemalloc_does_not_warn(bench, kernel):
    assert bench.ask(bench.pool(1, kernel), "GFP_NOIO|__GFP_NOMEMALLOC").masks.gfp & NOMEMALLOC


@pytest.mark.parametrize("kthread", [False, True])
def test_reclaim_is_told_whether_the_caller_is_a_kernel_thread(bench, kthread):
    pool, _ = bench.drained()
    bench.backing.reclaimers.clear()
    bench.ask(pool, kthread=kthread)
    bench.run(6 * S)
    assert bench.backing.reclaimers == [kthread] * 2


def test_only_an_attempt_that_may_reclaim_spends_time_in_reclaim(bench):
    pool, _ = bench.drained()
    bench.backing.reclaim_ns = 3 * MS
    bench.ask(pool)
    bench.run(4 * MS)
    assert [now for now, _ in bench.backing.asked] == [0, 1_000 + 3 * MS]


def test_alloc_takes_the_time_of_its_attempts(bench):
    pool = bench.pool(costs=Costs(attempt=1_300, take=700))
    bench.backing.fail()
    assert bench.env.run(bench.env.process(pool.alloc())) == 0
    assert bench.env.now == 2_000


def test_alloc_without_costs_takes_no_time_and_no_event(bench):
    pool = bench.pool(costs=Costs(0, 0, 0))
    assert list(pool.alloc()) == []


def test_alloc_gives_none_to_a_caller_who_may_not_sleep(bench):
    pool, _ = bench.drained()
    asking = bench.env.process(pool.alloc("GFP_NOWAIT"))
    bench.run(1 * MS)
    assert (asking.is_alive, asking.value) == (False, None)


def test_alloc_asks_for_gfp_kernel_unless_told_otherwise(bench):
    pool = bench.pool()
    bench.env.run(bench.env.process(pool.alloc()))
    assert bench.backing.masks == [pool.masks_of("GFP_KERNEL").first]


def test_alloc_returns_to_a_sleeper_when_it_is_served(bench):
    pool, (element,) = bench.drained()
    bench.at(2 * MS, pool.free, element)
    assert bench.env.run(bench.env.process(pool.alloc("GFP_NOIO"))) == element
    assert bench.env.now == 2 * MS + 6 * US + 1 * US + 500


def test_alloc_bulk_gives_the_filled_list(bench):
    pool = bench.pool(3, "6.19")
    assert bench.env.run(bench.env.process(pool.alloc_bulk([None] * 3))) == [3, 4, 5]


def test_a_blocked_call_is_listed_until_it_returns(bench):
    pool, (element,) = bench.drained()
    call = bench.ask(pool)
    assert list(pool.blocked) == [call]
    bench.at(1 * MS, pool.free, element)
    bench.run(2 * MS)
    assert list(pool.blocked) == []


def test_a_call_says_whether_it_is_on_the_wait_queue(bench):
    pool, (element,) = bench.drained()
    call = bench.ask(pool)
    states = []
    for at in (500_000, 1 * MS + 3 * US, 2 * MS):
        bench.at(at, lambda: states.append(call.is_asleep))
    bench.at(1 * MS, pool.free, element)
    bench.run(3 * MS)
    assert states == [True, False, False]


def test_a_reclaim_of_its_own_time_leans_on_nobody(bench):
    pool, _ = bench.drained()
    bench.backing.reclaim_ns = 100
    assert not bench.ask(pool).leans


def test_a_reclaim_that_ends_with_an_event_leans_on_others(bench):
    pool, _ = bench.drained()
    bench.backing.reclaim = lambda gfp, now, kthread: bench.env.event()
    assert bench.ask(pool).leans


def test_a_bulk_call_says_what_it_still_lacks(bench):
    pool = bench.pool(4, "6.19")
    bench.backing.give(1)
    pool.pop(0)
    pool.pop(0)
    call = bench.bulk(pool, [None] * 4)
    assert (call.count, len(call.missing)) == (4, 3)


@pytest.mark.parametrize(
    ("kernel", "min_nr", "settings", "most"),
    [("6.12", 4, {}, 4), ("6.12", 0, {}, 0), ("6.17", 0, {}, 1), ("6.17", 4, {"order": "no_pool"}, 0)],
)
def test_frees_fill_the_reserve_up_to_what_it_holds_at_most(kernel, min_nr, settings, most, bench):
    pool = bench.pool(min_nr, kernel, **settings)
    assert pool.most == most
    for element in [bench.ask(pool, "GFP_ATOMIC").element for _ in range(6)]:
        pool.free(element)
    assert pool.curr_nr == most


def test_the_done_event_of_a_call_happens_when_the_caller_goes_on(bench):
    pool, (element,) = bench.drained()
    call = bench.ask(pool)
    bench.at(1 * MS, pool.free, element)
    assert bench.env.run(call.done) is call
    assert bench.env.now == call.now


def test_the_reserve_gauge_follows_the_reserve(bench):
    pool, (element,) = bench.drained()
    bench.at(3 * MS, pool.free, element)
    bench.run(4 * MS)
    assert pool.reserve.read(4 * MS) == (1_000 + 1 * MS, 3 * MS - 1_000, 0, 1)


def test_the_waiters_gauge_counts_a_caller_from_its_first_sleep_to_its_return(bench):
    pool, (element,) = bench.drained(wakeup_latency=lambda: 1 * MS)
    call = bench.ask(pool)
    bench.at(1 * MS, pool.free, element)
    bench.at(1 * MS, bench.ask, pool, "GFP_ATOMIC")
    bench.at(5 * MS, pool.free, element)
    bench.run(8 * MS)
    area, _, low, high = pool.waiters.read(8 * MS)
    assert (area, low, high) == (call.now - call.first_sleep, 0, 1)


def test_a_model_of_ones_own_uses_the_pool_in_its_processes():
    env = simpy.Environment()
    pool = Mempool(
        env, 2, Own(lambda gfp_mask, pool_data: None if env.now else object(), lambda element, pool_data: None)
    )
    served = []

    def writer(name):
        bio = yield from pool.alloc("GFP_NOIO")
        yield env.timeout(1 * MS)
        pool.free(bio)
        served.append((name, int(env.now) // MS))

    def writers():
        yield env.timeout(1)
        for name in "abcd":
            env.process(writer(name))

    env.process(writers())
    env.run()
    assert served == [("a", 1), ("b", 1), ("d", 2), ("c", 2)]


def test_two_pools_nest_in_one_process(bench):
    outer, inner = bench.pool(1), bench.pool(1)

    def task():
        first = yield from outer.alloc("GFP_NOIO")
        second = yield from inner.alloc("GFP_NOIO")
        inner.free(second)
        outer.free(first)

    bench.env.run(bench.env.process(task()))
    assert (outer.outstanding, inner.outstanding) == (0, 0)


def test_a_pool_may_begin_at_any_time():
    env = simpy.Environment(initial_time=7 * S)
    pool = Mempool(env, 1, Pages(), clock=Clock(250, origin=7 * S))
    env.run(env.process(pool.alloc()))
    assert pool.reserve.read(8 * S)[0] == 1 * S


def test_semantics_may_be_overridden(bench):
    pool = Mempool(bench.env, 1, bench.backing, semantics=semantics_of("6.12").override(wake=Wake.ONE))
    assert pool.semantics.wake is Wake.ONE
    assert pool.semantics.order is Order.ALLOC_FIRST


def test_an_unknown_kernel_is_refused(bench):
    with pytest.raises(ValueError, match=r"unknown kernel '7\.3'"):
        Mempool(bench.env, 1, bench.backing, kernel="7.3")


def test_creation_of_a_pool_of_zero_that_is_to_hold_one_fails_without_memory(bench):
    bench.backing.fail()
    with pytest.raises(PoolCreationError, match="no memory"):
        Mempool(bench.env, 0, bench.backing, kernel="6.17")


def test_creation_is_no_allocation_that_a_fault_can_hit(bench):
    pool = bench.pool(2, "6.19", fault=FaultAttr(100, uniform=lambda: 0.0))
    assert pool.is_saturated


@pytest.mark.parametrize("kernel", ["6.16", "6.17"])
def test_a_pool_of_zero_is_always_saturated(bench, kernel):
    pool = bench.pool(0, kernel)
    bench.backing.fail()
    bench.ask(pool, "GFP_ATOMIC")
    assert pool.is_saturated


def test_destroy_of_a_pool_of_zero_frees_the_one_that_it_holds(bench):
    bench.pool(0, "6.17").destroy()
    assert (bench.backing.freed, bench.backing.alive) == ([0], set())


def test_a_resize_down_wakes_nobody(bench):
    pool, elements = bench.drained(3)
    waiter = bench.ask(pool)
    bench.backing.give(2)
    bench.resize(pool, 5)
    bench.resize(pool, 1)
    bench.run(1 * S)
    assert (pool.curr_nr, waiter.wakes) == (1, 0)
    pool.free(elements[0])
    assert (waiter.wakes, len(bench.backing.freed)) == (0, 2)


def test_a_resize_down_overtakes_a_resize_up_that_still_reclaims(bench):
    pool = bench.pool(1)
    bench.backing.reclaim_ns = 3 * MS
    growing = bench.env.process(pool.resize(4))
    bench.at(4 * MS, lambda: bench.env.process(pool.resize(1)))
    assert bench.env.run(growing) == 0
    assert (pool.min_nr, pool.elements, sorted(bench.backing.freed)) == (1, [0], [1, 2])


def test_who_frees_ahead_of_the_clock_refills_at_his_own_time(bench):
    pool, (element,) = bench.drained()
    pool.reserve.read(0)
    pool.free(element, 3 * MS)
    area, zero, _, _ = pool.reserve.read(5 * MS)
    assert (area, zero) == (2 * MS, 3 * MS - 1_000)


def test_a_call_of_own_functions_takes_its_costs_its_reclaim_and_its_sleep():
    env, asked = simpy.Environment(), []

    def alloc_fn(gfp_mask, pool_data):
        asked.append((int(env.now), bool(gfp_mask & DIRECT_RECLAIM)))
        return "bio" if env.now == 0 else None

    source = Own(alloc_fn, lambda element, pool_data: None, reclaim_time=lambda gfp, now, kthread: 2 * MS)
    pool = Mempool(env, 1, source, costs=Costs(attempt=1_300, take=700), wakeup_latency=lambda: 40 * US)
    asked.clear()
    returned = []

    def holder():
        yield env.timeout(1)
        element = yield from pool.alloc("GFP_NOIO")
        returned.append(int(env.now))
        yield env.timeout(9 * MS)
        pool.free(element)

    def waiter():
        yield env.timeout(1 * MS)
        yield from pool.alloc("GFP_NOIO")
        returned.append(int(env.now))

    env.process(holder())
    env.process(waiter())
    env.run()
    freed = 1 + 1_300 + 700 + 9 * MS
    assert asked == [(1, False), (1 * MS, False), (3 * MS + 1_300, True), (freed + 40 * US + 2 * MS, True)]
    assert returned == [2_001, freed + 40 * US + 2 * MS + 1_300 + 700]
