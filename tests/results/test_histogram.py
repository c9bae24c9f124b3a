import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results.histogram import LARGEST_NS, Histogram, bounds_of, bucket_of

durations = st.integers(0, LARGEST_NS)


def counted(values: list[int]) -> Histogram:
    histogram = Histogram()
    histogram.add(np.array(values, dtype=np.int64))
    return histogram


@given(durations)
def test_a_duration_lies_within_its_bucket(duration):
    low, high = bounds_of(bucket_of(np.array([duration])))
    assert low[0] <= duration <= high[0]


@given(durations)
def test_the_middle_of_a_bucket_is_within_two_significant_digits(duration):
    low, high = bounds_of(bucket_of(np.array([duration])))
    assert abs((low[0] + high[0]) // 2 - duration) <= 0.004 * duration


def test_the_buckets_cover_the_range_without_gap_or_overlap():
    low, high = bounds_of(np.arange(bucket_of(np.array([LARGEST_NS]))[0] + 1))
    assert low[0] == 0
    assert high[-1] == LARGEST_NS
    assert (low[1:] == high[:-1] + 1).all()


def test_the_whole_range_takes_less_than_50_kb():
    assert counted([LARGEST_NS]).counts.nbytes < 50_000


def test_what_is_longer_than_the_range_counts_as_its_end():
    assert counted([LARGEST_NS * 4]) == counted([LARGEST_NS])


@given(st.lists(durations), st.lists(durations))
def test_merging_is_counting_both(one, other):
    merged = counted(one)
    merged.merge(counted(other))
    assert merged == counted(one + other)
    assert len(merged) == len(one) + len(other)


def test_histograms_of_different_durations_differ():
    assert counted([1000]) != counted([1_000_000])


@given(st.lists(durations, min_size=1), st.data())
def test_the_bucket_at_a_rank_is_the_bucket_of_that_order_statistic(values, data):
    rank = data.draw(st.integers(1, len(values)))
    assert counted(values).bucket_at(rank) == bucket_of(np.array([sorted(values)[rank - 1]]))[0]


def test_the_value_at_a_rank_is_the_middle_of_its_bucket():
    assert counted([5, 1024, 9000]).value_at(2) == (1024 + 1031) // 2


@pytest.mark.parametrize("rank", [0, 4])
def test_a_rank_that_is_not_there_is_refused(rank):
    with pytest.raises(IndexError, match=f"rank {rank} of 3 durations"):
        counted([1, 2, 3]).bucket_at(rank)
