"""What the page of an experiment holds: a comparison, a sweep, a sizing or a verification."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.reports.commands import compare_command, size_command, sweep_command, verify_command
from sim.reports.content import Content, Data, Figure, Origin, Tone
from sim.reports.limits import limits
from sim.reports.reading import reading_of
from sim.reports.redrawn import alt_of, redrawn
from sim.reports.run import versions_as_text
from sim.reports.stored import picture_in, text_in
from sim.results.page import Page

Document = Mapping[str, Any]
"""What `experiment.json` holds."""


def content_of_experiment(document: Document, page: Page, home: Path) -> Content:
    """Return what the page of an experiment holds; `page` is what a terminal shows of it, `home` its directory."""
    variants = document["variants"]
    figures = tuple(_figures(document, home))
    return Content(
        kind=document["kind"].capitalize(),
        name=document["name"],
        question=(document["question"] or "").strip(),
        tone=_tone(document),
        page=page,
        notes=tuple(document["notes"]),
        figures=figures,
        variants=variants,
        baseline=_baseline(document),
        origin=_origin(document),
        limits=tuple(limits(variants.values())),
        tables_behind=tuple(_tables_behind(figures, home)),
    )


def _tone(document: Document) -> Tone:
    if "passed" not in document:
        return Tone.PLAIN
    if document["passed"]:
        return Tone.GOOD
    wrong = [found["verdict"] == "differs" for found in document.get("findings", ())]
    wrong += [not check["holds"] for check in document.get("laws", ())]
    return Tone.BAD if any(wrong) else Tone.MIXED


def _baseline(document: Document) -> str | None:
    """The variant that the others are told by; those of a verification have nothing to do with each other."""
    variants = document["variants"]
    if document["kind"] == "verification" or len(variants) < 2:
        return None
    return str(document.get("baseline") or next(iter(variants)))


def _figures(document: Document, home: Path) -> Iterator[Figure]:
    if not document["figures"]:
        yield from redrawn(document, home)
    for figure in document["figures"]:
        text = text_in(home, figure["data"]) if figure.get("data") else None
        yield Figure(
            figure["title"],
            reading_of(figure["file"]),
            alt_of(figure["title"], data=bool(text)),
            picture_in(home, figure["file"]),
            Data(figure["data"], text) if text else None,
        )


def _tables_behind(figures: Sequence[Figure], home: Path) -> Iterator[Data]:
    """The tables in the directory that no picture shows, such as every value of every run."""
    shown = {figure.data.file for figure in figures if figure.data}
    for name in sorted(file.name for file in home.glob("*.csv") if file.name not in shown):
        text = text_in(home, name)
        if text:
            yield Data(name, text)


def _origin(document: Document) -> Origin:
    seed, variants = document["seed"], document["variants"]
    digests = [(name, *row) for name, found in document["digests"].items() for row in _numbered(document, name, found)]
    facts = {
        "Replications": f"{'up to ' * (document['kind'] == 'sizing')}{document['replications']} each",
        "Seed": "each scenario's own" if seed is None else str(seed),
        "Kernels": ", ".join(dict.fromkeys(str(scenario["kernel"]) for scenario in variants.values())),
        "Engine": document["engine"],
        "Versions": versions_as_text(document["versions"]),
        "Runs": f"{len(digests):,}, each with a digest: SHA-256 over every call, the same for equal runs"
        if digests
        else "",
    }
    return Origin(tuple(_commands(document)), {name: fact for name, fact in facts.items() if fact}, _digests(digests))


def _numbered(document: Document, name: str, digests: list[str]) -> Iterator[tuple[int, str]]:
    """The digests of a variant with the numbers of their replications, which only a sizing has in another order."""
    return zip(document.get("numbers", {}).get(name, range(len(digests))), digests, strict=True)


def _digests(rows: list[tuple[Any, ...]]) -> Data | None:
    if not rows:
        return None
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("variant", "replication", "digest"), *rows])
    return Data("digests.csv", text.getvalue())


def _commands(document: Document) -> tuple[str, ...]:
    commands = {
        "comparison": compare_command,
        "sizing": size_command,
        "sweep": sweep_command,
        "verification": verify_command,
    }
    return commands[document["kind"]](document) if document["kind"] in commands else ()
