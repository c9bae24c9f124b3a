"""How fast work is done if nobody waits for an element: what a crawl is held against."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sim.scenario.estimate import Estimate
from sim.scenario.load_estimate import bytes_to_write
from sim.scenario.programs import ios, unrolled
from sim.scenario.steps import Lock, Unlock

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.scenario.tasks import TaskSpec


def paces(scenario: "Scenario") -> dict[str, float]:
    """How many pieces of work the tasks of each class do per ns, on average; infinite if nothing bounds it.

    They do them as often as work arrives and their program lets them. A device serves no more than `queue_depth` / mean
    latency, and a mutex has one owner at a time: if more is asked of either, all who ask get less, in proportion.
    """
    estimate = Estimate(scenario.duration, scenario.devices, scenario.machine.costs)
    written = bytes_to_write(scenario.tasks, scenario.memory, scenario.load.values(), scenario.duration)
    found = {name: estimate.pace(task, written.get(name, 0.0)) for name, task in scenario.tasks.items()}
    for capacity, uses in _shared(scenario, estimate):
        for task, use in uses.items():
            found[task] = min(found[task], capacity / use)
        asked = sum(found[task] * use for task, use in uses.items())
        if asked > capacity:
            found |= {task: found[task] * capacity / asked for task in uses}
    return found


def users(scenario: "Scenario", device: str) -> dict[str, int]:
    """The classes of tasks that use a device, and how many requests each makes of it for a piece of work."""
    return {name: n for name, task in scenario.tasks.items() if (n := ios(task.steps, device))}


def _shared(scenario: "Scenario", estimate: Estimate) -> Iterator[tuple[float, Mapping[str, float]]]:
    """What tasks share: how much of it there is per ns, and how much of that a piece of work of each class takes."""
    for name, device in scenario.devices.items():
        rate = estimate.device_rate(device)
        if math.isfinite(rate):
            yield rate, users(scenario, name)
    owned: dict[str, dict[str, float]] = {}
    for task, spec in scenario.tasks.items():
        for mutex, time in _owned(spec, estimate).items():
            owned.setdefault(mutex, {})[task] = time
    for uses in owned.values():
        yield 1, uses


def _owned(task: "TaskSpec", estimate: Estimate) -> dict[str, float]:
    """The mutexes that a task owns for some time, and for how many ns in a pass through its program."""
    owned: dict[str, float] = {}
    now: set[str] = set()
    for _, step in unrolled(task.steps):
        match step:
            case Lock(mutex=mutex):
                now.add(mutex)
            case Unlock(mutex=mutex):
                now.remove(mutex)
            case _ if now and (time := estimate.pass_time([step])):
                owned |= {mutex: owned.get(mutex, 0.0) + time for mutex in now}
    return owned
