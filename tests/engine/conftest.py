"""Small scenarios for the engine: one pool, one class of tasks, and what a test changes about them."""

from collections.abc import Callable
from typing import Any

import pytest

from sim.scenario import Scenario

NEVER_FAILS = "none"
ALWAYS_FAILS = {"constant": {"first_attempt": 1, "with_reclaim": 1, "reclaim_latency": "0 s"}}


def _scenario(
    steps: list[Any] | None = None,
    *,
    min_nr: int = 2,
    fails: bool = False,
    free_of_charge: bool = True,
    machine: dict[str, Any] | None = None,
    tasks: dict[str, Any] | None = None,
    pools: dict[str, Any] | None = None,
    task: dict[str, Any] | None = None,
    **more: Any,
) -> Scenario:
    """A run of 1 s on 6.12 in which one task, called `task`, has work at time 0.

    `fails`: every attempt does, at once. `task`: keys of the task to set; `more`: those of the scenario.
    """
    costs = (
        {"attempt": 0, "take": 0, "free": 0} if free_of_charge else {"attempt": "1 us", "take": "2 us", "free": "4 us"}
    )
    plain = {"arrivals": {"at": [0]}, "steps": steps or [{"alloc": "pool"}, {"hold": "10 ms"}, {"free": "pool"}]}
    return Scenario.from_mapping(
        {
            "name": "engine",
            "kernel": "6.12",
            "duration": "1 s",
            "pressure": ALWAYS_FAILS if fails else NEVER_FAILS,
            "machine": {"wakeup_latency": "0 s", "costs": costs, **(machine or {})},
            "pools": pools or {"pool": {"min_nr": min_nr, "backing": {"pages": {}}}},
            "tasks": tasks or {"task": {**plain, **(task or {})}},
            **more,
        }
    )


@pytest.fixture(scope="session")
def scenario() -> Callable[..., Scenario]:
    return _scenario


@pytest.fixture(scope="session")
def events() -> Callable[..., Any]:
    """The events of a run of such a scenario."""

    def run(*arguments: Any, **options: Any) -> Any:
        return _scenario(*arguments, **options).run(seed=1).events

    return run


@pytest.fixture(scope="session")
def busy() -> Scenario:
    """A second in which everything happens: two classes, outages, waits, reclaim, NULL, a device."""
    return _scenario(
        free_of_charge=False,
        machine={"wakeup_latency": {"lognormal": {"median": "6 us", "sigma": 0.5}}},
        min_nr=4,
        pressure={
            "on_off": {
                "good": {"exponential": {"mean": "60 ms"}},
                "bad": {"exponential": {"mean": "40 ms"}},
                "reclaim_latency": "light",
            }
        },
        devices={"disk": {"latency": {"exponential": {"mean": "4 ms"}}, "queue_depth": 8}},
        tasks={
            "writer": {
                "arrivals": {"poisson": {"rate": "1000/s"}},
                "in_flight": "unlimited",
                "steps": [{"alloc": "pool"}, {"io": "disk"}, {"free": "pool"}],
            },
            "reader": {
                "count": 2,
                "arrivals": {"closed": {"think": {"exponential": {"mean": "2 ms"}}}},
                "gfp": "GFP_NOWAIT",
                "steps": [{"alloc": "pool"}, {"hold": {"uniform": {"low": "0 s", "high": "3 ms"}}}, {"free": "pool"}],
            },
        },
    )
