import math

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.plots.values import (
    POINTS,
    RATIO,
    is_wide,
    linear_limits,
    log_limits,
    signed,
    tick_text,
    value_axis,
    with_interval,
    written,
)


def ticks(unit, limits, *, log, across=False):
    axes = Figure().subplots()
    axis = axes.xaxis if across else axes.yaxis
    value_axis(axis, unit, "what", limits, log=log)
    axes.figure.draw_without_rendering()
    low, high = limits
    shown = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [tick.label1.get_text() for tick in shown], axis.get_label_text()


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (5.12e9, "ns", "5.12 s"),
        (0.0031, "share", "0.31 %"),
        (2e-9, "share", "0.0000002 %"),
        (2e-12, "share", "2e-10 %"),
        (1e30, "share", "1e+32 %"),
        (1e30, "bytes", "1e+30 B"),
        (65536, "bytes", "64 KiB"),
        (1234.5, "per second", "1,230/s"),
        (1.8, RATIO, "1.8x"),
        (1.0213, RATIO, "1.021x"),
        (-0.002, POINTS, "-0.2 points"),
        (-3e6, "ns", "-3 ms"),
        (-2048, "bytes", "-2 KiB"),
        (0.00012, "per call", "0.00012"),
        (12345678, "", "12,300,000"),
        (math.nan, "ns", "-"),
        (math.inf, "share", "?"),
    ],
)
def test_a_value_is_written_in_a_unit_that_people_read(value, unit, text):
    assert written(value, unit) == text


def test_a_difference_has_a_sign():
    assert [signed(value, "ns") for value in (1e6, -1e6, 0, math.inf)] == ["+1 ms", "-1 ms", "0 ns", "?"]


def test_an_interval_is_left_out_where_there_is_none():
    assert with_interval(1.8, 1.5, 2.1, RATIO) == "1.8x [1.5x, 2.1x]"
    assert with_interval(1.8, math.nan, math.nan, RATIO) == "1.8x"
    assert with_interval(1.8, 1.8, 1.8, RATIO) == "1.8x"


@pytest.mark.parametrize(
    ("unit", "limits", "texts"),
    [
        ("ns", (900, 2e10), ["1 us", "10 us", "100 us", "1 ms", "10 ms", "100 ms", "1 s", "10 s"]),
        ("ns", (90, 2e12), ["1 us", "1 ms", "1 s", "1,000 s"]),
        ("ns", (1.5e6, 6e7), ["3 ms", "10 ms", "30 ms"]),
        ("share", (5e-4, 1.2), ["0.1 %", "1 %", "10 %", "100 %"]),
        ("bytes", (200, 5000), ["256 B", "512 B", "1 KiB", "2 KiB", "4 KiB"]),
        ("bytes", (200, 5e7), ["1 KiB", "32 KiB", "1 MiB", "32 MiB"]),
        (RATIO, (0.4, 2.6), ["0.5x", "1x", "2x"]),
        (RATIO, (0.97, 1.03), ["0.98x", "1x", "1.02x"]),
    ],
)
def test_a_logarithmic_axis_has_units_at_its_ticks(unit, limits, texts):
    found, label = ticks(unit, limits, log=True)
    assert [text for text in found if text in texts] == texts
    assert len(found) <= len(texts) + 2
    assert label == "what"


@pytest.mark.parametrize(
    ("unit", "limits", "texts", "label"),
    [
        ("ns", (0, 5.2e6), ["0", "1", "2", "3", "4", "5"], "what (ms)"),
        ("share", (0, 0.0052), ["0", "0.1", "0.2", "0.3", "0.4", "0.5"], "what (%)"),
        (POINTS, (-0.1, 0.1), ["-10", "-5", "0", "5", "10"], "what (percentage points)"),
        ("bytes", (0, 5 << 20), ["0", "1", "2", "3", "4", "5"], "what (MiB)"),
        ("bytes", (0, 500), ["0", "100", "200", "300", "400", "500"], "what (B)"),
        ("per second", (0, 5000), ["0", "1,000", "2,000", "3,000", "4,000", "5,000"], "what (per second)"),
    ],
)
def test_a_linear_axis_has_its_unit_in_the_label(unit, limits, texts, label):
    assert ticks(unit, limits, log=False) == (texts, label)


def test_labels_side_by_side_are_fewer_than_those_above_each_other():
    across, _ = ticks("share", (1e-7, 1.2), log=True, across=True)
    assert across == ["0.0001 %", "0.01 %", "1 %", "100 %"]
    assert len(ticks("share", (1e-7, 1.2), log=True)[0]) == 8


def test_durations_on_a_logarithmic_axis_stay_in_seconds():
    assert [tick_text(value, "ns") for value in (2.0, 5e3, 3e6, 1e9, 1e12)] == [
        "2 ns",
        "5 us",
        "3 ms",
        "1 s",
        "1,000 s",
    ]


def test_values_are_wide_if_those_above_zero_spread_by_a_factor_of_30():
    assert is_wide([1, 30])
    assert is_wide([0, 1, 30])
    assert not is_wide([1, 29])
    assert not is_wide([-1, 1, 30])
    assert not is_wide([0, 0])
    assert not is_wide([np.nan, np.inf])


def test_a_bound_far_below_does_not_squeeze_the_values():
    low, high = log_limits([1e-3, 1e-2], [1e-30, 2e-2])
    assert 1e-3 / 20 < low < 1e-4
    assert 2e-2 < high < 1e-1


@pytest.mark.parametrize("values", [[], [0.0], [np.nan, np.inf], [-1.0]])
def test_there_is_a_logarithmic_axis_even_for_nothing(values):
    low, high = log_limits(values)
    assert 0 < low < high


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([1, 2, 3], -0.0972, 3.24),
        ([95, 100], 94.6, 100.4),
        ([0.0, 0.0], -0.03, 1.0),
        ([7.0], 3.5, 10.5),
        ([-1, 1], -1.16, 1.16),
        ([], 0, 1),
    ],
)
def test_a_linear_axis_begins_at_zero_unless_that_would_leave_half_of_it_empty(values, low, high):
    assert linear_limits(values) == pytest.approx((low, high))
