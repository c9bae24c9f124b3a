import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.statistics import paired_difference, paired_ratio, rate, rate_difference

PAIRS = st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), min_size=3, max_size=30)
RNG_RUNS = 30


def related(seed, slope=1.0, noise=0.1, runs=RNG_RUNS):
    rng = np.random.default_rng(seed)
    a = rng.lognormal(0, 0.5, runs)
    return a, slope * a * rng.lognormal(0, noise, runs)


@given(PAIRS.filter(lambda pairs: len({b - a for a, b in pairs}) > 1), st.sampled_from([0.8, 0.95]))
def test_a_paired_difference_has_scipys_test_and_interval(pairs, confidence):
    a, b = np.array(pairs, dtype=float).T
    oracle, found = stats.ttest_rel(b, a), paired_difference(a, b, confidence)
    assert found.p_value == pytest.approx(oracle.pvalue, rel=1e-6, abs=1e-300)
    interval = oracle.confidence_interval(confidence)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-9, abs=1e-6)


@given(PAIRS)
def test_a_ratio_is_the_inverse_of_the_other_way_round(pairs):
    a, b = np.array(pairs, dtype=float).T
    one, other = paired_ratio(a, b), paired_ratio(b, a)
    assert (one.value, one.low, one.high) == pytest.approx((1 / other.value, 1 / other.high, 1 / other.low))
    assert one.p_value == pytest.approx(other.p_value)


def test_a_ratio_is_that_of_geometric_means():
    a, b = related(1, slope=1.8)
    assert paired_ratio(a, b).value == pytest.approx(stats.gmean(b) / stats.gmean(a))


@given(PAIRS)
def test_the_p_value_is_small_iff_the_interval_excludes_no_difference(pairs):
    a, b = np.array(pairs, dtype=float).T
    for found in (paired_difference(a, b), paired_ratio(a, b)):
        if not math.isclose(found.p_value, 0.05, rel_tol=1e-6):
            assert found.decided == (found.p_value < 0.05)


@given(PAIRS)
def test_more_confidence_widens_a_difference(pairs):
    a, b = np.array(pairs, dtype=float).T
    for estimate in (paired_difference, paired_ratio):
        narrow, wide = estimate(a, b, 0.8), estimate(a, b, 0.99)
        assert wide.low <= narrow.low <= narrow.value <= narrow.high <= wide.high


def test_common_random_numbers_narrow_the_interval_and_show_in_the_correlation():
    a, b = related(1)
    paired, shuffled = paired_difference(a, b), paired_difference(a, np.roll(b, 1))
    assert paired.correlation > 0.9
    assert paired.half_width < shuffled.half_width / 3


def test_equal_pairs_differ_by_nothing_and_tell_what_was_not_seen():
    a, _ = related(1)
    found = paired_difference(a, a)
    assert (found.value, found.low, found.high, found.p_value, found.decided) == (0, 0, 0, 1, False)
    assert found.warning == "the same in all 30 pairs; others may be at most 0.095 of all (95 %)"


@pytest.mark.parametrize(("runs", "decided"), [(4, False), (7, True), (20, True)])
def test_never_against_always_has_the_bounds_of_both(runs, decided):
    found = rate_difference([0] * runs, [1] * runs, [1] * runs, [1] * runs)
    least = 1 - (0.05 / 4) ** (1 / runs)
    assert (found.low, found.high) == pytest.approx((1 - 2 * least, 1))
    assert (found.decided, found.p_value < 0.05) == (decided, decided)
    assert found.replications_needed() >= runs


def test_the_same_difference_in_all_pairs_is_decided():
    found = paired_difference([1.0, 2.0, 4.0], [2.0, 3.0, 5.0])
    assert (found.low, found.high, found.p_value, found.decided) == (1, 1, 0, True)


def test_equal_ratios_are_exact():
    found = paired_ratio([1.0, 2.0, 4.0], [1.0, 2.0, 4.0])
    assert (found.value, found.low, found.high, found.p_value) == (1, 1, 1, 1)


def test_the_correlation_of_what_does_not_vary_is_not_a_number():
    assert math.isnan(paired_difference([1, 1, 1], [1, 2, 3]).correlation)


def test_a_difference_that_is_shown_needs_no_more_replications():
    a, b = related(1, slope=1.8)
    assert paired_ratio(a, b).replications_needed() == RNG_RUNS


def test_no_number_of_replications_shows_what_is_not_there():
    a, _ = related(1)
    assert paired_difference(a, a).replications_needed() is None


