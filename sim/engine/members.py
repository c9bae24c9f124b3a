"""The tasks of a scenario, set to work: each with its program, its requests and what it works on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import simpy

from sim.engine.device import DeviceQueue, WaitedFor
from sim.engine.program import Compiler
from sim.engine.recording import CallLog
from sim.engine.requests import requests_of
from sim.engine.situation import Scene
from sim.engine.tasks import Member
from sim.kernel import KernelVersion
from sim.kernel.vm import PagesToWrite, VirtualMemory
from sim.pressure.reclaim import kthreads_are_spared
from sim.workload import Arrivals, Streams
from sim.workload.arrivals import OpenArrivals
from sim.workload.memory_work import SwapOut, Writeback

if TYPE_CHECKING:
    from sim.scenario import Scenario


def start_tasks(
    env: simpy.Environment,
    scenario: "Scenario",
    streams: Streams,
    scene: Scene,
    queues: Mapping[str, DeviceQueue],
    memory: VirtualMemory | None,
    log: CallLog,
) -> dict[str, list[Member]]:
    """Start all tasks of `scenario`, which enrol in `scene`; gives those of open loops, by class."""
    waited_for = {name: WaitedFor(queue, env, memory.psi) for name, queue in queues.items()} if memory else queues
    latencies = {name: device.latency for name, device in scenario.devices.items()}
    spared = kthreads_are_spared(KernelVersion.parse(scenario.kernel))
    open_loops = {}
    for name, task in scenario.tasks.items():
        # What a kernel thread submits is completed by an interrupt: it does not sleep for it.
        devices = waited_for if task.kind == "user" else queues
        writing = _writing(task.arrivals, memory)
        program = Compiler(name, task, scene.pools, devices, latencies, scene.mutexes, writing, log).program()
        open_loop = isinstance(task.arrivals, OpenArrivals)
        members = [
            Member(
                env,
                program,
                number,
                requests_of(task.arrivals, streams.rng("arrivals", name, number), program.draws(streams, number)),
                closed=not open_loop,
                in_flight=None if task.in_flight == "unlimited" else task.in_flight,
                # Memory of its own knows by itself which kernels spare whom.
                kthread=task.kind == "kthread" and (spared or memory is not None),
                log=log,
                workers=scene.workers,
                blocked=scene.blocked,
            )
            for number in range(task.count)
        ]
        if open_loop:
            open_loops[name] = members
    return open_loops


def _writing(arrivals: Arrivals, memory: VirtualMemory | None) -> PagesToWrite | None:
    """What the tasks of a class write out, if that is where their work comes from."""
    match arrivals:
        case Writeback():
            assert memory is not None
            return memory.writeback
        case SwapOut():
            assert memory is not None
            return memory.swap
        case _:
            return None
