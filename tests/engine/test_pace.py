"""How fast work is done if nobody waits for an element."""

import pytest

from sim.engine.pace import paces, users
from sim.units import S


def per_second(scenario, task="task"):
    return paces(scenario)[task] * S


DISK = {"disk": {"latency": "10 ms"}}
WITH_IO = [{"alloc": "pool"}, {"io": "disk"}, {"free": "pool"}]
CLOSED = {"closed": {"think": "0 s"}}


def disk(**more):
    return {"disk": {"latency": "10 ms", **more}}


@pytest.mark.parametrize(
    ("device", "task", "rate"),
    [
        (disk(), {"count": 3, "arrivals": CLOSED}, 300),
        (disk(queue_depth=2), {"count": 3, "arrivals": CLOSED}, 200),
        (disk(), {"count": 3, "arrivals": {"poisson": {"rate": "20/s"}}}, 60),
        (disk(), {"arrivals": {"poisson": {"rate": "5000/s"}}, "in_flight": 4}, 400),
        (disk(), {"arrivals": {"poisson": {"rate": "5000/s"}}, "in_flight": "unlimited"}, 5_000),
        (disk(queue_depth=8), {"arrivals": {"poisson": {"rate": "5000/s"}}, "in_flight": "unlimited"}, 800),
    ],
    ids=["tasks", "queue depth", "arrivals", "in flight", "unlimited", "unlimited, with a queue depth"],
)
def test_a_device_does_no_more_than_its_queue_its_tasks_and_their_work_allow(device, task, rate, scenario):
    assert per_second(scenario(WITH_IO, devices=device, task=task)) == pytest.approx(rate)


def test_what_a_program_does_besides_takes_its_time(scenario):
    steps = [
        {"alloc": "pool"},
        {"repeat": {"times": 2, "steps": [{"io": "disk"}]}},
        {"hold": "30 ms"},
        {"free": "pool"},
    ]
    assert per_second(scenario(steps, devices=DISK, task={"arrivals": CLOSED})) == pytest.approx(20)


def test_who_uses_two_devices_is_as_fast_as_the_slower_one(scenario):
    steps = [{"alloc": "pool"}, {"repeat": {"times": 2, "steps": [{"io": "disk"}]}}, {"io": "other"}, {"free": "pool"}]
    devices = {**disk(queue_depth=1), "other": {"latency": "1 ms", "queue_depth": 64}}
    task = {"arrivals": {"poisson": {"rate": "5000/s"}}, "in_flight": "unlimited"}
    assert per_second(scenario(steps, devices=devices, task=task)) == pytest.approx(50)


def test_those_who_use_a_device_share_it_as_they_ask_for_it(scenario):
    tasks = {
        name: {"arrivals": {"poisson": {"rate": rate}}, "in_flight": "unlimited", "steps": WITH_IO}
        for name, rate in (("few", "20/s"), ("many", "80/s"))
    }
    shared = scenario(devices=disk(latency="20 ms", queue_depth=1), tasks=tasks)
    assert per_second(shared, "few") == pytest.approx(50 * 20 / 70)
    assert per_second(shared, "many") == pytest.approx(50 * 50 / 70)


def behind_a_lock(*steps):
    return [{"lock": "lock"}, *steps, {"unlock": "lock"}, *WITH_IO]


def test_those_behind_a_lock_do_their_work_one_by_one(scenario):
    steps = behind_a_lock({"repeat": {"times": 2, "steps": [{"hold": "10 ms"}]}})
    assert per_second(scenario(steps, devices=DISK, task={"count": 300, "arrivals": CLOSED})) == pytest.approx(50)


def test_a_lock_that_is_kept_no_time_holds_nobody_up(scenario):
    task = {"count": 300, "arrivals": CLOSED}
    assert per_second(scenario(behind_a_lock(), devices=DISK, task=task)) == pytest.approx(30_000)


def test_without_devices_too_work_takes_its_time(scenario):
    steps = [{"alloc": "pool"}, {"hold": "10 ms"}, {"hold": "10 ms"}, {"free": "pool"}]
    assert per_second(scenario(steps, task={"arrivals": CLOSED, "count": 2})) == pytest.approx(100)


def test_each_request_of_a_program_counts(scenario):
    steps = [{"repeat": {"times": 3, "steps": WITH_IO}}, {"alloc": "pool"}, {"free": "pool"}]
    tasks = {"user": {"arrivals": CLOSED, "steps": steps}, "other": {"arrivals": {"at": [0]}, "steps": steps[1:]}}
    assert users(scenario(devices=DISK, tasks=tasks), "disk") == {"user": 3}
