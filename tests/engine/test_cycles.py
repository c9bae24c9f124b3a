"""Scenes put up by hand: who holds what, who sleeps since when, and what is made of it."""

import pytest
import simpy

from sim.engine.cycles import Cycles, End
from sim.engine.deadlock import Elements, Lock
from sim.engine.outlook import Schedule
from sim.engine.situation import Scene
from sim.engine.witness import witness
from sim.engine.worker import Blocked, Worker
from sim.kernel import Mempool, Mutex, Pages, Path
from sim.kernel.call import Call
from sim.kernel.versions import semantics_of
from sim.units import MS, S


class Told:
    """An outlook that is as it is told to be."""

    def __init__(self, *, comes=False, for_good=True, suppliers=()):
        self.comes = comes
        self.for_good = for_good
        self.suppliers = suppliers

    def frees_itself(self):
        return self.comes

    def freed_by(self, worker):
        return worker in self.suppliers

    def refuses_for_good(self, pool, now):
        return self.for_good

    def remark(self):
        return "nothing is clean"


class Stage:
    """A pool whose reserve is out, a mutex, and workers."""

    def __init__(self, outlook=None, kernel="6.12", min_nr=2, **semantics):
        self.env = simpy.Environment()
        changed = semantics_of(kernel).override(**semantics)
        self.pool = Mempool(self.env, min_nr, Pages(), kernel=kernel, semantics=changed)
        while self.pool.elements:
            self.pool.pop(0)
        self.mutex = Mutex(self.env)
        self.workers = []
        self.blocked = {}
        self.scene = Scene({"pool": self.pool}, {"lock": self.mutex}, self.workers, self.blocked, outlook or Schedule())

    def worker(self, *, holds=0):
        worker = Worker("task", len(self.workers), 0, (self.pool,), [["element"] * holds])
        self.workers.append(worker)
        return worker

    def asleep(self, *, since=0, holds=1):
        """A worker that sleeps on the pool."""
        worker = self.worker(holds=holds)
        call = self.call(worker, start=since)
        call.first_sleep = call.now = since
        call.sleeps = 1
        return worker

    def call(self, worker, start=0):
        call = Call(self.pool.masks_of("GFP_NOIO"), start, False)
        self.blocked[worker] = Blocked(self.pool, call, 0)
        return call

    def call_of(self, worker):
        return self.blocked[worker].call

    def poll(self, worker, at):
        """Its sleep times out, and it sleeps again."""
        call = self.call_of(worker)
        call.timeouts += 1
        call.timed_out_at = call.woken_at = call.now = at
        call.sleeps += 1

    def serve(self, worker, at, path=Path.WAIT):
        """Its sleep times out, and it gets an element."""
        call = self.call_of(worker)
        call.timeouts += 1
        call.timed_out_at = call.woken_at = at
        call.now, call.path, call.element = at, path, "element"
        del self.blocked[worker]

    @property
    def waits(self):
        return self.scene.waits(self.workers)


def pair(**options):
    """Two that sleep, each with what the other one wants."""
    stage = Stage(**options)
    return stage, stage.asleep(since=1 * MS), stage.asleep(since=2 * MS)


def looks(stage, *instants):
    cycles = Cycles(stage.scene)
    for instant in instants:
        cycles.look(instant)
    return cycles


def test_a_sleeper_waits_for_one_element():
    stage = Stage()
    worker = stage.asleep(since=3 * MS)
    waiting = stage.waits[worker]
    assert (waiting.wait, waiting.since) == (Elements(stage.pool), 3 * MS)
    assert waiting.token is stage.call_of(worker)


@pytest.mark.parametrize(("leans", "waits"), [(False, False), (True, True)])
def test_a_first_reclaim_is_a_wait_for_others_only_if_it_leans_on_them(leans, waits):
    stage = Stage()
    call = stage.call(stage.worker())
    call.leans = leans
    assert bool(stage.waits) == waits


