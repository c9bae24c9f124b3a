import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.vm.psi import Psi, Resource

MS = 1_000_000
S = 1000 * MS
PERIOD = 2_004 * MS
"""Of the averages at HZ 250: 501 jiffies."""

MEMORY, IO = Resource.MEMORY, Resource.IO


def averages(psi, resource, now):
    """Of `some`, in 2048ths of a percent."""
    stall = psi.read(resource, now).some
    return [round(avg * 2048) for avg in (stall.avg10, stall.avg60, stall.avg300)]


def totals(psi, now):
    """In us: memory some and full, io some and full."""
    return [stall.total_us for each in Resource for stall in (psi.read(each, now).some, psi.read(each, now).full)]


def test_without_stalls_both_lines_are_zero():
    assert Psi().read(MEMORY, 100 * S).text == (
        "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
    )


def test_a_constant_stall_reaches_100_percent():
    psi = Psi()
    psi.stalls(MEMORY, 1, 0)
    line = "avg10=100.00 avg60=100.00 avg300=100.00 total=5000000000\n"
    assert psi.read(MEMORY, 5000 * S).text == f"some {line}full {line}"


def test_the_first_period_counts_as_much_as_the_kernel_s_constants_say():
    """100 % for a period: 204800 * (2048 - 1677) / 2048 = 37100 for the 10 s, 6700 and 1400 for the others."""
    psi = Psi()
    psi.stalls(IO, 1, 0)
    assert averages(psi, IO, PERIOD - 1) == [0, 0, 0]
    assert averages(psi, IO, PERIOD) == [37100, 6700, 1400]
    assert psi.read(IO, PERIOD).text.startswith("some avg10=18.11 avg60=3.27 avg300=0.68 total=2004000\n")


