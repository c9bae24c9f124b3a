"""Whether memory brought the machine as a whole to a standstill: what a verdict says of it besides the calls."""

from typing import TYPE_CHECKING

from sim.kernel.vm import Resource
from sim.units import S, format_count, format_duration, format_share

if TYPE_CHECKING:
    from sim.engine.load import Load
    from sim.kernel.vm import VirtualMemory

STANDSTILL = 0.5
"""All tasks stalled on memory, and somebody in direct reclaim, for this share of a run: such a machine was not served.

PSI counts kswapd as a task that is stalled while it runs; alone, it holds nobody up.
"""

HELD_UP = 10 * S
"""A process of the load that took so long for what takes about a millisecond was not served either."""


def standstill(load: "Load", duration: int) -> tuple[bool, list[str]]:
    """Whether the machine or its load stood still for long, or somebody was killed, in `duration` ns; in sentences.

    There is none of the machine if memory stalled nobody.
    """
    stood, told = _of_machine(load.memory, duration)
    held_up = [(name, of.longest_ns) for name, of in load.totals.items() if of.longest_ns >= HELD_UP]
    told += [f"load {name}: a process got no further for {format_duration(longest)}" for name, longest in held_up]
    return stood or bool(held_up), told


def _of_machine(memory: "VirtualMemory", duration: int) -> tuple[bool, list[str]]:
    pressure, vmstat = memory.psi.read(Resource.MEMORY, duration), memory.node.vmstat
    some, full = (line.total_us * 1_000 / duration for line in (pressure.some, pressure.full))
    killed = vmstat.get("oom_kill", 0)
    if not (some or killed):
        return False, []
    told = f"memory stalled somebody for {format_share(some)} of the run, everybody for {format_share(full)}"
    reclaims, reclaiming = vmstat.get("allocstall", 0), memory.vmscan.reclaiming.read(duration) / duration
    if reclaims:
        told += f"; {format_count(reclaims)} direct reclaims, in {format_share(reclaiming)} of it"
    elif some:
        told += ", by kswapd alone"
    if killed:
        told += f"; the OOM killer killed {format_count(killed)}"
    return min(full, reclaiming) >= STANDSTILL or killed > 0, [told]
