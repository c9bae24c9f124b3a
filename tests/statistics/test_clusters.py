import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results.histogram import bucket_of
from sim.statistics import ClusteredHistogram, order_statistics, rate

RUNS = st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=40), min_size=1, max_size=12)


def histogram(runs, unfinished=None):
    found = ClusteredHistogram()
    for number, run in enumerate(runs):
        counts = np.bincount(run)
        open_ended = np.bincount(unfinished[number], minlength=len(counts)) if unfinished else None
        found.add(counts, open_ended)
    return found


@given(RUNS, st.sampled_from([0.8, 0.95]))
def test_the_band_is_the_rate_of_calls_beyond_each_bucket(runs, confidence):
    share, low, high = histogram(runs).share_above(np.arange(70), confidence)
    for bucket in range(70):
        beyond = [sum(call > bucket for call in run) for run in runs]
        direct = rate(beyond, [len(run) for run in runs], confidence)
        found = (share[bucket], low[bucket], high[bucket])
        assert found == pytest.approx((direct.value, direct.low, direct.high), rel=1e-6, abs=1e-9)


@given(RUNS, st.sampled_from([0.5, 0.9, 0.99]))
def test_the_quantile_is_the_value_of_rank_q_n(runs, q):
    pooled = np.concatenate(runs)
    assert histogram(runs).quantile(q).value == order_statistics(pooled, q).value


@given(RUNS, st.sampled_from([0.5, 0.9, 0.99]))
def test_more_confidence_widens_the_interval_around_the_value(runs, q):
    narrow, wide = (histogram(runs).quantile(q, confidence) for confidence in (0.8, 0.99))
    assert wide.low <= narrow.low <= narrow.value
    assert narrow.high is None or narrow.value <= narrow.high
    assert wide.high is None or (narrow.high is not None and narrow.high <= wide.high)


@given(RUNS)
def test_the_order_of_runs_changes_nothing(runs):
    one, other = histogram(runs), histogram(runs[::-1])
    np.testing.assert_allclose(one.share_above(range(70)), other.share_above(range(70)), rtol=1e-9, atol=1e-12)


def test_independent_calls_have_nearly_the_interval_of_their_ranks():
    calls = bucket_of(np.random.default_rng(1).lognormal(10, 1, size=(200, 1_000)))
    clustered, exact = histogram(calls).quantile(0.99), order_statistics(calls, 0.99)
    assert (clustered.low, clustered.high) == pytest.approx((exact.low, exact.high), abs=3)


def test_copies_of_one_call_widen_the_interval_to_that_of_the_runs():
    calls = np.arange(2_000).reshape(1_000, 2)
    copied = np.repeat(calls, 500, axis=1)
    clustered = histogram(copied).quantile(0.9)
    exact = order_statistics(calls, 0.9)
    assert (clustered.low, clustered.high) == pytest.approx((exact.low, exact.high), abs=15)


def test_an_unfinished_wait_may_raise_the_upper_bound_only():
    runs = [[5] * 98 + [20, 30]] * 8
    ended, cut = histogram(runs), histogram(runs, unfinished=[[20]] * 8)
    assert (ended.quantile(0.9).value, ended.quantile(0.9).low) == (cut.quantile(0.9).value, cut.quantile(0.9).low)
    assert cut.share_above([25]).share == ended.share_above([25]).share
    assert cut.share_above([25]).low == ended.share_above([25]).low
    assert cut.share_above([25]).high == pytest.approx(rate([2] * 8, [100] * 8).high)


def test_a_quantile_among_unfinished_waits_is_at_least_that():
    found = histogram([[5] * 90 + [20] * 10] * 8, unfinished=[[20] * 10] * 8).quantile(0.95)
    assert (found.value, found.high) == (20, None)
    assert found.warning is not None
    assert "at least: unfinished waits may raise it" in found.warning


def test_waits_that_never_ended_stay_endless_when_later_buckets_come():
    found = histogram([[5, 5, 7], [5, 50]], unfinished=[[7], []])
    assert found.share_above([40]).high == pytest.approx(rate([1, 1], [3, 2]).high)


def test_too_few_calls_leave_the_upper_bound_open_and_say_how_many_it_takes():
    found = histogram([range(50)] * 2).quantile(0.99)
    assert found.high is None
    assert found.warning is not None
    assert "368 are needed" in found.warning


def test_a_quantile_that_few_bursts_decide_says_so():
    runs = [[5] * 950 + [60] * 50 if run < 5 else [5] * 1_000 for run in range(30)]
    warning = histogram(runs).quantile(0.99).warning
    assert warning is not None
    assert warning.endswith("bursts: too few for this quantile")


def test_a_single_run_is_said_to_be_one():
    warning = histogram([range(50)]).quantile(0.5).warning
    assert warning is not None
    assert warning.startswith("a single run")


def test_memory_does_not_grow_with_runs():
    found = ClusteredHistogram()
    for _ in range(100):
        found.add(np.ones(50, dtype=np.int64))
    assert (found.runs, found.calls, len(found), found._sums.size) == (100, 5_000, 50, 6 * 50)


def test_a_run_without_calls_tells_nothing():
    found = histogram([[3, 4]])
    found.add([])
    found.add([0, 0])
    assert (found.runs, found.calls) == (1, 2)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ClusteredHistogram().quantile(0.5), "no calls"),
        (lambda: ClusteredHistogram().share_above([1]), "no calls"),
        (lambda: histogram([[1]]).quantile(1.0), r"q\(=1.0\)"),
        (lambda: histogram([[1]]).quantile(0.5, 1.0), r"confidence\(=1.0\)"),
        (lambda: ClusteredHistogram().add([[1]]), "one-dimensional"),
        (lambda: ClusteredHistogram().add([1], [2]), "between 0 and"),
        (lambda: ClusteredHistogram().add([-1]), "between 0 and"),
        (lambda: ClusteredHistogram().add([1], [0, 1]), "not longer"),
    ],
)
def test_what_cannot_be_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
