import random
from itertools import accumulate, count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel.gfp import DIRECT_RECLAIM, KSWAPD_RECLAIM
from sim.kernel.memory import NEVER
from sim.pressure.alternation import Alternation
from sim.pressure.rates import GRANTED, REFUSED, FailureRates
from sim.pressure.reclaim import NO_TIME, ReclaimTimes

NOIO = KSWAPD_RECLAIM | DIRECT_RECLAIM
changes_of_state = st.lists(st.integers(0, 60), max_size=12).map(sorted)
instants = st.integers(0, 70)


def never_drawn():
    pytest.fail("drew a number")


def alternating(changes, good=GRANTED, bad=REFUSED, reclaim=NO_TIME):
    return Alternation(iter(changes), good, bad, uniform=never_drawn, reclaim=reclaim)


def is_bad(changes, now):
    return sum(change <= now for change in changes) % 2 == 1


def test_a_state_begins_at_its_change_and_ends_before_the_next():
    memory = alternating([10, 20])
    assert [now for now in range(30) if not memory.grants(0, now)] == list(range(10, 20))


def test_the_last_state_stays():
    memory = alternating([10])
    assert memory.grants(0, 9)
    assert not memory.grants(0, NEVER - 1)


@given(changes_of_state, st.lists(instants, min_size=1))
def test_the_state_depends_on_the_time_alone_whatever_was_asked_before(changes, asked):
    memory = alternating(changes)
    assert [memory.grants(0, now) for now in asked] == [not is_bad(changes, now) for now in asked]


@given(changes_of_state, instants, instants, st.sampled_from([(0.0, 1.0), (0.25, 0.75), (0.5, 0.5)]))
def test_the_level_is_the_mean_over_every_nanosecond(changes, start, end, levels):
    good, bad = levels
    memory = alternating(changes, FailureRates(good, 0), FailureRates(bad, 0))
    seen = [bad if is_bad(changes, now) else good for now in range(start, end)]
    expected = sum(seen) / len(seen) if seen else (bad if is_bad(changes, end) else good)
    assert memory.level(start, end) == pytest.approx(expected, abs=1e-12)


@given(changes_of_state, st.lists(instants, min_size=2).map(sorted), st.lists(instants))
def test_asking_for_the_level_leaves_the_attempts_alone(changes, ticks, asked):
    memory, undisturbed = alternating(changes), alternating(changes)
    for start, end in pairwise(ticks):
        memory.level(start, end)
    assert [memory.grants(0, now) for now in asked] == [undisturbed.grants(0, now) for now in asked]


def test_a_long_run_does_not_remember_every_change():
    memory = alternating(count(1))
    for tick in range(100):
        assert memory.level(tick * 1_000, tick * 1_000 + 1_000) == 0.5
        assert not memory.grants(0, tick * 1_000 + 1_001)
    assert len(memory._known) < 20_000


def test_an_attempt_may_step_back_after_changes_were_forgotten():
    memory = alternating(count(1))
    for tick in range(101):
        memory.level(tick * 999, tick * 999 + 999)
        memory.grants(0, tick * 999 + 999)
    assert [memory.grants(0, now) for now in range(100_000, 100_800)] == [True, False] * 400


def test_a_level_asked_in_advance_costs_no_attempt_its_state():
    memory = alternating(count(1))
    for tick in range(100):
        memory.level(tick * 1_000, tick * 1_000 + 1_000)
    assert [memory.grants(0, now) for now in range(6)] == [True, False] * 3


def test_reclaim_happens_in_the_bad_state_only():
    memory = alternating([10, 20], reclaim=ReclaimTimes(user=lambda: 5, kthread=lambda: 3))
    assert [memory.reclaim(NOIO, now, kthread=False) for now in (9, 10, 19, 20)] == [0, 5, 5, 0]


def test_an_attempt_that_reclaims_into_the_good_state_gets_its_page():
    memory = alternating([10, 20], reclaim=ReclaimTimes(user=lambda: 5, kthread=lambda: 5))
    spent = memory.reclaim(NOIO, 17, kthread=False)
    assert memory.grants(NOIO, 17 + spent)


def test_attempts_do_not_move_the_changes():
    def drawn():
        sojourns = random.Random(1)
        return accumulate(sojourns.randrange(1, 1_000) for _ in range(1_000))

    coins = random.Random(2)
    half = FailureRates(0.5, 0.25)
    busy = Alternation(drawn(), GRANTED, half, uniform=coins.random, reclaim=NO_TIME)
    idle = Alternation(drawn(), GRANTED, half, uniform=never_drawn, reclaim=NO_TIME)
    for now in range(0, 100_000, 7):
        busy.reclaim(NOIO, now, kthread=False)
        busy.grants(NOIO, now)
        busy.grants(KSWAPD_RECLAIM, now)
    ticks = range(0, 100_000, 1_000)
    assert [busy.level(now, now + 1_000) for now in ticks] == [idle.level(now, now + 1_000) for now in ticks]


def test_changes_that_let_no_time_pass_are_refused():
    memory = alternating(iter(lambda: 5, None))
    with pytest.raises(ValueError, match="10000 changes of state in a row at 5 ns: memory's time does not pass"):
        memory.grants(0, 6)


@given(changes_of_state, instants)
def test_until_the_promised_time_every_attempt_is_refused_at_once(changes, now):
    memory = alternating(changes)
    until = memory.refuses_until(now)
    assert (until > now) == is_bad(changes, now)
    for instant in range(now, min(until, 80)):
        assert not memory.grants(NOIO, instant)
        assert memory.reclaim(NOIO, instant, False) == 0


def test_nothing_is_promised_while_reclaim_takes_time():
    memory = alternating([10], reclaim=ReclaimTimes(lambda: 5, lambda: 5))
    assert memory.refuses_until(20) == 20
