from itertools import pairwise

import pytest
import simpy

from sim.kernel import Mempool, Pages

MS = 1_000_000
US = 1_000


def starts(events, pool="pool"):
    """When calls to a pool began, in ms."""
    return sorted((events.call_ns[events.pool == pool] / MS).tolist())


def pool_of(min_nr):
    return {"min_nr": min_nr, "backing": {"pages": {}}}


def test_a_task_calls_as_its_work_arrives(events):
    assert starts(events(task={"arrivals": {"at": ["5 ms", "30 ms", "70 ms"]}})) == [5, 30, 70]


@pytest.mark.parametrize(
    ("in_flight", "calls"), [(1, [0, 10, 20, 30]), (2, [0, 1, 10, 11]), ("unlimited", [0, 1, 2, 3])]
)
def test_no_more_is_in_flight_than_the_task_may_have(in_flight, calls, events):
    assert starts(events(task={"arrivals": {"at": [0, "1 ms", "2 ms", "3 ms"]}, "in_flight": in_flight})) == calls


def test_work_that_arrives_at_one_instant_is_begun_at_once_if_it_may(events):
    assert starts(events(task={"arrivals": {"at": [0, 0, 0]}, "in_flight": "unlimited"})) == [0, 0, 0]


def test_a_task_that_waits_for_an_element_counts_as_in_flight(events):
    calls = events(
        fails=True,
        min_nr=1,
        tasks={
            "holder": {"arrivals": {"at": [0]}, "steps": [{"alloc": "pool"}, {"hold": "20 ms"}, {"free": "pool"}]},
            "other": {
                "arrivals": {"at": ["1 ms", "2 ms"]},
                "steps": [{"alloc": "pool"}, {"hold": "5 ms"}, {"free": "pool"}],
            },
        },
    )
    assert starts(calls) == [0, 1, 25]


def test_a_closed_loop_thinks_works_and_thinks_again(events):
    assert starts(events(duration="100 ms", task={"arrivals": {"closed": {"think": "15 ms"}}})) == [15, 40, 65, 90]


def test_a_closed_loop_thinks_only_once_its_costs_are_paid(events):
    calls = events(duration="100 ms", free_of_charge=False, task={"arrivals": {"closed": {"think": "15 ms"}}})
    assert starts(calls) == [15, 40.005, 65.010, 90.015]


def test_each_task_of_a_class_has_arrivals_of_its_own(events):
    alone = {"arrivals": {"poisson": {"rate": "100/s"}}}
    one, two = (set(events(task={**alone, "count": count}).call_ns) for count in (1, 2))
    assert one < two
    assert 150 < len(two) < 250


def test_operations_take_their_time(events):
    """An attempt takes 1 us, a look into the reserve 2 us, a free 4 us."""
    steps = [{"alloc": "pool"}, {"alloc": "pool"}, {"free": "pool"}, {"alloc": "pool"}, {"free": "pool"}]
    calls = events(steps, free_of_charge=False, fails=True)
    assert calls.latency_ns.tolist() == [3 * US] * 3
    assert calls.call_ns.tolist() == [0, 3 * US, 14 * US]


def test_null_costs_an_attempt(events):
    calls = events(free_of_charge=False, fails=True, min_nr=0, task={"gfp": "GFP_NOWAIT"})
    assert calls.latency_ns.tolist() == [1 * US]


def test_n_elements_are_taken_one_by_one(events):
    calls = events([{"alloc": {"pool": "pool", "n": 3}}, {"free": "pool"}], free_of_charge=False)
    assert calls.n.tolist() == [1, 1, 1]
    assert calls.call_ns.tolist() == [0, 1 * US, 2 * US]


def test_a_bulk_of_n_elements_is_one_call(scenario):
    steps = [
        {"alloc": {"pool": "pool", "n": 3, "bulk": True}},
        {"hold": "1 ms"},
        {"free": {"pool": "pool", "bulk": True}},
    ]
    run = scenario(steps, kernel="7.1", min_nr=3, fails=True).run()
    assert run.events[["n", "path"]].to_numpy().tolist() == [[3, "reserve"]]
    assert run.series[["reserve_min", "reserve_max"]].iloc[0].tolist() == [0, 3]
    assert run.document["pools"]["pool"]["frees"] == 3


