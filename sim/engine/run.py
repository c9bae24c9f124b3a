"""From a scenario to its result: everything is built, set in motion, and written down."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import simpy

from sim.engine.device import DeviceQueue, WaitedFor
from sim.engine.load import start_load
from sim.engine.memory import MemoryWatch, build_memory
from sim.engine.outlook import PagesToCome
from sim.engine.program import Compiler
from sim.engine.recording import ArrivalTotals, CallLog, Recording, TooManyCallsError
from sim.engine.sampler import Sampler
from sim.engine.situation import Scene, Schedule
from sim.engine.tasks import Member, closed_requests, open_requests, report
from sim.engine.verdict import Lookout
from sim.kernel import Clock, Costs, Cpu, FaultAttr, KernelVersion, Memory, Mempool, Mutex, vm
from sim.kernel.call import Path
from sim.pressure.reclaim import kthreads_are_spared
from sim.results import Result
from sim.scenario.cost import over_limit
from sim.scenario.fault import FaultInjectionSpec
from sim.scenario.pools import PoolSpec
from sim.scenario.pressure import build_pressure
from sim.scenario.programs import located
from sim.scenario.steps import Lock
from sim.scenario.tasks import TaskSpec
from sim.workload import Streams, draws, gaps, uniforms
from sim.workload.arrivals import Closed
from sim.workload.memory_work import SwapOut, Writeback

if TYPE_CHECKING:
    from sim.engine.worker import Blocked, Worker
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
    started = time.perf_counter()
    recording = _Run(scenario, Streams(seed, replication), progress).recording(started)
    as_run = {**scenario.to_mapping(), "seed": seed}
    return Result.of(recording, name=scenario.name, seed=seed, replication=replication, scenario=as_run)


class _Run:
    """One run of a scenario on the stock simpy.Environment."""

    def __init__(self, scenario: "Scenario", streams: Streams, progress: Callable[[float], None] | None) -> None:
        self.scenario = scenario
        self.streams = streams
        self.env = simpy.Environment()
        self.workers: list[Worker] = []
        self.blocked: dict[Worker, Blocked] = {}
        self.log = CallLog(
            scenario.duration,
            warmup_ns=scenario.warmup,
            streaming=scenario.recording == "streaming",
            most=scenario.limits.calls,
        )
        self.vm = (
            build_memory(self.env, scenario.memory, scenario.machine, scenario.kernel, streams)
            if scenario.memory
            else None
        )
        self.memory: Memory = self.vm.allocator if self.vm else build_pressure(scenario.pressure, streams)
        self.cpu = Cpu() if scenario.machine.cpus == 1 else None
        self.pools = {name: self._pool(name, pool) for name, pool in scenario.pools.items()}
        if self.vm:
            reserves = ((pool.source(scenario.machine.cpus), self.pools[name]) for name, pool in scenario.pools.items())
            self.vm.claim(sum(source.pages_for(pool.curr_nr) for source, pool in reserves))
        self.mutexes = {name: self._mutex(name) for name in self._locks()}
        self.open_loops: dict[str, list[Member]] = {}
        self.devices = {name: DeviceQueue(self.env, device.queue_depth) for name, device in scenario.devices.items()}
        outlook = PagesToCome(self.vm) if self.vm else Schedule()
        scene = Scene(self.pools, self.mutexes, self.workers, self.blocked, outlook)
        self.lookout = Lookout(scenario, scene, self.devices.values(), self.vm)
        self.sampler = Sampler(
            self.env, self.pools, self.memory, scenario.duration, scenario.warmup, progress, self.lookout.look
        )
        self.watch = None
        if self.vm:
            load = start_load(self.vm, scenario.load, scenario.duration)
            self.watch = MemoryWatch(self.vm, self.pools.values(), load, scenario.duration)
        self._start_tasks()

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
            memory=self.watch.record() if self.watch else None,
        )

    def _report_unfinished(self, duration: int) -> None:
        for blocked in self.blocked.values():
            if blocked.retry_after is None:
                blocked.call.path = Path.UNFINISHED
                blocked.call.end_reclaim(duration)
                report(self.log, blocked.call, blocked.kind, duration)

    def _pool(self, name: str, spec: PoolSpec) -> Mempool:
        machine = self.scenario.machine
        source = spec.source(machine.cpus)
        pool = Mempool(
            self.env,
            spec.min_nr,
            source,
            kernel=self.scenario.kernel,
            semantics=self.scenario.semantics_of(name),
            clock=Clock(machine.hz, machine.start_jiffies),
            costs=Costs(machine.costs.attempt, machine.costs.take, machine.costs.free),
            wakeup_latency=draws(machine.wakeup_latency.sample, self.streams.rng("wakeup", name)),
            cpu=self.cpu,
            fault=self._fault("fault", name, spec.fault_injection),
            bulk_fault=self._fault("bulk fault", name, spec.bulk_fault_injection),
        )
        # Drivers create their pools as they load, long before the run: only now does memory get scarce.
        source.memory = self.memory
        return pool

    def _locks(self) -> dict[str, None]:
        """The names of the mutexes, which are declared by being locked."""
        steps = (step for task in self.scenario.tasks.values() for _, step in located(task.steps, ()))
        return {step.mutex: None for step in steps if isinstance(step, Lock)}

    def _mutex(self, name: str) -> Mutex:
        return Mutex(self.env, draws(self.scenario.machine.wakeup_latency.sample, self.streams.rng("mutex", name)))

    def _writing(self, task: TaskSpec) -> vm.Swap | vm.Writeback | None:
        """What the tasks of a class write out, if that is where their work comes from."""
        if isinstance(task.arrivals, (Writeback, SwapOut)):
            assert self.vm is not None
            return self.vm.writeback if isinstance(task.arrivals, Writeback) else self.vm.swap
        return None

    def _fault(self, purpose: str, pool: str, spec: FaultInjectionSpec | None) -> FaultAttr | None:
        return spec.attr(uniforms(self.streams.rng(purpose, pool))) if spec else None

    def _start_tasks(self) -> None:
        queues = self.devices
        waited_for = (
            {name: WaitedFor(queue, self.env, self.vm.psi) for name, queue in queues.items()} if self.vm else queues
        )
        latencies = {name: device.latency for name, device in self.scenario.devices.items()}
        spared = kthreads_are_spared(KernelVersion.parse(self.scenario.kernel))
        for name, task in self.scenario.tasks.items():
            # What a kernel thread submits is completed by an interrupt: it does not sleep for it.
            devices = waited_for if task.kind == "user" else queues
            writing = self._writing(task)
            program = Compiler(name, task, self.pools, devices, latencies, self.mutexes, writing, self.log).program()
            open_loop = not isinstance(task.arrivals, (Closed, Writeback, SwapOut))
            for number in range(task.count):
                durations = program.draws(self.streams, number)
                rng = self.streams.rng("arrivals", name, number)
                if isinstance(task.arrivals, Closed):
                    requests = closed_requests(draws(task.arrivals.think.sample, rng), durations)
                elif isinstance(task.arrivals, (Writeback, SwapOut)):
                    requests = closed_requests(lambda: 0, durations)
                else:
                    requests = open_requests(gaps(task.arrivals, rng), durations)
                member = Member(
                    self.env,
                    program,
                    number,
                    requests,
                    closed=not open_loop,
                    in_flight=None if task.in_flight == "unlimited" else task.in_flight,
                    # Memory of its own knows by itself which kernels spare whom.
                    kthread=task.kind == "kthread" and (spared or self.vm is not None),
                    log=self.log,
                    workers=self.workers,
                    blocked=self.blocked,
                )
                if open_loop:
                    self.open_loops.setdefault(name, []).append(member)
