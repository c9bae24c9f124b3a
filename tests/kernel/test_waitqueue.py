import pytest

from sim.kernel import Cpu, Path
from sim.kernel.versions import Insert, Timer, Wake

US = 1_000
MS = 1_000_000
S = 1_000 * MS


def served(calls, elements=None):
    """The calls that have an element, by number from 1, in the order in which they got it."""
    done = [(call.now, number) for number, call in enumerate(calls, 1) if call.element is not None]
    return [number for _, number in sorted(done)]


def winners(bench, waiters, **settings):
    """The order in which `waiters` sleepers are served by one element that each frees 1 ms after it got it."""
    pool, (element,) = bench.drained(**settings)
    calls = []
    for number in range(waiters):
        bench.at(number * MS, lambda: calls.append(bench.ask(pool)))
    for number in range(waiters):
        bench.at((waiters + number) * MS, pool.free, element)
    bench.run((2 * waiters + 1) * MS)
    return served(calls)


@pytest.mark.parametrize(
    ("waiters", "order"), [(1, [1]), (2, [2, 1]), (3, [3, 1, 2]), (5, [5, 1, 4, 2, 3]), (8, [8, 1, 7, 2, 6, 3, 5, 4])]
)
def test_on_one_cpu_newest_and_oldest_win_in_turn(bench, waiters, order):
    assert winners(bench, waiters, cpu=Cpu()) == order


@pytest.mark.parametrize(
    ("waiters", "order"), [(1, [1]), (2, [2, 1]), (3, [3, 1, 2]), (5, [5, 1, 4, 2, 3]), (8, [8, 1, 7, 2, 6, 3, 5, 4])]
)
def test_with_equal_wakeup_latencies_newest_and_oldest_win_in_turn(bench, waiters, order):
    assert winners(bench, waiters) == order


def test_waking_one_from_the_tail_serves_in_order_of_arrival(bench):
    assert winners(bench, 5, wake=Wake.ONE, insert=Insert.TAIL) == [1, 2, 3, 4, 5]


def test_waking_one_from_the_head_serves_the_newest_first(bench):
    assert winners(bench, 5, wake=Wake.ONE) == [5, 4, 3, 2, 1]


def test_waking_all_of_a_queue_that_is_joined_at_the_tail_serves_in_order_of_arrival(bench):
    assert winners(bench, 5, insert=Insert.TAIL) == [1, 2, 3, 4, 5]


def test_handing_off_from_the_tail_serves_in_order_of_arrival(bench):
    assert winners(bench, 5, wake=Wake.HAND_OFF, insert=Insert.TAIL) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("insert", "order"), [(Insert.HEAD, [3, 2, 1]), (Insert.TAIL, [1, 2, 3])])
def test_a_waiter_joins_the_queue_at_its_head_or_tail(bench, insert, order):
    pool, _ = bench.drained(insert=insert)
    calls = [bench.ask(pool) for _ in range(3)]
    assert [calls.index(call) + 1 for call in pool.wait.listed()] == order


def test_a_refill_wakes_all_and_serves_one(bench):
    pool, (element,) = bench.drained()
    calls = [bench.ask(pool) for _ in range(4)]
    bench.at(1 * MS, pool.free, element)
    bench.run(2 * MS)
    assert [call.wakes for call in calls] == [1] * 4
    assert len(served(calls)) == 1
    assert len(pool.wait) == 3


def test_a_herd_costs_an_attempt_each(bench):
    pool, (element,) = bench.drained()
    for _ in range(10):
        bench.ask(pool)
    bench.backing.asked.clear()
    bench.at(1 * MS, pool.free, element)
    bench.run(2 * MS)
    assert len(bench.backing.asked) == 10


def test_two_refills_serve_two(bench):
    pool, elements = bench.drained(2)
    calls = [bench.ask(pool) for _ in range(4)]
    for element in elements:
        bench.at(1 * MS, pool.free, element)
    bench.run(2 * MS)
    assert len(served(calls)) == 2
    assert [call.wakes for call in calls] == [1] * 4


