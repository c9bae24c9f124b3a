import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.statistics import batch_means, mean, mser5, von_neumann


def directly(series):
    """MSER-5 by its definition, each truncation by itself."""
    number = len(series) // 5
    means = [sum(series[5 * k : 5 * k + 5]) / 5 for k in range(number)]
    errors = []
    for cut in range(number - 5):
        rest = means[cut:]
        middle = math.fsum(rest) / len(rest)
        errors.append(math.fsum((each - middle) ** 2 for each in rest) / len(rest) ** 2)
    return errors


def warming_up(seed, values=2_000, length=200, height=20.0):
    rng = np.random.default_rng(seed)
    return 10 + height * np.exp(-np.arange(values) / length) + rng.normal(size=values)


@given(st.lists(st.floats(-1e3, 1e3).map(lambda value: round(value, 3)), min_size=50, max_size=120))
def test_mser5_is_the_direct_evaluation(series):
    errors = directly(series)
    best = min(errors)
    try:
        cut = mser5(series) // 5
    except ValueError:
        assert min(range(len(errors)), key=errors.__getitem__) > len(series) // 5 / 2
    else:
        assert errors[cut] == pytest.approx(best, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_mser5_finds_where_a_warm_up_ends(seed):
    assert 400 < mser5(warming_up(seed)) < 1_000


@pytest.mark.parametrize("height", [1e3, 1e9])
def test_a_warm_up_of_any_height_is_cut(height):
    assert 400 < mser5(warming_up(1, values=20_000, height=height)) < 6_000


def test_a_steady_series_is_left_whole_but_for_chance():
    cuts = [mser5(np.random.default_rng(seed).normal(size=2_000)) for seed in range(20)]
    assert np.median(cuts) < 100


def test_a_series_that_never_settles_is_refused():
    with pytest.raises(ValueError, match="the run is too short"):
        mser5(np.arange(1_000.0))


@pytest.mark.parametrize("seed", range(6))
def test_batch_means_are_the_mean_of_batches_wider_for_what_correlation_remains(seed):
    series = np.random.default_rng(seed).normal(size=3_000)
    means = series.reshape(30, 100).mean(axis=1)
    found, oracle = batch_means(series), mean(means)
    correlation = max(np.sum((means - means.mean())[1:] * (means - means.mean())[:-1]), 0)
    correlation /= np.sum((means - means.mean()) ** 2)
    wider = math.sqrt((1 + correlation) / (1 - correlation))
    assert (found.method, found.warning) == ("30 batch means, t", None)
    assert (found.value, found.half_width) == pytest.approx((oracle.value, oracle.half_width * wider))


def test_a_run_that_is_worth_few_independent_values_says_so():
    rng = np.random.default_rng(1)
    warning = batch_means(np.repeat(rng.normal(size=40), 30), batches=20).warning
    assert warning is not None
    assert warning.endswith("independent values: the run is too short")


def test_what_fills_no_batch_is_left_out_at_the_old_end():
    series = np.append([1e9] * 7, np.random.default_rng(2).normal(size=3_000))
    assert abs(batch_means(series).value) < 1


def test_correlated_batches_are_made_longer():
    rng = np.random.default_rng(1)
    series = np.repeat(rng.normal(size=60), 50)
    assert batch_means(series, batches=60).method == "60 batch means, t"
    assert batch_means(np.repeat(rng.normal(size=30), 100), batches=60).method == "30 batch means, t"


def test_a_run_too_short_for_its_correlation_says_so():
    warning = batch_means(np.cumsum(np.random.default_rng(1).normal(size=1_000))).warning
    assert warning == "batches are still correlated: the run is too short"


def test_a_constant_series_has_no_width_and_a_warning():
    found = batch_means([2.0] * 100)
    assert (found.low, found.high) == (2, 2)
    assert found.warning is not None


@pytest.mark.parametrize("n", [10, 30])
def test_von_neumanns_p_value_is_uniform_for_independent_values(n):
    rng = np.random.default_rng(1)
    p_values = [von_neumann(rng.normal(size=n)) for _ in range(2_000)]
    assert np.mean(np.array(p_values) <= 0.1) == pytest.approx(0.1, abs=0.02)


def test_von_neumann_sees_a_trend_and_no_alternation():
    assert von_neumann(range(20)) < 1e-4
    assert von_neumann([0, 1] * 10) > 1 - 1e-4


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: batch_means([1.0] * 59), "59 values are too few for 30 batches"),
        (lambda: batch_means([1.0] * 59, batches=6), r"batches\(=6\)"),
        (lambda: batch_means([math.nan] * 100), "finite"),
        (lambda: batch_means([1.0, 2.0] * 50, confidence=0), r"confidence\(=0\)"),
        (lambda: mser5([1.0] * 49), "takes 50"),
        (lambda: von_neumann([1, 2]), "too few"),
    ],
)
def test_what_cannot_be_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
