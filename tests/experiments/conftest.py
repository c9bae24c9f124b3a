"""Small scenarios that theory knows, and a mempool that is broken on purpose."""

from collections.abc import Callable
from typing import Any

import pytest

from sim.scenario import Scenario

EXPONENTIAL = {"exponential": {"mean": "10 ms"}}


def _queue(changes: dict[str, Any] | None = None, /, **more: Any) -> Scenario:
    """An exchange of 8 lines that gets 5 calls per mean hold, with changes by dotted path."""
    plain = {
        "name": "queue",
        "kernel": "6.12",
        "duration": "8 s",
        "warmup": "500 ms",
        "machine": {"wakeup_latency": "0 s", "costs": {"attempt": 0, "take": 0, "free": 0}},
        "pressure": {"constant": {"first_attempt": 1, "with_reclaim": 1, "reclaim_latency": 0}},
        "pools": {"pool": {"min_nr": 8, "backing": {"pages": {}}}},
        "tasks": {
            "caller": {
                "arrivals": {"poisson": {"rate": "500/s"}},
                "in_flight": "unlimited",
                "gfp": "GFP_NOWAIT",
                "steps": [{"alloc": "pool"}, {"hold": EXPONENTIAL}, {"free": "pool"}],
            }
        },
    }
    return Scenario.from_mapping(plain).with_(changes, **more)


@pytest.fixture(scope="session")
def queue() -> Callable[..., Scenario]:
    return _queue