def test_free_gives_back_all_that_is_held_unless_told_how_many(scenario):
    steps = [
        {"alloc": {"pool": "pool", "n": 5}},
        {"free": {"pool": "pool", "n": 2}},
        {"hold": "500 ms"},
        {"free": "pool"},
    ]
    series = scenario(steps, fails=True, min_nr=5).run().series.set_index("t_ns")
    assert series.outstanding.loc[[100 * MS, 900 * MS]].tolist() == [3, 0]
    assert series.reserve_min.loc[[100 * MS, 900 * MS]].tolist() == [2, 5]


def test_a_free_of_n_gives_back_no_more_than_is_held(scenario):
    steps = [{"alloc": {"pool": "pool", "n": 3, "if_null": "skip"}}, {"free": {"pool": "pool", "n": 3}}]
    run = scenario(steps, fails=True, min_nr=2, task={"gfp": "GFP_NOWAIT"}).run()
    assert run.document["pools"]["pool"]["frees"] == 2


def test_a_repeat_does_its_steps_so_many_times(events):
    steps = [{"repeat": {"times": 3, "steps": [{"alloc": "pool"}, {"hold": "10 ms"}, {"free": "pool"}]}}]
    assert starts(events(steps)) == [0, 10, 20]


NULL_AT_THE_SECOND = [
    {"alloc": "outer"},
    {"hold": "1 ms"},
    {"alloc": {"pool": "inner", "gfp": "GFP_NOWAIT"}},
    {"hold": "20 ms"},
    {"free": "inner"},
    {"free": "outer"},
]


def failing_inner(if_null):
    steps = [dict(step) for step in NULL_AT_THE_SECOND]
    steps[2] = {"alloc": {"pool": "inner", "gfp": "GFP_NOWAIT", "if_null": if_null}}
    return {
        "steps": steps,
        "fails": True,
        "duration": "100 ms",
        "pools": {"outer": pool_of(1), "inner": pool_of(1)},
        "tasks": {
            "keeper": {"arrivals": {"at": [0]}, "steps": [{"alloc": "inner"}, {"hold": "8 ms"}, {"free": "inner"}]},
            "task": {"arrivals": {"at": ["2 ms", "6 ms"]}, "steps": steps},
        },
    }


def test_on_null_a_task_gives_up_what_it_holds_and_waits_for_its_next_work(events):
    calls = events(**failing_inner("fail"))
    assert starts(calls, "inner") == [0, 3, 7]
    assert starts(calls, "outer") == [2, 6]
    assert calls.path.tolist().count("null") == 2


def test_on_null_a_task_may_go_on_without_the_element(events):
    calls = events(**failing_inner("skip"))
    assert starts(calls, "outer") == [2, 23]
    assert starts(calls, "inner") == [0, 3, 24]
    assert calls.path.tolist().count("null") == 1


def test_on_null_a_task_may_try_again_until_it_succeeds(events):
    calls = events(**failing_inner({"retry_after": "3 ms"}))
    assert starts(calls, "inner") == [0, 3, 6, 9, 30]
    assert calls.path.tolist().count("null") == 2


def test_a_task_holds_elements_of_nested_pools(scenario):
    steps = [
        {"alloc": "bio"},
        {"alloc": {"pool": "page", "n": 2}},
        {"hold": "100 ms"},
        {"free": "page"},
        {"hold": "100 ms"},
        {"free": "bio"},
    ]
    run = scenario(steps, fails=True, pools={"bio": pool_of(1), "page": pool_of(2)}).run()
    out = run.series.pivot(index="t_ns", columns="pool", values="outstanding")
    assert out.loc[[50 * MS, 150 * MS, 250 * MS], ["bio", "page"]].to_numpy().tolist() == [[1, 2], [1, 0], [0, 0]]


def test_two_tasks_that_each_hold_half_wait_for_each_other(events):
    steps = [{"alloc": "pool"}, {"hold": "1 ms"}, {"alloc": "pool"}, {"free": "pool"}]
    calls = events(steps, fails=True, min_nr=2, task={"count": 2})
    assert calls.path.tolist() == ["reserve", "reserve", "unfinished", "unfinished"]


