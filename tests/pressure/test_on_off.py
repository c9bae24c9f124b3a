import math
import random
from itertools import islice, pairwise

import pytest

from sim.pressure.alternation import Alternation
from sim.pressure.on_off import on_off_changes, stationary_start
from sim.pressure.rates import GRANTED, REFUSED
from sim.pressure.reclaim import NO_TIME

GOOD_NS, BAD_NS = 20_000_000, 2_000_000
SHARE_BAD = BAD_NS / (GOOD_NS + BAD_NS)
# A right program fails beyond so many standard deviations once in a million seeds.
SIGMAS = 4.9


def exponential(mean, rng):
    return lambda: round(rng.expovariate(1 / mean))


def alternating(changes):
    return Alternation(changes, GRANTED, REFUSED, uniform=lambda: pytest.fail("drew a number"), reclaim=NO_TIME)


def test_sojourns_last_as_long_as_drawn():
    changes = on_off_changes(iter([10, 20, 30]).__next__, iter([1, 2, 3]).__next__)
    assert list(islice(changes, 6)) == [10, 11, 31, 33, 63, 66]


def test_a_start_in_the_bad_state_ends_with_the_first_bad_sojourn():
    memory = alternating(on_off_changes(lambda: 10, lambda: 3, in_bad=True))
    assert [memory.grants(0, now) for now in range(14)] == [False] * 3 + [True] * 10 + [False]


@pytest.mark.parametrize("in_bad", [False, True])
def test_what_is_left_of_the_first_sojourn_is_not_drawn_again(in_bad):
    memory = alternating(on_off_changes(lambda: 10, lambda: 3, in_bad=in_bad, left=2))
    assert [memory.grants(0, now) for now in range(3)] == [not in_bad, not in_bad, in_bad]


def test_the_share_of_time_in_the_bad_state_is_the_ratio_of_the_means():
    rng, cycles = random.Random(1), 20_000
    memory = alternating(on_off_changes(exponential(GOOD_NS, rng), exponential(BAD_NS, rng)))
    # Delta method on the ratio of two means of exponentials.
    deviation = SHARE_BAD * (1 - SHARE_BAD) * math.sqrt(2 / cycles)
    assert abs(memory.level(0, cycles * (GOOD_NS + BAD_NS)) - SHARE_BAD) < SIGMAS * deviation


def test_bad_sojourns_are_as_long_as_their_distribution_says():
    rng, n = random.Random(2), 20_000
    changes = islice(on_off_changes(exponential(GOOD_NS, rng), exponential(BAD_NS, rng)), 2 * n)
    bad = [end - start for start, end in list(pairwise(changes))[::2]]
    assert abs(sum(bad) / len(bad) - BAD_NS) < SIGMAS * BAD_NS / math.sqrt(n)
    longer = sum(length > 2 * BAD_NS for length in bad) / len(bad)
    tail = math.exp(-2)
    assert abs(longer - tail) < SIGMAS * math.sqrt(tail * (1 - tail) / n)


@pytest.mark.parametrize("now", [BAD_NS // 2, 2 * BAD_NS, 40 * BAD_NS])
def test_exponential_sojourns_relax_to_their_share_as_a_markov_chain_does(now):
    rng, n = random.Random(3), 10_000
    good, bad = exponential(GOOD_NS, rng), exponential(BAD_NS, rng)
    found_bad = sum(not alternating(on_off_changes(good, bad)).grants(0, now) for _ in range(n)) / n
    expected = SHARE_BAD * (1 - math.exp(-now * (1 / GOOD_NS + 1 / BAD_NS)))
    assert abs(found_bad - expected) < SIGMAS * math.sqrt(expected * (1 - expected) / n)


def test_a_stationary_start_finds_the_bad_state_as_often_as_it_lasts():
    rng, n = random.Random(4), 800
    starts = [stationary_start(lambda: 30, lambda: 10, rng.random) for _ in range(n)]
    found_bad = sum(in_bad for in_bad, _ in starts)
    assert abs(found_bad - n / 4) < SIGMAS * math.sqrt(n * 3 / 16)


def test_a_stationary_start_finds_any_point_of_a_constant_sojourn():
    rng = random.Random(5)
    left = {
        left for in_bad, left in (stationary_start(lambda: 30, lambda: 10, rng.random) for _ in range(300)) if in_bad
    }
    assert left == set(range(1, 11))


def test_a_stationary_start_meets_long_sojourns_more_often_than_short_ones():
    rng, n = random.Random(6), 300
    lengths = random.Random(7)
    # Nine in ten sojourns last 1, one lasts 91: a point falls on a long one with probability 91 / 100.
    residual = [
        stationary_start(lambda: 91 if lengths.random() < 0.1 else 1, lambda: 0, rng.random)[1] for _ in range(n)
    ]
    expected = (0.9 * 1 * 1 + 0.1 * 91 * 46) / 10
    deviation = math.sqrt((0.9 * 1 + 0.1 * sum(x * x for x in range(1, 92))) / 10 - expected**2)
    assert abs(sum(residual) / n - expected) < SIGMAS * deviation / math.sqrt(n)


def test_a_stationary_start_without_time_is_good():
    assert stationary_start(lambda: 0, lambda: 0, lambda: 0.5) == (False, 0)
