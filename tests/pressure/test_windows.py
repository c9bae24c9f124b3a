import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel.gfp import DIRECT_RECLAIM, FS, IO, KSWAPD_RECLAIM
from sim.pressure.windows import CallWindow, Mode, Window, Windows

NOWAIT = KSWAPD_RECLAIM
NOIO = NOWAIT | DIRECT_RECLAIM
NOFS = NOIO | IO
KERNEL = NOFS | FS
ALWAYS = 10**9
schedules = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from(Mode)).map(
        lambda window: Window(min(window[:2]), max(window[:2]), window[2])
    ),
    max_size=6,
)


def holding(mode, **options):
    return Windows([Window(0, ALWAYS, mode)], **options)


@pytest.mark.parametrize(
    ("mode", "granted"),
    [
        (Mode.OK, [NOWAIT, NOIO, NOFS, KERNEL]),
        (Mode.FAIL, []),
        (Mode.FAIL_WITHOUT_DIRECT_RECLAIM, [NOIO, NOFS, KERNEL]),
        (Mode.FAIL_WITH_DIRECT_RECLAIM, [NOWAIT]),
        (Mode.FAIL_WITHOUT_IO, [NOFS, KERNEL]),
        (Mode.FAIL_WITHOUT_FS, [KERNEL]),
    ],
)
def test_the_mask_decides_as_the_mode_says(mode, granted):
    memory = holding(mode)
    assert [gfp for gfp in (NOWAIT, NOIO, NOFS, KERNEL) if memory.grants(gfp, 5)] == granted


@pytest.mark.parametrize(("mode", "granted"), [(Mode.FAIL_EVEN_CALLS, [1, 3, 5, 7]), (Mode.FAIL_TWO_OF_THREE, [3, 6])])
def test_the_number_of_the_call_decides_from_1_on(mode, granted):
    memory = holding(mode)
    assert [number for number in range(1, 9) if memory.grants(NOWAIT, 5)] == granted


def test_calls_are_counted_in_every_mode():
    memory = Windows([Window(10, 20, Mode.FAIL_EVEN_CALLS)])
    memory.grants(NOWAIT, 0)
    assert not memory.grants(NOWAIT, 10)


def test_a_window_holds_from_its_start_to_just_before_its_end():
    memory = Windows([Window(10, 20, Mode.FAIL)])
    assert [now for now in range(30) if not memory.grants(NOWAIT, now)] == list(range(10, 20))


def test_an_attempt_may_step_back_behind_a_border():
    memory = Windows([Window(10, 20, Mode.FAIL)])
    assert [memory.grants(NOWAIT, now) for now in (9, 10, 9, 20, 19)] == [True, False, True, True, False]


@given(schedules, st.integers(0, 45))
def test_the_later_window_wins(schedule, now):
    expected = next((w.mode for w in reversed(schedule) if w.start <= now < w.end), Mode.OK)
    for gfp in (NOWAIT, NOIO, NOFS, KERNEL):
        assert Windows(schedule).grants(gfp, now) is holding(expected).grants(gfp, now)


def test_calls_win_over_the_time_from_the_first_to_the_last():
    memory = Windows([Window(0, ALWAYS, Mode.FAIL)], [CallWindow(2, 3, Mode.OK)])
    assert [memory.grants(NOWAIT, 5) for _ in range(4)] == [False, True, True, False]


def test_the_later_of_two_call_windows_wins():
    memory = Windows([], [CallWindow(1, 3, Mode.FAIL), CallWindow(2, 2, Mode.OK)])
    assert [memory.grants(NOWAIT, 5) for _ in range(4)] == [False, True, False, True]


def test_an_attempt_is_decided_by_the_time_at_which_its_reclaim_is_over():
    memory = Windows([Window(0, 10, Mode.FAIL)], reclaim_time=lambda gfp, now, kthread: 6)
    assert memory.grants(KERNEL, 5 + memory.reclaim(KERNEL, 5, kthread=False))


