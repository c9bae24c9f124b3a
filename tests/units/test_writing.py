import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim import units
from sim.units import parse_amount, parse_bandwidth, parse_duration, parse_rate, parse_size


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 s"),
        (1, "1 ns"),
        (1_500_000, "1.5 ms"),
        (5_120_000_000, "5.12 s"),
        (60 * units.S, "60 s"),
        (20 * units.MIN, "20 min"),
        (2 * units.H, "2 h"),
        (units.S + 1, "1.000000001 s"),
    ],
)
def test_a_duration_is_written_in_the_largest_unit_it_fills(ns, text):
    assert units.write_duration(ns) == text


@given(st.integers(0, 10**18 - 1))
def test_a_written_duration_reads_back_exactly(ns):
    assert parse_duration(units.write_duration(ns)) == ns


@given(st.floats(1e-30, 1e8))
def test_a_written_rate_reads_back_exactly(per_second):
    assert parse_rate(units.write_rate(per_second)) == per_second


@pytest.mark.parametrize("text", ["250/s", "250/min", "7/h", "0.001/s", "2/us"])
def test_a_rate_is_written_as_a_person_would(text):
    assert units.write_rate(parse_rate(text)) == text


@given(st.integers(1, 10**13))
def test_a_written_size_reads_back_exactly(size):
    assert parse_size(units.write_size(size)) == size


def test_nothing_is_written_in_bytes():
    assert units.write_size(0) == "0 B"
    assert parse_amount("0 B") == 0


@given(st.integers(1, 10**15 - 1))
@example(1 << 47)
def test_a_written_bandwidth_reads_back_exactly(per_second):
    assert parse_bandwidth(units.write_bandwidth(per_second)) == per_second


@pytest.mark.parametrize("text", ["1 GB/s", "1.5 GB/s", "500 MiB/s", "64 KiB/s", "0.001 kB/s", "2.5 MB/s"])
def test_a_bandwidth_is_written_as_a_person_would(text):
    assert units.write_bandwidth(parse_bandwidth(text)) == text


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ns"),
        (74_123, "74.1 us"),
        (999_999, "1 ms"),
        (5_123_456_789, "5.12 s"),
        (90 * units.S, "90 s"),
        (150 * units.S, "2.5 min"),
        (float("inf"), "inf"),
    ],
)
def test_a_duration_for_reading_has_three_digits(ns, text):
    assert units.format_duration(ns) == text


def test_figures_for_reading():
    assert units.format_count(1_234_567) == "1,234,567"
    assert units.format_share(0.12345) == "12.3 %"
    assert units.format_rate(123_456.7) == "123,000/s"
    assert units.format_size(1.5 * (1 << 20)) == "1.5 MiB"
