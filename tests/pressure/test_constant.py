import pytest

from sim.kernel.gfp import DIRECT_RECLAIM, KSWAPD_RECLAIM
from sim.pressure.constant import Constant
from sim.pressure.rates import GRANTED, REFUSED, FailureRates
from sim.pressure.reclaim import NO_TIME, ReclaimTimes

NOIO = KSWAPD_RECLAIM | DIRECT_RECLAIM


def never_drawn():
    pytest.fail("drew a number")


@pytest.mark.parametrize(("rates", "granted"), [(GRANTED, True), (REFUSED, False)])
def test_rates_of_0_and_1_decide_without_drawing(rates, granted):
    memory = Constant(rates, uniform=never_drawn, reclaim=NO_TIME)
    assert memory.grants(KSWAPD_RECLAIM, 0) is granted
    assert memory.grants(NOIO, 0) is granted


def test_an_attempt_fails_when_the_number_drawn_is_below_the_rate():
    memory = Constant(FailureRates(0.5, 0.5), uniform=iter([0.49, 0.5]).__next__, reclaim=NO_TIME)
    assert [memory.grants(KSWAPD_RECLAIM, 0) for _ in range(2)] == [False, True]


def test_reclaim_takes_the_time_drawn():
    memory = Constant(REFUSED, uniform=never_drawn, reclaim=ReclaimTimes(user=lambda: 5, kthread=lambda: 3))
    assert memory.reclaim(NOIO, 0, kthread=False) == 5
    assert memory.reclaim(NOIO, 0, kthread=True) == 3


def test_the_level_is_the_rate_of_first_attempts():
    assert Constant(FailureRates(0.3, 0.1), uniform=never_drawn, reclaim=NO_TIME).level(0, 10) == 0.3
