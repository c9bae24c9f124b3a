"""The memory of a run as tables to read: free pages against the watermarks, reclaim, and stalls."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.kernel.page import PAGE_SIZE
from sim.kernel.vm.psi import load_average
from sim.results.columns import Table, number, percentage
from sim.results.memory import AVERAGES, MARKS, PAGES, RESERVE, Document, memory_of
from sim.units import US, S, format_count, format_duration

_ALL = "(all)"


def memory_tables(document: Document) -> list[Table]:
    """Return the tables of a summary that are about memory. Raise a MemoryNotModelledError if it has none."""
    memory = memory_of(document)
    duration_ns = document["duration_ns"]
    return [
        *_load(memory, duration_ns),
        _free(memory),
        _reclaim(memory),
        _stalls(memory["pressure"], duration_ns),
    ]


def _load(memory: Mapping[str, Any], duration_ns: int) -> Iterator[Table]:
    load = memory["load"]
    if load:
        numbers = ("processes", "asked,\nMB/s", "done,\nMB/s", "done,\n% of asked", "longest\nbatch")
        rows = tuple((name, of["kind"], *_done(of, duration_ns)) for name, of in load.items())
        yield Table("Load on memory, from the start of the run", ("load", "kind"), numbers, rows)


def _done(load: Mapping[str, Any], duration_ns: int) -> tuple[str, ...]:
    asked, done = load["asked_pages"], load["pages"]
    bandwidths = (number(pages * PAGE_SIZE * S / duration_ns / 1e6) for pages in (asked, done))
    return (
        format_count(load["processes"]),
        *bandwidths,
        percentage(done / asked if asked else None),
        format_duration(load["longest_ns"]),
    )


def _free(memory: Mapping[str, Any]) -> Table:
    """Only of all zones together is it recorded how many pages are free."""
    zones = memory["zones"]
    free = memory["free"]
    shown = PAGES if any(zone[RESERVE] for zone in zones) else ("managed", *MARKS)
    together = (
        _count(free["least"]),
        _count(free["end"]),
        percentage(memory["below_min_share"]),
        percentage(memory["dipped_share"]),
    )
    rows = [(zone["name"], *(_count(zone[key]) for key in shown), *("-" for _ in together)) for zone in zones]
    whole = (_ALL, *(_count(sum(zone[key] for zone in zones)) for key in shown), *together)
    rows = [*rows, whole] if len(zones) != 1 else [(zones[0]["name"], *whole[1:])]
    return Table(
        "Pages, free ones against the watermarks",
        ("zone",),
        (
            *(key.replace("_", "_\n") for key in shown),
            "least\nfree",
            "free at\nthe end",
            "time\nbelow\nmin, %",
            "dipped\nbelow\nmin, %",
        ),
        tuple(rows),
    )


def _reclaim(memory: Mapping[str, Any]) -> Table:
    vmstat = memory["vmstat"]
    tasks = memory["reclaimers_mean"]
    who = {
        "kswapd": ("-" if memory["kswapd_share"] is None else f"{percentage(memory['kswapd_share'])} %"),
        "direct": ("-" if tasks is None else f"{tasks:.3g} tasks"),
    }
    begun = {"kswapd": memory["kswapd_wakes"], "direct": vmstat.get("allocstall")}
    rows = []
    for name, at_work in who.items():
        scanned, stolen = vmstat.get(f"pgscan_{name}"), vmstat.get(f"pgsteal_{name}")
        efficiency = stolen / scanned if scanned and stolen is not None else None
        rows.append(
            (name, at_work, _count(begun[name]), _count(scanned), _count(stolen), percentage(efficiency)),
        )
    return Table(
        "Reclaim since the start of the run",
        ("by",),
        ("at work\n(mean)", "wakes,\nallocstall", "pgscan", "pgsteal", "efficiency\n%"),
        tuple(rows),
    )


def _stalls(pressure: Mapping[str, Any], duration_ns: int) -> Table:
    rows = [
        (
            resource,
            who,
            *(load_average(line[key]) for key in AVERAGES),
            format_duration(line["total_us"] * US),
            percentage(line["total_us"] * US / duration_ns if duration_ns else None),
        )
        for resource, lines in pressure.items()
        for who, line in lines.items()
    ]
    numbers = (*AVERAGES, "total", "of the\nrun, %")
    return Table("Stalls (/proc/pressure) at the end of the run, %", ("resource", "tasks"), numbers, tuple(rows))


def _count(count: int | None) -> str:
    return "-" if count is None else format_count(count)
