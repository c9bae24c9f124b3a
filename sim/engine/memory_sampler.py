"""The state of memory over time, sampled a thousand times a run, and what its kernel tells at the end."""

from collections.abc import Generator, Mapping
from dataclasses import asdict
from typing import Any

import simpy

from sim.engine.sampler import TICKS
from sim.kernel.jiffies import SECOND
from sim.kernel.vm import PageState, Resource, VirtualMemory
from sim.results.memory import RESERVE, LoadTotals, MemoryRecord, MemoryRow

LONGEST_TICK = SECOND
"""The longest interval (ns) of the record."""

_NR = {PageState.DIRTY: "nr_dirty", PageState.WRITEBACK: "nr_writeback", PageState.ANON: "nr_anon_pages"}


class MemorySampler:
    """Reads the state of `memory` at the end of each interval of a run of `duration_ns`."""

    def __init__(self, memory: VirtualMemory, load: Mapping[str, LoadTotals], duration_ns: int) -> None:
        self._memory = memory
        self._load = load
        self._duration = duration_ns
        self._tick = max(1, min(LONGEST_TICK, -(-duration_ns // TICKS)))
        self._rows: list[MemoryRow] = []
        self._before = 0
        self._busy = 0
        self._stalled = (0, 0, 0, 0)
        self._counted: dict[str, int] = {}
        memory.env.process(self._sample())

    def record(self) -> MemoryRecord:
        """Close the last interval and give the whole record."""
        if self._before < self._duration:
            self._read(self._duration)
        node, psi = self._memory.node, self._memory.psi
        levels = {"nr_free_pages": node.free} | {name: node.pages[state] for state, name in _NR.items()}
        highest = node.zones[-1].name
        return MemoryRecord(
            self._rows,
            [
                {
                    "name": zone.name,
                    "managed": zone.managed,
                    **asdict(zone.marks),
                    RESERVE: zone.reserve.get(highest, 0),
                }
                for zone in node.zones
            ],
            levels | dict(sorted(node.vmstat.items())),
            {str(resource): asdict(psi.read(resource, self._duration)) for resource in Resource},
            self._load,
            self._memory.kswapd.wakes,
        )

    def _sample(self) -> Generator[simpy.Event, Any, None]:
        for end in range(self._tick, self._duration, self._tick):
            yield self._memory.env.timeout(end - int(self._memory.env.now))
            self._read(end)

    def _read(self, end: int) -> None:
        memory, length = self._memory, end - self._before
        node, pages = memory.node, memory.node.pages
        busy = memory.kswapd.running.read(end)
        area, *_ = memory.vmscan.reclaimers.read(end)
        on_memory, on_io = (memory.psi.read(resource, end) for resource in (Resource.MEMORY, Resource.IO))
        stalled = on_memory.some.total_us, on_memory.full.total_us, on_io.some.total_us, on_io.full.total_us
        shares = [(now - before) * 1_000 / length for now, before in zip(stalled, self._stalled, strict=True)]
        self._rows.append(
            MemoryRow(
                t_ns=end,
                free=node.free,
                free_min=min(node.free_min, node.free),
                pcp=node.pcp_count,
                clean=pages[PageState.CLEAN] + pages[PageState.SWAPPED],
                dirty=pages[PageState.DIRTY],
                writeback=pages[PageState.WRITEBACK],
                anon=pages[PageState.ANON],
                swapping=pages[PageState.SWAPPING],
                kernel=pages[PageState.KERNEL],
                kswapd=(busy - self._busy) / length,
                reclaimers=area / length,
                allocstall=self._since("allocstall"),
                pgscan=self._since("pgscan_kswapd") + self._since("pgscan_direct"),
                pgsteal=self._since("pgsteal_kswapd") + self._since("pgsteal_direct"),
                memory_some=on_memory.some.avg10,
                memory_full=on_memory.full.avg10,
                io_some=on_io.some.avg10,
                io_full=on_io.full.avg10,
                memory_some_share=shares[0],
                memory_full_share=shares[1],
                io_some_share=shares[2],
                io_full_share=shares[3],
            )
        )
        node.free_min = node.free
        self._before, self._busy, self._stalled = end, busy, stalled

    def _since(self, counter: str) -> int:
        """How far a counter has risen since it was last asked for."""
        value = self._memory.node.vmstat.get(counter, 0)
        before, self._counted[counter] = self._counted.get(counter, 0), value
        return value - before