def test_an_attempt_keeps_the_number_that_it_had_when_its_reclaim_began():
    memory = holding(Mode.FAIL_EVEN_CALLS, reclaim_time=lambda gfp, now, kthread: 6)
    assert memory.reclaim(KERNEL, 0, kthread=False) == 6
    assert not memory.grants(NOWAIT, 1)
    assert memory.grants(KERNEL, 6)
    assert memory.decided == 1
    assert memory.grants(NOWAIT, 7)
    assert memory.calls == 3


def test_attempts_that_reclaim_together_keep_their_numbers():
    spent = iter([10, 4])
    memory = holding(Mode.FAIL_EVEN_CALLS, reclaim_time=lambda gfp, now, kthread: next(spent))
    for now in (0, 1):
        memory.reclaim(KERNEL, now, kthread=False)
    assert not memory.grants(KERNEL, 5)
    assert memory.grants(KERNEL, 10)


def test_an_attempt_never_decided_does_not_pass_its_number_on():
    memory = holding(Mode.FAIL_EVEN_CALLS, reclaim_time=lambda gfp, now, kthread: 6 if now == 0 else 0)
    memory.reclaim(KERNEL, 0, kthread=False)
    later = 10_000_000
    memory.reclaim(KERNEL, later, kthread=False)
    assert not memory.grants(KERNEL, later)
    assert memory.decided == 2


@pytest.mark.parametrize(
    ("mode", "reclaims"),
    [
        (Mode.OK, False),
        (Mode.FAIL, True),
        (Mode.FAIL_WITHOUT_DIRECT_RECLAIM, True),
        (Mode.FAIL_WITH_DIRECT_RECLAIM, True),
        (Mode.FAIL_WITHOUT_IO, False),
    ],
)
def test_an_attempt_draws_its_reclaim_time_only_if_there_is_no_page_without(mode, reclaims):
    memory = holding(mode, reclaim=lambda kthread: 3 if kthread else 7)
    assert memory.reclaim(KERNEL, 5, kthread=False) == (7 if reclaims else 0)
    assert memory.reclaim(KERNEL, 5, kthread=True) == (3 if reclaims else 0)


@given(schedules, st.integers(0, 45), st.integers(0, 45))
def test_the_level_is_the_share_of_gfp_noio_s_first_attempts_that_fail(schedule, start, end):
    counted = {Mode.FAIL_EVEN_CALLS: 1 / 2, Mode.FAIL_TWO_OF_THREE: 2 / 3}

    def share(now):
        mode = next((w.mode for w in reversed(schedule) if w.start <= now < w.end), Mode.OK)
        return counted[mode] if mode in counted else float(not holding(mode).grants(NOWAIT, 0))

    seen = [share(now) for now in range(start, end)] or [share(end)]
    assert Windows(schedule).level(start, end) == pytest.approx(sum(seen) / len(seen))


def test_a_schedule_leaves_nothing_to_chance():
    schedule = [Window(0, 50, Mode.FAIL_TWO_OF_THREE), Window(20, 30, Mode.FAIL_WITHOUT_IO)]
    rng = random.Random(1)
    attempts = [(rng.choice([NOWAIT, KERNEL]), now) for now in range(100)]
    one, other = Windows(schedule), Windows(schedule)
    assert [one.grants(*attempt) for attempt in attempts] == [other.grants(*attempt) for attempt in attempts]


def test_a_window_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="window from 5 to 4 ns ends before it starts"):
        Window(5, 4, Mode.FAIL)


@pytest.mark.parametrize(("first", "last"), [(0, 3), (4, 3)])
def test_call_numbers_out_of_order_are_refused(first, last):
    with pytest.raises(ValueError, match=f"calls {first} to {last}: expected 1 <= first <= last"):
        CallWindow(first, last, Mode.FAIL)
