import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.vm.processors import SLICE, Processors, Thread

MS = 1_000_000


class Workshop:
    """Processors, and threads that do pieces of work on them."""

    def __init__(self, count=1):
        self.env = simpy.Environment()
        self.processors = Processors(self.env, count)
        self.log = []
        self.busy = self.most = 0

    def work(self, name, pieces, *, start=0, pause=0):
        """A thread that does its pieces of work, with a pause between them if there is one."""
        self.env.process(self._work(name, pieces, start, pause))

    def _work(self, name, pieces, start, pause):
        thread = Thread()
        yield self.env.timeout(start)
        for piece in pieces:
            run = self.processors.run(thread, piece)
            event = next(run)
            if not thread.running:
                yield event
                event = next(run)
            began = self.env.now
            self.busy += 1
            self.most = max(self.most, self.busy)
            yield event
            self.busy -= 1
            assert next(run, None) is None
            self.log.append((name, began, self.env.now))
            if pause:
                self.processors.leave(thread)
                yield self.env.timeout(pause)
        self.processors.leave(thread)

    def order(self):
        return "".join(name for name, _, _ in self.log)


def test_work_on_a_free_processor_takes_what_it_takes():
    shop = Workshop()
    shop.work("a", [5, 7], start=3)
    shop.env.run()
    assert shop.log == [("a", 3, 8), ("a", 8, 15)]


def test_who_runs_goes_on_for_a_slice_then_makes_way_for_who_waits():
    shop = Workshop()
    shop.work("a", [MS] * 7)
    shop.work("b", [MS] * 4, start=1)
    shop.env.run()
    assert SLICE == 3 * MS
    assert shop.order() == "aaabbbaaaba"


def test_without_others_a_slice_has_no_end():
    shop = Workshop()
    shop.work("a", [MS] * 10)
    shop.env.run()
    assert shop.env.now == 10 * MS


def test_who_waits_is_served_first_come_first_served():
    shop = Workshop()
    shop.work("a", [SLICE])
    for start, name in enumerate("bcd", 1):
        shop.work(name, [SLICE, SLICE], start=start)
    shop.env.run()
    assert shop.order() == "abcdbcd"


def test_who_goes_to_sleep_begins_with_a_new_slice():
    shop = Workshop()
    shop.work("a", [2 * MS, 2 * MS], pause=MS)
    shop.work("b", [MS] * 4, start=1)
    shop.env.run()
    assert shop.order() == "abbbab"


def test_two_processors_do_twice_the_work():
    shop = Workshop(2)
    for name in "abcd":
        shop.work(name, [MS] * 5)
    shop.env.run()
    assert shop.env.now == 10 * MS


def test_who_sleeps_off_the_processor_leaves_it_only_if_it_has_to_wait():
    env = simpy.Environment()
    processors = Processors(env, 1)
    thread = Thread()
    assert list(processors.run(thread, 1)) != []
    assert list(processors.asleep(thread, ())) == []
    assert thread.running
    assert len(list(processors.asleep(thread, (env.event(),)))) == 1
    assert not thread.running


works = st.lists(
    st.tuples(
        st.integers(0, 8 * MS), st.lists(st.integers(0, 4 * MS), min_size=1, max_size=5), st.sampled_from([0, MS])
    ),
    min_size=1,
    max_size=6,
)


@settings(derandomize=True, deadline=None)
@given(count=st.integers(1, 3), works=works)
def test_work_is_conserved_and_no_processor_idles_while_somebody_waits(count, works):
    shop = Workshop(count)
    for number, (start, pieces, pause) in enumerate(works):
        shop.work(str(number), pieces, start=start, pause=pause)
    while shop.env.peek() < float("inf"):
        now = shop.env.now
        shop.env.step()
        if shop.env.peek() > now and shop.processors._queue and shop.env.peek() > shop.env.now:
            assert shop.busy == count
    assert shop.most <= count
    assert shop.processors._free == count
    assert sum(end - began for _, began, end in shop.log) == sum(sum(pieces) for _, pieces, _ in works)


@pytest.mark.parametrize("count", [1, 2])
def test_turns_of_equal_threads_differ_by_a_slice_at_most(count):
    shop = Workshop(count)
    for name in "abcde":
        shop.work(name, [MS] * 60)
    shop.env.run(until=100 * MS)
    done = [sum(1 for who, _, _ in shop.log if who == name) for name in "abcde"]
    assert max(done) - min(done) <= 3
