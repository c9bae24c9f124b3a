"""The summary of a run as tables to read, the same ones in a terminal and in a notebook."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, Context
from functools import partial
from typing import Any

from sim.results.columns import Table, number, percentage
from sim.results.memory import has_memory
from sim.results.memory_tables import memory_tables
from sim.results.notes import name_of
from sim.results.page import Page
from sim.results.verdict import Verdict
from sim.units import S, format_count, format_duration, format_rate

_MOST_NOTES = 12

# A bound may not become smaller by rounding. A tiny one needs no second digit, which tables have no room for.
_upwards = Context(prec=2, rounding=ROUND_CEILING)
_far_upwards = Context(prec=1, rounding=ROUND_CEILING)
_TINY = 0.001


def headline(document: Mapping[str, Any]) -> str:
    """Return one line that says what run a summary is of."""
    parts = [
        f"{document['name']}, seed {document['seed']}",
        f"{format_duration(document['duration_ns'])} simulated",
        f"{format_count(document['calls'])} calls",
        f"digest {document['digest'][:12]}",
    ]
    return ", ".join(parts)


def tables(document: Mapping[str, Any]) -> list[Table]:
    """Return the tables of a summary (`sim.results.summary`)."""
    rows = document["rows"]
    pools = document["pools"]
    return [
        _by_class(
            "Where the elements came from, % of calls",
            rows,
            {
                "calls": lambda row: format_count(row["calls"]),
                "first\nattempt": lambda row: percent(row["shares"]["first_attempt"]),
                "reserve": lambda row: percent(row["shares"]["reserve"]),
                "after\nreclaim": lambda row: percent(row["shares"]["after_reclaim"]),
                "after\na wait": lambda row: percent(row["shares"]["after_wait"]),
                "NULL": lambda row: percent(row["shares"]["null"]),
                "fallback\nrate": lambda row: percent(row["shares"]["fallback"]),
            },
        ),
        _by_class(
            "Allocation latency",
            rows,
            {key: partial(_latency_of, key) for key in ("p50", "p90", "p99", "p99.9", "max")},
        ),
        _by_class(
            "Waiting",
            rows,
            {
                "P(wait)\n%": lambda row: percent(row["shares"]["waited"]),
                "sleeps": lambda row: format_count(row["sleeps"]),
                "time-\nouts": lambda row: format_count(row["timeouts"]),
                "wakes": lambda row: format_count(row["wakes"]),
                "wasted\nwakes": lambda row: format_count(row["wasted_wakes"]),
                "barged": lambda row: format_count(row["barged"]),
                "un-\nfinished": lambda row: format_count(row["paths"]["unfinished"]),
            },
        ),
        Table(
            "Reserve",
            ("pool",),
            ("min_nr", "mean", "min", "time at\nzero", "time at\nzero, %", "frees"),
            tuple((name, *_reserve(pool)) for name, pool in pools.items()),
        ),
        *_devices(document),
        *(memory_tables(document) if has_memory(document) else ()),
    ]


def _by_class(title: str, rows: Sequence[Mapping[str, Any]], cells: Mapping[str, Callable[[Any], str]]) -> Table:
    texts = tuple((row["pool"], name_of(row), *(cell(row) for cell in cells.values())) for row in rows)
    return Table(title, ("pool", "task"), tuple(cells), texts)


def _devices(document: Mapping[str, Any]) -> Iterator[Table]:
    devices = document["devices"]
    if devices:
        numbers = ("requests", "per\nsecond", "served\nat once", "of\ndepth, %", "queued\n(mean)")
        rows = tuple((name, *_device(device, document["duration_ns"])) for name, device in devices.items())
        yield Table("Devices, from the start of the run", ("device",), numbers, rows)


def _device(device: Mapping[str, Any], duration_ns: int) -> tuple[str, ...]:
    depth, serving = device["queue_depth"], device["in_service_mean"]
    return (
        format_count(device["requests"]),
        number(device["requests"] * S / duration_ns),
        number(serving),
        percentage(serving / depth if depth else None),
        number(device["queued_mean"]),
    )


def _reserve(pool: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        format_count(pool["min_nr"]),
        f"{pool['reserve_mean']:.3g}",
        format_count(pool["reserve_min"]),
        format_duration(pool["reserve_at_zero_ns"]),
        percentage(pool["reserve_at_zero_share"]),
        format_count(pool["frees"]),
    )


def percent(share: Mapping[str, Any]) -> str:
    """Write a share of a summary in percent: ``12.3``; ``<=0.003`` if none was seen, ``0`` if there can be none.

    Without calls it is ``-``.
    """
    if share["share"] is None:
        return "-"
    if share["at_most"]:
        bound = min(300 / share["of"], 100)
        rounded = (_far_upwards if bound < _TINY else _upwards).create_decimal(bound)
        return f"<={rounded.normalize():f}"
    return percentage(share["share"])


def latency(entry: Mapping[str, Any]) -> str:
    """Write a latency of a summary: ``5.12 s``, ``>= 5.12 s`` if it may yet rise, ``-`` if the calls are too few."""
    if entry["ns"] is None:
        return "-"
    return f"{'>= ' if entry['at_least'] else ''}{format_duration(entry['ns'])}"


def _latency_of(key: str, row: Mapping[str, Any]) -> str:
    return latency(row["latency"][key])


def _preface(document: Mapping[str, Any]) -> str:
    warmup = f"; the first {format_duration(document['warmup_ns'])} left out" if document["warmup_ns"] else ""
    speed = (
        f" ({format_rate(document['calls_per_second']).replace('/', ' calls/')})"
        if document["calls_per_second"]
        else ""
    )
    return f"{headline(document)}{warmup}; took {format_duration(document['wall_s'] * 1e9)}{speed}"


def _notes(document: Mapping[str, Any]) -> list[str]:
    notes = list(document["notes"])
    if len(notes) <= _MOST_NOTES:
        return notes
    return [*notes[:_MOST_NOTES], f"{len(notes) - _MOST_NOTES:,} more notes in the summary."]


def _verdict(document: Mapping[str, Any]) -> list[str]:
    """The verdict in lines, the first of which tells it."""
    verdict = Verdict.from_mapping(document["verdict"])
    return [f"verdict: {verdict.headline}", *verdict.details]


def page(document: Mapping[str, Any]) -> Page:
    """Return a summary as the page that a terminal and a notebook show."""
    return Page(_preface(document), tuple(_verdict(document)), tuple(tables(document)), tuple(_notes(document)))
