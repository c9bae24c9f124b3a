import pytest

from sim.kernel import Costs, Path
from sim.kernel.call import Masks
from sim.kernel.gfp import (
    ATOMIC,
    DIRECT_RECLAIM,
    FS,
    HIGH,
    IO,
    KSWAPD_RECLAIM,
    NOMEMALLOC,
    NORETRY,
    NOWARN,
    parse_gfp,
)
from sim.kernel.versions import KernelVersion, Order, Reclaim, semantics_of

NO_FLAGS = NOMEMALLOC | NORETRY | NOWARN
MS = 1_000_000


def masks_in(version, gfp, **override):
    return Masks.of(parse_gfp(gfp, KernelVersion.parse(version)), semantics_of(version).override(**override))


@pytest.mark.parametrize("version", ["2.6.12", "2.6.18", "3.3", "4.3"])
@pytest.mark.parametrize(
    ("gfp", "rest"), [("GFP_KERNEL", FS), ("GFP_NOFS", 0), ("GFP_NOIO", 0), ("GFP_ATOMIC", HIGH), ("GFP_NOWAIT", 0)]
)
def test_before_4_4_the_first_attempt_carries_neither_wait_nor_io(version, gfp, rest):
    assert masks_in(version, gfp).first == rest | NO_FLAGS


@pytest.mark.parametrize("version", ["4.4", "4.8", "6.1", "6.12", "6.19", "7.2"])
@pytest.mark.parametrize(("gfp", "rest"), [("GFP_KERNEL", FS), ("GFP_NOFS", 0), ("GFP_NOIO", 0), ("GFP_NOWAIT", 0)])
def test_from_4_4_on_the_first_attempt_still_wakes_kswapd(version, gfp, rest):
    assert masks_in(version, gfp).first == KSWAPD_RECLAIM | rest | NO_FLAGS


@pytest.mark.parametrize(("version", "atomic"), [("4.4", ATOMIC), ("6.1", ATOMIC), ("6.12", 0)])
def test_gfp_atomic_keeps_its_mask_at_the_first_attempt(version, atomic):
    assert masks_in(version, "GFP_ATOMIC").first == HIGH | KSWAPD_RECLAIM | atomic | NO_FLAGS


def test_up_to_2_6_11_only_the_warning_is_suppressed():
    masks = masks_in("2.6.11", "GFP_KERNEL")
    assert masks.first == FS | NOWARN
    assert masks.full == DIRECT_RECLAIM | IO | FS


@pytest.mark.parametrize(
    ("version", "flags"), [("4.5", NO_FLAGS), ("4.6", NORETRY | NOWARN), ("4.7", NORETRY | NOWARN), ("4.8", NO_FLAGS)]
)
def test_in_4_6_and_4_7_nomemalloc_is_not_in_the_full_mask(version, flags):
    assert masks_in(version, "GFP_NOIO").full == DIRECT_RECLAIM | KSWAPD_RECLAIM | flags


@pytest.mark.parametrize("version", ["3.3", "4.3", "4.8", "6.12", "7.2"])
def test_from_3_3_on_a_second_attempt_with_the_full_mask_follows_at_once(version):
    masks = masks_in(version, "GFP_NOIO")
    assert masks.before_sleep == (masks.full,) != (masks.first,)


@pytest.mark.parametrize("version", ["3.3", "4.8", "7.2"])
@pytest.mark.parametrize("gfp", ["GFP_ATOMIC", "GFP_NOWAIT"])
def test_no_second_attempt_follows_if_the_reduced_mask_is_the_full_one(version, gfp):
    assert masks_in(version, gfp).before_sleep == ()


def test_a_mask_with_io_but_no_wait_has_a_second_attempt_from_3_3_on():
    assert masks_in("3.2", "__GFP_IO").before_sleep == ()
    assert masks_in("3.3", "__GFP_IO").before_sleep == (IO | NO_FLAGS,)


