import pytest

from sim.kernel import Costs, FaultAttr, KernelWarning, NotInThisKernel, Path
from sim.kernel.gfp import DIRECT_RECLAIM, IO, NOMEMALLOC
from sim.kernel.versions import Order, Reclaim, Wake

MS = 1_000_000
S = 1_000 * MS
REDUCED, FULL = "reduced", "full"

ERA_A2 = ["2.6.0", "2.6.11"]
ERA_A3 = ["2.6.12", "2.6.17"]
ERA_B = ["2.6.18", "2.6.34", "3.2"]
ERA_C = ["3.3", "4.3", "4.4", "4.5", "4.6", "4.7", "4.8", "5.15", "6.12", "6.18", "6.19", "7.1", "7.2"]


def attempts(bench):
    """The mask classes of the attempts so far."""
    return [FULL if gfp & DIRECT_RECLAIM else REDUCED for gfp in bench.backing.masks]


def fires():
    return FaultAttr(100, uniform=lambda: 0.0)


@pytest.mark.parametrize("kernel", ERA_A2 + ERA_A3)
@pytest.mark.parametrize("until_s", [0.001, 4.9, 9.9, 3600])
def test_before_2_6_18_a_caller_in_vain_asks_once_and_sleeps_for_ever(bench, kernel, until_s):
    pool, _ = bench.drained(2, kernel)
    call = bench.ask(pool, "GFP_NOIO")
    bench.run(int(until_s * S))
    assert attempts(bench) == [REDUCED]
    assert call in pool.wait.sleepers


@pytest.mark.parametrize("kernel", ERA_A2)
def test_up_to_2_6_11_a_caller_with_fs_asks_once_more_before_it_sleeps_for_ever(bench, kernel):
    pool, _ = bench.drained(2, kernel)
    bench.ask(pool, "GFP_KERNEL")
    bench.run(60 * S)
    assert attempts(bench) == [REDUCED, FULL]


@pytest.mark.parametrize("kernel", ERA_B)
@pytest.mark.parametrize(("until_s", "later"), [(0.001, 0), (4.9, 0), (9.9, 1), (14.9, 2), (19.9, 3)])
def test_from_2_6_18_to_3_2_a_caller_in_vain_asks_once_and_then_every_five_seconds(bench, kernel, until_s, later):
    pool, _ = bench.drained(2, kernel)
    bench.ask(pool, "GFP_NOIO")
    bench.run(int(until_s * S))
    assert attempts(bench) == [REDUCED] + [FULL] * later


@pytest.mark.parametrize("kernel", ERA_C)
@pytest.mark.parametrize(("until_s", "later"), [(0.001, 0), (4.9, 0), (9.9, 1), (14.9, 2), (19.9, 3)])
def test_from_3_3_on_a_caller_in_vain_asks_twice_and_then_every_five_seconds(bench, kernel, until_s, later):
    pool, _ = bench.drained(2, kernel)
    bench.ask(pool, "GFP_NOIO")
    bench.run(int(until_s * S))
    assert attempts(bench) == [REDUCED, FULL] + [FULL] * later


@pytest.mark.parametrize(("kernel", "served_at"), [*((k, 5 * S) for k in ERA_B), *((k, 0) for k in ERA_C)])
def test_if_only_direct_reclaim_can_succeed_it_helps_after_a_sleep_until_3_2_and_at_once_from_3_3_on(
    bench, kernel, served_at
):
    pool, _ = bench.drained(2, kernel)
    bench.backing.grants = lambda gfp, now: bool(gfp & DIRECT_RECLAIM)
    bench.backing.reclaim_ns = 3 * MS
    call = bench.ask(pool, "GFP_NOIO")
    bench.run(6 * S)
    assert served_at + 3 * MS < call.now - call.start < served_at + 4 * MS


@pytest.mark.parametrize("kernel", ERA_A3)
def test_before_2_6_18_a_caller_that_reclaim_would_have_helped_sleeps_for_ever(bench, kernel):
    pool, _ = bench.drained(2, kernel)
    bench.backing.grants = lambda gfp, now: bool(gfp & DIRECT_RECLAIM)
    bench.ask(pool, "GFP_NOIO")
    bench.env.run()
    assert len(pool.blocked) == 1


