import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.statistics import minimum_n, order_statistics


@pytest.mark.parametrize(
    ("q", "two_sided", "n"),
    [
        (0.99, True, 368),
        (0.999, True, 3_688),
        (0.9999, True, 36_887),
        (0.99, False, 299),
        (0.999, False, 2_995),
        (0.9999, False, 29_956),
        (0.5, True, 6),
        (0.01, True, 368),
        (0.01, False, 1),
    ],
)
def test_the_least_number_of_values_is_the_tabulated_one(q, two_sided, n):
    assert minimum_n(q, two_sided=two_sided) == n


@given(st.floats(0.001, 0.999), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_least_number_of_values_is_where_both_bounds_become_finite(q, confidence):
    n = minimum_n(q, confidence)
    enough, short = (order_statistics(np.arange(k), q, confidence) for k in (n, max(n - 1, 1)))
    assert math.isfinite(enough.half_width)
    assert enough.warning is None
    assert n == 1 or math.isinf(short.half_width)


@given(st.integers(2, 400), st.sampled_from([0.1, 0.5, 0.9, 0.99]), st.sampled_from([0.8, 0.95]))
def test_the_ranks_are_scipys(n, q, confidence):
    oracle = stats.quantile_test(np.arange(n), q=0, p=q).confidence_interval(confidence)
    found = order_statistics(np.arange(n), q, confidence)
    bounds = [math.nan if math.isinf(bound) else bound for bound in (found.low, found.high)]
    assert bounds == pytest.approx([oracle.low, oracle.high], nan_ok=True)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60), st.floats(0.05, 0.95))
def test_more_confidence_widens_the_interval_around_a_value_that_occurred(values, q):
    narrow, wide = order_statistics(values, q, 0.8), order_statistics(values, q, 0.99)
    assert wide.low <= narrow.low <= narrow.value <= narrow.high <= wide.high
    assert narrow.value in values


def test_the_value_is_the_one_of_rank_q_n():
    assert order_statistics(range(1, 1001), 0.999).value == 999


def test_too_few_values_leave_a_bound_open_and_say_how_many_it_takes():
    found = order_statistics(range(100), 0.99)
    assert found.high == math.inf
    assert found.warning == "100 values, 368 are needed for both bounds"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: minimum_n(1), r"q\(=1\)"),
        (lambda: minimum_n(0.5, 1), r"confidence\(=1\)"),
        (lambda: order_statistics([], 0.5), "no values"),
        (lambda: order_statistics([1, math.nan], 0.5), "NaN"),
        (lambda: order_statistics([1], 99), r"q\(=99\)"),
    ],
)
def test_what_cannot_be_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
