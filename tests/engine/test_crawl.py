import math

import pytest

from sim.engine.crawl import Crawl
from sim.units import MS, S

RATE = 100 / S


def watched(rate, looks):
    """The longest crawl that looks at these seconds show, with so much done; None for a look at which nobody waits."""
    so_far = 0
    crawl = Crawl("requests", rate, lambda: so_far)
    for second, done in looks:
        if done is None:
            crawl.nobody()
        else:
            so_far = done
            crawl.look(second * S)
    return crawl.longest


def slow(seconds, per_look=0, start=0, before=0):
    return [(start + second, before + per_look * second) for second in range(seconds + 1)]


@pytest.mark.parametrize(("seconds", "found"), [(29, False), (30, True)])
def test_a_crawl_lasts_half_a_minute_or_more(seconds, found):
    assert bool(watched(RATE, slow(seconds))) == found


@pytest.mark.parametrize(("per_look", "found"), [(0, True), (0.9, True), (1.1, False), (100, False)])
def test_in_a_crawl_less_than_one_percent_is_done(per_look, found):
    assert bool(watched(RATE, slow(60, per_look))) == found


def test_a_crawl_has_its_time_and_what_was_done_in_it():
    stretch = watched(RATE, [*slow(10, 100), *slow(40, 0.5, start=11, before=1_100)])
    assert (stretch.since, stretch.until, stretch.done) == (11 * S, 51 * S, 20)
    assert stretch.expected == pytest.approx(4_000)


def test_a_moment_in_which_nobody_waits_ends_it():
    assert watched(RATE, [*slow(20), (20, None), *slow(20, start=21)]) is None


def test_the_longest_of_several_is_kept():
    stretch = watched(RATE, [*slow(50), (50, None), *slow(40, start=60)])
    assert (stretch.since, stretch.until) == (0, 50 * S)


def test_one_that_ends_while_somebody_waits_and_begins_again_is_two():
    stretch = watched(RATE, [*slow(40), *slow(10, 100, start=41), *slow(50, start=52, before=1_000)])
    assert (stretch.since, stretch.until, stretch.done) == (51 * S, 102 * S, 0)


def test_with_little_to_expect_a_crawl_has_to_last_longer():
    """One request in ten seconds: that none comes in half a minute is no wonder."""
    assert watched(0.1 / S, slow(99)) is None
    assert watched(0.1 / S, slow(100)) is not None


def test_where_nothing_bounds_what_might_be_done_only_nothing_is_too_little():
    assert watched(math.inf, slow(40)) is not None
    assert watched(math.inf, slow(40, 0.1)) is None


def test_where_nothing_is_to_be_done_nothing_crawls():
    assert watched(0, slow(500)) is None


def test_what_is_done_is_asked_once_a_second_however_often_is_looked():
    asked = []
    crawl = Crawl("requests", RATE, lambda: asked.append(None) or 0)
    for at in range(0, 40 * S, 7 * MS):
        crawl.look(at)
    assert crawl.longest is not None
    assert crawl.longest.since == 0
    assert len(asked) == 40


def test_a_look_at_which_nobody_waits_counts_between_the_seconds_too():
    looks = [(second / 2, None if second == 31 else 0) for second in range(90)]
    assert watched(RATE, looks) is None