def test_wake_one_wakes_no_more_than_one(bench):
    pool, (element,) = bench.drained(wake=Wake.ONE)
    calls = [bench.ask(pool) for _ in range(4)]
    bench.at(1 * MS, pool.free, element)
    bench.run(2 * MS)
    assert [call.wakes for call in calls] == [0, 0, 0, 1]


def test_wake_one_loses_a_wake_up_when_the_woken_finds_memory(bench):
    pool, (element,) = bench.drained(wake=Wake.ONE, timeout=None)
    calls = [bench.ask(pool) for _ in range(2)]
    bench.at(1 * MS, bench.backing.give, 1)
    bench.at(1 * MS, pool.free, element)
    bench.env.run()
    assert served(calls) == [2]
    assert pool.curr_nr == 1


def test_hand_off_gives_the_element_to_the_waiter_whom_no_newcomer_can_rob(bench):
    pool, (element,) = bench.drained(wake=Wake.HAND_OFF)
    waiter = bench.ask(pool)
    bench.at(1 * MS, pool.free, element)
    newcomers = []
    bench.at(1 * MS, lambda: newcomers.append(bench.ask(pool, "GFP_ATOMIC")))
    bench.run(2 * MS)
    assert (waiter.path, waiter.element) == (Path.WAIT_RESERVE, element)
    assert newcomers[0].path is Path.NULL


def test_a_newcomer_takes_the_element_from_under_the_woken(bench):
    pool, (element,) = bench.drained()
    waiter = bench.ask(pool)
    newcomers = []
    bench.at(1 * MS, pool.free, element)
    bench.at(1 * MS + 1, lambda: newcomers.append(bench.ask(pool)))
    bench.run(2 * MS)
    assert (newcomers[0].path, newcomers[0].barged) == (Path.RESERVE, True)
    assert (waiter.path, waiter.wasted_wakes) == (Path.UNFINISHED, 1)


def test_who_takes_from_the_reserve_while_nobody_has_been_woken_does_not_barge(bench):
    pool = bench.pool()
    bench.backing.fail()
    assert not bench.ask(pool).barged


def test_a_free_to_free_fn_wakes_nobody(bench):
    pool = bench.pool(1)
    extra = bench.ask(pool).element
    bench.backing.fail()
    bench.ask(pool)
    waiter = bench.ask(pool)
    bench.backing.give(1)
    bench.resize(pool, 2)
    bench.backing.fail()
    bench.backing.asked.clear()
    pool.min_nr = 1  # as a resize down would: the reserve is full again while somebody sleeps
    pool.free(extra)
    bench.run(2 * MS)
    assert bench.backing.freed == [extra]
    assert (waiter.wakes, bench.backing.asked) == (0, [])


def test_a_refill_wakes_only_the_sleepers_of_its_own_pool(bench):
    pool, (element,) = bench.drained()
    other, _ = bench.drained()
    here, there = bench.ask(pool), bench.ask(other)
    bench.at(1 * MS, pool.free, element)
    bench.run(2 * MS)
    assert (here.wakes, there.wakes) == (1, 0)


def test_a_wake_in_vain_is_followed_by_a_fresh_five_seconds(bench):
    pool, (element,) = bench.drained()
    call = bench.ask(pool)
    bench.at(3 * S, pool.free, element)
    bench.at(3 * S, bench.ask, pool, "GFP_ATOMIC")
    bench.run(7 * S)
    assert call.timeouts == 0
    bench.run(9 * S)
    assert call.timeouts == 1
    assert call.woken_at == 8_192 * MS


def test_without_a_time_out_a_deadlock_is_for_ever(bench):
    pool, _ = bench.drained(timeout=None)
    call = bench.ask(pool)
    bench.env.run()
    assert (bench.env.now, call.path) == (0, Path.UNFINISHED)
    assert list(pool.blocked) == [call]


@pytest.mark.parametrize("kernel", ["2.6.0", "2.6.11", "2.6.12", "2.6.17"])
def test_before_2_6_18_a_deadlock_is_for_ever(bench, kernel):
    pool, _ = bench.drained(2, kernel)
    bench.ask(pool)
    bench.env.run()
    assert len(pool.blocked) == 1