def test_three_periods_by_hand():
    """Half a period of stall, all of the next, none of the third; averages rise rounded up and fall rounded down.

    10 s: 102400 * 371 / 2048 = 18550; (18550 * 1677 + 204800 * 371) / 2048 = 52289.5 up to 52290;
    52290 * 1677 / 2048 = 42817.5 down to 42817. Likewise 3350, 9940.4 and 9615.8; 700, 2095.2 and 2081.7.
    """
    psi = Psi()
    psi.runs(1, 0)
    psi.stalls(MEMORY, 1, PERIOD // 2)
    assert averages(psi, MEMORY, PERIOD) == [18550, 3350, 700]
    psi.stalls(MEMORY, -1, 2 * PERIOD)
    assert averages(psi, MEMORY, 2 * PERIOD) == [52290, 9941, 2096]
    assert averages(psi, MEMORY, 3 * PERIOD) == [42817, 9615, 2081]


def test_a_sample_is_a_whole_number_of_percent():
    psi = Psi()
    psi.stalls(MEMORY, 1, 0)
    psi.stalls(MEMORY, -1, PERIOD // 100 - 1)
    assert averages(psi, MEMORY, PERIOD) == [0, 0, 0]
    psi.stalls(MEMORY, 1, PERIOD)
    psi.stalls(MEMORY, -1, PERIOD + PERIOD // 100)
    assert averages(psi, MEMORY, 2 * PERIOD) == [371, 67, 14]


def test_averages_decay_to_nothing():
    psi = Psi()
    psi.stalls(MEMORY, 1, 0)
    psi.stalls(MEMORY, -1, 1500 * PERIOD)
    assert averages(psi, MEMORY, 1505 * PERIOD)[0] == pytest.approx(204800 * 0.368, rel=0.05)
    assert averages(psi, MEMORY, 1530 * PERIOD)[1] == pytest.approx(204800 * 0.368, rel=0.05)
    assert averages(psi, MEMORY, 1650 * PERIOD)[2] == pytest.approx(204800 * 0.368, rel=0.05)
    assert averages(psi, MEMORY, 4500 * PERIOD) == [0, 0, 0]


def test_periods_that_the_stopped_clock_missed_are_made_up_for_at_once():
    """No task for five periods: the first is sampled, three are missed, and asking samples once more.

    10 s: 37100 * 1677 / 2048 = 30379; 1677 to the third of 2048, rounded at each step, is 1124: 30379 * 1124 / 2048 =
    16672; and 13651 after the last.
    """
    psi = Psi()
    psi.stalls(MEMORY, 1, 0)
    psi.stalls(MEMORY, -1, PERIOD)
    assert averages(psi, MEMORY, 6 * PERIOD)[0] == 13651


def test_a_clock_that_goes_on_decays_for_what_it_missed_before_it_samples():
    psi = Psi()
    psi.stalls(MEMORY, 1, 0)
    psi.stalls(MEMORY, -1, PERIOD)
    psi.stalls(MEMORY, 1, 5 * PERIOD)
    assert averages(psi, MEMORY, 6 * PERIOD)[0] == (16672 * 1677 + 204800 * 371 + 2047) // 2048


def test_a_productive_task_keeps_a_stall_from_being_full():
    psi = Psi()
    psi.stalls(MEMORY, 1, 0)
    psi.stalls(IO, 1, 0)
    psi.runs(1, 2 * S)
    psi.runs(1, 3 * S)
    psi.runs(-1, 4 * S)
    psi.runs(-1, 6 * S)
    assert totals(psi, 7 * S) == [7 * S // 1000, 3 * S // 1000, 7 * S // 1000, 3 * S // 1000]


def test_a_running_reclaimer_is_no_progress_for_memory_but_keeps_io_from_being_full():
    psi = Psi()
    psi.stalls(MEMORY, 1, 0)
    psi.reclaims(1, 0)
    psi.stalls(IO, 1, 0)
    psi.reclaims(-1, S)
    assert totals(psi, 3 * S) == [3_000_000, 3_000_000, 3_000_000, 2_000_000]


def test_some_counts_time_not_tasks():
    psi = Psi()
    psi.stalls(IO, 5, S)
    psi.stalls(IO, -4, 2 * S)
    psi.stalls(IO, -1, 3 * S)
    assert psi.read(IO, 9 * S).some.total_us == 2_000_000


def test_the_total_is_cut_off_to_us():
    psi = Psi()
    psi.stalls(IO, 1, 0)
    assert [psi.read(IO, now).some.total_us for now in (999, 1000, 1999)] == [0, 1, 1]


def test_a_moment_before_the_last_told_counts_as_that():
    psi = Psi()
    psi.stalls(IO, 1, 1000_000)
    psi.stalls(IO, -1, 900_000)
    psi.stalls(IO, 1, 1000_000)
    assert psi.read(IO, 1500_000).some.total_us == 500


def test_the_first_period_begins_at_the_start():
    psi = Psi(start=S)
    psi.stalls(IO, 1, S)
    assert averages(psi, IO, S + PERIOD - 1) == [0, 0, 0]
    assert averages(psi, IO, S + PERIOD) == [37100, 6700, 1400]


@pytest.mark.parametrize(
    ("hz", "period"), [(100, 2_010 * MS), (250, 2_004 * MS), (300, 2_003_333_000), (1000, 2_001 * MS)]
)
def test_a_period_is_a_jiffy_more_than_two_seconds(hz, period):
    assert Psi(hz).period == period


def test_an_hz_is_one_that_kernels_have():
    with pytest.raises(ValueError, match=r"hz\(=60\) must be one of 100, 250, 300, 1000"):
        Psi(60)


@pytest.mark.parametrize(
    ("leave", "message"),
    [
        (lambda psi: psi.stalls(IO, -2, 5), "tasks stalled on io: 1, so that no 2 can leave"),
        (lambda psi: psi.runs(-1, 5), "productive tasks: 0, so that no 1 can leave"),
        (lambda psi: psi.reclaims(-1, 5), "running reclaimers: 0, so that no 1 can leave"),
    ],
)
def test_no_more_tasks_leave_a_state_than_are_in_it(leave, message):
    psi = Psi()
    psi.stalls(IO, 1, 0)
    with pytest.raises(ValueError, match=message):
        leave(psi)


def test_lines_show_what_read_gives_to_two_digits():
    psi = Psi()
    psi.stalls(MEMORY, 1, 0)
    psi.stalls(MEMORY, -1, 9 * S)
    shown = re.findall(r"avg\d+=(\d+\.\d\d)", psi.read(MEMORY, 12 * S).text.splitlines()[0])
    some = psi.read(MEMORY, 12 * S).some
    assert [float(text) for text in shown] == pytest.approx([some.avg10, some.avg60, some.avg300], abs=0.01)


class BruteForce:
    """The states of a list of (time, memory, io, productive, reclaiming), looked at in steps of 1 us."""

    def __init__(self, changes):
        self.changes = changes

    def totals(self, end):
        some = {"memory": [0, 0], "io": [0, 0]}
        counts, at = (0, 0, 0, 0), 0
        for now in range(end):
            while at < len(self.changes) and self.changes[at][0] <= now:
                counts = tuple(map(sum, zip(counts, self.changes[at][1:], strict=True)))
                at += 1
            memory, io, productive, reclaiming = counts
            some["memory"][0] += memory > 0
            some["memory"][1] += memory > 0 and productive == 0
            some["io"][0] += io > 0
            some["io"][1] += io > 0 and productive + reclaiming == 0
        return some["memory"] + some["io"]


@st.composite
def histories(draw):
    """Changes of the four counts, at most one each 1 to 60 us; none falls below 0."""
    counts, changes, now = [0, 0, 0, 0], [], 0
    for _ in range(draw(st.integers(0, 25))):
        now += draw(st.integers(0, 60))
        which = draw(st.integers(0, 3))
        delta = draw(st.sampled_from([1, 2] if not counts[which] else [1, -1, -counts[which]]))
        counts[which] += delta
        changes.append((now, *(delta if which == each else 0 for each in range(4))))
    return changes, now + draw(st.integers(0, 60))


def tell(psi, changes):
    for now, memory, io, productive, reclaiming in changes:
        if memory:
            psi.stalls(MEMORY, memory, now * 1000)
        if io:
            psi.stalls(IO, io, now * 1000)
        if productive:
            psi.runs(productive, now * 1000)
        if reclaiming:
            psi.reclaims(reclaiming, now * 1000)


@settings(derandomize=True)
@given(histories())
def test_totals_are_what_looking_every_microsecond_gives(history):
    changes, end = history
    psi = Psi()
    tell(psi, changes)
    assert totals(psi, end * 1000) == BruteForce(changes).totals(end)


@settings(derandomize=True)
@given(
    steps=st.lists(st.tuples(st.integers(0, 12 * 10**9), st.integers(0, 2)), max_size=12),
    reads=st.lists(st.integers(0, 150 * 10**9), max_size=30),
)
def test_asking_changes_nothing(steps, reads):
    asked, unasked = Psi(), Psi()
    now = before = 0
    for pause, stalled in steps:
        for moment in sorted(reads):
            if now <= moment <= now + pause:
                asked.read(MEMORY, moment)
        now += pause
        for psi in (asked, unasked):
            psi.stalls(MEMORY, stalled - before, now)
        before = stalled
    end = now + 10**10
    assert asked.read(MEMORY, end).text == unasked.read(MEMORY, end).text


@settings(derandomize=True)
@given(steps=st.lists(st.tuples(st.integers(0, 30 * 10**9), st.integers(0, 1)), max_size=30))
def test_an_average_stays_within_its_bounds_and_full_below_some(steps):
    psi, now, before = Psi(), 0, 0
    for pause, stalled in steps:
        now += pause
        psi.runs(stalled - before, now)
        psi.stalls(MEMORY, stalled - before, now)
        before = stalled
        pressure = psi.read(MEMORY, now)
        for some, full in zip(
            (pressure.some.avg10, pressure.some.avg60, pressure.some.avg300),
            (pressure.full.avg10, pressure.full.avg60, pressure.full.avg300),
            strict=True,
        ):
            assert 0 <= full <= some <= 100
