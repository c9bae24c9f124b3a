"""What /proc would show at the end of a run, in the kernel's own format.

Names are those of 6.12; counters that the kernel keeps by zone are told of all zones together, without a suffix.
"""

from collections.abc import Mapping
from typing import Any

from sim.kernel.vm.psi import Pressure, Stall
from sim.results.memory import Document, memory_of

_ROOT = "/proc/"


def proc(document: Document, name: str) -> str:
    """Return the text of /proc/`name`: `vmstat`, `pressure/memory` or `pressure/io`; `/proc/` may stand before it.

    Counters start at zero with the run, which is when this machine was booted. Raise a MemoryNotModelledError for a
    run without memory of its own, and a ValueError that lists the files there are for any other name.
    """
    memory = memory_of(document)
    pressure = {f"pressure/{resource}": _pressure(lines) for resource, lines in memory["pressure"].items()}
    files = {"vmstat": _vmstat(memory["vmstat"]), **pressure}
    wanted = name.removeprefix(_ROOT)
    if wanted not in files:
        there = ", ".join(_ROOT + file for file in files)
        raise ValueError(f"no {_ROOT}{wanted} in this result; there is {there}")
    return files[wanted]


def _vmstat(counters: Mapping[str, int]) -> str:
    """Write a line per counter, as vmstat_show (mm/vmstat.c, 2.6.12 to 6.12)."""
    return "".join(f"{name} {value}\n" for name, value in counters.items())


def _pressure(lines: Mapping[str, Mapping[str, Any]]) -> str:
    return Pressure(Stall(**lines["some"]), Stall(**lines["full"])).text