@pytest.mark.parametrize(("kernel", "count"), [*((k, 1) for k in ERA_A2 + ERA_A3 + ERA_B), *((k, 2) for k in ERA_C)])
def test_a_mask_with_io_but_no_wait_gets_null_after_one_attempt_until_3_2_and_two_from_3_3_on(bench, kernel, count):
    pool, _ = bench.drained(2, kernel)
    assert bench.ask(pool, IO).path is Path.NULL
    assert [bool(gfp & IO) for gfp in bench.backing.masks] == [False, True][:count]


@pytest.mark.parametrize("kernel", ERA_A2 + ERA_A3 + ERA_B + ERA_C)
@pytest.mark.parametrize("gfp", ["GFP_ATOMIC", "GFP_NOWAIT"])
def test_an_atomic_caller_gets_null_after_one_attempt_in_all_eras(bench, kernel, gfp):
    pool, _ = bench.drained(2, kernel)
    call = bench.ask(pool, gfp)
    assert (call.path, call.element, call.attempts, call.done) == (Path.NULL, None, 1, None)
    assert pool.outstanding == 2


@pytest.mark.parametrize("kernel", ERA_A2 + ERA_A3 + ERA_B + ERA_C)
def test_every_round_asks_alloc_fn_first_and_the_reserve_second(bench, kernel):
    pool = bench.pool(2, kernel)
    assert bench.ask(pool).path is Path.FIRST
    assert pool.curr_nr == 2
    bench.backing.fail()
    assert bench.ask(pool).path is Path.RESERVE
    assert attempts(bench) == [REDUCED, REDUCED]


@pytest.mark.parametrize("kernel", ERA_C)
def test_a_second_attempt_that_succeeds_leaves_the_caller_awake(bench, kernel):
    pool, _ = bench.drained(1, kernel)
    bench.backing.grants = lambda gfp, now: bool(gfp & DIRECT_RECLAIM)
    call = bench.ask(pool)
    assert (call.path, call.attempts, call.sleeps) == (Path.RECLAIM, 2, 0)


def test_the_reserve_is_looked_at_again_after_the_second_attempt(bench):
    pool, (element,) = bench.drained()
    bench.backing.reclaim_ns = 3 * MS
    call = bench.ask(pool)
    bench.at(1 * MS, pool.free, element)
    bench.run(4 * MS)
    assert (call.path, call.element, call.sleeps) == (Path.RESERVE, element, 0)


@pytest.mark.parametrize(
    ("min_nr", "curr_nr", "expected"),
    [(8, 5, [REDUCED]), (8, 4, [REDUCED, FULL]), (9, 5, [REDUCED]), (9, 4, [REDUCED, FULL]), (1, 1, [REDUCED])],
)
def test_up_to_2_6_11_a_caller_with_fs_reclaims_once_half_of_the_reserve_is_gone(bench, min_nr, curr_nr, expected):
    pool = bench.pool(min_nr, "2.6.11")
    bench.backing.fail()
    for _ in range(min_nr - curr_nr):
        bench.ask(pool, "GFP_ATOMIC")
    bench.backing.asked.clear()
    assert bench.ask(pool, "GFP_KERNEL").path is Path.RESERVE
    assert attempts(bench) == expected


@pytest.mark.parametrize("gfp", ["GFP_NOFS", "GFP_NOIO", "GFP_ATOMIC"])
def test_up_to_2_6_11_a_caller_without_fs_takes_from_any_half_of_the_reserve(bench, gfp):
    pool = bench.pool(4, "2.6.11")
    bench.backing.fail()
    assert [bench.ask(pool, gfp).path for _ in range(4)] == [Path.RESERVE] * 4
    assert attempts(bench) == [REDUCED] * 4


def test_up_to_2_6_11_every_round_after_a_sleep_has_both_attempts(bench):
    pool, elements = bench.drained(2, "2.6.11")
    call = bench.ask(pool, "GFP_KERNEL")
    bench.at(1 * MS, pool.free, elements[0])
    bench.run(2 * MS)
    assert attempts(bench) == [REDUCED, FULL] * 2
    assert call.path is Path.WAIT_RESERVE


