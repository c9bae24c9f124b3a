import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from sim.engine.recording import TooManyCallsError
from sim.kernel.call import Path
from sim.scenario import LimitError, Scenario

SECOND = 1_000_000_000
MS = 1_000_000

DIGEST = "8294824784cbd4f5c6907aec8273de4ccc695617118b20e6bee31c4b5ce413b1"
"""Of the busy scenario with seed 1: every supported Python and numpy must agree on it."""


@pytest.fixture(scope="module")
def result(busy):
    return busy.run(seed=1)


def test_the_busy_scenario_takes_every_path(result):
    assert {path for path, calls in result.document["rows"][-1]["paths"].items() if not calls} <= {"unfinished"}


def test_the_same_seed_gives_the_same_digest(busy, result):
    assert busy.run(seed=1).digest == result.digest


def test_the_digest_is_the_same_on_every_python(result):
    assert result.digest == DIGEST


def test_another_process_gives_the_same_digest(busy, result, tmp_path):
    program = "import json, sys, sim; print(sim.Scenario.from_mapping(json.load(sys.stdin)).run(seed=1).digest)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=busy.model_dump_json(),
        env={**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout.strip() == result.digest


def test_streaming_gives_the_same_digest(busy, result):
    assert busy.with_(recording="streaming").run(seed=1).digest == result.digest


@pytest.mark.parametrize("options", [{"seed": 2}, {"seed": 1, "replication": 1}], ids=["seed", "replication"])
def test_chance_changes_with(options, busy, result):
    assert busy.run(**options).digest != result.digest


def test_the_seed_of_the_scenario_counts_unless_another_is_given(busy, result):
    assert busy.run().digest == result.digest
    assert busy.with_(seed=2).run().digest != result.digest


def both_reserves(scenario: Scenario):
    return [scenario.with_({"pools.pool.min_nr": min_nr}).run(seed=1) for min_nr in (2, 12)]


def test_a_larger_reserve_leaves_the_arrivals_as_they_were(busy):
    few, many = both_reserves(busy)
    arrivals = [np.sort(run.events.call_ns[run.events.task == "writer"]) for run in (few, many)]
    assert few.digest != many.digest
    assert len(arrivals[0]) > 900
    assert np.array_equal(*arrivals)


def test_a_larger_reserve_leaves_the_outages_as_they_were(busy):
    few, many = both_reserves(busy)
    assert 0.2 < few.series.pressure.mean() < 0.8
    assert few.series.pressure.equals(many.series.pressure)


def test_a_larger_reserve_leaves_the_holds_as_they_were(scenario):
    hold = {"exponential": {"mean": "20 ms"}}
    others = {"arrivals": {"at": [0]}, "steps": [{"alloc": "pool"}, {"hold": "30 ms"}, {"free": "pool"}]}
    loop = {
        "arrivals": {"closed": {"think": "0 s"}},
        "steps": [{"alloc": "pool"}, {"hold": hold}, {"alloc": "after"}, {"free": "pool"}, {"free": "after"}],
    }
    pools = {"pool": {"min_nr": 1, "backing": {"pages": {}}}, "after": {"min_nr": 1, "backing": {"pages": {}}}}
    held = []
    for run in both_reserves(scenario(fails=True, pools=pools, tasks={"other": {**others}, "task": loop})):
        mine = run.events[run.events.task == "task"]
        first, second = (mine[mine.pool == pool].reset_index() for pool in ("pool", "after"))
        held.append((second.call_ns - first.call_ns - first.latency_ns).to_numpy()[:30])
    assert len(np.unique(held[0])) == 30
    assert np.array_equal(*held)


def test_calls_of_the_warm_up_are_kept_but_not_counted(busy, result):
    warm = busy.with_(warmup="400 ms").run(seed=1)
    late = int((result.events.call_ns >= 400 * MS).sum())
    assert warm.digest == result.digest
    assert warm.document["calls_in_warmup"] == len(result.events) - late > 0
    assert warm.document["rows"][-1]["calls"] == late


def test_the_reserve_of_the_warm_up_is_left_out(scenario):
    outage = scenario(fails=True, min_nr=1, task={"steps": [{"alloc": "pool"}, {"hold": "500 ms"}, {"free": "pool"}]})
    pools = [outage.with_(warmup=warmup).run().document["pools"]["pool"] for warmup in ("0 s", "400 ms", "600 ms")]
    assert [pool["reserve_at_zero_ns"] for pool in pools] == [500 * MS, 100 * MS, 0]
    assert [pool["reserve_mean"] for pool in pools] == [0.5, pytest.approx(5 / 6), 1.0]
    assert [pool["reserve_min"] for pool in pools] == [0, 0, 1]


def test_the_waiters_of_the_warm_up_are_left_out(scenario):
    two = {"count": 2, "steps": [{"alloc": "pool"}, {"hold": "400 ms"}, {"free": "pool"}], "arrivals": {"at": ["0 s"]}}
    outage = scenario(fails=True, min_nr=1, task=two)
    runs = [outage.with_(warmup=warmup).run().document["pools"]["pool"] for warmup in ("0 s", "200 ms", "500 ms")]
    assert [pool["waiters_mean"] for pool in runs] == pytest.approx([0.4, 0.25, 0.0])


def test_the_reserve_is_full_at_the_start_whatever_the_pressure(scenario):
    series = scenario(fails=True, min_nr=7, task={"arrivals": {"at": ["500 ms"]}}).run().series
    assert (series.reserve_min.iloc[0], series.reserve_mean.iloc[0]) == (7, 7.0)


def test_a_wait_that_does_not_end_is_written_down_as_unfinished(scenario):
    two = {"count": 2, "steps": [{"alloc": "pool"}, {"hold": "10 s"}, {"free": "pool"}], "arrivals": {"at": ["100 ms"]}}
    run = scenario(fails=True, min_nr=1, task=two).run()
    assert run.events.path.tolist() == ["reserve", "unfinished"]
    assert run.events.call_ns.tolist() == [100 * MS, 100 * MS]
    assert run.events.latency_ns.tolist() == [0, 900 * MS]
    assert run.events.asleep_ns.tolist() == [0, 900 * MS]
    assert run.document["rows"][0]["latency"]["max"]["at_least"]


def test_a_reclaim_that_does_not_end_is_written_down_as_unfinished(scenario):
    slow = {"constant": {"first_attempt": 1, "with_reclaim": 0, "reclaim_latency": "2 s"}}
    run = scenario(pressure=slow, min_nr=0, task={"arrivals": {"at": ["100 ms"]}}).run()
    assert run.events[["path", "latency_ns"]].to_numpy().tolist() == [["unfinished", 900 * MS]]


def test_progress_rises_to_one(busy):
    told = []
    busy.run(seed=1, progress=told.append)
    assert all(before < after for before, after in pairwise(told))
    assert 0 < told[0] < 0.01
    assert told[-1] == 1


def test_progress_changes_nothing(busy, result):
    assert busy.run(seed=1, progress=lambda share: None).digest == result.digest


def test_the_run_is_over_after_its_duration(result):
    assert result.events.call_ns.between(0, SECOND).all()
    assert result.series.t_ns.max() == SECOND


def test_each_call_is_one_of_its_pools_gauges(result):
    (row,) = [row for row in result.document["rows"] if row["task"] == "all"]
    served = row["calls"] - row["paths"]["null"] - row["paths"]["unfinished"]
    assert served == result.document["pools"]["pool"]["frees"] + result.series.outstanding.iloc[-1]


def test_the_parts_of_a_latency_add_up(result):
    parts = result.events[["reclaim_ns", "asleep_ns", "vain_ns"]].sum(axis=1)
    operations = result.events.latency_ns - parts
    done = result.events.path != Path.UNFINISHED.name.lower()
    assert (operations[done] >= 1_000).all()
    assert (operations[done] <= 1_000 * result.events.attempts[done] + 2_000).all()


def test_the_scenario_as_run_gives_the_same_run_again(busy):
    again = busy.run(seed=7)
    assert again.scenario["seed"] == 7
    assert Scenario.from_mapping(again.scenario).run().digest == again.digest


def test_a_share_has_a_bound_only_where_such_a_call_can_happen(scenario):
    at_most = {}
    for gfp in ("GFP_NOIO", "GFP_NOWAIT"):
        (row,) = scenario(task={"gfp": gfp}).run().document["rows"]
        at_most[gfp] = {key: share["at_most"] for key, share in row["shares"].items()}
    seen = {"first_attempt": None, "reserve": 1, "fallback": 1}
    assert at_most["GFP_NOIO"] == {**seen, "after_reclaim": 1, "after_wait": 1, "waited": 1, "unfinished": 1, "null": 0}
    assert at_most["GFP_NOWAIT"] == {
        **seen,
        "after_reclaim": 0,
        "after_wait": 0,
        "waited": 0,
        "unfinished": 0,
        "null": 1,
    }


def test_a_pool_that_is_none_has_no_reserve_to_serve_from_and_no_queue_to_wait_in(scenario):
    (row,) = scenario(semantics={"order": "no_pool"}).run().document["rows"]
    impossible = {key for key, share in row["shares"].items() if share["at_most"] == 0}
    assert impossible == {"reserve", "fallback", "after_wait", "waited", "null"}


def faulty(scenario, **pool):
    """The events of a pool that one task of 7.1 allocates from singly, and another in bulk."""
    tasks = {
        kind: {
            "arrivals": {"periodic": {"period": "10 ms"}},
            "steps": [{"alloc": {"pool": "p", "bulk": kind == "bulk"}}, {"hold": "1 ms"}, {"free": "p"}],
        }
        for kind in ("single", "bulk")
    }
    pools = {"p": {"min_nr": 4, "backing": {"pages": {}}, **pool}}
    return scenario(kernel="7.1", pools=pools, tasks=tasks).run().events


@pytest.mark.parametrize(("knobs", "kind"), [("fault_injection", "single"), ("bulk_fault_injection", "bulk")])
def test_fault_injection_sends_calls_of_its_kind_to_the_reserve(scenario, knobs, kind):
    events = faulty(scenario, **{knobs: {"probability": 100}})
    assert set(events["task"][events["path"] == "reserve"]) == {kind}


def test_both_kinds_of_fault_injection_have_streams_of_their_own(scenario):
    events = faulty(scenario, fault_injection={"probability": 50}, bulk_fault_injection={"probability": 50})
    single, bulk = (list(events["path"][events["task"] == kind]) for kind in ("single", "bulk"))
    assert len(single) == len(bulk) == 100
    assert single != bulk


@pytest.mark.parametrize(("kernel", "throttled"), [("5.15", True), ("5.16", False)])
def test_a_kernel_thread_is_throttled_up_to_5_15(scenario, kernel, throttled):
    pressure = {"constant": {"first_attempt": 1, "with_reclaim": 0, "reclaim_latency": "throttled"}}
    task = {"kind": "kthread", "arrivals": {"closed": {"think": "1 ms"}}}
    steps = [{"alloc": "pool"}, {"free": "pool"}]
    run = scenario(steps, min_nr=0, kernel=kernel, pressure=pressure, task=task).run()
    assert (run.events["latency_ns"] > 99 * MS).any() == throttled


def test_a_limit_that_only_the_unfinished_calls_exceed_is_told_as_any(scenario, monkeypatch):
    def one_too_many(*_):
        raise TooManyCallsError(2)

    monkeypatch.setattr(sys.modules["sim.engine.run"], "report", one_too_many)
    with pytest.raises(LimitError, match=r"limits\.calls"):
        scenario(fails=True, min_nr=0).run()
