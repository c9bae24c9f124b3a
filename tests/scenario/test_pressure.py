import json
import subprocess
import sys
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from sim.kernel.gfp import DIRECT_RECLAIM, HIGH, KSWAPD_RECLAIM
from sim.kernel.memory import Plenty
from sim.pressure import Alternation, Constant, FaultInjection, Ramp, ReclaimPreset, Windows
from sim.scenario.pressure import Pressure, build_pressure
from sim.units import MS, S
from sim.workload.streams import Streams

PRESSURE = TypeAdapter(Pressure)
NOIO = KSWAPD_RECLAIM | DIRECT_RECLAIM
SOJOURNS = {"good": {"exponential": {"mean": "20 s"}}, "bad": {"exponential": {"mean": "2 s"}}}
WRITTEN = [
    "none",
    {"constant": {"first_attempt": 0.5, "with_reclaim": 0.1, "high": 0.2, "reclaim_latency": "5 ms"}},
    {"fault_injection": {"probability": 50, "interval": 3, "times": 100, "space": 7}},
    {"on_off": {**SOJOURNS, "start": "stationary", "when_bad": {"first_attempt": 1.0, "with_reclaim": 0.8}}},
    {
        "windows": {
            "schedule": [{"from": "1 s", "to": "2 s", "mode": "fail"}, {"from": "3 s", "mode": "fail_without_io"}]
        }
    },
    {"windows": {"calls": [{"from": 2, "to": 4, "mode": "fail_even_calls"}, {"from": 9, "mode": "ok"}]}},
    {"ramp": {"start": "5 s", "over": "10 s", "ceiling": {"first_attempt": 0.9, "with_reclaim": 0.5}}},
    {"bursts": {"rate": "1/min", "length": {"lognormal": {"median": "200 ms", "sigma": 1.0}}}},
    {"bursts": {"every": {"exponential": {"mean": "60 s"}}, "length": "200 ms", "reclaim_latency": "severe"}},
    {"periodic": {"period": "5 s", "duty": 0.2, "phase": "1 s", "reclaim_latency": "throttled"}},
]

MODELS = [Plenty, Constant, FaultInjection, Alternation, Windows, Windows, Ramp, Alternation, Alternation, Alternation]


def read(written):
    return PRESSURE.validate_python(written)


def memory(written, seed=1):
    return build_pressure(read(written), Streams(seed))


def contains(part, whole):
    if isinstance(part, dict):
        return all(key in whole and contains(value, whole[key]) for key, value in part.items())
    return part == whole or (isinstance(part, list) and all(map(contains, part, whole)))


@pytest.mark.parametrize("written", WRITTEN, ids=str)
def test_a_pressure_is_written_back_as_it_was_read(written):
    dumped = PRESSURE.dump_python(read(written), mode="json")
    assert contains(written, dumped)
    assert read(dumped) == read(written)


@pytest.mark.parametrize("written", WRITTEN, ids=str)
def test_the_published_schema_accepts_what_the_loader_accepts(written):
    Draft202012Validator(PRESSURE.json_schema()).validate(json.loads(json.dumps(written)))


@pytest.mark.parametrize(
    ("written", "model"),
    list(zip(WRITTEN, MODELS, strict=True)),
    ids=str,
)
def test_each_form_makes_its_model(written, model):
    assert isinstance(memory(written), model)


def test_the_mask_meets_the_rate_written_for_it():
    squeezed = memory({"constant": {"first_attempt": 1, "with_reclaim": 0, "high": 0}})
    assert [squeezed.grants(gfp, 0) for gfp in (KSWAPD_RECLAIM, KSWAPD_RECLAIM | HIGH, NOIO)] == [False, True, True]


def test_on_off_fails_every_attempt_when_bad_and_none_when_good_unless_told():
    squeezed = memory({"on_off": {"good": "1 s", "bad": "1 s"}})
    assert [squeezed.grants(NOIO, now) for now in (0, S - 1, S, 2 * S - 1, 2 * S)] == [True, True, False, False, True]


@pytest.mark.parametrize(("start", "granted"), [("good", True), ("bad", False)])
def test_on_off_starts_as_told(start, granted):
    assert memory({"on_off": {"good": "1 s", "bad": "1 s", "start": start}}).grants(0, 0) is granted