@pytest.mark.parametrize("kernel", ["2.6.12", "2.6.18", "3.3", "4.8", "6.12", "7.2"])
def test_a_woken_caller_asks_alloc_fn_though_its_element_lies_in_the_reserve(bench, kernel):
    pool, (element,) = bench.drained(1, kernel)
    call = bench.ask(pool)
    bench.at(1 * MS, bench.backing.give, 1)
    bench.at(1 * MS, pool.free, element)
    bench.run(2 * MS)
    assert call.path is Path.WAIT
    assert pool.elements == [element]


@pytest.mark.parametrize("kernel", ["4.6", "4.7"])
def test_in_4_6_and_4_7_an_attempt_carries_nomemalloc_only_while_the_reserve_holds_an_element(bench, kernel):
    pool = bench.pool(1, kernel)
    bench.backing.fail()
    bench.ask(pool)
    bench.ask(pool)
    assert [bool(gfp & NOMEMALLOC) for gfp in bench.backing.masks] == [True, False, False]


@pytest.mark.parametrize("kernel", ["2.6.12", "4.5", "4.8", "7.2"])
def test_in_other_kernels_since_2_6_12_every_attempt_carries_nomemalloc(bench, kernel):
    pool = bench.pool(1, kernel)
    bench.backing.fail()
    bench.ask(pool)
    bench.ask(pool)
    assert all(gfp & NOMEMALLOC for gfp in bench.backing.masks)


def test_a_caller_that_reclaim_never_lets_reclaim_still_polls_and_sleeps(bench):
    pool, _ = bench.drained(reclaim=Reclaim.NEVER)
    call = bench.ask(pool, "GFP_KERNEL")
    bench.run(11 * S)
    assert attempts(bench) == [REDUCED] * 3
    assert call.timeouts == 2


def test_pool_first_does_not_ask_alloc_fn_while_the_reserve_holds_an_element(bench):
    pool = bench.pool(2, order=Order.POOL_FIRST)
    assert [bench.ask(pool).path for _ in range(3)] == [Path.RESERVE, Path.RESERVE, Path.FIRST]
    assert len(bench.backing.asked) == 1


def test_pool_first_lets_a_woken_caller_take_its_element_without_an_attempt(bench):
    pool, (element,) = bench.drained(order=Order.POOL_FIRST)
    call = bench.ask(pool)
    bench.at(1 * MS, bench.backing.recover)
    bench.at(1 * MS, pool.free, element)
    bench.run(2 * MS)
    assert (call.path, call.element) == (Path.WAIT_RESERVE, element)
    assert attempts(bench) == [REDUCED, FULL]


def test_pool_first_does_not_reclaim_for_an_element_that_lies_in_the_reserve(bench):
    pool, (element,) = bench.drained(order=Order.POOL_FIRST)
    bench.backing.reclaim_ns = 3 * MS
    call = bench.ask(pool)
    bench.at(4 * MS, pool.free, element)
    bench.run(5 * MS)
    assert (call.path, call.reclaim) == (Path.WAIT_RESERVE, 3 * MS)


def test_without_a_pool_a_resize_changes_nothing(bench):
    pool = bench.pool(4, order=Order.NO_POOL)
    assert bench.resize(pool, 8) == 0
    assert (pool.min_nr, pool.curr_nr, bench.backing.asked) == (0, 0, [])


@pytest.mark.parametrize("kernel", ["2.6.0", "6.12", "6.17", "7.2"])
def test_without_a_pool_there_is_no_reserve(bench, kernel):
    pool = bench.pool(4, kernel, order=Order.NO_POOL)
    element = bench.ask(pool).element
    pool.free(element)
    assert pool.curr_nr == 0
    assert bench.backing.freed == [element]


def test_without_a_pool_a_caller_that_may_sleep_asks_again_every_jiffy(bench):
    pool = bench.pool(4, order=Order.NO_POOL, costs=Costs(attempt=1_000))
    bench.backing.fail()
    call = bench.ask(pool)
    bench.at(10 * MS, bench.backing.recover)
    bench.run(60 * MS)
    assert [now for now, _ in bench.backing.asked] == [0, 4_001_000, 8_002_000, 12_003_000]
    assert (call.path, call.sleeps, pool.pauses) == (Path.RECLAIM, 0, 3)


def test_without_a_pool_a_caller_that_may_not_sleep_gets_null_at_once(bench):
    pool = bench.pool(4, order=Order.NO_POOL)
    bench.backing.fail()
    assert bench.ask(pool, "GFP_NOWAIT").path is Path.NULL


