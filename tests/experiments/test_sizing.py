import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

import sim
from sim.experiments import Execution, size
from sim.experiments.outcome import load
from sim.scenario.mistakes import ScenarioError
from sim.statistics.queueing import erlang_b

SLEEPING = {"tasks.caller.gfp": "GFP_NOIO", "semantics": {"order": "pool_first"}}


@pytest.fixture(scope="module")
def execution(tmp_path_factory):
    return Execution(replications=40, jobs=1, runs=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def short(execution):
    return replace(execution, replications=10)


@pytest.fixture(scope="module")
def exchange(queue, execution):
    """An exchange that gets 5 calls per mean hold, and may lose 2.6 %: B(9, 5) = 3.7 %, B(10, 5) = 1.8 %."""
    scenario = queue({"duration": "3 s"}, study={"question": "How many lines?", "targets": ["P(NULL) <= 2.6 %"]})
    return size(scenario, execution=execution)


def test_the_size_of_an_exchange_is_that_of_erlang(exchange):
    assert erlang_b(10, 5) < 0.026 < erlang_b(9, 5)
    assert exchange.document["sizing"]["min_nr"] == 10
    assert "min_nr = 10 of pool meets P(NULL) <= 2.6 % (95 % confidence); 9 fails: P(NULL) 3." in exchange.answer[0]


def test_the_answer_says_what_it_costs(exchange):
    assert exchange.answer[1] == "Its reserve takes 40 KiB, 10 elements of 4 KiB each; the scenario has 8, 32 KiB."


def test_pool_targets_and_question_are_those_of_the_study(exchange):
    assert exchange.document["sizing"]["pool"] == "pool"
    assert exchange.document["sizing"]["targets"] == ["P(NULL) <= 2.6 %"]
    assert exchange.document["question"] == "How many lines?"


def test_the_curve_has_what_was_measured_and_decided(exchange):
    curve = exchange.frames["curve"].set_index("min_nr")
    assert curve.loc[9, "decision"] == "fails"
    assert curve.loc[10, "decision"] == "meets"
    assert (curve["bound"] == 0.026).all()
    assert (curve["low"] <= curve["value"]).all()
    assert (curve["value"] <= curve["high"]).all()
    assert curve.loc[10, "reserved_bytes"] == 40960
    assert curve["value"].is_monotonic_decreasing


def test_the_table_has_every_run_once(exchange):
    assert not exchange.table.duplicated(["min_nr", "replication", "measure"]).any()
    assert len(exchange.table) == exchange.frames["curve"]["runs"].sum()
    assert sum(map(len, exchange.document["digests"].values())) == len(exchange.table)


def test_the_pair_at_the_edge_was_checked_by_replications_of_its_own(exchange):
    fresh = exchange.table.query("replication >= 1_000_000")
    assert set(fresh["min_nr"]) == {9, 10}


def test_it_prints_draws_and_is_kept(exchange, tmp_path):
    console = Console(width=80, record=True)
    console.print(exchange)
    text = console.export_text()
    assert "How many lines? (sizing of queue, up to 40 replications each" in text
    assert "checked" in text
    assert "<table>" in exchange._repr_html_()
    axes = exchange.plot.curve()
    assert axes[0].get_xlabel() == "min_nr"
    home = exchange.save(tmp_path / "kept")
    assert {file.name for file in home.iterdir()} == {"experiment.json", "curve.csv", "curve.png", "table.csv"}
    assert load(home)["answer"] == list(exchange.answer)
    json.dumps(exchange.document, allow_nan=False)


def test_a_report_draws_the_picture_that_was_not_kept(exchange, tmp_path):
    home = exchange.save(tmp_path / "bare", plots=False)
    html = sim.report(home).html()
    assert "Targets of pool by the size of its reserve" in html
    assert "data:image/png" in html
    assert "--target 'P(NULL) &lt;= 2.6 %'" in html.replace("&#x27;", "'")
    assert "1000000" in html


def test_a_second_time_all_runs_are_reused_and_all_is_the_same(exchange, execution, queue):
    told = []
    again = Execution(replications=40, jobs=1, runs=execution.runs, reused=told.append)
    scenario = queue({"duration": "3 s"}, study={"question": "How many lines?", "targets": ["P(NULL) <= 2.6 %"]})
    assert size(scenario, execution=again).document == exchange.document
    assert told == [len(exchange.table)]


def test_progress_claims_no_more_than_is_known(queue, tmp_path):
    told = []
    execution = Execution(replications=10, jobs=1, runs=tmp_path, progress=told.append)
    size(queue({"duration": "1 s"}), targets=["P(NULL) <= 10 %"], execution=execution)
    assert {now.of for now in told} == {10}
    assert told[0].step == "min_nr 8"
    assert [now.before for now in told if now.done == 10] == list(range(0, told[-1].before + 1, 10))


def test_no_pressure_needs_no_more_than_one_and_says_that_nothing_was_seen(queue, execution):
    found = size(queue({"duration": "2 s"}, pressure="none"), targets=["P(NULL) <= 1 %"], execution=execution)
    assert found.document["sizing"]["min_nr"] == 1
    assert "it is the smallest there is" in found.answer[0]
    assert any("nothing was seen in 40 runs" in line for line in found.answer)


def test_sizes_too_close_to_the_target_are_named(queue, execution):
    scenario = queue({"duration": "2 s"})
    found = size(scenario, targets=[f"P(NULL) <= {erlang_b(9, 5):.4f}"], execution=execution)
    first, last = found.document["sizing"]["candidates"]
    assert first <= 9 <= last
    assert first < last
    assert "cannot be told from it" in found.answer[0]
    assert f"the answer is {first} " in found.answer[0]


def test_tasks_that_wait_while_they_hold_are_given_what_their_programs_demand(queue, execution):
    pause = {"hold": "10 ms"}
    steps = [{"alloc": "pool"}, pause, {"alloc": "pool"}, pause, {"free": {"pool": "pool", "n": 2}}]
    changes = {**SLEEPING, "duration": "2 s", "tasks.caller.steps": steps, "tasks.caller.in_flight": 4}
    found = size(queue(changes), targets=["P(deadlock) <= 50 %"], execution=execution)
    # Four requests of two elements: 4 x (2 - 1) + 1 = 5, and with memory gone they come to it.
    assert found.document["sizing"]["min_nr"] == 5
    assert "4 fails" in found.answer[0]
    assert not any("By their programs" in line for line in found.answer)


def test_a_size_that_meets_is_not_passed_over_because_programs_might_deadlock_with_it(short):
    found = size(sim.load("dm-crypt", {"duration": "2 s"}), "page_pool", ["p99.9 <= 6 s"], execution=short)
    meets = found.document["sizing"]["meets"]
    assert meets is not None
    assert meets <= 256
    assert "By their programs tasks can deadlock with fewer than 511 once memory is gone." in found.answer


def test_fewer_than_a_bulk_allocation_takes_are_not_tried(queue, short):
    steps = [{"alloc": {"pool": "pool", "n": 3, "bulk": True}}, {"hold": "1 ms"}, {"free": {"pool": "pool", "n": 3}}]
    changes = {**SLEEPING, "kernel": "7.1", "duration": "2 s", "tasks.caller.steps": steps, "tasks.caller.in_flight": 1}
    found = size(queue(changes), targets=["P(wait) <= 99 %"], execution=short)
    assert found.document["sizing"]["range"][0] == 3
    assert "fewer can never serve a bulk allocation" in found.answer[0]


def test_no_size_helps_against_a_deadlock_elsewhere(short):
    found = size(sim.load("bioset-parked", {"duration": "5 s"}), "dm", ["P(wait) <= 1 %"], execution=short)
    assert found.document["sizing"]["min_nr"] is None
    assert found.document["sizing"]["candidates"] == []
    assert "no min_nr of dm up to 4 meets P(wait) <= 1 %" in found.answer[0]
    assert "ended in a deadlock" in found.answer[1]
    assert "4 x (2 - 1) = 4 >= 2" in found.answer[2]


def test_no_size_helps_where_the_device_is_the_limit(queue, short):
    steps = [{"alloc": "pool"}, {"io": "disk"}, {"free": "pool"}]
    disk = {"queue_depth": 4, "latency": {"exponential": {"mean": "10 ms"}}}
    changes = {**SLEEPING, "duration": "1 s", "tasks.caller.steps": steps, "devices": {"disk": disk}}
    found = size(queue(changes), targets=["P(wait) <= 1 %"], most=16, execution=short)
    assert any("The device disk is the limit: it serves 3.9" in line for line in found.answer)
    assert any("Arrivals exceed what is served" in line for line in found.answer)


def test_no_size_helps_against_the_cost_of_operations(queue, short):
    changes = {"duration": "2 s", "machine.costs.attempt": "2 ms", "machine.costs.take": "2 ms"}
    found = size(queue(changes), targets=["p99 <= 1 ms"], most=64, execution=short)
    assert any("Attempts and takes are 100 % of the time" in line for line in found.answer)
    assert any("the reserve was never empty" in line for line in found.answer)


def test_time_spent_in_reclaim_is_told_with_the_policy_that_spares_it(queue, short):
    pressure = {"constant": {"first_attempt": 1, "with_reclaim": 0, "reclaim_latency": "5 ms"}}
    changes = {"duration": "2 s", "pressure": pressure, "tasks.caller.gfp": "GFP_NOIO"}
    found = size(queue(changes), targets=["p99 <= 1 ms"], most=4, execution=short)
    assert any("Direct reclaim takes 100 % of the time" in line and "pool_first" in line for line in found.answer)
    assert any("the reserve was empty for" in line for line in found.answer)


@pytest.mark.parametrize(
    ("pool", "targets", "told"),
    [
        ("loop", ["P(wait) <= 1 %"], "there is no pool 'loop'; expected one of pool"),
        (None, [], "there is no target"),
        (None, ["fallback <= 1 %"], "a larger reserve serves more calls, not fewer"),
        (None, ["longest <= 1 s"], "expected a quantile"),
        (None, ["reserved <= 1 MiB"], "the largest size to try"),
    ],
)
def test_what_cannot_be_sized_is_refused_before_anything_runs(queue, execution, pool, targets, told):
    with pytest.raises(ValueError, match=told):
        size(queue(), pool, targets, execution=execution)


def test_a_target_that_is_none_is_a_mistake(queue, execution):
    with pytest.raises(ScenarioError):
        size(queue(), targets=["quick"], execution=execution)


def test_several_pools_must_be_chosen_from():
    with pytest.raises(ValueError, match="there are 2 pools; expected one of dm, array"):
        size(sim.load("bioset-parked"), targets=["P(wait) <= 1 %"])


def test_the_guide_says_what_the_formula_gives():
    guide = (Path(__file__).parents[2] / "docs" / "sizing.md").read_text()
    assert f"has {100 * erlang_b(17, 12):.3g} % for 17 and {100 * erlang_b(18, 12):.3g} % for 18" in guide


def test_an_overload_that_began_in_the_warm_up_is_no_reserve_that_is_large_enough(tmp_path):
    changes = {
        "duration": "3 s",
        "warmup": "1 s",
        "pressure": {"constant": {"first_attempt": 1, "with_reclaim": 1}},
        "devices.ssd.queue_depth": 16,
    }
    execution = Execution(replications=10, jobs=1, runs=tmp_path)
    found = size(sim.load("quickstart").with_(changes), "bio", ["P(wait) <= 1 %"], most=4, execution=execution)
    assert found.document["sizing"]["min_nr"] is None
    assert found.document["sizing"]["meets"] is None
