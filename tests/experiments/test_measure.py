"""Measures say what the events and the series of a run say."""

import numpy as np
import pytest

import sim
from sim.engine.run import record
from sim.experiments.running.record import Record
from sim.experiments.sample.measure import read
from sim.experiments.sample.sample import Sample
from sim.experiments.sample.subject import RUN, Subject
from sim.results import Result
from sim.scenario.measures import MeasureName

POOL = Subject("pool")
SLEEPY = {"tasks.caller.gfp": "GFP_NOIO", "duration": "4 s", "semantics.timeout": "4 ms", "pools.pool.min_nr": 6}


def reading(made, subject, measure):
    return read(made, subject, MeasureName.parse(measure))


@pytest.fixture(scope="module")
def finished(queue):
    """A run whose sleeps end in both ways: its record and its result."""
    made = record(queue(SLEEPY), seed=1)
    return Record.of(made, "", seed=1, replication=0), Result.of(made, name="queue", seed=1, scenario={})


@pytest.fixture(scope="module")
def calls(finished):
    events = finished[1].events
    return events[events["call_ns"] >= 500_000_000]


def test_time_out_wakes_are_of_all_wakes(finished, calls):
    found = reading(finished[0], POOL, "time-out wakes")
    assert 0 < found.amount == calls["timeouts"].sum() < found.of == (calls["timeouts"] + calls["wakes"]).sum()


def test_the_mean_wait_is_of_all_calls(finished, calls):
    wait_ns = (calls["asleep_ns"] + calls["vain_ns"]).mean()
    assert reading(finished[0], POOL, "mean wait").value == pytest.approx(wait_ns)


def test_what_is_there_on_average_is_in_the_series(finished):
    series = finished[1].series
    series = series[series["t_ns"] > 500_000_000]
    lengths = np.diff([500_000_000, *series["t_ns"]])
    for measure, column in {"waiters": "waiters_mean", "outstanding": "outstanding"}.items():
        mean = np.average(series[column], weights=lengths)
        assert mean > 0
        assert reading(finished[0], POOL, measure).value == pytest.approx(mean)


def test_whoever_gets_null_is_never_woken(queue):
    made = Record.of(record(queue({"duration": "1 s"}), seed=1), "", seed=1, replication=0)
    assert reading(made, POOL, "time-out wakes") is None


def test_without_a_sleep_nothing_is_told_of_wakes(queue):
    scenario = queue(SLEEPY, pressure="none", duration="1 s")
    made = Record.of(record(scenario, seed=1), "", seed=1, replication=0)
    measure = MeasureName.parse("time-out wakes")
    estimate = Sample.of(scenario, [measure], [made, made]).estimate((POOL, measure), 0.95)
    assert np.isnan(estimate.value)


def test_what_monitoring_sees_is_of_the_machine():
    scenario = sim.load("phase-diagram", {"duration": "2 s"})
    made = record(scenario, seed=1)
    kept = Record.of(made, "", seed=1, replication=0)
    memory = Result.of(made, name="", seed=1, scenario={}).memory
    assert reading(kept, RUN, "allocstalls/s").value == memory["allocstall"].sum() / 2
    assert reading(kept, RUN, "PSI io").value == pytest.approx(memory["io_some_share"].mean(), abs=1e-3)
    assert reading(kept, RUN, "PSI memory").value == pytest.approx(memory["memory_some_share"].mean(), abs=1e-3)


def test_the_last_wait_ends_in_the_last_interval_with_a_waiter(finished):
    series = finished[1].series
    waited = series[(series["t_ns"] > 500_000_000) & (series["waiters_mean"] > 0)]
    until = waited["t_ns"].max()
    assert until > 500_000_000
    assert reading(finished[0], POOL, "last wait").value == until
    events = finished[1].events
    woken = (events["call_ns"] + events["latency_ns"])[events["sleeps"] > 0].max()
    assert until - 4_000_000 <= woken <= until


def test_without_a_wait_there_is_no_last_one(queue):
    made = record(queue(SLEEPY, pressure="none", duration="1 s"), seed=1)
    assert reading(Record.of(made, "", seed=1, replication=0), POOL, "last wait").value == 0


def test_hung_tasks_are_those_of_the_verdict(queue):
    steps = [{"lock": "m"}, {"alloc": "pool"}, {"hold": "200 s"}, {"free": "pool"}, {"unlock": "m"}]
    stuck = {"caller": {"count": 3, "arrivals": {"at": [0]}, "gfp": "GFP_NOIO", "steps": steps}}
    made = record(queue(tasks=stuck, duration="130 s"), seed=1)
    assert reading(Record.of(made, "", seed=1, replication=0), RUN, "hung tasks").value == made.verdict.hung == 2


def test_a_run_that_is_too_short_tells_nothing_of_hung_tasks(finished):
    assert reading(finished[0], RUN, "hung tasks") is None


def test_no_interval_of_the_last_wait_goes_beyond_the_end(queue):
    scenario = queue(SLEEPY)
    measure = MeasureName.parse("last wait")
    waited = Record.of(record(scenario, seed=1), "", seed=1, replication=0)
    never = Record.of(record(queue(SLEEPY, pressure="none"), seed=1), "", seed=1, replication=1)
    found = Sample.of(scenario, [measure], [waited, never]).estimate((POOL, measure), 0.95)
    assert found.high == scenario.duration


def test_a_machine_that_is_not_modelled_has_no_monitoring(finished):
    assert reading(finished[0], RUN, "PSI io") is None


def waits_of(scenario):
    """The summary's waits of the only class, and that class's own parts of the time, in ns."""
    made = record(scenario, seed=1)
    (row,) = Record.of(made, "", seed=1, replication=0).document["rows"]
    return row["waits"], row["time"]["asleep_ns"] + row["time"]["vain_ns"]


def test_waits_of_tasks_add_up_to_those_of_the_class(queue):
    """Of two tasks with work at the same time the second always waits, also as the run ends; not in the warm-up."""
    steps = [{"alloc": "pool"}, {"hold": "30 ms"}, {"free": "pool"}]
    task = {"count": 2, "in_flight": 1, "gfp": "GFP_NOIO", "arrivals": {"at": [0, "100 ms", "200 ms"]}, "steps": steps}
    changes = {"pools.pool.min_nr": 1, "semantics.wake": "one", "tasks.caller": task, "warmup": "50 ms"}
    waits, whole = waits_of(queue(changes, duration="210 ms"))
    assert waits == {"tasks": 2, "least_ns": 0, "most_ns": whole, "fairness": 0.5}
    assert whole == 40_000_000


def test_a_herd_that_is_served_in_turn_is_fair(queue):
    tasks = {
        "tasks.caller.count": 8,
        "tasks.caller.in_flight": 1,
        "tasks.caller.arrivals": {"closed": {"think": "1 ms"}},
    }
    changes = {**SLEEPY, **tasks, "pools.pool.min_nr": 2}
    waits, whole = waits_of(queue(changes))
    assert 0.95 < waits["fairness"] < 1
    assert waits["least_ns"] < whole / 8 < waits["most_ns"]


def test_one_task_is_neither_fair_nor_unfair(finished):
    assert reading(finished[0], POOL, "fairness") is None
