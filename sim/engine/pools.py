"""The pools and mutexes of a scenario, put together from what the user wrote."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import simpy

from sim.kernel import Clock, Costs, Cpu, FaultAttr, Memory, Mempool, Mutex
from sim.kernel.vm import Psi, Resource
from sim.scenario.fault import FaultInjectionSpec
from sim.scenario.programs import located
from sim.scenario.steps import Lock
from sim.workload import Streams, draws, uniforms

if TYPE_CHECKING:
    from sim.scenario import Scenario


def build_pools(
    env: simpy.Environment, scenario: "Scenario", streams: Streams, memory: Memory, psi: Psi | None
) -> dict[str, Mempool]:
    """The pools of `scenario`, whose sources allocate from `memory`; `psi` is told who sleeps on them."""
    machine = scenario.machine
    cpu = Cpu() if machine.cpus == 1 else None
    pools = {}
    for name, spec in scenario.pools.items():
        source = spec.source(machine.cpus)
        pools[name] = pool = Mempool(
            env,
            spec.min_nr,
            source,
            kernel=scenario.kernel,
            semantics=scenario.semantics_of(name),
            clock=Clock(machine.hz, machine.start_jiffies),
            costs=Costs(machine.costs.attempt, machine.costs.take, machine.costs.free),
            wakeup_latency=draws(machine.wakeup_latency.sample, streams.rng("wakeup", name)),
            cpu=cpu,
            fault=_fault(spec.fault_injection, streams, "fault", name),
            bulk_fault=_fault(spec.bulk_fault_injection, streams, "bulk fault", name),
        )
        if psi:
            pool.wait.iowait = partial(psi.stalls, Resource.IO)
        # Drivers create their pools as they load, long before the run: only now does memory get scarce.
        source.memory = memory
    return pools


def _fault(spec: FaultInjectionSpec | None, streams: Streams, purpose: str, pool: str) -> FaultAttr | None:
    return spec.attr(uniforms(streams.rng(purpose, pool))) if spec else None


def pages_reserved(scenario: "Scenario", pools: Mapping[str, Mempool]) -> int:
    """The pages that the new `pools` have taken for their reserves."""
    sources = {name: spec.source(scenario.machine.cpus) for name, spec in scenario.pools.items()}
    return sum(sources[name].pages_for(pool.curr_nr) for name, pool in pools.items())


def build_mutexes(env: simpy.Environment, scenario: "Scenario", streams: Streams) -> dict[str, Mutex]:
    """The mutexes of `scenario`, which are declared by being locked."""
    latency = scenario.machine.wakeup_latency
    steps = (step for task in scenario.tasks.values() for _, step in located(task.steps, ()))
    names = dict.fromkeys(step.mutex for step in steps if isinstance(step, Lock))
    return {name: Mutex(env, draws(latency.sample, streams.rng("mutex", name))) for name in names}