def test_without_a_pool_a_call_waits_though_it_never_sleeps():
    stage = Stage(order="no_pool")
    stage.call(stage.worker())
    assert len(stage.waits) == 1


def test_who_has_been_handed_an_element_waits_no_more():
    stage = Stage()
    stage.call_of(stage.asleep()).element = "element"
    assert stage.waits == {}


def test_who_has_got_null_waits_no_more():
    stage = Stage(order="no_pool")
    stage.call(stage.worker()).path = Path.NULL
    assert stage.waits == {}


@pytest.mark.parametrize(("timeout", "asks"), [(5 * S, True), (None, False)])
def test_a_sleeper_asks_again_only_if_its_sleep_times_out(timeout, asks):
    stage = Stage(timeout=timeout)
    worker = stage.asleep()
    assert stage.waits[worker].wait.asks == asks


def test_without_a_time_out_one_that_was_woken_asks():
    stage = Stage(timeout=None)
    worker = stage.asleep()
    stage.call_of(worker).wakes = 1
    assert stage.waits[worker].wait.asks


def test_who_is_queued_for_a_mutex_waits_for_it():
    stage = Stage()
    owner, other = stage.worker(), stage.worker()
    stage.mutex.lock(owner, 0)
    stage.mutex.lock(other, 7 * MS)
    assert {worker: (one.wait, one.since) for worker, one in stage.waits.items()} == {
        other: (Lock(stage.mutex), 7 * MS)
    }


def test_others_may_need_those_who_hold_own_or_write_something():
    stage = Stage()
    stage.worker()
    holder, owner, writer = stage.worker(holds=1), stage.worker(), stage.worker()
    owner.owned.append(stage.mutex)
    writer.writing = object()
    stage.asleep(holds=0)
    assert stage.scene.depended_on() == [holder, owner, writer]


def test_others_may_need_a_bulk_call_that_has_got_some():
    stage = Stage()
    worker = stage.asleep(holds=0)
    call = stage.call_of(worker)
    call.bulk, call.count, call.missing = True, 4, [0]
    assert stage.scene.depended_on() == [worker]
    assert stage.scene.held(worker) == {stage.pool: 3}


def test_a_bulk_call_that_holds_already_is_named_once():
    stage = Stage()
    worker = stage.asleep(holds=1)
    stage.call_of(worker).bulk = True
    assert stage.scene.depended_on() == [worker]


def test_two_that_hold_what_the_other_wants_are_a_cycle_since_the_last_fell_asleep():
    stage, *_ = pair(outlook=Told())
    cycles = looks(stage, 10 * MS)
    cycles.finish()
    assert cycles.deadlock.since == 2 * MS


def test_no_cycle_stands_as_long_as_memory_comes_free():
    stage, one, _ = pair(outlook=Told(comes=True))
    assert stage.scene.stuck() == []
    stage.scene.outlook.comes = False
    assert one in stage.scene.stuck()


def test_no_cycle_stands_as_long_as_a_live_worker_frees_memory():
    stage, *_ = pair(outlook=(outlook := Told()))
    writer = stage.worker()
    writer.writing = object()
    outlook.suppliers = [writer]
    cycles = looks(stage, 10 * MS)
    cycles.finish()
    assert cycles.deadlock is None


def test_a_cycle_that_closes_as_memory_stops_to_come_began_after_the_last_look():
    stage, *_ = pair(outlook=(outlook := Told(comes=True)))
    cycles = looks(stage, 10 * MS, 20 * MS)
    outlook.comes = False
    cycles.look(30 * MS)
    cycles.finish()
    assert cycles.deadlock.since == 20 * MS


def test_a_cycle_that_opens_as_memory_comes_again_ends_there():
    stage, *_ = pair(outlook=(outlook := Told()))
    cycles = looks(stage, 10 * MS)
    outlook.comes = True
    cycles.look(20 * MS)
    assert (cycles.longest.until, cycles.longest.end) == (20 * MS, End.MEMORY)