@pytest.mark.parametrize(
    ("queue_depth", "done"), [(1, [10, 20, 30]), (2, [10, 10, 20]), (3, [10, 10, 10]), (None, [10, 10, 10])]
)
def test_a_device_serves_as_many_at_once_as_its_queue_is_deep(queue_depth, done, events):
    disk = {"latency": "10 ms"} | ({"queue_depth": queue_depth} if queue_depth else {})
    steps = [{"io": "disk"}, {"alloc": "pool"}, {"free": "pool"}]
    assert starts(events(steps, devices={"disk": disk}, task={"count": 3})) == done


def test_a_device_serves_in_the_order_of_submission(events):
    def task(arrival):
        return {"arrivals": {"at": [arrival]}, "steps": [{"io": "disk"}, {"alloc": "pool"}, {"free": "pool"}]}

    disk = {"latency": "10 ms", "queue_depth": 1}
    calls = events(devices={"disk": disk}, tasks={"b": task("2 ms"), "a": task(0), "c": task("1 ms")})
    assert calls.task.tolist() == ["a", "c", "b"]


def test_a_device_takes_a_request_once_the_task_has_paid_its_costs(events):
    steps = [{"alloc": "pool"}, {"io": "disk"}, {"alloc": "pool"}, {"free": "pool"}]
    assert events(steps, devices={"disk": {"latency": "1 ms"}}, free_of_charge=False).call_ns.tolist() == [0, MS + US]


@pytest.mark.parametrize("bulk", [False, True], ids=["single", "bulk"])
def test_a_kthread_is_not_throttled(bulk, events):
    steps = [{"alloc": {"pool": "pool", "n": 2, "bulk": bulk}}, {"hold": "10 s"}, {"free": "pool"}]
    pressure = {"constant": {"first_attempt": 1, "with_reclaim": 0, "reclaim_latency": "throttled"}}
    mean = {}
    for kind in ("user", "kthread"):
        task = {"kind": kind, "gfp": "GFP_KERNEL", "count": 60}
        calls = events(steps, kernel="7.1", pressure=pressure, duration="10 s", task=task)
        mean[kind] = calls.reclaim_ns[calls.path == "reclaim"].mean()
    assert mean["user"] > 70 * MS
    assert mean["kthread"] < 3 * MS


@pytest.fixture
def _stops_after_3000_calls(monkeypatch):
    """A run whose clock stands still would never end."""
    calls, right = iter(range(3_000)), Mempool.begin

    def counted(*arguments):
        assert next(calls, None) is not None, "time stands still"
        return right(*arguments)

    monkeypatch.setattr(Mempool, "begin", counted)


@pytest.mark.usefixtures("_stops_after_3000_calls")
@pytest.mark.parametrize(
    "arrivals", [{"closed": {"think": "0 s"}}, {"periodic": {"period": "1 us"}}], ids=["no think time", "overload"]
)
def test_a_task_that_never_pauses_lets_time_pass(arrivals, events):
    """Each round takes 1 us for an attempt and 4 us for a free."""
    steps = [{"alloc": "pool"}, {"free": "pool"}]
    calls = events(steps, free_of_charge=False, duration="10 ms", task={"arrivals": arrivals})
    assert calls.call_ns[calls.call_ns < 10 * MS].tolist() == list(range(0, 10 * MS, 5 * US))


def test_a_task_is_never_far_ahead_of_the_clock(events):
    steps = [{"repeat": {"times": 500, "steps": [{"alloc": "pool"}, {"free": "pool"}]}}]
    assert events(steps, free_of_charge=False, duration="1 ms").call_ns.max() < 1 * MS + 100 * US


