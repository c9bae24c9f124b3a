"""A device: how many requests are served at once, who waits, and what it tells of that."""

import pytest

from sim.engine.recording import DeviceTotals

MS = 1_000_000


@pytest.fixture
def devices(scenario):
    """What the only device of a run of 1 s has to tell, on which each task asks once, at a time of its own."""

    def run(latency, *at, **device):
        steps = [{"alloc": "pool"}, {"io": "disk"}, {"free": "pool"}]
        tasks = {f"task{number}": {"arrivals": {"at": [time]}, "steps": steps} for number, time in enumerate(at)}
        result = scenario(devices={"disk": {"latency": latency, **device}}, tasks=tasks).run(seed=1)
        return DeviceTotals(**result.document["devices"]["disk"])

    return run


def test_a_request_is_in_service_as_long_as_its_latency(devices):
    assert devices("100 ms", "0 s", "300 ms") == DeviceTotals(None, 2, pytest.approx(0.2), 0.0)


def test_without_a_depth_any_number_is_served_at_once(devices):
    assert devices("100 ms", "0 s", "0 s", "0 s") == DeviceTotals(None, 3, pytest.approx(0.3), 0.0)


def test_the_others_wait_in_their_order(devices):
    """The second waits for 100 ms, the third for 200 ms."""
    assert devices("100 ms", "0 s", "0 s", "0 s", queue_depth=1) == DeviceTotals(
        1, 3, pytest.approx(0.3), pytest.approx(0.3)
    )


def test_what_the_run_cuts_off_counts_up_to_its_end(devices):
    assert devices("2 s", "400 ms", "600 ms", queue_depth=1) == DeviceTotals(
        1, 0, pytest.approx(0.6), pytest.approx(0.4)
    )
