import pytest

from sim import units
from sim.units import (
    UnitError,
    parse_amount,
    parse_bandwidth,
    parse_duration,
    parse_positive_duration,
    parse_rate,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("5 s", 5 * units.S),
        ("5s", 5 * units.S),
        ("80 us", 80 * units.US),
        ("80 µs", 80 * units.US),
        ("80 μs", 80 * units.US),
        ("1.5 ms", 1_500_000),
        ("100 ns", 100),
        ("2 min", 120 * units.S),
        ("1 h", 3600 * units.S),
        ("1e-3 s", units.MS),
        ("2.5E2 ms", 250 * units.MS),
        ("1e9 ns", units.S),
        ("1e8 s", 100_000_000 * units.S),
        ("10e7 s", 100_000_000 * units.S),
        ("1e3 h", 1_000 * units.H),
        ("0 s", 0),
        (0, 0),
        ("0.1 s", 100 * units.MS),
        ("999999999 s", 999_999_999 * units.S),
    ],
)
def test_a_duration_is_read_in_its_unit(text, ns):
    assert parse_duration(text) == ns


def test_a_duration_is_rounded_to_the_nearest_nanosecond():
    assert [parse_duration(text) for text in ("1.4 ns", "1.5 ns", "0.0000123456 s")] == [1, 2, 12346]


def test_a_duration_above_zero_is_never_rounded_to_zero():
    assert parse_duration("0.001 ns") == 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "expected a duration with its unit, such as '5 s', not 5"),
        (-1.5, "expected a duration with its unit, such as '5 s', not -1.5"),
        (True, "expected a duration with its unit, such as '5 s', not true"),
        (False, "expected a duration with its unit, such as '5 s', not false"),
        (None, "expected a duration with its unit, such as '5 s', not nothing"),
        ({"s": 5}, "expected a duration with its unit, such as '5 s', not a mapping"),
        ([5], "expected a duration with its unit, such as '5 s', not a list"),
        ("5", "expected a duration with its unit, such as '5 s', not '5'"),
        ("five s", "expected a duration with its unit, such as '5 s', not 'five s'"),
        ("5 s\n", r"expected a duration with its unit, such as '5 s', not '5 s\n'"),
        ("nan s", "expected a duration with its unit, such as '5 s', not 'nan s'"),
        ("5 sec", "unknown unit 'sec' in '5 sec': expected ns, us, ms, s, min or h"),
        ("-5 s", "'-5 s' is negative: expected a duration such as '5 s'"),
        ("1e12 s", "'1e12 s' is out of range: expected a duration below 1e9 s"),
        ("1e9 s", "'1e9 s' is out of range: expected a duration below 1e9 s"),
        ("1000e3 s", "'1000e3 s' is too long for an exponent: expected a duration without it, such as '5 s'"),
        ("100000 h", "'100000 h' is out of range: expected a duration below 1e5 h"),
        pytest.param(
            10**5000, "expected a duration with its unit, such as '5 s', not a number of more than 30 digits", id="huge"
        ),
    ],
)
def test_a_text_that_is_no_duration_says_what_was_found_and_expected(value, message):
    with pytest.raises(UnitError) as error:
        parse_duration(value)
    assert str(error.value) == message


def test_zero_is_no_positive_duration():
    with pytest.raises(UnitError, match="'0 s' is zero: expected a duration above zero, such as '5 s'"):
        parse_positive_duration("0 s")


