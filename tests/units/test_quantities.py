import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim import units


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
    [
        *[
            "ns",
            "us",
            "µs",
            "ms",
            "s",
            "min",
            "h",
            "/s",
            "/ms",
            "/us",
            "/min",
            "/h",
            "B",
            "KiB",
            "MiB",
            "GiB",
            "kB",
            "m",
            "kB/s",
            "MB/s",
            "KiB/s",
            "GiB/s",
            "MiB/min",
        ],
        "GB / s",
    ]
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
    [
        "Duration",
        "PositiveDuration",
        "Rate",
        "Size",
        "Amount",
        "Bandwidth",
        "Probability",
        "PositiveNumber",
        "Count",
        "PositiveCount",
    ],
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
