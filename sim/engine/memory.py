"""The memory of a scenario whose memory pushes back: put together from what the user wrote, and watched as it runs."""

from collections.abc import Generator, Iterable, Mapping
from typing import Any

import simpy

from sim.kernel import Mempool
from sim.kernel.jiffies import SECOND
from sim.kernel.slab import PAGE_SIZE
from sim.kernel.vm import (
    PageCosts,
    PageState,
    Resource,
    VirtualMemory,
    Zone,
    Zram,
    lowmem_reserve,
)
from sim.results.memory import LoadTotals, MemoryRecord
from sim.scenario.machine import MachineSpec
from sim.scenario.memory import MemorySpec, SwapDeviceSpec, ZramSpec
from sim.workload import Streams, draws

TICK = SECOND
"""The longest interval of the record."""

_SHOWN = (PageState.DIRTY, PageState.WRITEBACK, PageState.ANON, PageState.SWAPPING, PageState.KERNEL)
_NR = {PageState.DIRTY: "nr_dirty", PageState.WRITEBACK: "nr_writeback", PageState.ANON: "nr_anon_pages"}


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


class MemoryWatch:
    """Writes down the state of `memory` at the end of each interval of at most a second, and what its kernel tells."""

    def __init__(
        self, memory: VirtualMemory, pools: Iterable[Mempool], load: Mapping[str, LoadTotals], duration_ns: int
    ) -> None:
        self._memory = memory
        self._load = load
        self._duration = duration_ns
        self._tick = max(1, min(TICK, -(-duration_ns // 1000)))
        self._rows: list[tuple[Any, ...]] = []
        self._before = 0
        self._busy = 0
        self._counted: dict[str, int] = {}
        for pool in pools:
            pool.wait.iowait = self._iowait
        memory.env.process(self._watch())

    def record(self) -> MemoryRecord:
        """Close the last interval and give the whole record."""
        if self._before < self._duration:
            self._read(self._duration)
        memory, now = self._memory, self._duration
        node = memory.node
        levels = {"nr_free_pages": node.free} | {name: node.pages[state] for state, name in _NR.items()}
        return MemoryRecord(
            self._rows,
            [
                {"name": zone.name, "managed": zone.managed}
                | {name: getattr(zone.marks, name) for name in ("min", "low", "high")}
                | {"lowmem_reserve": zone.reserve.get(node.zones[-1].name, 0)}
                for zone in node.zones
            ],
            levels | dict(sorted(node.vmstat.items())),
            {str(resource): _lines(memory, resource, now) for resource in Resource},
            self._load,
        )

    def _iowait(self, delta: int, now: int) -> None:
        self._memory.psi.stalls(Resource.IO, delta, now)

    def _watch(self) -> Generator[simpy.Event, Any, None]:
        for end in range(self._tick, self._duration, self._tick):
            yield self._memory.env.timeout(end - int(self._memory.env.now))
            self._read(end)

    def _read(self, end: int) -> None:
        memory, length = self._memory, end - self._before
        node, psi = memory.node, memory.psi
        busy = memory.kswapd.busy(end)
        area, *_ = memory.vmscan.reclaimers.read(end)
        pressure = [psi.read(resource, end) for resource in Resource]
        self._rows.append(
            (
                end,
                node.free,
                min(node.free_min, node.free),
                node.pages[PageState.CLEAN] + node.pages[PageState.SWAPPED],
                *(node.pages[state] for state in _SHOWN),
                (busy - self._busy) / length,
                area / length,
                self._since("allocstall"),
                self._since("pgscan_kswapd") + self._since("pgscan_direct"),
                self._since("pgsteal_kswapd") + self._since("pgsteal_direct"),
                *(line.avg10 for of in pressure for line in (of.some, of.full)),
            )
        )
        node.free_min = node.free
        self._before, self._busy = end, busy

    def _since(self, counter: str) -> int:
        value = self._memory.node.vmstat.get(counter, 0)
        before, self._counted[counter] = self._counted.get(counter, 0), value
        return value - before


def _lines(memory: VirtualMemory, resource: Resource, now: int) -> Mapping[str, Mapping[str, float]]:
    pressure = memory.psi.read(resource, now)
    return {
        who: {"avg10": line.avg10, "avg60": line.avg60, "avg300": line.avg300, "total_us": line.total_us}
        for who, line in (("some", pressure.some), ("full", pressure.full))
    }
