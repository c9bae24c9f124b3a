from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.gauge import Gauge

steps = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 20)), min_size=1, max_size=20)
"""(new value, ns until then), each."""


def per_ns(values):
    """The value in each ns, from (instant, value) pairs of which the last is the end."""
    return [value for (start, value), (end, _) in pairwise(values) for _ in range(start, end)]


@settings(derandomize=True)
@given(first=st.integers(0, 5), begin=st.integers(0, 9), changes=steps, rest=st.integers(0, 9))
def test_integral_and_time_at_zero_are_those_of_counting_every_ns(first, begin, changes, rest):
    gauge, now, history = Gauge(first, begin), begin, [(begin, first)]
    for value, passed in changes:
        now += passed
        gauge.set(value, now)
        history.append((now, value))
    every_ns = per_ns([*history, (now + rest, -1)])
    area, zero, _, _ = gauge.read(now + rest)
    assert (area, zero) == (sum(every_ns), every_ns.count(0))


@settings(derandomize=True)
@given(first=st.integers(0, 5), changes=steps)
def test_low_and_high_are_those_of_all_values_held(first, changes):
    gauge, now = Gauge(first, 0), 0
    for value, passed in changes:
        now += passed
        gauge.set(value, now)
    values = [first, *(value for value, _ in changes)]
    assert gauge.read(now)[2:] == (min(values), max(values))


@settings(derandomize=True)
@given(changes=steps, cut=st.integers(0, 20))
def test_a_reading_splits_the_integral_without_loss(changes, cut):
    whole, split, now, parts = Gauge(3, 0), Gauge(3, 0), 0, []
    for number, (value, passed) in enumerate(changes):
        now += passed
        whole.set(value, now)
        split.set(value, now)
        if number == cut:
            parts.append(split.read(now))
    parts.append(split.read(now + 7))
    assert tuple(map(sum, zip(*(part[:2] for part in parts), strict=True))) == whole.read(now + 7)[:2]


def test_after_a_reading_the_extremes_start_afresh():
    gauge = Gauge(0, 0)
    gauge.set(9, 1)
    gauge.set(4, 2)
    gauge.read(3)
    assert gauge.read(4) == (4, 0, 4, 4)


def test_a_step_back_counts_as_the_same_instant():
    gauge = Gauge(1, 0)
    gauge.set(2, 10)
    gauge.set(3, 8)
    assert gauge.read(20) == (1 * 10 + 3 * 10, 0, 1, 3)
