"""What /proc would show at the end of a run, byte by byte as the kernel writes it."""

from collections.abc import Callable, Mapping
from typing import Any

from sim.results.memory import AVERAGES, Document, memory_of

_FIXED_1 = 1 << 11
_ROOT = "/proc/"
_VMSTAT = "vmstat"
_PRESSURE = "pressure/"


def proc(document: Document, name: str) -> str:
    """Return the text of /proc/`name`: `vmstat`, `pressure/memory` or `pressure/io`; `/proc/` may stand before it.

    Counters start at zero with the run, which is when this machine was booted. Raise a MemoryNotModelledError for a
    run without memory of its own, and a ValueError that lists the files there are for any other name.
    """
    memory = memory_of(document)
    files: dict[str, Callable[[], str]] = {_VMSTAT: lambda: _vmstat(memory["vmstat"])}
    for resource, lines in memory["pressure"].items():
        files[_PRESSURE + resource] = lambda lines=lines: _pressure(lines)  # type: ignore[misc]
    wanted = name.removeprefix(_ROOT)
    if wanted not in files:
        there = ", ".join(_ROOT + file for file in files)
        raise ValueError(f"no {_ROOT}{wanted} in this result; there is {there}")
    return files[wanted]()


def _vmstat(counters: Mapping[str, int]) -> str:
    """Write a line per counter, as vmstat_show (mm/vmstat.c, 2.6.12 to 6.12)."""
    return "".join(f"{name} {value}\n" for name, value in counters.items())


def _pressure(lines: Mapping[str, Mapping[str, Any]]) -> str:
    """Write a line for `some` and one for `full`, as psi_show (kernel/sched/psi.c, 4.20 to 6.12)."""
    averages = {who: " ".join(f"{key}={load_average(line[key])}" for key in AVERAGES) for who, line in lines.items()}
    return "".join(f"{who} {averages[who]} total={line['total_us']}\n" for who, line in lines.items())


def load_average(percent: float) -> str:
    """Write an average in percent as LOAD_INT and LOAD_FRAC do: two digits of its 11 bits behind the point, cut off."""
    fixed = round(percent * _FIXED_1)
    whole, rest = divmod(fixed, _FIXED_1)
    return f"{whole}.{rest * 100 // _FIXED_1:02d}"
