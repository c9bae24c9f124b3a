"""What the machine is like shows in a run: its clock, its CPUs."""

import pytest

MS = 1_000_000


@pytest.mark.parametrize(
    ("machine", "ends_ms"), [({"hz": 250}, 5120), ({"hz": 100}, 5040), ({"hz": 250, "start_jiffies": 40}, 5216)]
)
def test_a_wait_times_out_by_the_clock_of_the_machine(machine, ends_ms, scenario):
    gone = {"windows": {"schedule": [{"from": "0 s", "to": "1 s", "mode": "fail"}]}}
    task = {"arrivals": {"at": ["10 ms"]}, "gfp": "GFP_NOIO", "steps": [{"alloc": "pool"}, {"free": "pool"}]}
    run = scenario(min_nr=0, machine=machine, task=task, pressure=gone, duration="9 s").run()
    assert (run.events.call_ns + run.events.latency_ns).tolist() == [ends_ms * MS]


@pytest.mark.parametrize(("cpus", "vain_ns"), [(1, 42_500), (2, 28_000)])
def test_on_one_cpu_the_woken_wait_for_each_other(cpus, vain_ns, scenario):
    tasks = {
        "holder": {"arrivals": {"at": [0]}, "steps": [{"alloc": "pool"}, {"hold": "19 s"}, {"free": "pool"}]},
        "waiter": {
            "count": 2,
            "arrivals": {"at": ["10 ms"]},
            "gfp": "GFP_NOIO",
            "steps": [{"alloc": "pool"}, {"hold": "1 s"}, {"free": "pool"}],
        },
    }
    machine = {"cpus": cpus, "wakeup_latency": "6 us", "costs": {"attempt": "1 us", "take": "500 ns", "free": "500 ns"}}
    run = scenario(fails=True, min_nr=1, tasks=tasks, machine=machine, duration="20 s").run()
    assert run.events.vain_ns.max() == vain_ns
