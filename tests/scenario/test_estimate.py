"""How many calls a scenario would make."""

import math
import re

import pytest

from sim.scenario import Scenario, ScenarioError
from sim.scenario.estimate import expected_calls


def calls(small, **task) -> float:
    small["tasks"]["writer"].update(task)
    small["limits"] = {"calls": 10**12}
    scenario = Scenario.from_mapping(small)
    return expected_calls(scenario.tasks["writer"], scenario.duration, scenario.devices, scenario.machine.costs)


def test_open_arrivals_times_tasks_times_allocations(small):
    steps = [{"alloc": {"pool": "bio", "n": 3}}, {"io": "nvme"}, {"free": "bio"}]
    assert calls(small, count=8, steps=steps) == pytest.approx(10 * 100 * 8 * 3)


def test_a_closed_loop_goes_round_as_often_as_its_cycle_fits(small):
    # 919.5 us of thought, 80 us of I/O, 500 ns for an attempt and a free each make a cycle of 1 ms.
    small["machine"] = {"costs": {"attempt": "250 ns", "free": "250 ns"}}
    assert calls(small, arrivals={"closed": {"think": "919.5 us"}}) == pytest.approx(10_000)


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
