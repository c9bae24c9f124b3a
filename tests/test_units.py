import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim import units
from sim.units import UnitError, parse_duration, parse_positive_duration, parse_rate, parse_size


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
        ("4 kB", "unknown unit 'kB' in '4 kB': expected B, KiB, MiB or GiB (1 KiB = 1024 B)"),
        ("0 B", "'0 B' is zero: expected a size above zero, such as '4 KiB'"),
        ("1.5 MiB", "'1.5 MiB' is not whole: expected a size with its unit, such as '4 KiB'"),
        ("100000 GiB", "'100000 GiB' is out of range: expected a size below 1e5 GiB"),
    ],
)
def test_a_text_that_is_no_size_says_what_was_found_and_expected(value, message):
    with pytest.raises(UnitError) as error:
        parse_size(value)
    assert str(error.value) == message


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


def test_a_quantity_is_written_back_as_text():
    adapter = TypeAdapter(dict[str, units.Duration | None])
    assert (
        adapter.dump_json(adapter.validate_python({"hold": "80 us", "none": None})) == b'{"hold":"80 us","none":null}'
    )


def test_an_error_in_a_model_is_the_text_alone():
    with pytest.raises(ValidationError) as error:
        TypeAdapter(units.Duration).validate_python("5 sec")
    assert error.value.errors()[0]["msg"] == "unknown unit 'sec' in '5 sec': expected ns, us, ms, s, min or h"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (units.Count, True),
        (units.Count, 1.5),
        (units.Count, -1),
        (units.Count, float("inf")),
        (units.Count, float("nan")),
        (units.Count, "4"),
        (units.PositiveCount, 0),
        (units.Probability, 1.01),
        (units.Probability, float("nan")),
        (units.Probability, True),
        (units.Probability, "0.5"),
        (units.PositiveNumber, 0),
        (units.PositiveNumber, float("inf")),
        (units.PositiveNumber, 10**400),
    ],
)
def test_a_number_out_of_range_is_refused(kind, value):
    with pytest.raises(ValidationError, match="expected a"):
        TypeAdapter(kind).validate_python(value)


def test_a_count_may_be_written_with_an_exponent():
    assert TypeAdapter(units.Count).validate_python(1e6) == 1_000_000


_numbers = st.from_regex(r"[+-]?[0-9]{0,20}(\.[0-9]{0,5})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
_suffixes = st.sampled_from(
    ["ns", "us", "µs", "ms", "s", "min", "h", "/s", "/ms", "/us", "/min", "/h", "B", "KiB", "MiB", "GiB", "kB", "m"]
)
_spaces = st.sampled_from(["", " ", "  ", "\n", "\t"])
_texts = st.builds("{}{}{}{}".format, _numbers, _spaces, _suffixes, st.sampled_from(["", "", "", " ", "\n"]))
_anything = st.one_of(
    _texts,
    st.text(max_size=8),
    st.integers(-3, 3),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)


@pytest.mark.parametrize(
    "name",
    ["Duration", "PositiveDuration", "Rate", "Size", "Probability", "PositiveNumber", "Count", "PositiveCount"],
)
@given(value=_anything)
def test_the_json_schema_accepts_exactly_what_the_model_accepts(name, value):
    adapter = TypeAdapter(getattr(units, name))
    try:
        adapter.validate_python(value)
        accepted = True
    except ValidationError:
        accepted = False
    assert jsonschema.Draft202012Validator(adapter.json_schema()).is_valid(value) == accepted
