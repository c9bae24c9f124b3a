"""How much a scenario would do, estimated before it runs."""

import math
from collections.abc import Iterable, Mapping

from sim.kernel.gfp import DIRECT_RECLAIM, GfpError, parse_gfp
from sim.kernel.versions import KernelVersion
from sim.scenario import programs
from sim.scenario.machine import CostsSpec
from sim.scenario.programs import AnyStep
from sim.scenario.steps import Alloc, Free, Hold, Io, Repeat, RetryAfter, Sleep
from sim.scenario.tasks import TaskSpec
from sim.workload.arrivals import Closed
from sim.workload.cut_off import mean_within
from sim.workload.devices import Device
from sim.workload.memory_work import SwapOut, Writeback

_TASK_BYTES = 2 << 10
_STREAM_BYTES = 5 << 10
"""A generator and its first block of draws; measured on CPython 3.11."""


def expected_requests(
    task: TaskSpec, duration: int, devices: Mapping[str, Device | None], costs: CostsSpec, to_write: float = 0.0
) -> float:
    """How many pieces of work each task of a class does in `duration` ns, on average.

    Nobody is taken to wait for elements, so a closed loop is overestimated when it does; it does no more than its
    devices can serve. Infinite when it would go round without time passing. `to_write`: the bytes that memory makes
    each task write at most; it does no more than all its hands can write.
    """
    served = _served(task.steps, duration, devices) / task.count
    match task.arrivals:
        case Closed(think=think):
            cycle = mean_within(think, duration) + pass_time(task.steps, duration, devices, costs)
            return min(duration / cycle if cycle > 0 else math.inf, served)
        case Writeback(size=size) | SwapOut(size=size):
            one = pass_time(task.steps, duration, devices, costs)
            hands = math.inf if task.in_flight == "unlimited" else task.in_flight
            return min(to_write / size, hands * duration / one if one else math.inf, served)
        case arrivals:
            return arrivals.expected_count(duration) or 0.0


def device_rate(device: Device, duration: int) -> float:
    """How many requests a device completes per ns at most, on average; infinite if nothing bounds it."""
    latency = mean_within(device.latency, duration)
    return device.queue_depth / latency if device.queue_depth and latency else math.inf


def _served(steps: Iterable[AnyStep], duration: int, devices: Mapping[str, Device | None]) -> float:
    """How often the devices that a program uses can serve it in `duration` ns, if nobody else uses them."""
    asked = ((device, programs.ios(steps, name)) for name, device in devices.items() if device)
    return min((device_rate(device, duration) * duration / n for device, n in asked if n), default=math.inf)


def expected_calls(
    task: TaskSpec, duration: int, devices: Mapping[str, Device | None], costs: CostsSpec, to_write: float = 0.0
) -> float:
    """How many calls of mempool_alloc all tasks of a class make in `duration` ns, on average, if none gives NULL.

    `to_write` as of `expected_requests`.
    """
    per_request = programs.calls(task.steps)
    if not per_request:
        return 0.0
    return expected_requests(task, duration, devices, costs, to_write) * task.count * per_request


def most_retries(task: TaskSpec, duration: int, requests: float, costs: CostsSpec, kernel: KernelVersion) -> float:
    """How many calls all tasks of a class make again after NULL, if no attempt ever succeeds.

    `requests`: what each task has to do. With an unlimited number in hand they are there for half of the time.
    """
    pauses = [
        step.if_null.root + costs.attempt
        for _, step in programs.located(task.steps, ())
        if isinstance(step, Alloc)
        and not step.bulk
        and isinstance(step.if_null, RetryAfter)
        and not may_sleep(step.gfp or task.gfp, kernel)
    ]
    if not pauses:
        return 0.0
    in_hand = requests / 2 if task.in_flight == "unlimited" else min(task.in_flight, requests)
    return task.count * in_hand * duration / min(pauses)


def may_sleep(gfp: str, kernel: KernelVersion) -> bool:
    """Whether an allocation with this mask may wait, and so never gives NULL; a mask that is amiss is taken to."""
    try:
        return bool(parse_gfp(gfp, kernel) & DIRECT_RECLAIM)
    except GfpError:
        return True


def pass_time(steps: Iterable[AnyStep], duration: int, devices: Mapping[str, Device | None], costs: CostsSpec) -> float:
    """The mean ns that one pass through the steps takes; what lasts longer than the run counts as much as the run."""
    total = 0.0
    for step in steps:
        match step:
            case Repeat():
                total += step.times * pass_time(step.steps, duration, devices, costs)
            case Hold() | Sleep():
                total += mean_within(step.root, duration)
            case Io():
                device = devices.get(step.device)
                total += mean_within(device.latency, duration) if device else 0.0
            case Alloc():
                total += costs.attempt * step.n
            case Free():
                total += costs.free
    return total


def task_bytes(task: TaskSpec) -> int:
    """The memory that all tasks of a class take: above all a random stream for each duration in their program."""
    return task.count * (_TASK_BYTES + _STREAM_BYTES * (1 + programs.durations(task.steps)))
