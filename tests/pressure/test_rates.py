import random

import pytest

from sim.kernel.gfp import DIRECT_RECLAIM, HIGH, IO, KSWAPD_RECLAIM
from sim.pressure.rates import GRANTED, REFUSED, Chance, FailureRates
from sim.pressure.reclaim import ReclaimTimes

USER_NS, KTHREAD_NS = 7_000, 3_000
RECLAIM = ReclaimTimes(user=lambda: USER_NS, kthread=lambda: KTHREAD_NS)
NOWAIT, ATOMIC, NOIO = KSWAPD_RECLAIM, KSWAPD_RECLAIM | HIGH, KSWAPD_RECLAIM | DIRECT_RECLAIM
RATES = FailureRates(first_attempt=0.5, with_reclaim=0.4, high=0.3)


def attempts(rates, gfp, n, seed=1):
    """Time in reclaim and outcome of n attempts in a row."""
    chance = Chance(random.Random(seed).random, RECLAIM)
    for now in range(n):
        spent = chance.reclaim_time(rates, gfp, now, kthread=False) if gfp & DIRECT_RECLAIM else 0
        yield spent, chance.grants(rates, gfp, now + spent)


def never_drawn():
    pytest.fail("drew a number")


@pytest.mark.parametrize(
    ("gfp", "rate"),
    [(0, 0.5), (NOWAIT, 0.5), (IO, 0.5), (ATOMIC, 0.3), (NOIO, 0.4), (NOIO | IO, 0.4), (NOIO | HIGH, 0.4)],
)
def test_the_mask_chooses_the_rate(gfp, rate):
    assert RATES.of(gfp) == rate


def test_without_a_high_rate_the_first_attempt_rate_holds():
    assert FailureRates(0.5, 0.4).of(ATOMIC) == 0.5


@pytest.mark.parametrize("gfp", [NOWAIT, ATOMIC, NOIO])
def test_as_many_attempts_fail_as_the_rate_says(gfp):
    n = 20_000
    failed = sum(not granted for _, granted in attempts(RATES, gfp, n))
    rate = RATES.of(gfp)
    # 4.9 standard deviations: a right program fails here once in a million seeds.
    assert abs(failed - n * rate) < 4.9 * (n * rate * (1 - rate)) ** 0.5


def test_as_many_attempts_reclaim_as_would_fail_without():
    n = 20_000
    reclaimed = sum(spent > 0 for spent, _ in attempts(RATES, NOIO, n))
    assert abs(reclaimed - n * 0.5) < 4.9 * (n * 0.25) ** 0.5


def test_no_reclaiming_attempt_fails_without_having_reclaimed():
    assert all(spent for spent, granted in attempts(RATES, NOIO, 1_000) if not granted)


def test_a_rate_with_reclaim_above_the_other_holds_all_the_same():
    upside_down, n = FailureRates(first_attempt=0.1, with_reclaim=0.8), 20_000
    outcomes = list(attempts(upside_down, NOIO, n))
    assert all(spent for spent, granted in outcomes if not granted)
    failed = sum(not granted for _, granted in outcomes)
    assert abs(failed - n * 0.8) < 4.9 * (n * 0.16) ** 0.5


def test_a_page_found_without_reclaim_belongs_to_that_attempt_alone():
    chance = Chance(iter([0.1, 0.6, 0.4]).__next__, RECLAIM)
    rates = FailureRates(0.5, 0.25)
    assert chance.reclaim_time(rates, NOIO, 0, kthread=False) == USER_NS
    assert chance.reclaim_time(rates, NOIO, 10, kthread=False) == 0
    assert chance.grants(rates, NOIO, 10)
    assert not chance.grants(rates, NOIO, USER_NS)


def test_a_page_found_but_never_asked_for_goes_to_nobody_else():
    chance = Chance(iter([0.1, 0.6, 0.4]).__next__, RECLAIM)
    rates = FailureRates(0.5, 0.25)
    chance.reclaim_time(rates, NOIO, 0, kthread=False)
    chance.reclaim_time(rates, NOIO, 10, kthread=False)
    assert not chance.grants(rates, NOIO, USER_NS)


def test_a_kernel_thread_is_not_throttled():
    assert Chance(never_drawn, RECLAIM).reclaim_time(REFUSED, NOIO, 0, kthread=True) == KTHREAD_NS


def test_memory_that_grants_everything_needs_no_reclaim():
    assert Chance(never_drawn, RECLAIM).reclaim_time(GRANTED, NOIO, 0, kthread=False) == 0


@pytest.mark.parametrize("gfp", [NOWAIT, ATOMIC, NOIO])
@pytest.mark.parametrize(("rates", "granted"), [(GRANTED, True), (REFUSED, False)])
def test_rates_of_0_and_1_leave_nothing_to_chance(rates, granted, gfp):
    assert Chance(never_drawn, RECLAIM).grants(rates, gfp, 0) is granted


@pytest.mark.parametrize(
    ("rates", "verdict"),
    [
        (GRANTED, True),
        (REFUSED, False),
        (FailureRates(0, 0, 0), True),
        (FailureRates(1, 1, 1), False),
        (FailureRates(1, 0), None),
        (FailureRates(0, 0, 0.5), None),
        (FailureRates(1, 1, 0), None),
        (FailureRates(0.5, 0.5), None),
    ],
)
def test_the_verdict_is_sure_only_if_every_attempt_meets_the_same(rates, verdict):
    assert rates.verdict is verdict


@pytest.mark.parametrize("name", ["first_attempt", "with_reclaim", "high"])
@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_outside_0_to_1_is_refused_with_its_value(name, rate):
    with pytest.raises(ValueError, match=rf"{name}\(={rate}\) must be between 0 and 1"):
        FailureRates(**{"first_attempt": 0.0, "with_reclaim": 0.0, name: rate})
