"""Attempts that fail independently, and callers that may not sleep: the deficit of the reserve is all but geometric.

It grows with every failure and shrinks with every free, whoever had got the element. The values are those of the exact
chain; the geometric distribution is close to it, but neglects that callers that get NULL hold nothing.
"""

import pytest

from sim.statistics import independent_failures, truncated_geometric

HALF = {"min_nr": 4, "load": 50, "fails": 0.5, "holds": 300}
MOST = {**HALF, "fails": 0.8, "holds": 150}
FEW_OF_MANY = {"min_nr": 3, "load": 200, "fails": 0.3, "holds": 60}


def test_reserve_and_null_follow_the_exact_chain(replicate, measured):
    use, steady = independent_failures(50, 4, 0.5), measured(replicate(**HALF))
    assert use.empty in steady.empty
    assert use.blocked in steady.null
    assert use.fallback in steady.fallback


def test_frequent_failures_follow_the_exact_chain_and_not_the_geometric_distribution(replicate, measured):
    empty = measured(replicate(**MOST)).empty
    assert independent_failures(50, 4, 0.8).empty in empty
    assert truncated_geometric(0.8, 4) not in empty


def test_under_a_load_far_above_the_reserve_the_deficit_is_geometric(replicate, measured):
    assert truncated_geometric(0.3, 3) in measured(replicate(**FEW_OF_MANY)).empty


@pytest.mark.usefixtures("only_its_own_elements_refill_the_reserve")
def test_with_a_reserve_refilled_by_its_own_elements_only_it_would_not_be_geometric(replicate, measured):
    assert truncated_geometric(0.3, 3) not in measured(replicate(**FEW_OF_MANY)).empty


@pytest.mark.usefixtures("only_its_own_elements_refill_the_reserve")
def test_a_reserve_refilled_by_its_own_elements_only_would_be_noticed(replicate, measured):
    use, steady = independent_failures(50, 4, 0.5), measured(replicate(**HALF))
    assert use.empty not in steady.empty
    assert use.blocked not in steady.null
    assert use.fallback not in steady.fallback


@pytest.mark.usefixtures("one_element_too_many")
def test_one_element_too_many_would_be_noticed(replicate, measured):
    assert independent_failures(50, 4, 0.5).empty not in measured(replicate(**HALF)).empty
