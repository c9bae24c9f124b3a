"""A prediction held against runs."""

import numpy as np
import pytest
from scipy import stats

from sim.experiments.verification.finding import ALPHA, Verdict, amount_of, judged, margin_of


def found(shares, predicted, calls=10_000, measure="P(NULL)", certain=False, relative=None):
    fractions = [(round(share * calls), calls) for share in shares]
    return judged("queue", "pool", "Erlang B", measure, predicted, fractions, certain=certain, relative=relative)


def around(mean, spread, runs=20):
    """Values whose mean and standard deviation are exactly these."""
    raw = np.linspace(-1, 1, runs)
    return mean + spread * raw / raw.std(ddof=1)


def test_the_interval_is_that_of_two_one_sided_tests():
    one = found(around(0.1, 0.004), 0.1)
    half = stats.t.ppf(1 - ALPHA, 19) * 0.004 / 20**0.5
    assert (one.low, one.high) == pytest.approx((0.1 - half, 0.1 + half), abs=1e-5)


def test_an_interval_within_the_margin_is_equivalent():
    assert found(around(0.101, 0.002), 0.1).verdict is Verdict.EQUIVALENT


def test_an_interval_beyond_the_margin_differs():
    assert found(around(0.11, 0.002), 0.1).verdict is Verdict.DIFFERS
    assert found(around(0.09, 0.002), 0.1).verdict is Verdict.DIFFERS


def test_an_interval_across_the_margin_is_not_decided_and_says_how_many_runs_would_be_needed():
    one = found(around(0.103, 0.01), 0.1)
    assert one.verdict is Verdict.UNDECIDED
    assert 70 < one.needed < 120
    assert found(around(0.103, 0.01, one.needed), 0.1).verdict is Verdict.EQUIVALENT


def test_a_wide_interval_is_not_decided_however_near_its_middle():
    assert found(around(0.1, 0.05), 0.1).verdict is Verdict.UNDECIDED


def test_what_is_certain_is_counted_in_all_calls():
    assert found([0, 0, 0], 0.0, certain=True).verdict is Verdict.EQUIVALENT
    one = found([0, 0, 1e-4], 0.0, certain=True)
    assert (one.verdict, one.value) == (Verdict.DIFFERS, pytest.approx(1 / 30_000))


def test_what_is_too_rare_to_be_seen_is_not_tested():
    assert found([0] * 10, 1e-6).verdict is Verdict.RARE
    assert found([0] * 10, 1e-2).verdict is Verdict.DIFFERS


def test_what_should_be_too_rare_and_is_not_differs():
    assert found(around(0.01, 0.001), 1e-6).verdict is Verdict.DIFFERS


def test_runs_without_calls_say_nothing():
    one = judged("queue", "pool", "Erlang B", "P(NULL)", 0.1, [(0, 0), (0, 0)], certain=False)
    assert one.verdict is Verdict.RARE


def test_runs_count_by_their_calls():
    fractions = [(100, 1_000), (400, 2_000)] * 10
    one = judged("queue", "pool", "Erlang B", "P(NULL)", 0.2, fractions, certain=False)
    assert one.value == pytest.approx(500 / 3_000)


@pytest.mark.parametrize(
    ("measure", "predicted", "margin"),
    [
        ("P(NULL)", 0.2, 0.01),
        ("P(NULL)", 0.01, 0.002),
        ("P(NULL)", 0.001, 0.0005),
        ("mean wait", 1_000, 100),
        ("calls/s", 1_000, 10),
    ],
)
def test_margins_are_relative_but_not_smaller_than_what_matters(measure, predicted, margin):
    assert margin_of(measure, predicted, None) == pytest.approx(margin)


def test_a_margin_that_is_asked_for_is_taken():
    assert margin_of("P(NULL)", 0.001, 0.02) == pytest.approx(2e-5)


def test_an_unknown_measure_is_refused():
    with pytest.raises(ValueError, match="no measure of a run is called 'speed'"):
        amount_of({"rows": [], "duration_ns": 1, "warmup_ns": 0}, "pool", "speed")


def test_measures_are_those_of_the_summary(queue):
    result = queue({"tasks.caller.gfp": "GFP_NOIO"}).run(seed=1)
    row = result.summary.iloc[0]
    for measure, column in {"P(wait)": "wait_rate", "P(NULL)": "null_share", "fallback": "fallback_rate"}.items():
        counted, of = amount_of(result.document, "pool", measure)
        assert counted / of == row[column]
    waited, calls = amount_of(result.document, "pool", "mean wait")
    events = result.events[result.events.call_ns >= 500_000_000]
    # No call waits across the end of this warm-up, or the end of the run.
    assert waited == pytest.approx(events.latency_ns.sum(), rel=0.01)
    assert calls == len(events)
    assert np.divide(*amount_of(result.document, "pool", "calls/s")) == pytest.approx(len(events) / 7.5)
    assert np.divide(*amount_of(result.document, "pool", "time at zero")) == row["reserve_at_zero_share"]