@pytest.mark.parametrize(("timeout", "ends"), [(1 * S, 1_024 * MS), (20 * MS, 24 * MS), (60 * S, 61_440 * MS)])
def test_another_time_out_ends_on_its_own_border_of_the_wheel(bench, timeout, ends):
    pool, _ = bench.drained(timeout=timeout)
    call = bench.ask(pool)
    bench.run(ends + 1)
    assert (call.timeouts, call.woken_at) == (1, ends)


@pytest.mark.parametrize(
    ("kernel", "hz", "ends_ms"),
    [
        ("4.7", 250, 5_000),
        ("4.8", 250, 5_120),
        ("4.7", 100, 5_000),
        ("4.8", 100, 5_040),
        ("4.8", 300, 5_120),
        ("2.6.18", 1000, 5_000),
        ("7.2", 1000, 5_120),
    ],
)
def test_a_sleep_ends_on_its_jiffy_up_to_4_7_and_on_a_border_of_the_wheel_from_4_8_on(bench, kernel, hz, ends_ms):
    pool, _ = bench.drained(1, kernel, hz=hz)
    call = bench.ask(pool)
    bench.run(ends_ms * MS)
    assert call.timeouts == 0
    bench.run(ends_ms * MS + 1)
    assert call.timeouts == 1


def test_the_time_out_follows_absolute_jiffies(bench):
    pool, _ = bench.drained(jiffies=30)
    call = bench.ask(pool)
    bench.run(6 * S)
    assert call.woken_at == (1344 - 30) * 4 * MS


def test_the_jiffy_of_a_time_out_is_that_in_which_the_sleep_begins(bench):
    pool, _ = bench.drained(1, "4.7")
    calls = []
    for instant in (4 * MS - 2_001, 4 * MS - 2_000):  # two attempts of 1 us come first
        bench.at(instant, lambda: calls.append(bench.ask(pool)))
    bench.run(6 * S)
    assert [call.woken_at for call in calls] == [5_000 * MS, 5_004 * MS]


def test_sleepers_of_one_bucket_wake_together(bench):
    pool, _ = bench.drained()
    calls = []
    for instant in (0, 40 * MS, 119 * MS, 120 * MS):
        bench.at(instant, lambda: calls.append(bench.ask(pool)))
    bench.run(6 * S)
    assert [call.woken_at for call in calls] == [5_120 * MS] * 3 + [5_376 * MS]


def test_those_who_time_out_in_one_bucket_of_the_wheel_wake_newest_first(bench):
    pool, _ = bench.drained(cpu=Cpu())
    calls = []
    for number in range(3):
        bench.at(number * MS, lambda: calls.append(bench.ask(pool)))
    bench.at(5 * S, bench.backing.give, 1)
    bench.run(6 * S)
    assert served(calls) == [3]


def test_those_who_time_out_in_one_jiffy_of_an_exact_timer_wake_oldest_first(bench):
    pool, _ = bench.drained(1, "4.7", cpu=Cpu())
    calls = []
    for number in range(3):
        bench.at(number * MS, lambda: calls.append(bench.ask(pool)))
    bench.at(4 * S, bench.backing.give, 1)
    bench.run(6 * S)
    assert served(calls) == [1]


def test_a_free_at_the_instant_of_the_time_out_loses_no_element(bench):
    pool, (element,) = bench.drained(1, "4.7")
    call = bench.ask(pool)
    bench.at(5 * S, pool.free, element)
    bench.run(6 * S)
    assert (call.path, call.element) == (Path.WAIT_RESERVE, element)
    assert pool.outstanding + pool.curr_nr == len(bench.backing.alive)


def test_a_woken_caller_leaves_the_queue_before_it_runs(bench):
    pool, (element,) = bench.drained(wakeup_latency=lambda: 1 * MS)
    call = bench.ask(pool)
    bench.at(1 * MS, pool.free, element)
    bench.run(1 * MS + 1)
    assert (len(pool.wait), len(pool.wait.woken.turns)) == (0, 1)
    assert call in pool.blocked