def test_bulk_is_served_by_alloc_fn_while_that_has_memory(bench):
    pool = bench.pool(3, "6.19")
    call = bench.bulk(pool, [None] * 3)
    assert call.path is Path.FIRST
    assert attempts(bench) == [REDUCED] * 3
    assert (pool.curr_nr, pool.outstanding) == (3, 3)


def test_bulk_takes_all_that_is_missing_from_the_reserve(bench):
    pool = bench.pool(3, "6.19")
    bench.backing.give(1)
    elements = [None] * 3
    call = bench.bulk(pool, elements)
    assert call.path is Path.RESERVE
    assert (elements, pool.elements) == ([3, 2, 1], [0])


def test_bulk_takes_nothing_from_a_reserve_that_is_too_small(bench):
    pool = bench.pool(3, "6.19")
    bench.backing.fail()
    bench.ask(pool, "GFP_ATOMIC")
    elements = [None] * 3
    bench.bulk(pool, elements)
    assert elements == [None] * 3
    assert pool.curr_nr == 2


def test_bulk_stops_a_pass_at_the_first_failure_and_repeats_it_with_the_full_mask_before_it_sleeps(bench):
    pool, _ = bench.drained(3, "6.19")
    bench.backing.give(1)
    bench.bulk(pool, [None] * 3)
    assert attempts(bench) == [REDUCED, REDUCED, FULL]


def test_bulk_keeps_what_alloc_fn_gave_while_it_sleeps(bench):
    pool, taken = bench.drained(3, "6.19")
    bench.backing.give(2)
    elements = [None] * 3
    call = bench.bulk(pool, elements)
    assert elements == [3, 4, None]
    bench.at(1 * MS, pool.free, taken[0])
    bench.run(2 * MS)
    assert call.path is Path.WAIT_RESERVE
    assert elements == [3, 4, taken[0]]


def test_bulk_is_woken_by_any_refill_even_too_small_a_one(bench):
    pool, taken = bench.drained(3, "6.19")
    call = bench.bulk(pool, [None] * 2)
    bench.at(1 * MS, pool.free, taken[0])
    bench.at(2 * MS, pool.free, taken[1])
    bench.run(3 * MS)
    assert (call.wakes, call.wasted_wakes) == (2, 1)
    assert attempts(bench) == [REDUCED, FULL, FULL, FULL]


