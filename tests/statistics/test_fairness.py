import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.statistics import jain

SHARES = st.lists(st.floats(0, 1e300), min_size=1, max_size=50)


def test_all_alike_is_one():
    assert jain([7, 7, 7]) == 1


@pytest.mark.parametrize(("k", "n"), [(1, 1), (1, 8), (3, 4)])
def test_some_have_all(k, n):
    assert jain([5] * k + [0] * (n - k)) == pytest.approx(k / n)


def test_unequal_shares():
    # Shares of 1 and 3: (1 + 3)^2 / (2 (1 + 9)).
    assert jain([1, 3]) == pytest.approx(0.8)


@given(SHARES)
def test_it_lies_between_one_of_n_and_one(shares):
    if any(shares):
        assert 1 / len(shares) - 1e-9 <= jain(shares) <= 1 + 1e-9


def test_nothing_is_not_fair_or_unfair():
    assert math.isnan(jain([0, 0]))
    assert math.isnan(jain([]))


@pytest.mark.parametrize("shares", [[1, -1], [1, math.inf], [math.nan]])
def test_what_is_no_share_is_refused(shares):
    with pytest.raises(ValueError, match="finite and >= 0"):
        jain(shares)