def test_a_refill_wakes_nobody_a_second_time_before_he_runs(bench):
    pool, elements = bench.drained(2, wakeup_latency=lambda: 1 * MS)
    call = bench.ask(pool)
    bench.at(1 * MS, pool.free, elements[0])
    bench.at(1 * MS + 1, pool.free, elements[1])
    bench.run(3 * MS)
    assert (call.wakes, pool.curr_nr) == (1, 1)


@pytest.mark.parametrize("timer", Timer)
def test_thousands_of_sleeps_leave_a_handful_of_scheduled_events(bench, timer):
    pool, (element,) = bench.drained(timer=timer)
    calls = [bench.ask(pool) for _ in range(20)]
    most = 0
    for number in range(1, 501):
        bench.run(number * MS)
        pool.free(element)
        bench.ask(pool, "GFP_ATOMIC")
        most = max(most, len(bench.env._queue))
    assert sum(call.sleeps for call in calls) > 9_000
    assert most <= 3


def test_time_outs_of_many_sleepers_need_one_timer(bench):
    pool, _ = bench.drained()
    for number in range(1_000):
        bench.run((number + 1) * MS)
        bench.ask(pool)
    assert len(bench.env._queue) <= 2


def asleep_across_a_jiffy_border(bench, kernel):
    """Two sleepers: one of the last us of a jiffy, queued after one who ran ahead of the clock into the next."""
    border = 30 * 4 * MS
    pool, (element,) = bench.drained(1, kernel)
    early = bench.ask(pool)
    bench.at(border - 7_800, pool.free, element)
    bench.at(border - 7_700, bench.ask, pool, "GFP_ATOMIC")  # takes it: early runs at -1.8 us, sleeps from -0.8 us on
    calls = [early]
    bench.at(border - 1_900, lambda: calls.append(bench.ask(pool)))  # asleep from 0.1 us on
    bench.run(6 * S)
    assert [call.now for call in calls if call.sleeps < 2] == []
    return pool, calls


@pytest.mark.parametrize(("kernel", "jiffies"), [("4.7", (1_279, 1_280)), ("6.12", (1_280, 1_344))])
def test_a_sleep_times_out_by_its_own_jiffy_though_another_ran_ahead_into_the_next(bench, kernel, jiffies):
    _, calls = asleep_across_a_jiffy_border(bench, kernel)
    assert [call.timed_out_at for call in calls] == [jiffy * 4 * MS for jiffy in jiffies]


def test_handing_off_passes_over_a_bulk_caller_at_the_head(bench):
    pool, elements = bench.drained(4, "7.1", wake=Wake.HAND_OFF)
    single, bulk = bench.ask(pool), bench.bulk(pool, [None] * 4)
    bench.at(1 * MS, pool.free, elements[0])
    bench.run(2 * MS)
    assert (single.path, bulk.path, pool.curr_nr) == (Path.WAIT_RESERVE, Path.UNFINISHED, 0)


def test_under_hand_off_a_refill_wakes_the_bulk_callers_that_are_left(bench):
    pool, elements = bench.drained(2, "7.1", wake=Wake.HAND_OFF)
    calls = [bench.bulk(pool, [None] * 2), bench.bulk(pool, [None])]
    bench.at(1 * MS, pool.free, elements[0])
    bench.run(2 * MS)
    assert [call.path for call in calls] == [Path.UNFINISHED, Path.WAIT_RESERVE]


def test_under_hand_off_a_call_that_holds_its_element_is_not_sent_back_to_sleep(bench):
    pool, elements = bench.drained(2, wake=Wake.HAND_OFF)
    bench.backing.refuses_until = lambda now: 1 << 62
    first = bench.ask(pool)
    bench.at(1 * S, lambda: later.append(bench.ask(pool)))
    later = []
    times_out = pool.wait.expiry(first.now)
    bench.at(times_out + 2 * US, pool.free, elements[0])  # hands over while the one that timed out waits for its turn
    bench.at(times_out + 1 * MS, pool.free, elements[1])
    bench.run(60 * S)
    assert sorted(call.element for call in (first, *later)) == sorted(elements)
