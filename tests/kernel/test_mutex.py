import pytest
import simpy

from sim.kernel import KernelBug, Mutex

US = 1_000
MS = 1_000_000


@pytest.fixture
def env():
    return simpy.Environment()


@pytest.fixture
def mutex(env):
    return Mutex(env, lambda: 6 * US)


def locker(env, mutex, name, at, hold, log):
    """Lock at `at`, note when it is got, keep it for `hold`."""
    yield env.timeout(at)
    turn = mutex.lock(name, env.now)
    if turn is not None:
        yield turn
    log.append((name, env.now))
    yield env.timeout(hold)
    mutex.unlock(name, env.now)


def test_a_free_mutex_is_got_at_once(mutex):
    assert mutex.lock("a", 0) is None
    assert (mutex.owner, mutex.since, list(mutex.waiters)) == ("a", 0, [])


def test_the_others_get_it_in_the_order_in_which_they_came_each_a_wakeup_after_the_unlock(env, mutex):
    log = []
    for name, at in (("a", 0), ("c", 2 * MS), ("b", 1 * MS)):
        env.process(locker(env, mutex, name, at, 10 * MS, log))
    env.run()
    assert log == [("a", 0), ("b", 10 * MS + 6 * US), ("c", 20 * MS + 12 * US)]


def test_it_says_who_waits_since_when(env, mutex):
    mutex.lock("a", 0)
    mutex.lock("b", 3)
    mutex.lock("c", 5)
    assert [(waiter.task, waiter.since) for waiter in mutex.waiters] == [("b", 3), ("c", 5)]


def test_an_unlock_makes_the_first_waiter_the_owner_from_then_on(mutex):
    mutex.lock("a", 0)
    mutex.lock("b", 3)
    mutex.lock("c", 5)
    mutex.unlock("a", 1 * MS)
    assert (mutex.owner, mutex.since, [waiter.task for waiter in mutex.waiters]) == ("b", 1 * MS, ["c"])


def test_nobody_takes_it_from_a_woken_task_that_does_not_run_yet(env, mutex):
    mutex.lock("a", 0)
    woken = mutex.lock("b", 1)
    mutex.unlock("a", 2)
    late = mutex.lock("c", 3)
    env.run()
    assert woken.processed
    assert not late.triggered


def test_it_is_free_once_the_last_owner_unlocked(mutex):
    mutex.lock("a", 0)
    mutex.unlock("a", 5)
    assert mutex.owner is None
    assert mutex.lock("b", 5) is None


def test_an_unlock_ahead_of_the_clock_counts_from_its_own_time(env, mutex):
    mutex.lock("a", 0)
    mutex.unlock("a", 30 * US)
    turn = mutex.lock("b", 10 * US)
    assert (mutex.owner, mutex.since) == ("b", 30 * US)
    env.run(turn)
    assert env.now == 36 * US


def test_a_waiter_ahead_of_the_clock_owns_it_no_earlier_than_it_asked(env, mutex):
    mutex.lock("a", 0)
    turn = mutex.lock("b", 30 * US)
    mutex.unlock("a", 10 * US)
    assert mutex.since == 30 * US
    env.run(turn)
    assert env.now == 36 * US


def test_waits_of_a_tenth_of_a_second_are_counted_and_the_longest_of_all_told(env, mutex):
    for name in ("a", "b", "c"):
        env.process(locker(env, mutex, name, 0, 70 * MS, []))
    env.run()
    assert mutex.waited(env.now) == (1, 140 * MS + 12 * US)


def test_a_wait_lasts_until_its_task_runs(env):
    mutex = Mutex(env, lambda: 100 * MS)
    for name in ("a", "b"):
        env.process(locker(env, mutex, name, 0, 1 * MS, []))
    env.run()
    assert mutex.waited(env.now) == (1, 101 * MS)


def test_waits_that_go_on_count_as_long_as_they_have_lasted(mutex):
    mutex.lock("a", 0)
    mutex.lock("b", 0)
    mutex.lock("c", 1)
    assert mutex.waited(99 * MS) == (0, 99 * MS)
    assert mutex.waited(100 * MS) == (1, 100 * MS)


def test_who_gets_it_at_once_has_not_waited(mutex):
    mutex.lock("a", 0)
    mutex.unlock("a", 1)
    mutex.lock("b", 1)
    assert mutex.waited(500 * MS) == (0, 0)


def test_a_task_that_locks_what_it_owns_waits_for_itself(env, mutex):
    mutex.lock("a", 0)
    turn = mutex.lock("a", 1)
    env.run(1_000 * MS)
    assert not turn.triggered
    assert mutex.owner == "a"


def test_only_the_owner_may_unlock(mutex):
    with pytest.raises(KernelBug, match="does not own"):
        mutex.unlock("a", 0)
    mutex.lock("a", 0)
    with pytest.raises(KernelBug, match="does not own"):
        mutex.unlock("b", 1)
