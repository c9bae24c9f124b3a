import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel.gfp import DIRECT_RECLAIM, HIGH, KSWAPD_RECLAIM
from sim.pressure.ramp import Ramp
from sim.pressure.rates import GRANTED, REFUSED, FailureRates
from sim.pressure.reclaim import NO_TIME, ReclaimTimes

NOIO = KSWAPD_RECLAIM | DIRECT_RECLAIM


def ramp(start, over, floor=GRANTED, ceiling=REFUSED, reclaim=NO_TIME):
    return Ramp(start, over, floor, ceiling, uniform=random.Random(1).random, reclaim=reclaim)


def test_the_floor_holds_before_and_the_ceiling_after():
    memory = ramp(100, 50)
    assert all(memory.grants(gfp, 99) for gfp in (KSWAPD_RECLAIM, NOIO))
    assert not any(memory.grants(gfp, 150) for gfp in (KSWAPD_RECLAIM, NOIO))


def test_the_rates_rise_in_a_straight_line():
    memory = ramp(100, 40, FailureRates(0.2, 0.1), FailureRates(0.6, 0.5))
    rates = memory.rates(110)
    assert rates.first_attempt == pytest.approx(0.3)
    assert rates.with_reclaim == pytest.approx(0.2)
    assert rates.high is None


def test_a_high_rate_given_once_starts_from_the_first_attempt_s():
    memory = ramp(0, 100, FailureRates(0.2, 0), FailureRates(1, 1, high=0.4))
    assert memory.rates(50).of(HIGH) == pytest.approx(0.3)


def test_pressure_can_fall_too():
    memory = ramp(0, 100, REFUSED, GRANTED)
    assert memory.rates(25).first_attempt == pytest.approx(0.75)


def test_a_ramp_over_no_time_is_a_step():
    memory = ramp(100, 0)
    assert [memory.grants(0, now) for now in (99, 100)] == [True, False]


def test_as_many_attempts_fail_as_the_rates_of_their_time_say():
    memory, n = ramp(0, 100, FailureRates(0, 0), FailureRates(1, 0.5)), 20_000
    failed = 0
    for _ in range(n):
        memory.reclaim(NOIO, 60, kthread=False)
        failed += not memory.grants(NOIO, 60)
    # 4.9 standard deviations: a right program fails here once in a million seeds.
    assert abs(failed - n * 0.3) < 4.9 * (n * 0.21) ** 0.5


def test_an_attempt_under_the_ceiling_reclaims():
    memory = ramp(0, 10, reclaim=ReclaimTimes(user=lambda: 5, kthread=lambda: 3))
    assert [memory.reclaim(NOIO, 10, kthread) for kthread in (False, True)] == [5, 3]


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 80), st.integers(0, 80))
def test_the_level_is_the_mean_over_the_interval(start, over, since, until):
    memory = ramp(start, over, FailureRates(0.2, 0), FailureRates(0.7, 0))
    middles = [memory.rates(now / 2).first_attempt for now in range(2 * since + 1, 2 * until, 2)]
    expected = sum(middles) / len(middles) if middles else memory.rates(until).first_attempt
    assert memory.level(since, until) == pytest.approx(expected)


def test_a_negative_length_is_refused():
    with pytest.raises(ValueError, match=r"over\(=-1\) must be >= 0"):
        ramp(0, -1)
