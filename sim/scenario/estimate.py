"""How much a scenario would do, estimated before it runs."""

import math
from collections.abc import Iterable, Mapping

from sim.scenario import programs
from sim.scenario.machine import CostsSpec
from sim.scenario.programs import AnyStep
from sim.scenario.steps import Alloc, Free, Hold, Io, Repeat, Sleep
from sim.scenario.tasks import TaskSpec
from sim.workload.arrivals import Closed
from sim.workload.devices import Device


def expected_calls(task: TaskSpec, duration: int, devices: Mapping[str, Device | None], costs: CostsSpec) -> float:
    """How many calls of mempool_alloc all tasks of a class make in `duration` ns, on average.

    Nobody is taken to wait for elements or a device, so a closed loop is overestimated when it does. Infinite when a
    closed loop would go round without time passing.
    """
    per_round = programs.calls(task.steps)
    if isinstance(task.arrivals, Closed):
        cycle = (task.arrivals.think.mean_ns or 0.0) + _time(task.steps, devices, costs)
        rounds = duration / cycle if cycle > 0 else math.inf
    else:
        rounds = task.arrivals.expected_count(duration) or 0.0
    return rounds * task.count * per_round if per_round else 0.0


def _time(steps: Iterable[AnyStep], devices: Mapping[str, Device | None], costs: CostsSpec) -> float:
    """The mean ns that one pass through the steps takes; an infinite mean counts as nothing."""
    total = 0.0
    for step in steps:
        match step:
            case Repeat():
                total += step.times * _time(step.steps, devices, costs)
            case Hold() | Sleep():
                total += step.root.mean_ns or 0.0
            case Io():
                device = devices.get(step.device)
                total += (device.latency.mean_ns or 0.0) if device else 0.0
            case Alloc():
                total += costs.attempt * step.n
            case Free():
                total += costs.free
    return total
