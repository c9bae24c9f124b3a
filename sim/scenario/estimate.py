"""How much a scenario would do, estimated before it runs."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Estimate:
    """What tasks do in a run of `duration` ns with these devices and costs, on average, if nobody waits for elements.

    A device that is None is amiss, and taken to need no time. What lasts longer than the run counts as much as the run.
    """

    duration: int
    devices: Mapping[str, Device | None]
    costs: CostsSpec

    def requests(self, task: TaskSpec, to_write: float = 0.0) -> float:
        """How many pieces of work each task of a class does.

        A closed loop, which is overestimated when it waits after all, does no more than its devices can serve. Infinite
        when it would go round without time passing. `to_write`: the bytes that memory makes each task write at most; it
        does no more than all its hands can write.
        """
        served = self._served(task.steps) / task.count
        match task.arrivals:
            case Closed(think=think):
                cycle = mean_within(think, self.duration) + self.pass_time(task.steps)
                return min(self.duration / cycle if cycle > 0 else math.inf, served)
            case Writeback(size=size) | SwapOut(size=size):
                return min(to_write / size, self.duration * self._most(task), served)
            case arrivals:
                return arrivals.expected_count(self.duration) or 0.0

    def calls(self, task: TaskSpec, requests: float) -> float:
        """How many calls of mempool_alloc all tasks of a class make for `requests` each, if none gives NULL."""
        per_request = programs.calls(task.steps)
        return requests * task.count * per_request if per_request else 0.0

    def retries(self, task: TaskSpec, requests: float, kernel: KernelVersion) -> float:
        """How many calls all tasks of a class make again after NULL, if no attempt ever succeeds.

        `requests`: what each task has to do. With an unlimited number in hand they are there for half of the time.
        """
        pauses = [
            step.if_null.root + self.costs.attempt
            for _, step in programs.located(task.steps, ())
            if isinstance(step, Alloc)
            and not step.bulk
            and isinstance(step.if_null, RetryAfter)
            and not _may_sleep(step.gfp or task.gfp, kernel)
        ]
        if not pauses:
            return 0.0
        in_hand = requests / 2 if task.in_flight == "unlimited" else min(task.in_flight, requests)
        return task.count * in_hand * self.duration / min(pauses)

    def pace(self, task: TaskSpec, to_write: float = 0.0) -> float:
        """How many pieces of work all tasks of a class do per ns; `to_write` as of `requests`."""
        return task.count * min(self.requests(task, to_write) / self.duration, self._most(task))

    def device_rate(self, device: Device) -> float:
        """How many requests a device completes per ns at most; infinite if nothing bounds it."""
        latency = mean_within(device.latency, self.duration)
        return device.queue_depth / latency if device.queue_depth and latency else math.inf

    def pass_time(self, steps: Iterable[AnyStep]) -> float:
        """The ns that one pass through the steps takes."""
        total = 0.0
        for step in steps:
            match step:
                case Repeat():
                    total += step.times * self.pass_time(step.steps)
                case Hold() | Sleep():
                    total += mean_within(step.root, self.duration)
                case Io():
                    device = self.devices.get(step.device)
                    total += mean_within(device.latency, self.duration) if device else 0.0
                case Alloc():
                    total += self.costs.attempt * step.n
                case Free():
                    total += self.costs.free
        return total

    def _most(self, task: TaskSpec) -> float:
        """How many pieces of work each task can do per ns, with as many in hand as it may have."""
        once = self.pass_time(task.steps)
        return task.in_flight / once if once and task.in_flight != "unlimited" else math.inf

    def _served(self, steps: Iterable[AnyStep]) -> float:
        """How often the devices that a program uses can serve it, if nobody else uses them."""
        asked = ((device, programs.ios(steps, name)) for name, device in self.devices.items() if device)
        return min((self.device_rate(device) * self.duration / n for device, n in asked if n), default=math.inf)


def _may_sleep(gfp: str, kernel: KernelVersion) -> bool:
    """Whether an allocation with this mask may wait, and so never gives NULL; a mask that is amiss is taken to."""
    try:
        return bool(parse_gfp(gfp, kernel) & DIRECT_RECLAIM)
    except GfpError:
        return True


def task_bytes(task: TaskSpec) -> int:
    """The memory that all tasks of a class take: above all a random stream for each duration in their program."""
    return task.count * (_TASK_BYTES + _STREAM_BYTES * (1 + programs.durations(task.steps)))