@pytest.mark.parametrize(("at", "deadlock"), [(10 * S, False), (10 * S + 2 * MS, True)])
def test_where_nobody_polls_a_cycle_is_a_deadlock_after_ten_seconds(at, deadlock):
    stage, *_ = pair(timeout=None)
    assert (looks(stage, 10 * MS, at).deadlock is not None) == deadlock


def test_where_nobody_polls_it_is_one_before_two_time_outs_of_another_kernel():
    stage, *_ = pair(timeout=60 * S)
    assert looks(stage, 10 * MS, 100 * S).deadlock is None


@pytest.mark.parametrize(("polls", "deadlock"), [((2, 1), False), ((2, 2), True)])
def test_a_cycle_is_a_deadlock_once_every_sleeper_has_polled_twice_in_vain(polls, deadlock):
    stage, one, two = pair()
    cycles = looks(stage, 10 * MS)
    for worker, times in zip((one, two), polls, strict=True):
        for number in range(times):
            stage.poll(worker, (5 + 5 * number) * S)
    cycles.look(12 * S)
    assert (cycles.deadlock is not None) == deadlock


def test_polls_before_it_closed_do_not_count():
    stage, one, two = pair()
    stage.poll(one, 1 * MS)
    stage.poll(one, 1 * MS)
    cycles = looks(stage, 10 * MS)
    stage.poll(one, 5 * S)
    stage.poll(two, 5 * S)
    stage.poll(two, 10 * S)
    cycles.look(11 * S)
    assert cycles.deadlock is None


def test_a_poll_between_its_closing_and_the_first_look_counts():
    stage, one, two = pair()
    stage.poll(one, 5 * MS)
    cycles = looks(stage, 10 * MS)
    stage.poll(one, 5 * S)
    stage.poll(two, 5 * S)
    stage.poll(two, 10 * S)
    cycles.look(11 * S)
    assert cycles.deadlock is not None


def test_a_cycle_ends_as_memory_serves_one():
    stage, one, _ = pair()
    cycles = looks(stage, 10 * MS)
    stage.serve(one, 5 * S)
    cycles.look(6 * S)
    assert (cycles.longest.until, cycles.longest.end, cycles.broken) == (5 * S, End.MEMORY, 1)


def test_a_cycle_ends_as_a_free_wakes_one():
    stage, one, _ = pair()
    cycles = looks(stage, 10 * MS)
    call = stage.call_of(one)
    call.wakes, call.woken_at = 1, 4 * S
    stage.pool.push("element", 4 * S)
    cycles.look(5 * S)
    assert (cycles.longest.until, cycles.longest.end) == (4 * S, End.FREE)


def test_a_wake_up_before_it_closed_did_not_end_it():
    stage, one, two = pair()
    call = stage.call_of(one)
    call.wakes, call.woken_at, call.sleeps = 1, 1 * MS, 2
    cycles = looks(stage, 10 * MS)
    stage.serve(two, 5 * S)
    cycles.look(6 * S)
    assert (cycles.longest.until, cycles.longest.end) == (5 * S, End.MEMORY)


def test_one_that_a_free_woke_long_ago_and_memory_serves_was_not_freed():
    stage, one, _ = pair()
    cycles = looks(stage, 10 * MS)
    stage.call_of(one).wakes = 1
    stage.serve(one, 5 * S)
    cycles.look(6 * S)
    assert cycles.longest.end is End.MEMORY


def break_after(cycles, stage, worker, since, until):
    cycles.look(since)
    stage.serve(worker, until)
    cycles.look(until)


def test_of_broken_cycles_the_longest_is_kept():
    stage, one, two = pair()
    cycles = Cycles(stage.scene)
    break_after(cycles, stage, one, 10 * MS, 5 * S)
    stage.asleep(since=6 * S, holds=1)
    one.held[0].clear()
    break_after(cycles, stage, two, 7 * S, 8 * S)
    assert (cycles.broken, cycles.longest.until) == (2, 5 * S)