def test_a_stationary_start_is_bad_in_some_replications_and_good_in_others():
    spec = read({"on_off": {"good": "1 s", "bad": "1 s", "start": "stationary"}})
    assert {build_pressure(spec, Streams(1, replication)).grants(0, 0) for replication in range(20)} == {True, False}


def test_bursts_at_a_rate_have_exponential_gaps():
    at_rate = memory({"bursts": {"rate": "1/s", "length": "200 ms"}})
    spelled_out = memory({"bursts": {"every": {"exponential": {"mean": "1 s"}}, "length": "200 ms"}})
    assert at_rate.level(0, 500 * S) == spelled_out.level(0, 500 * S)


def test_periodic_outages_begin_at_the_phase():
    squeezed = memory({"periodic": {"period": "5 s", "duty": 0.2, "phase": "1 s"}})
    assert [squeezed.grants(0, now) for now in (S - 1, S, 2 * S - 1, 2 * S, 6 * S)] == [True, False, False, True, False]


def test_a_window_without_an_end_stays_open():
    assert not memory({"windows": {"schedule": [{"from": "3 s", "mode": "fail"}]}}).grants(NOIO, 10**18)


def test_reclaim_takes_the_time_written():
    squeezed = memory({"constant": {"first_attempt": 1, "with_reclaim": 1, "reclaim_latency": "5 ms"}})
    assert {squeezed.reclaim(NOIO, 0, kthread) for kthread in (False, True)} == {5 * MS}


def test_reclaim_takes_the_measured_default_if_nothing_is_written():
    assert read({"ramp": {"over": "1 s"}}).reclaim_latency is ReclaimPreset.DEFAULT


def test_a_kernel_thread_is_not_throttled():
    squeezed = memory({"constant": {"first_attempt": 1, "with_reclaim": 1, "reclaim_latency": "throttled"}})
    times = {kthread: [squeezed.reclaim(NOIO, 0, kthread) for _ in range(500)] for kthread in (False, True)}
    assert sum(ns >= 100 * MS for ns in times[False]) > 350
    assert max(times[True]) < 100 * MS


