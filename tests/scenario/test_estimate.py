"""How many calls a scenario would make."""

import json
import math
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.main import main
from sim.scenario import LimitError, Scenario, ScenarioError
from sim.scenario.estimate import Estimate


def calls(small, **task) -> float:
    small["tasks"]["writer"].update(task)
    small["limits"] = {"calls": 10**12}
    scenario = Scenario.from_mapping(small)
    writer = scenario.tasks["writer"]
    estimate = Estimate(scenario.duration, scenario.devices, scenario.machine.costs)
    return estimate.calls(writer, estimate.requests(writer))


def test_open_arrivals_times_tasks_times_allocations(small):
    steps = [{"alloc": {"pool": "bio", "n": 3}}, {"io": "nvme"}, {"free": "bio"}]
    assert calls(small, count=8, steps=steps) == pytest.approx(10 * 100 * 8 * 3)


def test_a_closed_loop_goes_round_as_often_as_its_cycle_fits(small):
    # 919.5 us of thought, 80 us of I/O, 500 ns for an attempt and a free each make a cycle of 1 ms.
    small["machine"] = {"costs": {"attempt": "250 ns", "free": "250 ns"}}
    assert calls(small, arrivals={"closed": {"think": "919.5 us"}}) == pytest.approx(10_000)


def test_closed_loops_do_no_more_than_their_device_serves(small):
    # 80 us each, two at once, in 10 s; each task asks twice.
    small["devices"]["nvme"]["queue_depth"] = 2
    steps = [{"alloc": "bio"}, {"repeat": {"times": 2, "steps": [{"io": "nvme"}]}}, {"free": "bio"}]
    many = {"count": 100, "arrivals": {"closed": {"think": 0}}, "steps": steps}
    assert calls(small, **many) == pytest.approx(10 / 80e-6 * 2 / 2)


def test_a_loop_without_any_time_is_refused(small):
    small["machine"] = {"costs": {"attempt": 0, "free": 0}}
    small["devices"]["nvme"]["latency"] = 0
    with pytest.raises(ScenarioError, match="would go round without time passing"):
        calls(small, arrivals={"closed": {"think": 0}})


def test_an_infinite_mean_does_not_hide_the_load(small):
    pareto = {"closed": {"think": {"pareto": {"minimum": "1 ms", "alpha": 1}}}}
    assert 0 < calls(small, arrivals=pareto) < math.inf


def test_a_run_at_the_limit_is_allowed_and_one_beyond_is_not(small):
    small["limits"] = {"calls": 1000}
    assert Scenario.from_mapping(small).limits.calls == 1000
    small["limits"] = {"calls": 999}
    with pytest.raises(ScenarioError, match=r"about 1,000 allocations in 10 s, more than limits.calls = 999"):
        Scenario.from_mapping(small)


def test_the_limit_that_is_suggested_is_enough(small):
    small["limits"] = {"calls": 1}
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping(small)
    small["limits"] = {"calls": int(re.search(r"calls: (\d+)}", str(caught.value))[1])}
    Scenario.from_mapping(small)


RETRY = [{"alloc": {"pool": "bio", "if_null": {"retry_after": "99 us"}}}, {"free": "bio"}]


def test_retries_count_as_often_as_they_fit(small):
    small["pressure"] = {"constant": {"first_attempt": 1, "with_reclaim": 1}}
    small["limits"] = {"calls": 10_000}
    small["tasks"]["writer"].update(gfp="GFP_ATOMIC", steps=RETRY, count=2)
    del small["devices"]
    with pytest.raises(ScenarioError, match="up to 202,000 allocations in 10 s, most of them retries after NULL"):
        Scenario.from_mapping(small)


@pytest.mark.parametrize("change", [{"pressure": "none"}, {"gfp": "GFP_NOIO"}])
def test_nothing_is_retried_without_pressure_or_by_who_may_sleep(small, change):
    small["pressure"] = change.pop("pressure", {"constant": {"first_attempt": 1, "with_reclaim": 0}})
    small["limits"] = {"calls": 1_000}
    small["tasks"]["writer"].update({"gfp": "GFP_ATOMIC", "steps": RETRY, **change})
    del small["devices"]
    Scenario.from_mapping(small)


def test_a_run_of_too_many_steps_is_refused(small):
    steps = [
        {"alloc": "bio"},
        {"repeat": {"times": 9_000, "steps": [{"hold": "1 ns"}]}},
        {"io": "nvme"},
        {"free": "bio"},
    ]
    small["tasks"]["writer"].update(steps=steps, arrivals={"poisson": {"rate": "10000/s"}})
    small["limits"] = {"memory": "1 GiB"}
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping(small)
    assert str(caught.value) == (
        "tasks.writer.steps: about 900,400,000 steps of tasks in 10 s, more than limits.events = 200,000,000; "
        "expected fewer, or a higher limit, as in limits: {events: 910000000}"
    )
    small["limits"] = {"events": 910_000_000}
    Scenario.from_mapping(small)


def test_more_tasks_than_memory_are_refused(small):
    small["tasks"]["writer"].update(count=1_000_000, arrivals={"poisson": {"rate": "0.001/s"}})
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping(small)
    assert str(caught.value) == (
        "tasks.writer.count: about 12 GiB of memory for 1,000,000 tasks and their random streams, more than "
        "limits.memory = 4 GiB; expected fewer, or a higher limit, as in limits: {memory: 12 GiB}"
    )
    small["limits"] = {"memory": "12 GiB"}
    Scenario.from_mapping(small)


def test_a_limit_may_be_written_as_a_power_of_ten(small):
    small["limits"] = {"calls": 1e9}
    assert Scenario.from_mapping(small).limits.calls == 10**9


@pytest.fixture
def runaway(small):
    """A scenario whose estimate reckons with holds that never come about, since every call gives NULL."""
    small["pressure"] = {"constant": {"first_attempt": 1, "with_reclaim": 1}}
    small["pools"]["bio"] = {"min_nr": 0, "backing": {"pages": {"order": 0}}}
    small["limits"] = {"calls": 1000}
    small["tasks"]["writer"] = {
        "arrivals": {"closed": {"think": "9 us"}},
        "gfp": "GFP_ATOMIC",
        "steps": [{"alloc": "bio"}, {"hold": "1 s"}, {"free": "bio"}],
    }
    del small["devices"]
    return small


STOPPED = (
    "limits.calls: stopped after 65,536 allocations in 655 ms of 10 s, more than 1,000; "
    "expected fewer, as with longer waits between retries, or a higher limit"
)


def test_a_run_that_makes_more_calls_than_its_limit_is_stopped(runaway):
    with pytest.raises(LimitError) as caught:
        Scenario.from_mapping(runaway).run()
    assert str(caught.value) == STOPPED


def test_the_command_line_tells_it_in_one_line_where_the_limit_stands(runaway, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("runaway.yaml").write_text(json.dumps(runaway))
    done = CliRunner().invoke(main, ["run", "runaway.yaml"])
    assert done.exit_code == 2
    assert re.fullmatch(rf"runaway\.yaml:1:\d+: {re.escape(STOPPED)}", done.stderr.splitlines()[-1])