def test_so_many_replications_show_the_difference_as_often_as_said():
    rng = np.random.default_rng(5)
    a = np.zeros(40)
    b = rng.normal(0, 1, 40)
    b += 0.25 - b.mean()
    b *= 1 / b.std(ddof=1)
    found = paired_difference(a, b)
    assert not found.decided or found.replications_needed() == 40
    effect, needed = b.mean(), found.replications_needed(power=0.9)
    studies = rng.normal(effect, 1, size=(1_000, needed))
    shown = np.mean([paired_difference(np.zeros(needed), study).decided for study in studies])
    assert shown == pytest.approx(0.9, abs=0.03)


def test_more_power_or_confidence_takes_more_replications():
    a, b = related(3, slope=1.01)
    found = paired_ratio(a, b)
    assert RNG_RUNS < found.replications_needed(power=0.5) < found.replications_needed(power=0.9)
    assert found.replications_needed(0.9) < found.replications_needed(0.99)


def test_a_rate_difference_is_that_of_the_pooled_rates():
    found = rate_difference([3, 0, 5], [100, 80, 120], [1, 0, 2], [90, 100, 110])
    assert found.value == pytest.approx(rate([1, 0, 2], [90, 100, 110]).value - rate([3, 0, 5], [100, 80, 120]).value)


def test_with_equal_totals_a_rate_difference_is_the_paired_difference_of_shares():
    rng = np.random.default_rng(1)
    a, b = rng.binomial(1_000, 0.1, 20), rng.binomial(1_000, 0.13, 20)
    # Mirrored at 0.02, so that the differences are not skewed.
    a, b = np.append(a, b), np.append(b, a + 40)
    rates, shares = rate_difference(a, [1_000] * 40, b, [1_000] * 40), paired_difference(a / 1_000, b / 1_000)
    for name in ("value", "low", "high", "p_value", "correlation", "standard_error"):
        assert getattr(rates, name) == pytest.approx(getattr(shares, name))


def test_runs_with_more_calls_weigh_more():
    rng = np.random.default_rng(1)
    totals = rng.integers(10, 5_000, 200)
    a, b = rng.binomial(totals, 0.1), rng.binomial(totals, 0.1)
    linearised = rate_difference(a, totals, b, totals)
    independent = math.sqrt(2 * 0.1 * 0.9 / totals.sum())
    assert linearised.standard_error == pytest.approx(independent, rel=0.2)


def test_equal_counts_differ_by_nothing_with_a_warning():
    found = rate_difference([3, 0, 5], [100, 80, 120], [3, 0, 5], [100, 80, 120])
    assert (found.value, found.low, found.high, found.p_value) == (0, 0, 0, 1)
    assert found.warning is not None


def test_a_rate_difference_of_the_same_size_in_all_pairs_is_decided():
    found = rate_difference([10] * 6, [100] * 6, [20] * 6, [100] * 6)
    assert (found.low, found.high, found.p_value) == pytest.approx((0.1, 0.1, 0))
    assert found.warning is not None
    assert found.warning.startswith("the same in all 6 pairs")


def test_instances_in_few_pairs_are_warned_of():
    found = rate_difference([0] * 8 + [9, 0], [100] * 10, [0] * 8 + [0, 7], [100] * 10)
    assert found.warning == "seen in 2 of 10 pairs: too few to tell how calls cluster"


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=3, max_size=20))
def test_the_p_value_of_a_rate_difference_agrees_with_its_interval(pairs):
    a, b = np.array(pairs).T
    totals = np.full(len(a), 50)
    for confidence in (0.8, 0.95, 0.99):
        found = rate_difference(a, totals, b, totals, confidence)
        if not math.isclose(found.p_value, 1 - confidence, rel_tol=1e-6) and "bounds" not in found.method:
            assert found.decided == (found.p_value < 1 - confidence)


def test_rates_of_nothing_differ_by_no_more_than_their_bounds():
    found = rate_difference([0] * 10, [100] * 10, [0] * 10, [100] * 10)
    bound = 1 - 0.0125 ** (1 / 1_000)
    assert (found.low, found.high) == pytest.approx((-bound, bound))
    assert not found.decided
    assert found.warning is not None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: paired_difference([1, 2], [1, 2, 3]), "no pairs"),
        (lambda: paired_difference([1], [1]), "two or more"),
        (lambda: paired_ratio([1, 0], [1, 2]), "> 0"),
        (lambda: paired_difference([1, 2], [1, 2], 1.5), r"confidence\(=1.5\)"),
        (lambda: paired_difference([1, 2], [1, 3]).replications_needed(power=1), r"power\(=1\)"),
        (lambda: rate_difference([1, 2], [3, 3], [1], [3]), "two or more|no pairs"),
        (lambda: rate_difference([4, 2], [3, 3], [1, 1], [3, 3]), "between 0 and its total"),
    ],
)
def test_what_cannot_be_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