@pytest.mark.parametrize("version", ["2.6.12", "2.6.18", "3.2", "3.3", "6.12", "7.2"])
def test_from_2_6_12_on_a_sleep_is_followed_by_one_attempt_with_the_full_mask(version):
    masks = masks_in(version, "GFP_NOIO")
    assert masks.after_sleep == (masks.full,)


def test_up_to_2_6_11_a_sleep_is_followed_by_the_same_attempts_as_before_it():
    masks = masks_in("2.6.11", "GFP_KERNEL")
    assert masks.after_sleep == (masks.first, *masks.before_sleep)


@pytest.mark.parametrize(
    ("gfp", "spares"), [("GFP_KERNEL", True), ("GFP_NOFS", False), ("GFP_NOIO", False), ("GFP_ATOMIC", False)]
)
def test_up_to_2_6_11_only_callers_that_may_enter_the_filesystem_reclaim(gfp, spares):
    masks = masks_in("2.6.11", gfp)
    assert (masks.before_sleep != (), masks.spares_half) == (spares, spares)


@pytest.mark.parametrize("version", ["2.6.12", "2.6.18", "3.3", "6.12", "7.2"])
def test_the_50_percent_rule_is_gone_from_2_6_12_on(version):
    assert not masks_in(version, "GFP_KERNEL").spares_half


@pytest.mark.parametrize("version", ["2.6.0", "2.6.18", "4.3", "4.4", "7.2"])
def test_masks_with_direct_reclaim_and_no_others_may_sleep(version):
    names = ["GFP_KERNEL", "GFP_NOFS", "GFP_NOIO", "GFP_ATOMIC", "GFP_NOWAIT", "__GFP_IO|__GFP_FS"]
    assert [masks_in(version, name).may_sleep for name in names] == [True, True, True, False, False, False]


def test_reclaim_never_reduces_the_mask_of_every_attempt():
    masks = masks_in("6.12", "GFP_KERNEL", reclaim=Reclaim.NEVER)
    assert (masks.before_sleep, masks.after_sleep) == ((), (masks.first,))


def test_without_a_pool_every_attempt_carries_the_callers_own_mask():
    masks = masks_in("6.12", "GFP_NOFS", order=Order.NO_POOL)
    assert (masks.first, *masks.before_sleep, *masks.after_sleep) == (masks.gfp,) * 2


def test_costs_are_more_than_zero_unless_chosen_so():
    assert min(Costs().attempt, Costs().take, Costs().free) > 0


def test_a_call_that_never_slept_spent_no_time_asleep(bench):
    call = bench.ask(bench.pool())
    assert (call.sleeps, call.wasted_wakes, call.asleep(10 * MS)) == (0, 0, 0)


def test_a_sleeping_call_is_asleep_until_now(bench):
    pool, _ = bench.drained()
    call = bench.ask(pool)
    bench.run(3 * MS)
    assert call.path is Path.UNFINISHED
    assert (call.sleeps, call.asleep(3 * MS)) == (1, 3 * MS - 2_000)


def test_the_parts_of_a_wait_are_told_apart(bench):
    pool, (element,) = bench.drained(wakeup_latency=lambda: 6_000)
    bench.backing.reclaim_ns = 50_000
    call = bench.ask(pool)  # two attempts and a reclaim, then asleep from 52 us on
    bench.at(1 * MS, pool.free, element)
    bench.at(1 * MS + 1, bench.ask, pool, "GFP_ATOMIC")  # takes the element: back to sleep at 1 ms + 57 us
    bench.at(4 * MS, pool.free, element)  # found at 4 ms + 57 us
    bench.run(5 * MS)
    assert call.path is Path.WAIT_RESERVE
    assert call.reclaim == 2 * 50_000
    assert call.vain == 6_000 + 50_000 + 1_000
    assert call.asleep(5 * MS) == (1 * MS - 52_000) + (4 * MS - 1 * MS - 57_000) + 6_000
    assert call.now == 4 * MS + 57_500


