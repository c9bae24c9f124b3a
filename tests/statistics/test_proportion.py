import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.statistics import at_most, clopper_pearson, design_effect, rate

COUNTS = st.integers(1, 5000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))
REPLICATIONS = st.lists(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), min_size=2)


@given(COUNTS, st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_clopper_pearson_is_scipys(counted, confidence):
    oracle = stats.binomtest(*counted).proportion_ci(confidence_level=confidence, method="exact")
    found = clopper_pearson(*counted, confidence)
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), rel=1e-7, abs=1e-15)


@given(COUNTS)
def test_more_instances_raise_both_bounds(counted):
    count, of = counted
    one, more = clopper_pearson(count, of + 1), clopper_pearson(count + 1, of + 1)
    assert one.low < more.low
    assert one.high < more.high


@given(REPLICATIONS)
def test_more_confidence_widens_a_rate(replications):
    counts, totals = zip(*replications, strict=True)
    narrow, wide = rate(counts, totals, 0.9), rate(counts, totals, 0.99)
    assert wide.low <= narrow.low <= narrow.value <= narrow.high <= wide.high


@given(REPLICATIONS)
def test_a_rate_is_never_narrower_than_that_of_independent_calls(replications):
    counts, totals = zip(*replications, strict=True)
    clustered, independent = rate(counts, totals), clopper_pearson(sum(counts), sum(totals))
    assert clustered.low <= independent.low * (1 + 1e-9)
    assert clustered.high >= independent.high * (1 - 1e-9)


def test_a_rate_is_mirrored_by_that_of_the_other_calls():
    counts, totals = np.array([3, 0, 7, 1, 1, 9]), np.array([100, 90, 110, 100, 80, 70])
    some, others = rate(counts, totals), rate(totals - counts, totals)
    assert (some.low, some.high) == pytest.approx((1 - others.high, 1 - others.low))


@pytest.mark.parametrize(("of", "bound"), [(60_000, 5.0e-5), (3_000, 1e-3)])
def test_zero_events_bound_a_share_by_the_rule_of_three(of, bound):
    assert at_most(of) == pytest.approx(bound, rel=0.002)


@given(st.integers(1, 10**9), st.floats(0.5, 0.9999))
def test_at_the_bound_zero_events_have_the_probability_that_is_left(of, confidence):
    bound = at_most(of, confidence)
    assert math.exp(of * math.log1p(-bound)) == pytest.approx(1 - confidence, rel=1e-6)


def test_without_calls_a_share_may_be_anything():
    assert at_most(0) == 1


def test_the_design_effect_of_independent_calls_is_one():
    counts = np.random.default_rng(1).binomial(2_000, 0.01, size=5_000)
    assert design_effect(counts, np.full(5_000, 2_000)) == pytest.approx(1, abs=0.05)


def test_the_design_effect_of_calls_that_fail_by_tens_is_ten():
    counts = 10 * np.random.default_rng(2).binomial(200, 0.001, size=20_000)
    assert design_effect(counts, np.full(20_000, 2_000)) == pytest.approx(10, rel=0.03)


def test_the_design_effect_is_the_ratio_of_two_variances():
    counts, totals = np.array([4.0, 0, 9, 2]), np.array([50.0, 40, 60, 50])
    share = counts.sum() / totals.sum()
    between = len(counts) * np.var((counts - share * totals) / totals.sum(), ddof=1)
    assert design_effect(counts, totals) == pytest.approx(between / (share * (1 - share) / totals.sum()))


def test_a_rate_is_the_exact_interval_of_the_effective_calls():
    counts, totals = np.array([40, 0, 0, 25, 3, 0, 12, 0]), np.full(8, 1_000)
    freedom = (stats.t.ppf(0.975, 7) / stats.norm.ppf(0.975)) ** 2
    worth = 8_000 / design_effect(counts, totals) / freedom
    share = 80 / 8_000
    low = stats.beta.ppf(0.025, share * worth, worth - share * worth + 1)
    high = stats.beta.ppf(0.975, share * worth + 1, worth - share * worth)
    found = rate(counts, totals)
    assert (found.value, found.low, found.high) == pytest.approx((share, low, high))


def test_a_known_clustering_widens_a_rate_that_shows_none():
    assert rate([0] * 5, [1_000] * 5, least_effect=50).high == pytest.approx(clopper_pearson(0, 100).high)


def test_no_instance_bounds_the_rate_and_says_of_what():
    found = rate([0] * 30, [2_000] * 30)
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 60_000))
    assert found.warning is not None
    assert "at most 0.095 of runs (95 %)" in found.warning


def test_a_single_run_is_said_to_be_one():
    found = rate([3], [2_000])
    assert (found.low, found.high) == pytest.approx((clopper_pearson(3, 2_000).low, clopper_pearson(3, 2_000).high))
    assert found.warning is not None
    assert found.warning.startswith("a single run")


def test_a_burst_in_one_run_of_thirty_has_a_warning():
    warning = rate([0] * 29 + [500], [2_000] * 30).warning
    assert warning is not None
    assert warning.startswith("seen in 1 of 30 runs")


def test_a_rate_seen_in_many_runs_has_none():
    assert rate([3, 4, 2, 5, 6, 3], [1_000] * 6).warning is None


def test_replications_without_calls_change_nothing():
    assert rate([3, 0, 4, 0], [100, 0, 90, 0]) == rate([3, 4], [100, 90])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: clopper_pearson(3, 2), r"count\(=3\)"),
        (lambda: clopper_pearson(0, 0), r"of\(=0\)"),
        (lambda: clopper_pearson(1, 2, 95), r"confidence\(=95\)"),
        (lambda: at_most(-1), r"of\(=-1\)"),
        (lambda: rate([1, 2], [3]), "one length"),
        (lambda: rate([4], [3]), "between 0 and its total"),
        (lambda: rate([math.nan], [3]), "between 0 and its total"),
        (lambda: rate([0, 0], [0, 0]), "no calls"),
        (lambda: rate([1, 2], [3, 3], least_effect=0.5), r"least_effect\(=0.5\)"),
    ],
)
def test_what_cannot_be_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_importing_statistics_loads_no_scipy():
    program = "import sys, sim.statistics; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "scipy" not in {name.partition(".")[0] for name in done.stdout.split()}
