import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.statistics.skewness import corrected, lone, skewed, skewness

SAMPLES = st.lists(st.integers(-1_000, 1_000).map(float), min_size=3, max_size=40).map(np.array)


@given(SAMPLES)
def test_skewness_is_scipys(sample):
    assert skewness(sample) == pytest.approx(np.nan_to_num(stats.skew(sample)) if np.ptp(sample) else 0, abs=1e-9)


@given(SAMPLES, st.sampled_from([0.5, 0.95]))
def test_the_interval_is_never_narrower_than_students(sample, confidence):
    found = corrected(sample, confidence)
    half = stats.t.ppf((1 + confidence) / 2, len(sample) - 1) * stats.sem(sample)
    assert found.low <= sample.mean() - half + 1e-6
    assert found.high >= sample.mean() + half - 1e-6


@given(SAMPLES)
def test_what_is_mirrored_has_the_mirrored_interval(sample):
    one, other = corrected(sample, 0.95), corrected(-sample, 0.95)
    assert (one.low, one.high, one.p_value) == pytest.approx((-other.high, -other.low, other.p_value), abs=1e-6)


@given(SAMPLES, st.sampled_from([0.8, 0.95]))
def test_the_p_value_is_small_iff_the_interval_excludes_zero(sample, confidence):
    found = corrected(sample, confidence)
    if abs(found.p_value - (1 - confidence)) > 1e-9:
        assert (not found.low <= 0 <= found.high) == (found.p_value < 1 - confidence)


def test_skewness_lengthens_the_longer_tail():
    sample = np.random.default_rng(1).exponential(size=20)
    found = corrected(sample, 0.95)
    assert found.high - sample.mean() > 1.1 * (sample.mean() - found.low)


def test_only_a_single_value_that_carries_the_variance_is_lone():
    assert lone(np.array([0.0] * 29 + [1])) is not None
    assert lone(np.array([0.0] * 28 + [1, 1])) is None
    assert lone(np.arange(30.0)) is None


def test_a_few_stalls_are_skewed():
    assert skewed(np.array([0.0] * 25 + [1] * 5)) is not None
    assert skewed(np.array([0.0, 1.0] * 15)) is None
