"""What a page holds, whatever it is of: values that `sim.reports.page` writes as HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sim.results.page import Page


class Tone(StrEnum):
    """How an answer looks; it always stands in words, too."""

    GOOD = "good"
    MIXED = "mixed"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True)
class Data:
    """A table as CSV: the name of its file, and its text with a line of headings."""

    file: str
    text: str


@dataclass(frozen=True)
class Figure:
    """A picture: what it shows, how to read it, what it would say to who cannot see it, and its data.

    `png` is None if there is no picture, `data` if there are none.
    """

    title: str
    reading: str
    alt: str
    png: bytes | None
    data: Data | None


@dataclass(frozen=True)
class Origin:
    """How it was made: commands that make it again, facts by name, and digests of runs, where there are many."""

    commands: tuple[str, ...]
    facts: Mapping[str, str]
    digests: Data | None = None


@dataclass(frozen=True)
class Content:
    """All that a page holds.

    `kind` is what it is of, in a word. `page` is what a terminal shows, `notes` all that belongs to its numbers.
    `tables_behind` are data that no picture shows. `variants` are the scenarios by name, `baseline` the one that the
    others are told by their differences from, None if each stands for itself.
    """

    kind: str
    name: str
    question: str
    tone: Tone
    page: Page
    notes: tuple[str, ...]
    figures: tuple[Figure, ...]
    variants: Mapping[str, Mapping[str, Any]]
    baseline: str | None
    origin: Origin
    limits: tuple[str, ...]
    tables_behind: tuple[Data, ...] = ()
