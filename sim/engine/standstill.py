"""Whether memory brought the machine as a whole to a standstill: what a verdict says of it besides the calls."""

from typing import TYPE_CHECKING

from sim.kernel.vm import Resource
from sim.units import format_count, format_share

if TYPE_CHECKING:
    from sim.kernel.vm import VirtualMemory

STANDSTILL = 0.5
"""All tasks stalled on memory, or nobody but kswapd at work, for this share of a run: such a machine was not served."""


def standstill(memory: "VirtualMemory", duration: int) -> tuple[bool, list[str]]:
    """Whether the machine stood still for long, or somebody was killed, in `duration` ns; and that in a sentence.

    There is none if memory stalled nobody.
    """
    pressure, vmstat = memory.psi.read(Resource.MEMORY, duration), memory.node.vmstat
    some, full = (line.total_us * 1_000 / duration for line in (pressure.some, pressure.full))
    killed = vmstat.get("oom_kill", 0)
    if not (some or killed):
        return False, []
    told = f"memory stalled somebody for {format_share(some)} of the run, everybody for {format_share(full)}"
    if reclaims := vmstat.get("allocstall", 0):
        told += f"; {format_count(reclaims)} direct reclaims"
    if killed:
        told += f"; the OOM killer killed {format_count(killed)}"
    return full >= STANDSTILL or killed > 0, [told]
