"""A herd is cheap to simulate: neither a wake-up nor a sleep costs an event for each of a thousand waiters."""

import pytest

from sim.kernel import Cpu, Path
from sim.kernel.versions import Timer

MS = 1_000_000
S = 1_000 * MS
HERD = 1_000
FEW = 10


class Scheduled:
    """Counts what is scheduled on an environment from now on."""

    def __init__(self, env):
        self.events = 0
        self._schedule, env.schedule = env.schedule, self._count

    def _count(self, *args, **settings):
        self.events += 1
        self._schedule(*args, **settings)


def herd(bench, **settings):
    """A pool of one with a thousand sleepers, and the element that they wait for."""
    pool, (element,) = bench.drained(**settings)
    return pool, element, [bench.ask(pool) for _ in range(HERD)]


@pytest.mark.parametrize("one_cpu", [False, True])
def test_a_refill_that_wakes_a_thousand_schedules_few_events(bench, one_cpu):
    pool, element, calls = herd(bench, cpu=Cpu() if one_cpu else None)
    bench.run(1 * MS)
    scheduled = Scheduled(bench.env)
    pool.free(element)
    bench.run(20 * MS)
    assert scheduled.events < FEW
    assert [call.wakes for call in calls] == [1] * HERD
    assert len(pool.wait) == HERD - 1


def test_the_herd_of_a_refill_still_costs_an_attempt_each(bench):
    pool, element, _ = herd(bench)
    bench.backing.asked.clear()
    bench.at(1 * MS, pool.free, element)
    bench.run(20 * MS)
    assert len(bench.backing.asked) == HERD


def test_frees_one_after_the_other_schedule_few_events_each(bench):
    pool, element, calls = herd(bench)
    bench.run(1 * MS)
    scheduled = Scheduled(bench.env)
    for number in range(2, 52):
        pool.free(element)
        bench.run(number * MS)
    assert scheduled.events < 50 * FEW
    assert sum(call.path is Path.WAIT_RESERVE for call in calls) == 50


def test_different_wakeup_latencies_need_no_event_each(bench):
    latency = iter(range(5_000, 5_000 + 7 * HERD, 7))
    pool, element, calls = herd(bench, wakeup_latency=latency.__next__)
    bench.run(1 * MS)
    scheduled = Scheduled(bench.env)
    pool.free(element)
    bench.run(20 * MS)
    assert scheduled.events < FEW
    assert len({call.run_at for call in calls}) == HERD


@pytest.mark.parametrize("timer", Timer)
def test_a_time_out_of_a_thousand_schedules_few_events(bench, timer):
    _, _, calls = herd(bench, timer=timer)
    scheduled = Scheduled(bench.env)
    bench.run(21 * S)
    assert [call.timeouts for call in calls] == [4] * HERD
    assert scheduled.events < 4 * FEW


@pytest.mark.parametrize("timer", Timer)
def test_the_timers_that_are_pending_do_not_grow_with_the_sleeps(bench, timer):
    pool, element, calls = herd(bench, timer=timer)
    pending = []
    for number in range(1, 13):
        bench.run(number * S)
        pool.free(element)
        bench.ask(pool, "GFP_ATOMIC")
        pending.append(len(bench.env._queue))
    assert sum(call.sleeps for call in calls) >= 12 * HERD
    assert max(pending) < FEW


def test_a_herd_that_wakes_into_memory_is_served_as_a_whole(bench):
    pool, element, calls = herd(bench)
    bench.backing.recover()
    bench.at(1 * MS, pool.free, element)
    bench.run(20 * MS)
    assert [call.path for call in calls] == [Path.WAIT] * HERD
    assert pool.elements == [element]
