import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.pressure.alternation import Alternation
from sim.pressure.periodic import periodic_changes
from sim.pressure.rates import GRANTED, REFUSED
from sim.pressure.reclaim import NO_TIME

periods = st.integers(1, 20).flatmap(lambda period: st.tuples(st.just(period), st.integers(0, period)))


def periodic(period, bad, phase=0):
    changes = periodic_changes(period, bad, phase)
    return Alternation(changes, GRANTED, REFUSED, uniform=lambda: pytest.fail("drew a number"), reclaim=NO_TIME)


@given(periods, st.integers(0, 100), st.integers(0, 100))
def test_memory_is_bad_at_the_beginning_of_each_period(period_and_bad, phase, now):
    period, bad = period_and_bad
    assert periodic(period, bad, phase).grants(0, now) is ((now - phase) % period >= bad)


@given(periods, st.integers(0, 100), st.integers(0, 100))
def test_the_level_over_whole_periods_is_the_duty(period_and_bad, phase, start):
    period, bad = period_and_bad
    assert periodic(period, bad, phase).level(start, start + 3 * period) == pytest.approx(bad / period)


def test_an_outage_that_began_before_the_run_is_seen():
    assert [periodic(10, 4, phase=8).grants(0, now) for now in range(10)] == [False] * 2 + [True] * 6 + [False] * 2


@pytest.mark.parametrize(
    ("period", "bad", "message"),
    [
        (0, 0, r"period\(=0\) must be > 0"),
        (5, 6, r"bad\(=6\) must be between 0 and the period\(=5\)"),
        (5, -1, r"bad\(=-1\) must be between 0 and the period\(=5\)"),
    ],
)
def test_a_period_that_cannot_be_is_refused(period, bad, message):
    with pytest.raises(ValueError, match=message):
        periodic_changes(period, bad)
