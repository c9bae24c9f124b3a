import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.statistics import at_most, mean, ratio

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40)


# scipy warns of values that are all but equal; what it computes of them is what is compared.
@pytest.mark.filterwarnings("ignore:Precision loss:RuntimeWarning")
@given(VALUES, st.sampled_from([0.8, 0.95]))
def test_a_mean_has_scipys_t_interval(values, confidence):
    found = mean(values, confidence)
    oracle = stats.ttest_1samp(values, 0).confidence_interval(confidence) if found.low < found.high else None
    if oracle is None:
        assert np.ptp(values) <= 1e-9
    else:
        assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), rel=1e-6, abs=1e-6)


@given(VALUES)
def test_more_confidence_widens_a_mean(values):
    narrow, wide = mean(values, 0.9), mean(values, 0.99)
    assert wide.low <= narrow.low <= narrow.value <= narrow.high <= wide.high


@given(VALUES)
def test_a_ratio_of_what_is_not_skewed_to_ones_is_a_mean(values):
    mirrored = [*values, *(-value for value in values)]
    a, b = ratio(mirrored, np.ones(len(mirrored))), mean(mirrored)
    assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high), rel=1e-6, abs=1e-6)


def test_a_ratio_is_of_the_sums():
    assert ratio([1, 10], [1, 2]).value == pytest.approx(11 / 3)


@given(VALUES)
def test_a_ratio_to_ones_is_no_narrower_than_a_mean(values):
    a, b = ratio(values, np.ones(len(values))), mean(values)
    assert a.low <= b.low + 1e-6
    assert a.high >= b.high - 1e-6


def test_more_confidence_widens_a_ratio():
    rng = np.random.default_rng(1)
    y, x = rng.exponential(size=12), rng.exponential(size=12)
    narrow, wide = ratio(y, x, 0.9), ratio(y, x, 0.99)
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high


def test_a_ratio_of_many_replications_has_the_bootstraps_interval():
    rng = np.random.default_rng(1)
    x = rng.exponential(size=300)
    y = x * rng.gamma(2, size=300)
    found = ratio(y, x)
    oracle = stats.bootstrap(
        (y, x), lambda y, x, axis: y.sum(axis) / x.sum(axis), paired=True, vectorized=True, rng=rng, n_resamples=4_000
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), abs=0.1 * found.half_width)


def test_a_ratio_that_one_replication_carries_is_warned_of():
    warning = ratio([0] * 29 + [100], [1_000] * 30).warning
    assert warning == "one of 30 replications carries the variance: the interval covers less than it says"


@pytest.mark.parametrize("runs", [6, 10, 30])
def test_normal_values_hardly_ever_carry_a_warning(runs):
    studies = np.random.default_rng(1).normal(size=(500, runs))
    assert sum(mean(study).warning is not None for study in studies) < 15


@pytest.mark.parametrize("runs", [6, 10, 30])
def test_one_value_that_carries_the_variance_is_warned_of(runs):
    warning = mean([2.5e6, *np.random.default_rng(1).normal(1_000, 10, size=runs - 1)]).warning
    assert warning is not None
    assert warning.startswith(f"few of the {runs} values carry the variance")


def test_five_values_cannot_show_that_they_are_normal():
    assert mean([1, 2, 3, 4, 5]).warning is not None


def test_equal_values_have_no_width_and_a_warning():
    found = mean([3.0] * 10)
    assert (found.low, found.high) == (3, 3)
    assert found.warning is not None
    assert ratio([0] * 10, range(1, 11)).warning is not None


def test_what_was_too_rare_to_be_seen_is_warned_of():
    microseconds = np.random.default_rng(2).normal(1_000, 10, size=30)
    assert mean(microseconds).warning is None
    warning = mean(microseconds, unseen=at_most(60_000) * 5e9).warning
    assert warning is not None
    assert warning.startswith("events too rare to be seen here may add 2.5e+05")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: mean([1]), "two or more"),
        (lambda: mean([1, math.inf]), "finite"),
        (lambda: mean([1, 2], 2), r"confidence\(=2\)"),
        (lambda: mean([1, 2], unseen=-1), r"unseen\(=-1\)"),
        (lambda: ratio([1, 2], [1, 2, 3]), "as many"),
        (lambda: ratio([1, 2], [0, 0]), "one of them > 0"),
        (lambda: ratio([1, 2], [-1, 2]), ">= 0"),
    ],
)
def test_what_cannot_be_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
