import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel.call import Path
from sim.results.calls import CALL
from sim.results.quantile import QUANTILES, Latency, Share, latencies_of
from sim.results.tally import Tally


def tallied(finished: list[int], unfinished: list[int] = ()) -> tuple[Tally, np.ndarray]:
    latency = np.array([*finished, *unfinished], dtype=np.int64)
    path = np.array([Path.FIRST] * len(finished) + [Path.UNFINISHED] * len(unfinished), dtype=np.uint8)
    tally = Tally()
    tally.add({name: np.zeros(len(latency), CALL[name]) for name in CALL.names} | {"latency_ns": latency, "path": path})
    return tally, latency


def exact(finished: list[int], unfinished: list[int] = ()) -> dict[str, Latency]:
    return latencies_of(*tallied(finished, unfinished))


def streamed(finished: list[int], unfinished: list[int] = ()) -> dict[str, Latency]:
    return latencies_of(tallied(finished, unfinished)[0], None)


def test_a_quantile_is_the_order_statistic_at_its_rank():
    found = exact(list(range(3000, 0, -1)))
    assert {key: latency.ns for key, latency in found.items()} == {
        "p50": 1500,
        "p90": 2700,
        "p99": 2970,
        "p99.9": 2997,
        "max": 3000,
    }


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=200))
def test_a_quantile_is_a_latency_that_occurred(values):
    assert all(latency.ns in values for latency in exact(values).values() if latency.ns is not None)


def test_between_two_very_different_latencies_nothing_is_interpolated():
    assert exact([100] * 5 + [5_000_000_000] * 5)["p50"].ns == 100


@pytest.mark.parametrize(("key", "needs"), [("p50", 6), ("p90", 30), ("p99", 300), ("p99.9", 3000)])
def test_a_quantile_takes_three_times_as_many_calls_as_its_tail_is_rare(key, needs):
    assert exact([7] * (needs - 1))[key] == Latency(None, needs=needs)
    assert exact([7] * needs)[key] == Latency(7)


def test_the_longest_latency_takes_one_call():
    assert exact([])["max"] == Latency(None, needs=1)
    assert exact([9])["max"] == Latency(9)


@given(st.integers(0, 1000), st.integers(1, 3600), st.lists(st.integers(0, 10**12), max_size=30))
def test_streamed_quantiles_are_the_exact_ones_within_two_significant_digits(seed, calls, unfinished):
    finished = np.random.default_rng(seed).lognormal(10, 5, calls).astype(np.int64).tolist()
    for key, latency in exact(finished, unfinished).items():
        other = streamed(finished, unfinished)[key]
        assert (other.at_least, other.needs) == (latency.at_least, latency.needs)
        if latency.ns is not None:
            assert other.ns == pytest.approx(latency.ns, rel=0.004, abs=0)


def test_a_quantile_among_unfinished_waits_is_only_a_lower_bound():
    found = exact([500] * 950, [2_000_000_000] * 50)
    assert found["p90"] == Latency(500)
    assert found["p99"] == Latency(2_000_000_000, at_least=True)
    assert found["max"] == Latency(2_000_000_000, at_least=True)


def test_a_wait_that_had_just_begun_counts_as_one_that_may_become_the_longest():
    found = exact([500] * 949 + [4_000_000_000] * 50, [1])
    assert found["p50"] == Latency(500)
    assert found["max"] == Latency(4_000_000_000, at_least=True)


def test_a_quantile_below_which_a_wait_is_unfinished_is_a_lower_bound_if_that_wait_could_move_it():
    assert exact([10, 20, 30, 40_000_000, 50_000_000], [15])["p50"] == Latency(20, at_least=True)


@given(st.integers(0, 1000), st.integers(1, 40), st.integers(0, 10**10))
def test_a_quantile_without_the_mark_holds_whatever_becomes_of_the_unfinished_waits(seed, waits, longer):
    finished = np.random.default_rng(seed).lognormal(10, 3, 3000).astype(np.int64).tolist()
    before = exact(finished, [0] * waits)
    after = exact([*finished, *[longer] * waits])
    for key in QUANTILES:
        if not before[key].at_least:
            assert after[key].ns == pytest.approx(before[key].ns, rel=1 / 128, abs=0)


def test_a_share_of_zero_events_has_an_upper_bound():
    assert Share(0, 1000).at_most == 0.003
    assert Share(1, 1000).at_most is None


def test_what_cannot_happen_needs_no_bound():
    assert Share(0, 1000, possible=False).at_most == 0


def test_the_bound_of_a_share_is_at_most_one():
    assert Share(0, 2).at_most == 1


def test_there_is_no_share_of_no_calls():
    assert (Share(0, 0).share, Share(0, 0).at_most) == (None, None)
