import math

import pytest

from sim.statistics import erlang_b, independent_failures, on_off_outages, truncated_geometric, waits_in_outage


@pytest.mark.parametrize(
    ("load", "min_nr", "p", "empty"),
    [
        (50, 4, 0.5, 0.030488),
        (5, 4, 0.5, 0.011806),
        (10, 4, 0.5, 0.019724),
        (50, 4, 0.8, 0.159698),
        (20, 8, 0.9, 0.062373),
        (5, 4, 1.0, 0.398343),
    ],
)
def test_independent_failures_empty_the_reserve_as_often_as_tabulated(load, min_nr, p, empty):
    assert independent_failures(load, min_nr, p).empty == pytest.approx(empty, abs=6e-7)


@pytest.mark.parametrize("p", [0.3, 0.5, 0.8])
def test_under_a_large_load_the_deficit_is_geometric_with_what_is_out_for_load(p):
    empty = independent_failures(2_000, 4, p).empty
    assert empty == pytest.approx(truncated_geometric(p / (1 - p * empty), 4), rel=0.005)


def test_a_backing_that_never_works_leaves_erlangs_loss():
    assert independent_failures(12, 16, 1.0).blocked == pytest.approx(erlang_b(16, 12))


def test_calls_that_fail_first_are_served_by_the_reserve_or_blocked():
    use = independent_failures(20, 3, 0.6)
    assert use.fallback + use.blocked == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("load", "min_nr", "bad", "empty_when_bad", "fallback", "blocked"),
    [
        (10, 2, 2, 0.415254, 0.053159, 0.037750),
        (10, 4, 2, 0.199234, 0.072797, 0.018112),
        (10, 8, 2, 0.039912, 0.087281, 0.003628),
        (10, 12, 2, 0.004973, 0.090457, 0.000452),
        (10, 16, 2, 0.000342, 0.090878, 0.000031),
        (40, 8, 2, 0.127107, 0.079354, 0.011555),
        (40, 24, 2, 0.003370, 0.090603, 0.000306),
        (10, 8, 0.5, 0.008445, 0.024184, 0.000206),
    ],
)
def test_on_off_outages_use_the_reserve_as_tabulated(load, min_nr, bad, empty_when_bad, fallback, blocked):
    use = on_off_outages(load, min_nr, good=20, bad=bad)
    assert [use.empty_when_bad, use.fallback, use.blocked] == pytest.approx(
        [empty_when_bad, fallback, blocked], abs=6e-7
    )


def test_outages_that_change_nothing_leave_independent_failures():
    use = on_off_outages(10, 4, good=3, bad=1, p_good=0.5, p_bad=0.5)
    assert use.empty == pytest.approx(independent_failures(10, 4, 0.5).empty)


def test_without_a_reserve_every_failure_is_final():
    use = independent_failures(10, 0, 0.3)
    assert (use.fallback, use.blocked) == pytest.approx((0.0, 0.3))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: independent_failures(0, 4, 0.5), "load(=0) must be > 0 and finite"),
        (lambda: independent_failures(1, -1, 0.5), "min_nr(=-1) must be >= 0"),
        (lambda: independent_failures(1, 4, 1.5), "p(=1.5) must be between 0 and 1"),
        (lambda: on_off_outages(1, 4, good=0, bad=1), "good(=0) must be > 0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_value(wrong, told):
    with pytest.raises(ValueError, match=r".") as refused:
        wrong()
    assert str(refused.value) == told


@pytest.mark.parametrize(
    ("length", "min_nr_by_load", "somebody_waits"),
    [
        (0.5, {16: 8, 64: 16}, [0.03, 0.05]),
        (2, {16: 12, 64: 24}, [0.09, 0.12]),
        (2, {16: 16, 64: 32}, [0.01, 0.02]),
        (10, {16: 20, 64: 40}, [0.07, 0.10]),
    ],
)
def test_the_square_root_rule(length, min_nr_by_load, somebody_waits):
    """2, 3, 4 and 5 times sqrt(load) elements, against what was found independently, with two places."""
    found = [waits_in_outage(load, min_nr, length=length) for load, min_nr in min_nr_by_load.items()]
    assert found == pytest.approx(somebody_waits, abs=0.01)


def test_without_a_reserve_somebody_waits_unless_nobody_comes():
    assert waits_in_outage(3, 0, length=0.5) == pytest.approx(1 - math.exp(-3 * 0.5))


def test_a_reserve_of_one_lasts_for_a_second_call_only_if_an_element_comes_back():
    """Short outages: two calls in a row, with hardly ever a free between them."""
    length = 1e-4
    assert waits_in_outage(3, 1, length=length) == pytest.approx((3 * length) ** 2 / 2, rel=1e-3)


def test_the_longer_an_outage_the_likelier_that_somebody_waits():
    shares = [waits_in_outage(9, 8, length=length) for length in (0.1, 1, 10, 100)]
    assert shares == sorted(shares)
    assert shares[-1] > 0.99


@pytest.mark.parametrize(("load", "min_nr", "length"), [(0, 1, 1), (1, -1, 1), (1, 1, 0), (1, 1, float("inf"))])
def test_an_outage_without_load_or_length_is_refused(load, min_nr, length):
    with pytest.raises(ValueError, match="must be"):
        waits_in_outage(load, min_nr, length=length)
