import pytest
import simpy

from sim.kernel.vm.backlog import Backlog


@pytest.fixture
def backlog():
    return Backlog(simpy.Environment(), most=32)


def test_a_writer_gets_no_more_than_it_asks_for(backlog):
    backlog.add(20)
    assert [backlog.collect(8).value for _ in range(3)] == [8, 8, 4]
    assert backlog.pages == 0
    assert backlog.underway == 20


def test_writers_that_find_nothing_are_served_first_come_first_served(backlog):
    first, second, third = (backlog.collect(most) for most in (4, 8, 8))
    backlog.add(6)
    assert (first.value, second.value) == (4, 2)
    assert not third.triggered


def test_who_comes_later_does_not_pass_those_who_wait(backlog):
    waiting = backlog.collect(4)
    later = backlog.collect(4)
    backlog.add(4)
    assert waiting.value == 4
    assert not later.triggered


def test_there_is_room_for_a_batch_and_for_what_idle_writers_take_at_once(backlog):
    assert backlog.room == 32
    backlog.add(10)
    assert backlog.room == 22
    backlog.collect(10)
    backlog.collect(16)
    assert backlog.room == 48


def test_without_a_bound_there_is_always_room():
    unbounded = Backlog(simpy.Environment())
    unbounded.add(1 << 40)
    assert unbounded.room > 1 << 40


def test_the_owner_is_told_of_each_batch_as_it_is_taken():
    taken = []
    backlog = Backlog(simpy.Environment(), taken=taken.append)
    backlog.collect(5)
    backlog.add(7)
    assert taken == [5]
    backlog.collect(5)
    assert taken == [5, 2]


def test_all_is_submitted_when_nothing_waits(backlog):
    assert backlog.submitted() is None
    backlog.add(10)
    submitted = backlog.submitted()
    assert backlog.submitted() is submitted
    backlog.collect(6)
    assert not submitted.triggered
    backlog.collect(6)
    assert submitted.triggered
    assert backlog.submitted() is None


def test_a_batch_that_is_done_is_no_longer_underway(backlog):
    backlog.add(10)
    backlog.done(backlog.collect(6).value)
    assert (backlog.pages, backlog.underway) == (4, 0)