def test_of_deadlocks_the_first_is_kept():
    stage, one, two = pair()
    cycles = looks(stage, 10 * MS)
    for number in (1, 2):
        stage.poll(one, 5 * number * S)
        stage.poll(two, 5 * number * S)
    cycles.look(11 * S)
    first = cycles.deadlock
    stage.serve(one, 15 * S)
    one.held[0].clear()
    stage.asleep(since=16 * S, holds=1)
    cycles.look(17 * S)
    cycles.finish()
    assert cycles.deadlock is first
    assert (first.since, first.until) == (2 * MS, 15 * S)


def test_a_deadlock_that_breaks_is_not_among_the_broken():
    stage, one, two = pair()
    cycles = looks(stage, 10 * MS)
    for number in (1, 2):
        stage.poll(one, 5 * number * S)
        stage.poll(two, 5 * number * S)
    cycles.look(11 * S)
    stage.serve(one, 15 * S)
    cycles.look(16 * S)
    assert (cycles.broken, cycles.longest) == (0, None)


def told(stage):
    return witness(stage.scene, stage.waits)


def test_what_memory_waits_for_is_said():
    stage, *_ = pair(outlook=Told())
    assert told(stage).exits[0].endswith("refused 0 times; nothing is clean")


def test_a_free_breaks_nothing_where_there_is_no_reserve_to_refill():
    stage, *_ = pair(min_nr=0)
    assert told(stage).exits == ("memory for pool could break it: asked for every 5 s, refused 0 times",)


def test_without_a_pool_memory_is_asked_again_and_again():
    stage, *_ = pair(order="no_pool")
    assert told(stage).exits[0].startswith("memory for pool could break it: asked for again and again")


def test_of_many_members_the_first_twenty_are_kept():
    stage = Stage(min_nr=30)
    for _ in range(30):
        stage.asleep()
    assert (len(told(stage).tasks), told(stage).size) == (20, 30)


def test_of_many_holders_outside_the_first_are_named():
    stage, one, two = pair(min_nr=20)
    for _ in range(9):
        stage.worker(holds=1)
    found = witness(stage.scene, {worker: stage.waits[worker] for worker in (one, two)})
    assert found.exits[1].endswith("task[6] holds 1, task[7] holds 1 and 3 more do")


def test_what_stands_at_the_end_is_told_if_it_is_not_for_good():
    stage, *_ = pair(outlook=Told(for_good=False))
    cycles = Cycles(stage.scene)
    cycles.look(3 * S)
    cycles.finish()
    assert cycles.deadlock is None
    assert (cycles.longest.until, cycles.longest.end) == (3 * S, End.RUN)


def test_whoever_reclaims_as_the_run_ends_may_yet_get_memory():
    stage = Stage(outlook=Told())
    for worker in (stage.worker(holds=1), stage.worker(holds=1)):
        stage.call(worker).leans = True
    cycles = Cycles(stage.scene)
    cycles.look(3 * S)
    cycles.finish()
    assert cycles.deadlock is None
    assert cycles.longest.end is End.RUN


def test_without_memory_only_those_who_have_slept_wait():
    stage = Stage(outlook=Told(comes=True))
    reclaimer = stage.worker(holds=1)
    stage.call(reclaimer).leans = True
    sleeper = stage.asleep()
    assert list(stage.scene.waits(stage.workers)) == [reclaimer, sleeper]
    assert list(stage.scene.without_memory.waits(stage.workers)) == [sleeper]


def test_without_memory_it_is_told_all_the_same_what_memory_waits_for():
    stage, one, two = pair(outlook=Told())
    found = witness(stage.scene.without_memory, {worker: stage.waits[worker] for worker in (one, two)})
    assert found.exits[0].endswith("; nothing is clean")


def test_without_memory_nothing_comes_free():
    stage, *_ = pair(outlook=Told(comes=True))
    cycles = Cycles(stage.scene.without_memory)
    cycles.look(3 * S)
    cycles.finish()
    assert cycles.broken == 1
