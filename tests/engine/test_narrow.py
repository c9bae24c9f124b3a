import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.narrow import Narrow


@given(st.lists(st.integers(-(2**40), 2**62), min_size=1))
def test_what_was_narrowed_widens_to_the_same(values):
    assert Narrow.of(np.array(values, dtype=np.int64)).widen().tolist() == values


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "?"])
def test_every_type_of_a_call_widens_to_the_same(dtype):
    values = np.array([0, 1, 0], dtype=dtype)
    assert Narrow.of(values).widen().tolist() == [0, 1, 0]


def test_a_five_second_column_takes_five_bytes_a_value():
    assert Narrow.of(np.array([0, 5_000_000_000])).nbytes == 10


def test_only_the_spread_of_a_column_counts():
    assert Narrow.of(np.arange(256) + 10**15).nbytes == 256


def test_a_constant_column_takes_nothing():
    column = Narrow.of(np.full(1000, 7))
    assert column.nbytes == 0
    assert column.widen().tolist() == [7] * 1000


def test_a_narrow_column_keeps_nothing_of_the_buffer_that_it_came_from():
    buffer = np.array([1, 2, 3])
    column = Narrow.of(buffer)
    buffer[:] = 0
    assert column.widen().tolist() == [1, 2, 3]
