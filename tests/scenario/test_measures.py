"""Measures by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario import ScenarioError
from sim.scenario.measures import NAMES, Kind, MeasureName


def told(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        MeasureName.parse(text)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [*NAMES.values(), "p50", "p99", "p99.9", "p99.999", "p0.1", "P(latency > 10 ms)", "P(latency > 0 s)"],
)
def test_a_name_is_read_and_written_alike(text):
    assert str(MeasureName.parse(text)) == text


def test_every_kind_has_a_name_or_an_argument():
    assert {*NAMES, Kind.LATENCY_ABOVE, Kind.QUANTILE} == set(Kind)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("wait", "P(wait)"),
        ("p( Wait )", "P(wait)"),
        ("null", "P(NULL)"),
        ("Fallback  rate", "fallback"),
        ("p(Latency>10ms)", "P(latency > 10 ms)"),
        ("latency above 0.5 s", "P(latency > 500 ms)"),
        ("99.9%", "p99.9"),
        ("99.90 %", "p99.9"),
        ("P99", "p99"),
        ("median", "p50"),
        ("max", "longest"),
        ("calls / s", "calls/s"),
        ("time_at_zero", "time at zero"),
        ("any wait", "P(any wait)"),
        ("deadlock", "P(deadlock)"),
    ],
)
def test_other_spellings_are_understood(text, name):
    assert str(MeasureName.parse(text)) == name


def test_a_quantile_is_the_float_nearest_to_what_is_written():
    assert MeasureName.parse("p99.9").argument == 0.999
    assert MeasureName.parse("p7").argument == 0.07


def test_a_limit_is_in_nanoseconds():
    assert MeasureName.parse("P(latency > 1.5 us)") == MeasureName(Kind.LATENCY_ABOVE, 1500)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (
            "wiat",
            (
                "unknown measure 'wiat'; expected a measure such as p99.9, P(wait), fallback or P(latency > 10 ms); "
                "did you mean 'P(wait)'?"
            ),
        ),
        ("p999", "found 'p999'; expected a quantile above p0 and below p100, such as p99.9; did you mean 'p99.9'?"),
        ("p9999", "found 'p9999'; expected a quantile above p0 and below p100, such as p99.9; did you mean 'p99.99'?"),
        ("p100", "found 'p100'; expected a quantile above p0 and below p100, such as p99.9; did you mean 'longest'?"),
        ("0 %", "found '0 %'; expected a quantile above p0 and below p100, such as p99.9"),
        ("P(latency > 10)", "found '10'; expected a duration with its unit, such as '5 s'"),
        ("P(latency > 10 sec)", "unknown unit 'sec' in '10 sec'; expected ns, us, ms, s, min or h"),
    ],
)
def test_a_mistake_names_what_was_probably_meant(text, mistake):
    assert told(text) == mistake


@given(st.integers(1, 999_999_999))
def test_any_quantile_comes_back_from_its_text(billionths):
    name = MeasureName(Kind.QUANTILE, billionths / 1e9)
    assert MeasureName.parse(str(name)) == name


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_in_one_line(text):
    try:
        name = MeasureName.parse(text)
    except ScenarioError as error:
        mistake = str(error)
    else:
        mistake = str(name)
    assert len(mistake.splitlines()) == 1
