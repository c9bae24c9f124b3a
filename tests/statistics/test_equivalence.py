import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.statistics import equivalent

VALUES = st.lists(st.integers(-1000, 1000), min_size=2, max_size=30).filter(lambda values: len(set(values)) > 1)


@given(VALUES, st.integers(-300, 300), st.floats(1, 500))
def test_equivalence_is_two_one_sided_t_tests(values, theory, margin):
    above = stats.ttest_1samp(values, theory - margin, alternative="greater").pvalue
    below = stats.ttest_1samp(values, theory + margin, alternative="less").pvalue
    worst = max(above, below)
    if not math.isclose(worst, 0.05, rel_tol=1e-6):
        assert equivalent(values, theory, margin).passed == (worst < 0.05)


def test_a_difference_that_cannot_be_shown_is_no_equivalence():
    assert not equivalent([0.0, 2.0], theory=1.1, margin=0.5).passed


@pytest.mark.parametrize(("off", "most"), [(1.0, 0.065), (1.3, 0.01)])
def test_it_is_seldom_wrong_at_the_margin_and_beyond(off, most):
    studies = np.random.default_rng(1).normal(off, 1.0, size=(2_000, 20))
    assert np.mean([equivalent(study, theory=0, margin=1.0).passed for study in studies]) < most


def test_it_passes_what_is_the_same():
    assert equivalent(np.random.default_rng(1).normal(1, 0.1, 20), theory=1, margin=0.1).passed


def test_equal_values_pass_within_the_margin_only():
    assert equivalent([1.0, 1.0], theory=1.4, margin=0.5).passed
    assert not equivalent([1.0, 1.0], theory=1.5, margin=0.5).passed


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: equivalent([1], 1, 1), "two or more"),
        (lambda: equivalent([1, math.nan], 1, 1), "finite"),
        (lambda: equivalent([1, 2], 1, 0), r"margin\(=0\)"),
        (lambda: equivalent([1, 2], 1, 1, alpha=0.5), r"alpha\(=0.5\)"),
    ],
)
def test_what_cannot_be_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