@pytest.mark.parametrize(
    ("text", "per_second"),
    [
        ("250/s", 250),
        ("250 / s", 250),
        ("0.5/ms", 500),
        ("2/us", 2e6),
        ("30/min", 0.5),
        ("9/h", 0.0025),
        ("1e-3/s", 1e-3),
        ("1e7/s", 1e7),
        ("1e5/ms", 1e8),
    ],
)
def test_a_rate_is_read_per_second(text, per_second):
    assert parse_rate(text) == per_second


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (250, "expected a rate with its unit, such as '250/s', not 250"),
        ("250 s", "expected a rate with its unit, such as '250/s', not '250 s'"),
        ("0/s", "'0/s' is zero: expected a rate above zero, such as '250/s'"),
        ("5/day", "unknown unit 'day' in '5/day': expected /s, /ms, /us, /min or /h"),
        ("1e30/s", "'1e30/s' is out of range: expected a rate below 1e9/s"),
    ],
)
def test_a_text_that_is_no_rate_says_what_was_found_and_expected(value, message):
    with pytest.raises(UnitError) as error:
        parse_rate(value)
    assert str(error.value) == message


@pytest.mark.parametrize(("text", "size"), [("264 B", 264), ("4 KiB", 4096), ("16MiB", 16 << 20), ("2 GiB", 2 << 30)])
def test_a_size_is_read_in_bytes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (4096, "expected a size with its unit, such as '4 KiB', not 4096"),
        ("4 kB", "unknown unit 'kB' in '4 kB': expected B, KiB, MiB, GiB or TiB (1 KiB = 1024 B)"),
        ("0 B", "'0 B' is zero: expected a size above zero, such as '4 KiB'"),
        ("1.5 MiB", "'1.5 MiB' is not whole: expected a size with its unit, such as '4 KiB'"),
        ("100000 GiB", "'100000 GiB' is out of range: expected a size below 1e5 GiB"),
    ],
)
def test_a_text_that_is_no_size_says_what_was_found_and_expected(value, message):
    with pytest.raises(UnitError) as error:
        parse_size(value)
    assert str(error.value) == message


@pytest.mark.parametrize(("value", "size"), [("0 B", 0), ("0 GiB", 0), (0, 0), ("4 KiB", 4096)])
def test_an_amount_may_be_nothing(value, size):
    assert parse_amount(value) == size


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (4096, "expected a size with its unit, such as '4 KiB', not 4096"),
        (False, "expected a size with its unit, such as '4 KiB', not false"),
        ("-1 B", "'-1 B' is negative: expected a size such as '4 KiB'"),
    ],
)
def test_a_text_that_is_no_amount_says_what_was_found_and_expected(value, message):
    with pytest.raises(UnitError) as error:
        parse_amount(value)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "per_second"),
    [
        ("1 GB/s", 10**9),
        ("1.5MB/s", 1_500_000),
        ("500 MiB/s", 500 << 20),
        ("64 KiB / s", 65_536),
        ("1e3 kB/s", 10**6),
        ("0.0004 kB/s", 1),
        ("0.0016 kB/s", 2),
        ("99999 GiB/s", 99_999 << 30),
    ],
)
def test_a_bandwidth_is_read_in_bytes_per_second(text, per_second):
    assert parse_bandwidth(text) == per_second


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (500, "expected a bandwidth with its unit, such as '500 MB/s', not 500"),
        ("500/s", "expected a bandwidth with its unit, such as '500 MB/s', not '500/s'"),
        ("1 GB", "unknown unit 'GB' in '1 GB': expected kB/s, MB/s, GB/s, KiB/s, MiB/s or GiB/s"),
        ("1 Mbit/s", "unknown unit 'Mbit/s' in '1 Mbit/s': expected kB/s, MB/s, GB/s, KiB/s, MiB/s or GiB/s"),
        ("0 MB/s", "'0 MB/s' is zero: expected a bandwidth above zero, such as '500 MB/s'"),
        ("-1 MB/s", "'-1 MB/s' is negative: expected a bandwidth such as '500 MB/s'"),
        ("1e9 GB/s", "'1e9 GB/s' is out of range: expected a bandwidth below 1e6 GB/s"),
    ],
)
def test_a_text_that_is_no_bandwidth_says_what_was_found_and_expected(value, message):
    with pytest.raises(UnitError) as error:
        parse_bandwidth(value)
    assert str(error.value) == message