@pytest.mark.parametrize("written", [form for form in WRITTEN if form != "none"], ids=str)
def test_the_same_seed_gives_the_same_answers(written):
    one, other = memory(written), memory(written)
    for now in range(0, 30 * S, S // 10):
        for gfp in (KSWAPD_RECLAIM, NOIO):
            assert one.reclaim(gfp, now, kthread=False) == other.reclaim(gfp, now, kthread=False)
            assert one.grants(gfp, now) == other.grants(gfp, now)


@pytest.mark.parametrize("written", [form for form in WRITTEN if form != "none"], ids=str)
def test_no_random_stream_serves_two_purposes(written):
    class Recorded(Streams):
        asked: ClassVar = []

        def rng(self, *name):
            self.asked.append(name)
            return super().rng(*name)

    build_pressure(read(written), Recorded(1))
    assert len(set(Recorded.asked)) == len(Recorded.asked)


@given(st.lists(st.integers(0, 100 * S), max_size=50))
def test_outages_do_not_depend_on_who_allocates_when(asked):
    written = {"on_off": {**SOJOURNS, "when_bad": {"first_attempt": 0.5, "with_reclaim": 0.2}}}
    busy, idle = memory(written), memory(written)
    for now in asked:
        busy.grants(NOIO, now + busy.reclaim(NOIO, now, kthread=False))
    ticks = range(0, 100 * S, S)
    assert [busy.level(now, now + S) for now in ticks] == [idle.level(now, now + S) for now in ticks]


def test_a_milder_outage_happens_at_the_same_time():
    written = [{"on_off": {**SOJOURNS, "when_bad": {"first_attempt": p, "with_reclaim": p}}} for p in (1.0, 0.5)]
    total, half = map(memory, written)
    assert total.level(0, 500 * S) == pytest.approx(2 * half.level(0, 500 * S))


@pytest.mark.parametrize(
    ("written", "loc", "text"),
    [
        ("non", (), "unknown pressure 'non': did you mean 'none'?"),
        ({"onoff": {}}, ("onoff",), "unknown pressure 'onoff': did you mean 'on_off'?"),
        (
            {"on_off": {"good": "30 us", "bad": "60 us"}},
            ("on_off",),
            "a good and a bad sojourn together last 90 us: expected at least 100 us",
        ),
        (
            {"on_off": {"good": {"pareto": {"minimum": "1 s", "alpha": 1}}, "bad": "1 s", "start": "stationary"}},
            ("on_off", "start"),
            "no stationary start exists: the mean of a sojourn is infinite",
        ),
        ({"bursts": {"length": "1 s"}}, ("bursts",), "expected every or rate, found neither"),
        (
            {"bursts": {"length": "1 s", "every": "1 s", "rate": "1/s"}},
            ("bursts", "rate"),
            "expected every or rate, found both",
        ),
        (
            {"bursts": {"length": "1 s", "rate": "20/ms"}},
            ("bursts", "rate"),
            "the mean time between two bursts is 50 us: expected at least 100 us",
        ),
        (
            {"periodic": {"period": "99 us", "duty": 0.5}},
            ("periodic", "period"),
            "the period is 99 us: expected at least 100 us",
        ),
        (
            {"periodic": {"period": "5 s", "duty": 20}},
            ("periodic", "duty"),
            "expected a probability between 0 and 1, not 20",
        ),
        (
            {"constant": {"first_attempt": 1, "with_reclaim": 1, "reclaim_latency": "sever"}},
            ("constant", "reclaim_latency"),
            "unknown reclaim latency 'sever': did you mean 'severe'?",
        ),
        (
            {"windows": {"schedule": [{"from": "2 s", "to": "1 s", "mode": "fail"}]}},
            ("windows", "schedule", 0, "to"),
            "a window must end after it starts",
        ),
        (
            {"windows": {"calls": [{"from": 4, "to": 3, "mode": "fail"}]}},
            ("windows", "calls", 0, "to"),
            "call 3 comes before call 4",
        ),
    ],
)
def test_a_mistake_says_where_and_what(written, loc, text):
    with pytest.raises(ValidationError) as caught:
        read(written)
    assert [(error["loc"], error["msg"]) for error in caught.value.errors()] == [(loc, text)]


@pytest.mark.parametrize(
    "written",
    [
        {"constant": {"first_attempt": 0.5}},
        {"fault_injection": {"probability": 101}},
        {"fault_injection": {"probability": 0.5}},
        {"fault_injection": {"probability": 50, "times": -2}},
        {"on_off": {**SOJOURNS, "start": "ugly"}},
        {"windows": {"schedule": [{"from": "1 s", "to": "2 s", "mode": "fall"}]}},
        {"windows": {"schedule": [{"start": "1 s", "end": "2 s", "mode": "fail"}]}},
        {"ramp": {"over": "10 s", "ceiling": {"first_attempt": 1.1, "with_reclaim": 1}}},
    ],
    ids=str,
)
def test_the_published_schema_refuses_what_the_loader_refuses(written):
    with pytest.raises(ValidationError):
        read(written)
    assert not Draft202012Validator(PRESSURE.json_schema()).is_valid(written)


def test_reading_a_pressure_does_not_load_numpy():
    program = (
        "import sys, pydantic, sim.scenario.pressure as p\n"
        "pydantic.TypeAdapter(p.Pressure).validate_python({'periodic': {'period': '5 s', 'duty': 0.2}})\n"
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("interval", [0, 1])
def test_an_interval_of_0_or_1_makes_every_attempt_a_candidate(interval):
    memory = read({"fault_injection": {"probability": 100, "interval": interval}}).memory(Streams(1))
    assert [memory.grants(0, 0) for _ in range(3)] == [False] * 3


@pytest.mark.parametrize(("space", "passed"), [(0, 0), (1, 0), (7, 6)])
def test_space_is_the_number_of_the_first_attempt_that_is_a_candidate(space, passed):
    memory = read({"fault_injection": {"probability": 100, "space": space}}).memory(Streams(1))
    assert [memory.grants(0, 0) for _ in range(passed + 1)] == [True] * passed + [False]


@pytest.mark.parametrize(
    "tail", [{"pareto": {"minimum": "1 ns", "alpha": 1.00001}}, {"gamma": {"mean": "1 s", "shape": 1e-9}}]
)
def test_a_mean_that_no_run_lives_to_see_does_not_excuse_a_short_cycle(tail):
    with pytest.raises(ValidationError, match="expected at least 100 us"):
        read({"on_off": {"good": tail, "bad": tail}})
