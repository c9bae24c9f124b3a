"""Targets: a measure and the most that it may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario import ScenarioError
from sim.scenario.measures import Kind, MeasureName
from sim.scenario.targets import EXAMPLES, Target


def told(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        Target.parse(text)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        *EXAMPLES,
        "P(latency > 10 ms) <= 1e-4",
        "P(wait) <= 2.5e-5",
        "longest <= 5 s",
        "reserved <= 1 MiB",
        "wasted wakes <= 0.5",
        "P(deadlock) <= 1 %",
    ],
)
def test_a_target_is_read_and_written_alike(text):
    assert str(Target.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("p99.9<10ms", "p99.9 <= 10 ms"),
        ("99.9 % ≤ 0.01 s", "p99.9 <= 10 ms"),
        ("wait <= 0.0001", "P(wait) <= 1e-4"),
        ("Latency > 10 ms < 0.1%", "P(latency > 10 ms) <= 1e-3"),
        ("null <= .05", "P(NULL) <= 5 %"),
    ],
)
def test_other_ways_of_writing_it_are_understood(text, alike):
    assert str(Target.parse(text)) == alike


def test_a_quantile_is_a_rate_of_slower_calls():
    quantile, rate = Target.parse("p99.9 <= 10 ms"), Target.parse("P(latency > 10 ms) <= 0.001")
    assert (quantile.latency_ns, quantile.share) == (rate.latency_ns, rate.share) == (10_000_000, 0.001)
    assert quantile.as_rate == rate.as_rate == MeasureName(Kind.LATENCY_ABOVE, 10_000_000)


def test_a_rate_without_a_latency_has_a_share_alone():
    target = Target.parse("fallback <= 5 %")
    assert (target.latency_ns, target.share, target.unit) == (None, 0.05, "share")


def test_a_target_that_is_no_rate_has_no_share():
    assert Target.parse("longest <= 5 s").share is None
    assert Target.parse("reserved <= 4 KiB").share is None


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("p99.9", "found 'p99.9'; expected a target such as 'p99.9 <= 10 ms' or 'P(wait) <= 1e-4'"),
        (
            "P(latency > 10 ms)",
            "found 'P(latency > 10 ms)'; expected a target such as 'p99.9 <= 10 ms' or 'P(wait) <= 1e-4'",
        ),
        ("p99.9 >= 10 ms", "found '>=' in 'p99.9 >= 10 ms'; expected '<=': the most that it may be"),
        (
            "P(wiat) <= 1e-4",
            (
                "unknown measure 'P(wiat)'; expected a measure such as p99.9, P(wait), fallback or P(latency > 10 ms); "
                "did you mean 'P(wait)'?"
            ),
        ),
        ("p99.9 <= 10", "p99.9: found '10'; expected a duration with its unit, such as '5 s'"),
        ("p99 <= 5 %", "p99: found '5 %'; expected a duration with its unit, such as '5 s'"),
        ("P(wait) <= 5", "P(wait): found '5'; expected a share above 0 and below 1, such as 1e-4 or 5 %"),
        (
            "P(wait) <= 0",
            (
                "P(wait): found '0'; expected a share above 0 and below 1, such as 1e-4 or 5 %; "
                "that nothing ever happens can be shown by no number of runs"
            ),
        ),
        ("fallback <= 10 ms", "fallback: found '10 ms'; expected a share above 0 and below 1, such as 1e-4 or 5 %"),
        ("wasted wakes <= 5 %", "wasted wakes: found '5 %'; expected a number per call, such as 0.5"),
        (
            "reserved <= 1 MB",
            "reserved: unknown unit 'MB' in '1 MB'; expected B, KiB, MiB, GiB or TiB (1 KiB = 1024 B)",
        ),
        (
            "calls/s <= 5",
            "more calls/s is no harm; expected a measure that should be low, such as p99.9",
        ),
    ],
)
def test_a_mistake_says_what_was_expected(text, mistake):
    assert told(text) == mistake


@given(st.floats(1e-12, 0.999))
def test_any_share_comes_back_from_its_text(share):
    target = Target(MeasureName(Kind.WAIT), share)
    assert Target.parse(str(target)) == target


@given(st.text(alphabet="p9.<=>() 1e-%msP waitlatency", max_size=40))
def test_any_text_is_read_or_refused_in_one_line(text):
    try:
        said = str(Target.parse(text))
    except ScenarioError as error:
        said = str(error)
    assert len(said.splitlines()) == 1