@pytest.mark.parametrize("frees", [1, 2, 5])
@pytest.mark.parametrize("reclaim", [0, 50_000])
def test_costs_reclaim_sleep_and_vain_add_up_to_the_latency(bench, frees, reclaim):
    pool, (element,) = bench.drained(costs=Costs(attempt=1_300, take=700))
    bench.backing.reclaim_ns = reclaim
    call = bench.ask(pool)
    for number in range(1, frees + 1):
        bench.at(number * MS, pool.free, element)
        if number < frees:
            bench.at(number * MS + 5, bench.ask, pool, "GFP_ATOMIC")
    bench.run(20 * MS)
    attempts_that_count = 3
    costs = attempts_that_count * 1_300 + 700
    assert call.now - call.start == costs + call.reclaim + call.asleep(20 * MS) + call.vain
    assert call.wasted_wakes == frees - 1


def test_a_free_while_the_caller_is_on_its_way_to_sleep_does_not_turn_its_time_back(bench):
    pool, (element,) = bench.drained(wakeup_latency=lambda: 100)
    call = bench.ask(pool)  # asleep from 2 us on
    bench.at(500, pool.free, element)
    bench.run(1 * MS)
    assert call.run_at >= call.first_sleep
    assert call.now - call.start == 3 * 1_000 + 500 + call.asleep(1 * MS)


def test_with_no_wakeup_latency_a_call_is_asleep_until_it_is_woken(bench):
    pool, (element,) = bench.drained(wakeup_latency=lambda: 0)
    call = bench.ask(pool)
    bench.at(1 * MS, pool.free, element)
    bench.run(9 * MS)
    assert call.asleep(9 * MS) == 1 * MS - 2_000


def test_a_call_that_reclaims_in_vain_as_the_run_ends_is_no_longer_asleep(bench):
    pool, (element,) = bench.drained()
    call = bench.ask(pool)
    bench.at(500_000, setattr, bench.backing, "reclaim_ns", 5 * MS)
    bench.at(1 * MS, pool.free, element)
    bench.run(3 * MS)
    assert call.asleep(3 * MS) == 1 * MS - 2_000 + 6_000


def test_a_time_out_is_not_counted_as_a_wake(bench):
    pool, _ = bench.drained()
    call = bench.ask(pool)
    bench.run(11_000 * MS)
    assert (call.timeouts, call.wakes, call.wasted_wakes, call.sleeps) == (2, 0, 0, 3)


def test_a_refill_that_served_is_not_wasted(bench):
    pool, (element,) = bench.drained()
    call = bench.ask(pool)
    bench.at(1 * MS, pool.free, element)
    bench.run(2 * MS)
    assert (call.wakes, call.wasted_wakes, call.sleeps) == (1, 0, 1)


def test_memory_found_after_a_time_out_wastes_the_wakes_before(bench):
    pool, (element,) = bench.drained()
    call = bench.ask(pool)
    bench.at(1 * MS, pool.free, element)
    bench.at(1 * MS, bench.ask, pool, "GFP_ATOMIC")
    bench.at(2 * MS, bench.backing.recover)
    bench.run(6_000 * MS)
    assert call.path is Path.WAIT
    assert (call.wakes, call.wasted_wakes, call.timeouts) == (1, 1, 1)


def test_a_call_woken_but_not_yet_back_has_slept_once(bench):
    pool, (element,) = bench.drained(wakeup_latency=lambda: 1 * MS)
    call = bench.ask(pool)
    bench.at(1 * MS, pool.free, element)
    bench.run(1 * MS + 5)
    assert call.sleeps == 1


def test_what_a_woken_call_will_find_is_not_yet_known_to_be_wasted(bench):
    pool, (element,) = bench.drained(wakeup_latency=lambda: 1 * MS)
    call = bench.ask(pool)
    bench.at(1 * MS, pool.free, element)
    bench.run(1 * MS + 5)
    assert call.wasted_wakes == 0