def test_a_thousand_that_wait_are_woken_by_few_events(scenario, monkeypatch):
    scheduled, right = [], simpy.Environment.schedule

    def noted(env, *rest, **more):
        scheduled.append(env.now)
        right(env, *rest, **more)

    monkeypatch.setattr(simpy.Environment, "schedule", noted)
    herd = {"count": 1_001, "steps": [{"alloc": "pool"}, {"hold": "500 ms"}, {"free": "pool"}]}
    machine = {"wakeup_latency": {"lognormal": {"median": "6 us", "sigma": 0.5}}}
    run = scenario(fails=True, min_nr=1, free_of_charge=False, task=herd, duration="800 ms", machine=machine).run()
    assert run.document["rows"][0]["wakes"] == 1_000
    ticks = 1_000 * 301 // 800
    assert sum(now >= 499 * MS for now in scheduled) < ticks + 30


def test_those_that_share_an_instant_are_served_in_the_order_of_their_calls(events):
    calls = events(fails=True, min_nr=1, semantics={"wake": "hand_off", "insert": "tail"}, task={"count": 4})
    served = (calls.call_ns + calls.latency_ns).tolist()
    assert [after - before for before, after in pairwise(served)] == [10 * MS] * 3


def arrivals(run, task="task"):
    """Arrivals offered, begun and late."""
    return tuple(run.document["arrivals"][task][key] for key in ("offered", "begun", "late"))


HOLD_10_MS = {"arrivals": {"at": [0, "1 ms", "2 ms", "10 ms", "30 ms"]}}


@pytest.mark.parametrize(
    ("in_flight", "late"), [(1, 4), (2, 2), (3, 0), ("unlimited", 0)], ids=["one", "two", "three", "unlimited"]
)
def test_an_arrival_is_late_if_it_has_to_wait_for_its_task(in_flight, late, scenario):
    run = scenario(task={**HOLD_10_MS, "in_flight": in_flight}).run()
    assert arrivals(run) == (5, 5, late)


def test_an_arrival_is_late_if_its_task_waits_for_an_element(scenario):
    holder = {"arrivals": {"at": [0]}, "steps": [{"alloc": "pool"}, {"hold": "400 ms"}, {"free": "pool"}]}
    every_100_ms = {"periodic": {"period": "100 ms", "phase": "50 ms"}}
    task = {"arrivals": every_100_ms, "steps": [{"alloc": "pool"}, {"free": "pool"}]}
    run = scenario(fails=True, min_nr=1, tasks={"holder": holder, "task": task}).run()
    assert arrivals(run, "holder") == (1, 1, 0)
    assert arrivals(run) == (10, 10, 3)


def test_arrivals_that_were_never_begun_are_offered_and_late(scenario):
    steps = [{"alloc": "pool"}, {"hold": "400 ms"}, {"free": "pool"}]
    task = {"arrivals": {"periodic": {"period": "100 ms"}}, "steps": steps, "count": 2}
    assert arrivals(scenario(task=task).run()) == (20, 6, 18)


def test_arrivals_from_the_end_of_the_run_on_are_not_offered(scenario):
    assert arrivals(scenario(task={"arrivals": {"at": [0, "999 ms", "1 s", "2 s"]}}).run()) == (2, 2, 0)


def test_arrivals_of_the_warm_up_count(scenario):
    assert arrivals(scenario(task=HOLD_10_MS, warmup="500 ms").run()) == (5, 5, 4)


def test_a_task_ahead_of_the_clock_is_late_for_nothing_if_any_number_may_be_in_flight(scenario):
    steps = [{"repeat": {"times": 10, "steps": [{"alloc": "pool"}, {"free": "pool"}]}}]
    task = {"arrivals": {"poisson": {"rate": "10000/s"}}, "in_flight": "unlimited", "steps": steps}
    offered, begun, late = arrivals(scenario(free_of_charge=False, task=task).run())
    assert offered == begun > 9_000
    assert late == 0


def test_nothing_arrives_in_a_closed_loop(busy):
    assert set(busy.run(seed=1).document["arrivals"]) == {"writer"}


