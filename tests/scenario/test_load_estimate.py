"""How much load there would be, and how much it would make others do."""

import re

import pytest

from sim.scenario import Scenario, ScenarioError
from sim.scenario.estimate import Estimate
from sim.scenario.load_estimate import bytes_to_write, load_steps
from sim.units import S


def written(closed) -> dict[str, float]:
    scenario = Scenario.from_mapping(closed)
    return bytes_to_write(scenario.tasks, scenario.memory, scenario.load.values(), scenario.duration)


def requests(closed, to_write: float) -> float:
    """How many pieces of work the flusher does, if memory makes it write so many bytes."""
    scenario = Scenario.from_mapping(closed)
    estimate = Estimate(scenario.duration, scenario.devices, scenario.machine.costs)
    return estimate.requests(scenario.tasks["flusher"], to_write)


@pytest.mark.parametrize(
    ("rate", "steps"),
    [
        ("1024000 KiB/s", 10_000),
        ("128 KiB/s", 10),
        ("128000 KiB/s", 10_000),
        ("64000 KiB/s", 5_000),
    ],
)
def test_a_step_moves_a_millisecond_s_worth_or_a_batch_of_the_kernel_s(closed, rate, steps):
    closed["load"] = {"copy": {"dirtier": {"rate": rate}}}
    assert load_steps(Scenario.from_mapping(closed).load["copy"], 10 * S) == pytest.approx(steps)


def test_what_is_made_dirty_has_to_be_written_and_what_programs_have_may_have_to_be_swapped_out(closed):
    closed["memory"]["at_start"]["dirty"] = "10 MiB"
    closed["load"]["hog"] = {"hog": {"count": 2, "size": "1 GiB", "rate": "50 MB/s", "stop": "4 s"}}
    assert written(closed) == {
        "flusher": pytest.approx(10 * 100e6 + (10 << 20)),
        "swapper": pytest.approx(2 * 4 * 50e6 + (100 << 20)),
    }


def test_tasks_that_do_the_same_share_it(closed):
    alone = written(closed)["flusher"]
    closed["tasks"]["helper"] = {**closed["tasks"]["flusher"], "count": 3}
    shares = written(closed)
    assert shares["flusher"] == shares["helper"] == pytest.approx(alone / 4)


def test_work_that_memory_makes_is_bounded_by_what_there_is_to_write(closed):
    closed["tasks"]["flusher"]["arrivals"]["writeback"]["size"] = "100 KiB"
    assert requests(closed, to_write=1_000 * 102_400.0) == pytest.approx(1_000)


def test_and_by_what_the_task_can_do(closed):
    # 80 us of I/O, 1 us for an attempt and 500 ns for a free, eight at a time.
    assert requests(closed, to_write=1e15) == pytest.approx(8 * 10 / 81.5e-6)


def test_the_limit_that_is_suggested_for_the_steps_of_load_is_enough(closed):
    closed["load"] = {"copy": {"dirtier": {"count": 1_000, "rate": "1 GB/s"}}}
    closed["limits"] = {"events": 5_000_000}
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping(closed)
    assert str(caught.value).startswith("load.copy.dirtier.rate: about ")
    closed["limits"]["events"] = int(re.search(r"events: (\d+)}", str(caught.value))[1])
    Scenario.from_mapping(closed)


def test_retries_count_where_memory_can_run_out(small):
    retry = [{"alloc": {"pool": "bio", "if_null": {"retry_after": "99 us"}}}, {"free": "bio"}]
    small["tasks"]["writer"].update(gfp="GFP_ATOMIC", steps=retry)
    small |= {"limits": {"calls": 10_000}, "devices": {}}
    Scenario.from_mapping(small)
    small["memory"] = {"ram": "1 GiB"}
    with pytest.raises(ScenarioError, match="most of them retries after NULL"):
        Scenario.from_mapping(small)
