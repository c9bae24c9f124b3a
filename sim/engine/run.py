"""From a scenario to its result: everything is built, set in motion, and written down."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import simpy

from sim.engine.device import DeviceQueue
from sim.engine.load import Load
from sim.engine.members import start_tasks
from sim.engine.memory import build_memory
from sim.engine.memory_sampler import MemorySampler
from sim.engine.outlook import Outlook, PagesToCome, Schedule
from sim.engine.pools import build_mutexes, build_pools, pages_reserved
from sim.engine.recording import ArrivalTotals, CallLog, Recording, TooManyCallsError
from sim.engine.sampler import Sampler
from sim.engine.situation import Scene
from sim.engine.tasks import report
from sim.engine.verdict import Lookout
from sim.kernel.call import Path
from sim.results import Result
from sim.scenario.cost import over_limit
from sim.scenario.pressure import build_pressure
from sim.workload import Streams

if TYPE_CHECKING:
    from sim.kernel import Memory
    from sim.scenario import Scenario


def run(
    scenario: "Scenario",
    *,
    seed: int | None = None,
    replication: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Result:
    """Run a scenario once and give its result.

    `seed`: instead of the scenario's. `replication`: which of the independent runs with this seed. `progress`: is told
    the share of the run that is done, 0 to 1. The same scenario, seed and replication give the same digest everywhere.
    Raise a LimitError as soon as it has made more calls than its limit, give or take a block of the log.
    """
    seed = scenario.seed if seed is None else seed
    recording = record(scenario, seed=seed, replication=replication, progress=progress)
    as_run = {**scenario.to_mapping(), "seed": seed}
    return Result.of(recording, name=scenario.name, seed=seed, replication=replication, scenario=as_run)


def record(
    scenario: "Scenario",
    *,
    seed: int,
    replication: int = 0,
    progress: Callable[[float], None] | None = None,
    streaming: bool | None = None,
) -> Recording:
    """Run a scenario once and give what it leaves, before anything is made of it; see `run`.

    `streaming`: fold calls into histograms instead of keeping them, whatever the scenario says.
    """
    started = time.perf_counter()
    streaming = scenario.recording == "streaming" if streaming is None else streaming
    return _Run(scenario, Streams(seed, replication), progress, streaming).recording(started)


class _Run:
    """One run of a scenario on the stock simpy.Environment."""

    def __init__(
        self, scenario: "Scenario", streams: Streams, progress: Callable[[float], None] | None, streaming: bool = False
    ) -> None:
        self.scenario = scenario
        self.env = simpy.Environment()
        self.log = CallLog(
            scenario.duration,
            warmup_ns=scenario.warmup,
            streaming=streaming,
            most=scenario.limits.calls,
        )
        self.vm = (
            build_memory(self.env, scenario.memory, scenario.machine, scenario.kernel, streams)
            if scenario.memory
            else None
        )
        self.memory: Memory = self.vm.allocator if self.vm else build_pressure(scenario.pressure, streams)
        self.pools = build_pools(self.env, scenario, streams, self.memory, self.vm.psi if self.vm else None)
        mutexes = build_mutexes(self.env, scenario, streams)
        self.devices = {name: DeviceQueue(self.env, device.queue_depth) for name, device in scenario.devices.items()}
        self.load = None
        outlook: Outlook = Schedule()
        if self.vm:
            self.vm.claim(pages_reserved(scenario, self.pools))
            self.load = Load(self.vm, scenario.load, scenario.duration)
            outlook = PagesToCome(self.vm, self.load)
        scene = Scene(self.pools, mutexes, workers=[], blocked={}, outlook=outlook)
        self.blocked = scene.blocked
        self.lookout = Lookout(scenario, scene, self.devices, self.load)
        self.sampler = Sampler(
            self.env, self.pools, self.memory, scenario.duration, scenario.warmup, progress, self.lookout.look
        )
        self.memory_sampler = None
        if self.vm and self.load:
            self.load.start()
            self.memory_sampler = MemorySampler(self.vm, self.load.totals, scenario.duration)
        self.open_loops = start_tasks(self.env, scenario, streams, scene, self.devices, self.vm, self.log)

    def recording(self, started: float) -> Recording:
        """Run to the end; calls that still wait then are written down as unfinished."""
        duration = self.scenario.duration
        try:
            self.env.run(until=duration)
            pools = self.sampler.totals()
            self.lookout.look(duration)
            self._report_unfinished(duration)
        except TooManyCallsError:
            raise over_limit(self.scenario, len(self.log), int(self.env.now)) from None
        self.log.finish()
        if self.load:
            self.load.close(duration)
        verdict = self.lookout.verdict(self.log.tallies)
        arrivals = {
            name: ArrivalTotals.of([member.arrivals(duration) for member in members])
            for name, members in self.open_loops.items()
        }
        return Recording(
            calls=self.log,
            series=self.sampler.rows,
            pools=pools,
            duration_ns=duration,
            warmup_ns=self.scenario.warmup,
            wall_s=time.perf_counter() - started,
            verdict=verdict,
            arrivals=arrivals,
            devices={name: device.totals(duration) for name, device in self.devices.items()},
            memory=self.memory_sampler.record() if self.memory_sampler else None,
        )

    def _report_unfinished(self, duration: int) -> None:
        for worker, blocked in self.blocked.items():
            if blocked.retry_after is None:
                blocked.call.path = Path.UNFINISHED
                blocked.call.end_reclaim(duration)
                report(self.log, worker, blocked.call, blocked.kind, duration)