def test_a_queued_request_is_not_served_before_it_is_submitted(events):
    pools = {"p": {"min_nr": 2, "backing": {"pages": {}}}, "q": {"min_nr": 2, "backing": {"pages": {}}}}
    tasks = {
        "quick": {"arrivals": {"at": [0]}, "steps": [{"alloc": "p"}, {"io": "disk"}, {"free": "p"}]},
        "late": {  # submits at 30 us, after 30 attempts of 1 us
            "arrivals": {"at": [0]},
            "steps": [{"alloc": {"pool": "q", "n": 30}}, {"io": "disk"}, {"alloc": "p"}, {"free": "p"}, {"free": "q"}],
        },
    }
    devices = {"disk": {"latency": "10 us", "queue_depth": 1}}
    calls = events(tasks=tasks, pools=pools, devices=devices, free_of_charge=False)
    assert calls[calls.task == "late"].call_ns.max() == 40_000


def test_many_elements_are_freed_no_faster_than_their_costs_allow(scenario):
    pools = {"pool": {"min_nr": 200, "backing": {"pages": {}}}}
    tasks = {
        "many": {"arrivals": {"at": [0]}, "steps": [{"alloc": {"pool": "pool", "n": 200}}, {"free": "pool"}]},
        "probe": {
            "arrivals": {"at": ["650 us"]},
            "gfp": "GFP_NOWAIT",
            "steps": [{"alloc": {"pool": "pool", "n": 200, "if_null": "skip"}}, {"free": "pool"}],
        },
    }
    run = scenario(pools=pools, tasks=tasks, fails=True, free_of_charge=False).run()
    paths = run.events[run.events.task == "probe"].path.value_counts()
    # The takes end at 600 us; from 650 us on the probe takes an element in 3 us while one is freed in 4 us.
    assert 12 <= paths["reserve"] < 100


def test_arrivals_of_one_instant_are_not_late_if_the_task_may_have_them_all_in_hand(scenario):
    task = {"arrivals": {"at": ["1 ms"] * 4}, "in_flight": 8, "steps": [{"alloc": "pool"}, {"free": "pool"}]}
    assert arrivals(scenario(task=task, free_of_charge=False).run()) == (4, 4, 0)


def test_on_null_a_task_gives_back_what_it_holds_of_every_pool(scenario):
    pools = {name: {"min_nr": least, "backing": {"pages": {}}} for name, least in (("a", 1), ("b", 1), ("c", 0))}
    steps = [{"alloc": "a"}, {"alloc": "b"}, {"alloc": "c"}, {"free": "c"}, {"free": "b"}, {"free": "a"}]
    run = scenario(fails=True, pools=pools, task={"gfp": "GFP_NOWAIT", "steps": steps}).run()
    assert [run.document["pools"][name]["frees"] for name in "ab"] == [1, 1]


def test_an_unfinished_call_is_of_the_task_that_waits(events):
    tasks = {
        "holder": {"arrivals": {"at": [0]}, "steps": [{"alloc": "pool"}, {"hold": "5 s"}, {"free": "pool"}]},
        "waiter": {"arrivals": {"at": ["10 ms"]}, "steps": [{"alloc": "pool"}, {"free": "pool"}]},
    }
    calls = events(fails=True, min_nr=1, tasks=tasks)
    assert calls[calls.path == "unfinished"].task.tolist() == ["waiter"]


def test_a_bulk_free_costs_its_caller_one_free(events):
    steps = [{"alloc": {"pool": "pool", "n": 2, "bulk": True}}, {"free": {"pool": "pool", "bulk": True}}]
    calls = events([*steps, {"alloc": "pool"}, {"free": "pool"}], kernel="7.1", free_of_charge=False)
    assert calls.call_ns.iloc[1] == calls.latency_ns.iloc[0] + 4 * US


def test_what_the_reserve_does_not_take_of_a_bulk_free_goes_to_free_fn(scenario, monkeypatch):
    freed = []
    monkeypatch.setattr(Pages, "free", lambda _, element: freed.append(element))
    steps = [{"alloc": {"pool": "pool", "n": 2, "bulk": True}}, {"free": {"pool": "pool", "bulk": True}}]
    scenario(steps, kernel="7.1").run()
    assert len(freed) == 2


def test_frees_of_the_warm_up_are_not_counted(scenario):
    task = {"arrivals": {"at": [0, "700 ms"]}, "steps": [{"alloc": "pool"}, {"free": "pool"}]}
    assert scenario(task=task, warmup="500 ms").run().document["pools"]["pool"]["frees"] == 1
