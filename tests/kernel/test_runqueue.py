import random
from itertools import count

import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel import Cpu, Mempool, Own, Path
from sim.kernel.backing import Pages

US = 1_000
MS = 1_000_000


def woken(bench, waiters=3, **settings):
    """Sleepers of a pool that memory returns to just before they are woken, after 1 ms."""
    pool, (element,) = bench.drained(**settings)
    calls = [bench.ask(pool) for _ in range(waiters)]
    bench.at(1 * MS, bench.backing.recover)
    bench.at(1 * MS, pool.free, element)
    bench.run(20 * MS)
    return calls


def test_each_woken_call_runs_after_its_own_wakeup_latency(bench):
    latencies = iter([30 * US, 10 * US, 20 * US])  # drawn newest first
    calls = woken(bench, wakeup_latency=latencies.__next__)
    assert [call.run_at - 1 * MS for call in calls] == [20 * US, 10 * US, 30 * US]


def test_with_different_latencies_the_first_to_run_wins(bench):
    pool, (element,) = bench.drained(wakeup_latency=iter([30 * US, 10 * US, 20 * US]).__next__)
    calls = [bench.ask(pool) for _ in range(3)]
    bench.at(1 * MS, pool.free, element)
    bench.run(2 * MS)
    assert [call.path is Path.WAIT_RESERVE for call in calls] == [False, True, False]


def test_on_one_cpu_the_woken_run_one_after_the_other_newest_first(bench):
    calls = woken(bench, cpu=Cpu(), wakeup_latency=lambda: 6 * US)
    assert [call.run_at - 1 * MS for call in calls] == [20 * US, 13 * US, 6 * US]


def test_on_one_cpu_the_woken_wait_until_it_is_free(bench):
    calls = woken(bench, cpu=Cpu(busy_until=3 * MS), wakeup_latency=lambda: 6 * US)
    assert min(call.run_at for call in calls) >= 3 * MS


def test_one_cpu_is_shared_by_the_pools_of_a_machine(bench):
    cpu = Cpu()
    pool, (element,) = bench.drained(cpu=cpu)
    other, (others,) = bench.drained(cpu=cpu)
    here, there = bench.ask(pool), bench.ask(other)
    bench.at(1 * MS, pool.free, element)
    bench.at(1 * MS, other.free, others)
    bench.run(2 * MS)
    assert abs(here.run_at - there.run_at) >= 1_500


def test_on_one_cpu_a_reclaiming_call_leaves_it_to_the_others(bench):
    bench.backing.reclaim_ns = 5 * MS
    calls = woken(bench, cpu=Cpu(), wakeup_latency=lambda: 6 * US)
    assert max(call.run_at for call in calls) < 1 * MS + 100 * US


def test_a_second_wake_up_does_not_hasten_a_turn_that_is_already_due(bench):
    draws = count(1)
    pool, elements = bench.drained(2, cpu=Cpu(), wakeup_latency=lambda: 100 * US // next(draws))
    first = bench.ask(pool)
    bench.at(1 * MS, pool.free, elements[0])
    bench.at(1 * MS, bench.ask, pool, "GFP_ATOMIC")
    bench.at(1 * MS, bench.ask, pool)
    bench.at(1 * MS + 1, pool.free, elements[1])
    bench.run(2 * MS)
    assert first.run_at == 1 * MS + 100 * US


def test_turns_run_in_time_order_across_several_wake_ups(bench):
    pool, elements = bench.drained(2, wakeup_latency=iter([50 * US, 5 * US]).__next__)
    slow = bench.ask(pool)
    bench.at(1 * MS, pool.free, elements[0])
    bench.at(1 * MS + 10 * US, bench.ask, pool, "GFP_ATOMIC")
    bench.at(1 * MS + 11 * US, bench.ask, pool)
    bench.at(1 * MS + 20 * US, pool.free, elements[1])
    bench.run(2 * MS)
    assert slow.path is Path.UNFINISHED


def herd(seed, source, cpu):
    """What becomes of tasks that allocate, hold and free at random on a pool over `source`."""
    env, draw, log = simpy.Environment(), random.Random(seed), []
    latency = random.Random(seed + 1)
    pool = Mempool(env, 2, source, cpu=Cpu() if cpu else None, wakeup_latency=lambda: latency.randrange(500, 9_000))

    def task(name):
        for _ in range(6):
            yield env.timeout(draw.randrange(1, 30_000))
            began = int(env.now)
            element = yield from pool.alloc("GFP_NOIO")
            log.append((name, began, int(env.now), element))
            yield env.timeout(draw.randrange(1, 20_000))
            pool.free(element)

    for name in range(8):
        env.process(task(name))
    env.run(until=100 * MS)
    return log


class Creation:
    """Memory that is there for the creation of a pool, and then no more."""

    by_order = False

    def reclaim(self, gfp, now, kthread, order=0):
        return 0

    def grants(self, gfp, now, order=0):
        return now == 0

    def give_back(self, order):
        pass

    def refuses_until(self, now):
        return now if now == 0 else 1 << 62

    def level(self, start, end):
        return 1.0


@pytest.mark.parametrize("cpu", [False, True])
@settings(derandomize=True, max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_turns_taken_within_one_event_are_those_of_an_event_each(cpu, seed):
    left = iter(range(2))
    own = Own(lambda gfp_mask, pool_data: next(left, None), lambda element, pool_data: None)
    assert herd(seed, Pages(Creation()), cpu) == herd(seed, own, cpu)


def test_calls_of_own_functions_see_the_clock_at_their_own_turn(bench):
    seen = []

    def alloc_fn(gfp_mask, pool_data):
        seen.append(int(bench.env.now))

    pool = Mempool(
        bench.env, 0, Own(alloc_fn, lambda element, data: None), wakeup_latency=iter([30 * US, 10 * US]).__next__
    )
    for _ in range(2):
        bench.ask(pool)
    seen.clear()
    bench.run(5_200 * MS)
    assert seen == [5_120 * MS + 10 * US, 5_120 * MS + 30 * US]
