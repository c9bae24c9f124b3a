"""The memory of a scenario whose memory pushes back, put together from what the user wrote."""

import simpy

from sim.kernel.page import PAGE_SIZE
from sim.kernel.vm import PageCosts, PageState, VirtualMemory, Zone, Zram, lowmem_reserve
from sim.scenario.machine import MachineSpec
from sim.scenario.memory import MemorySpec, SwapDeviceSpec, ZramSpec
from sim.workload import Streams, draws


def build_memory(
    env: simpy.Environment, spec: MemorySpec, machine: MachineSpec, kernel: str, streams: Streams
) -> VirtualMemory:
    """The memory that `spec` describes, on `machine`."""
    zram = spec.swap if isinstance(spec.swap, ZramSpec) else None
    device = spec.swap if isinstance(spec.swap, SwapDeviceSpec) else None
    return VirtualMemory(
        env,
        _zones(spec, machine.cpus, kernel),
        kernel=kernel,
        cpus=machine.cpus,
        hz=machine.hz,
        at_start={
            PageState.KERNEL: spec.at_start.kernel // PAGE_SIZE,
            PageState.ANON: spec.at_start.anon // PAGE_SIZE,
            PageState.DIRTY: spec.at_start.dirty // PAGE_SIZE,
            PageState.CLEAN: spec.at_start.clean // PAGE_SIZE,
        },
        swap_size=0 if spec.swap == "none" else spec.swap.size // PAGE_SIZE,
        zram=Zram(zram.ratio, zram.compress, zram.decompress) if zram else None,
        swap_read_time=device.read if device else 0,
        swappiness=spec.swappiness,
        dirty_ratios=(spec.dirty_background_ratio, spec.dirty_ratio),
        referenced=spec.referenced,
        costs=PageCosts(spec.costs.fault, spec.costs.scan, spec.costs.free),
        kswapd_delay=spec.kswapd_delay,
        oom_delay=None if spec.oom == "none" else draws(spec.oom.sample, streams.rng("oom")),
    )


def _zones(spec: MemorySpec, cpus: int, kernel: str) -> tuple[Zone, ...]:
    known = spec.marks(kernel)
    reserves = lowmem_reserve(spec.pages)
    return tuple(
        Zone(name, pages, known[name], reserves[name], kernel=kernel, cpus=cpus, fragmentation=spec.fragmentation)
        for name, pages in spec.pages.items()
    )
