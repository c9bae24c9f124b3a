"""What the page of a run holds."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sim.reports.commands import run_command
from sim.reports.content import Content, Data, Figure, Origin, Tone
from sim.reports.limits import limits
from sim.reports.reading import reading_of
from sim.reports.stored import picture_in
from sim.results.columns import in_a_line, percentage
from sim.results.notes import name_of
from sim.results.result import Result
from sim.results.table import headline, page
from sim.results.verdict import Word
from sim.units import format_duration

if TYPE_CHECKING:
    import pandas as pd

    from sim.plots.save import Picture

_TONES = {Word.SERVED: Tone.GOOD, Word.DEGRADED: Tone.MIXED, Word.CRAWL: Tone.BAD, Word.DEADLOCK: Tone.BAD}

_TITLES = {
    "ccdf": "How long callers waited",
    "paths": "Where the elements came from",
    "reserve": "The reserve, its waiters and the pressure",
    "memory": "The memory of the machine",
    "split": "What the time went into",
}

_TABLES = {"ccdf": "Allocation latency", "paths": "Where the elements came from, % of calls", "reserve": "Reserve"}
"""The table that tells in figures what a picture shows."""

_PARTS = {
    "operations_ns": "operations",
    "reclaim_ns": "direct reclaim",
    "asleep_ns": "asleep on the pool",
    "vain_ns": "woken in vain",
}
_MOST_TOLD = 4


def content_of_run(result: Result, home: Path) -> Content:
    """Return what the page of a run holds; pictures that are not in its directory, `home`, are drawn."""
    document = result.document
    scenario = document["scenario"]
    return Content(
        kind="Single run",
        name=result.name,
        question=str((scenario.get("study") or {}).get("question") or scenario.get("description") or "").strip(),
        tone=_TONES[result.verdict.word],
        page=page(document),
        notes=tuple(document["notes"]),
        figures=tuple(_figures(result, home)),
        variants={result.name: scenario},
        baseline=None,
        origin=_origin(result),
        limits=tuple(limits([scenario])),
    )


def _origin(result: Result) -> Origin:
    document = result.document
    warmup_ns = document["warmup_ns"]
    facts = {
        "Seed": str(result.seed),
        "Replication": f"{document['replication']}, a single run",
        "Kernel": str(document["scenario"]["kernel"]),
        "Simulated": format_duration(document["duration_ns"])
        + (f", of which the first {format_duration(warmup_ns)} are left out" if warmup_ns else ""),
        "Engine": result.engine,
        "Versions": versions_as_text(document["versions"]),
        "Digest": f"{result.digest} (SHA-256 over every call: equal runs have equal digests)",
    }
    return Origin(run_command(document["scenario"], result.seed, document["replication"]), facts)


def versions_as_text(versions: dict[str, str]) -> str:
    """Return versions in a line: ``python 3.11.7, numpy 2.1.0``."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _figures(result: Result, home: Path) -> Iterator[Figure]:
    from sim.plots.save import pictures_of

    several = len(result.document["pools"]) > 1
    for picture in pictures_of(result):
        title = _TITLES[picture.plot] + (f": {picture.pool}" if several and picture.pool else "")
        yield Figure(
            title,
            reading_of(picture.file),
            ". ".join([f"Plot: {title}", *_told(result, picture)]) + ".",
            picture_in(home, picture.file) or _drawn(result, picture),
            _data(result, picture),
        )


def _drawn(result: Result, picture: "Picture") -> bytes | None:
    from sim.plots.save import png_of

    try:
        return png_of(picture.draw(), headline(result.document))
    except Exception:  # noqa: BLE001  whatever it is, the rest of the page is worth more
        return None


def _told(result: Result, picture: "Picture") -> list[str]:
    """What a picture shows, in figures, for who cannot see it."""
    if picture.plot == "split":
        rows = [row for row in result.document["rows"] if not row["total"] and sum(row["time"].values())]
        return [
            f"{row['pool']} {name_of(row)}: "
            + ", ".join(
                f"{name} {percentage(row['time'][part] / sum(row['time'].values()))} %" for part, name in _PARTS.items()
            )
            for row in rows[:_MOST_TOLD]
        ]
    tables = [table for table in page(result.document).tables if table.title == _TABLES.get(picture.plot)]
    return [
        f"{' '.join(row[: len(table.names)])}: "
        + ", ".join(
            f"{in_a_line(name)} {cell}" for name, cell in zip(table.numbers, row[len(table.names) :], strict=True)
        )
        for table in tables
        for row in [row for row in table.rows if picture.pool in {None, row[0]}][:_MOST_TOLD]
    ]


def _data(result: Result, picture: "Picture") -> Data:
    frames: dict[str, Callable[[], pd.DataFrame]] = {
        "ccdf": lambda: result.latencies,
        "paths": lambda: result.paths_over_time,
        "reserve": lambda: result.series,
        "memory": lambda: result.memory,
        "split": lambda: result.summary[["pool", "task", "total", "calls", *_PARTS]],
    }
    frame = frames[picture.plot]()
    if picture.pool and "pool" in frame:
        frame = frame[frame["pool"] == picture.pool]
    name = "memory.csv" if picture.plot == "memory" else Path(picture.file).with_suffix(".csv").name
    return Data(name, frame.to_csv(index=False, lineterminator="\n"))