def test_single_callers_may_starve_a_bulk_of_the_elements_it_waits_for(bench):
    pool, taken = bench.drained(2, "6.19")
    bulk = bench.bulk(pool, [None] * 2)
    for number in range(1, 100):
        bench.at(number * MS, pool.free, taken[0])
        bench.at(number * MS + MS // 2, bench.ask, pool, "GFP_ATOMIC")
    bench.run(100 * MS)
    assert bulk.path is Path.UNFINISHED
    assert bulk.wasted_wakes == 99


def test_bulk_sleeps_five_seconds_at_most(bench):
    pool, _ = bench.drained(2, "6.19")
    call = bench.bulk(pool, [None] * 2)
    bench.at(1 * MS, bench.backing.recover)
    bench.run(6 * S)
    assert (call.path, call.timeouts) == (Path.WAIT, 1)


def test_bulk_reclaims_after_a_sleep_as_before_it(bench):
    pool, _ = bench.drained(2, "6.19")
    bench.backing.reclaim_ns = 3 * MS
    call = bench.bulk(pool, [None] * 2)
    bench.at(1 * S, bench.backing.recover)
    bench.run(6 * S)
    assert call.now == 5_120 * MS + 6_000 + 2 * (3 * MS + 1_000)
    assert call.reclaim == 3 * (3 * MS)


@pytest.mark.filterwarnings("ignore::sim.kernel.KernelWarning")
def test_bulk_without_a_pool_asks_again_every_jiffy(bench):
    pool = bench.pool(2, "6.19", order=Order.NO_POOL)
    bench.backing.fail()
    call = bench.bulk(pool, [None] * 2)
    bench.at(10 * MS, bench.backing.recover)
    bench.run(20 * MS)
    assert call.sleeps == 0
    assert 12 * MS < call.now < 13 * MS


@pytest.mark.parametrize("kthread", [False, True])
def test_bulk_tells_reclaim_whether_the_caller_is_a_kernel_thread(bench, kthread):
    pool, _ = bench.drained(2, "6.19")
    bench.backing.reclaimers.clear()
    pool.begin_bulk([None] * 2, int(bench.env.now), kthread)
    assert bench.backing.reclaimers == [kthread]


def test_bulk_uses_the_mask_of_gfp_kernel(bench):
    pool, _ = bench.drained(2, "6.19")
    bench.bulk(pool, [None] * 2)
    full = pool.masks_of("GFP_KERNEL").full
    assert bench.backing.masks == [full & ~(DIRECT_RECLAIM | IO), full]


def test_bulk_of_more_than_min_nr_warns(bench):
    pool = bench.pool(2, "6.19")
    with pytest.warns(KernelWarning, match="mempool_alloc_bulk of 3 from a reserve of 2"):
        bench.bulk(pool, [None] * 3)


def test_bulk_of_more_than_min_nr_lives_by_alloc_fn_alone(bench):
    pool = bench.pool(2, "6.19")
    bench.backing.fail()
    with pytest.warns(KernelWarning):
        call = bench.bulk(pool, [None] * 3)
    bench.at(1 * MS, bench.backing.recover)
    bench.run(6 * S)
    assert (call.path, pool.curr_nr) == (Path.WAIT, 2)


@pytest.mark.parametrize("kernel", ["6.19", "7.1"])
def test_up_to_7_1_bulk_skips_slots_that_hold_something(bench, kernel):
    pool = bench.pool(3, kernel)
    elements = ["mine", None, "mine too"]
    bench.bulk(pool, elements)
    assert elements == ["mine", 3, "mine too"]
    assert pool.outstanding == 1


def test_from_7_2_on_bulk_fills_the_whole_array(bench):
    pool = bench.pool(3, "7.2")
    elements = ["overwritten", None, "too"]
    bench.bulk(pool, elements)
    assert elements == [3, 4, 5]


@pytest.mark.parametrize("elements", [[], ["mine"]])
def test_bulk_with_nothing_missing_returns_at_once(bench, elements):
    call = bench.bulk(bench.pool(3, "6.19"), elements)
    assert call.path is Path.FIRST
    assert bench.backing.asked == []


@pytest.mark.parametrize("kernel", ["2.6.18", "6.12", "6.18"])
def test_there_is_no_bulk_before_6_19(bench, kernel):
    pool = bench.pool(3, kernel)
    with pytest.raises(NotInThisKernel, match=rf"kernel {kernel} has no mempool_alloc_bulk: it came with 6\.19"):
        bench.bulk(pool, [None])


def test_an_injected_bulk_fault_skips_the_whole_first_pass_and_leads_to_the_reserve(bench):
    pool = bench.pool(3, "6.19", bulk_fault=fires())
    call = bench.bulk(pool, [None] * 3)
    assert (call.path, call.element) == (Path.RESERVE, [2, 1, 0])
    assert bench.backing.asked == []


def test_an_injected_bulk_fault_leaves_the_second_pass_alone(bench):
    pool = bench.pool(3, "6.19", bulk_fault=fires())
    bench.bulk(pool, [None] * 3)
    bench.bulk(pool, [None] * 3)
    assert attempts(bench) == [FULL] * 3


def test_a_bulk_fault_does_not_touch_single_allocations(bench):
    pool = bench.pool(3, "6.19", bulk_fault=fires())
    assert bench.ask(pool).path is Path.FIRST


def test_a_fault_of_single_allocations_does_not_touch_bulk(bench):
    pool = bench.pool(3, "6.19", fault=fires())
    assert bench.bulk(pool, [None] * 3).path is Path.FIRST


def test_with_a_fault_probability_of_100_the_pool_runs_on_its_reserve_only(bench):
    pool = bench.pool(2, "6.19", fault=fires())
    calls = [bench.ask(pool) for _ in range(3)]
    bench.at(1 * MS, pool.free, calls[0].element)
    bench.run(6 * S)
    assert [call.path for call in calls] == [Path.RESERVE, Path.RESERVE, Path.WAIT_RESERVE]
    assert bench.backing.asked == []


def test_a_fault_is_tested_at_every_attempt(bench):
    pool = bench.pool(1, "6.19", fault=FaultAttr(50, uniform=iter([0.1, 0.9]).__next__))
    bench.ask(pool, "GFP_ATOMIC")
    assert bench.ask(pool).path is Path.FIRST


@pytest.mark.parametrize("knob", ["fault", "bulk_fault"])
def test_there_is_no_fault_injection_before_6_19(bench, knob):
    with pytest.raises(NotInThisKernel, match=r"kernel 6\.18 has no fail_mempool_alloc: it came with 6\.19"):
        bench.pool(1, "6.18", **{knob: fires()})


def test_bulk_under_reclaim_never_does_not_reclaim(bench):
    pool, _ = bench.drained(2, "6.19", reclaim=Reclaim.NEVER)
    bench.bulk(pool, [None] * 2)
    bench.run(6 * S)
    assert FULL not in attempts(bench)


def test_a_bulk_call_loses_no_element_when_frees_are_handed_off(bench):
    pool, taken = bench.drained(2, "6.19", wake=Wake.HAND_OFF)
    call = bench.bulk(pool, [None] * 2)
    bench.at(1 * MS, pool.free, taken[0])
    bench.at(2 * MS, pool.free, taken[1])
    bench.run(6 * S)
    assert call.path in {Path.WAIT, Path.WAIT_RESERVE}
    assert sorted(call.element) == sorted(taken)


def test_an_injected_failure_does_not_reclaim(bench):
    pool = bench.pool(1, "6.19", fault=fires())
    held = bench.ask(pool, "GFP_ATOMIC").element
    bench.backing.reclaim_ns = 50 * MS
    call = bench.ask(pool)
    bench.at(1 * MS, pool.free, held)
    bench.run(2 * MS)
    assert (call.path, call.reclaim, call.now) == (Path.WAIT_RESERVE, 0, 1 * MS + 6_000 + 1_500)
    assert (bench.backing.reclaimers, bench.backing.asked) == ([], [])


@pytest.mark.parametrize("freed_at", [1 * MS, 9 * MS])
def test_in_4_6_the_reserve_as_an_attempt_begins_decides_on_nomemalloc(bench, freed_at):
    pool, (element,) = bench.drained(1, "4.6")
    bench.backing.reclaim_ns = 5 * MS
    bench.ask(pool)  # reclaims from 1 us on
    bench.at(freed_at, pool.free, element)
    bench.run(4_000 * MS)
    assert [bool(mask & NOMEMALLOC) for mask in bench.backing.masks] == [False, False] + [True] * (freed_at > 5 * MS)


def test_a_bulk_call_that_reclaims_has_not_made_that_attempt_yet(bench):
    pool, _ = bench.drained(2, "6.19")
    bench.backing.reclaim_ns = 5 * MS
    call = bench.bulk(pool, [None] * 2)
    bench.run(1 * MS)
    assert call.attempts == 1


@pytest.mark.parametrize("gfp", ["__GFP_IO|__GFP_FS", "GFP_KERNEL"])
def test_up_to_2_6_11_a_caller_with_fs_and_a_reduced_first_mask_asks_twice(bench, gfp):
    pool, _ = bench.drained(1, "2.6.11")
    bench.ask(pool, gfp)
    assert len(bench.backing.asked) == 2


def test_without_a_pool_a_caller_that_must_not_retry_gets_null(bench):
    pool = bench.pool(2, order=Order.NO_POOL)
    bench.backing.fail()
    assert bench.ask(pool, "GFP_KERNEL|__GFP_NORETRY").path is Path.NULL


def test_without_a_pool_there_is_no_mempool_fault_to_inject(bench):
    pool = bench.pool(2, "6.19", order=Order.NO_POOL, fault=fires(), bulk_fault=fires())
    assert bench.ask(pool).path is Path.FIRST
    assert bench.bulk(pool, [None]).path is Path.FIRST


def test_with_the_reserve_first_memory_that_has_been_reclaimed_is_used(bench):
    pool, (element,) = bench.drained(order=Order.POOL_FIRST)
    bench.backing.reclaim_ns = 1 * MS
    call = bench.ask(pool)
    bench.at(500_000, pool.free, element)
    bench.at(600_000, bench.backing.recover)
    bench.run(2 * MS)
    assert (call.path, pool.curr_nr) == (Path.RECLAIM, 1)
