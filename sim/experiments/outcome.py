"""What comes of many runs: an answer in sentences, tables, frames and pictures, the same for every kind of experiment.

A folder of one holds `experiment.json`, every frame as CSV, and each picture beside the CSV of what it shows.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.results.columns import Table
from sim.results.page import Page
from sim.results.whole import write_whole

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
EXPERIMENT = "experiment.json"
"""The file of the folder that says what it holds."""


class NotAnExperimentError(ValueError):
    """A directory does not hold a finished experiment of this program."""


@dataclass(frozen=True)
class Picture:
    """A picture of an experiment: the function of `sim.plots` that draws `frame`, and with which options."""

    title: str
    draw: str
    frame: "pd.DataFrame"
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, ax: Any = None, **options: Any) -> Any:
        """Draw it into `ax`, or into a new figure, and return the Axes."""
        return getattr(import_module("sim.plots"), self.draw)(self.frame, ax=ax, **{**self.options, **options})


class Pictures:
    """The pictures of an experiment by name, each a function that draws: ``outcome.plot.differences()``."""

    def __init__(self, pictures: Mapping[str, Picture]) -> None:
        self._pictures = pictures

    def __getitem__(self, name: str) -> Picture:
        return self._pictures[name]

    def __getattr__(self, name: str) -> Picture:
        try:
            return self._pictures[name]
        except KeyError:
            raise AttributeError(f"no picture {name!r}; there are {', '.join(self._pictures) or 'none'}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._pictures]


class Outcome:
    """The outcome of an experiment.

    `document` is what `experiment.json` holds: kind, name, question, seed, replications, versions, the scenario of each
    variant, digests, `answer` (sentences), `tables`, `notes`, `figures`. `frames` are DataFrames by name.
    `plot` has the pictures.
    """

    def __init__(
        self, document: dict[str, Any], frames: "Mapping[str, pd.DataFrame]", pictures: Mapping[str, Picture]
    ) -> None:
        self.document = document
        self.frames = dict(frames)
        self.plot = Pictures(pictures)
        self._pictures = dict(pictures)

    @property
    def kind(self) -> str:
        """What was done: comparison, sweep, sizing or verification."""
        return str(self.document["kind"])

    @property
    def answer(self) -> tuple[str, ...]:
        """What came out, in sentences, the most telling first."""
        return tuple(self.document["answer"])

    @property
    def table(self) -> "pd.DataFrame":
        """The tidy long table: a row per run, subject and measure."""
        return self.frames["table"]

    def save(
        self,
        directory: str | os.PathLike[str],
        *,
        plots: bool = True,
        numbered: bool = False,
        failed: Callable[[str, Exception], object] | None = None,
    ) -> Path:
        """Write it to `directory`, which must not exist or be empty, as a whole or not at all; return its path.

        `numbered`: to the next free one of DIRECTORY-2, ... instead. `failed(name, error)` is told of a picture that
        could not be drawn, which does not cost the rest; without it the error is raised. Raises ResultExistsError.
        """

        def write(home: Path) -> None:
            figures = self._draw(home, failed) if plots else []
            drawn = {id(picture.frame) for picture in self._pictures.values()} if plots else set()
            for name, frame in self.frames.items():
                if id(frame) not in drawn:
                    frame.to_csv(home / f"{name}.csv", index=False)
            text = json.dumps({**self.document, "figures": figures}, indent=1, ensure_ascii=False, allow_nan=False)
            (home / EXPERIMENT).write_text(text + "\n", encoding="utf-8")

        return write_whole(directory, write, numbered=numbered)

    def _draw(self, home: Path, failed: Callable[[str, Exception], object] | None) -> list[dict[str, str]]:
        from sim.plots import save_figure  # noqa: PLC0415  matplotlib loads when it is used

        figures = []
        for name, picture in self._pictures.items():
            try:
                save_figure(picture(), home / f"{name}.png", picture.frame)
            except Exception as error:
                if failed is None:
                    raise
                failed(name, error)
            else:
                figures.append({"file": f"{name}.png", "title": picture.title, "data": f"{name}.csv"})
        return figures

    def __repr__(self) -> str:
        return f"<{self.kind.title()} {self.document['name']}: {self.answer[0] if self.answer else 'no answer'}>"

    def __rich__(self) -> Page:
        return page(self.document)

    def _repr_html_(self) -> str:
        return page(self.document).html()


def page(document: Mapping[str, Any]) -> Page:
    """Return the page that a terminal and a notebook show of an experiment's document."""
    tables = tuple(
        Table(
            table["title"],
            tuple(table["names"]),
            tuple(table["numbers"]),
            tuple(tuple(row) for row in table["rows"]),
            table.get("together", 1),
        )
        for table in document["tables"]
    )
    return Page(preface(document), tuple(document["answer"]), tables, tuple(document["notes"]))


def preface(document: Mapping[str, Any]) -> str:
    """Return the line that says what an experiment's document is of."""
    runs, seed = document["replications"], document["seed"]
    asked = f"{document['question']} " if document["question"] else ""
    most = "up to " if document["kind"] == "sizing" else ""
    seeds = "seeds of their own" if seed is None else f"seed {seed}"
    what = f"{most}{runs} replication{'s' * (runs != 1)} each, {seeds}"
    return f"{asked}({document['kind']} of {document['name']}, {what})"


def plain(tables: Sequence[Table]) -> list[dict[str, Any]]:
    """Return tables as plain data, ready for JSON."""
    return [{key: value for key, value in asdict(table).items() if key != "gap"} for table in tables]


def load(directory: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the document of the experiment in `directory`. Raises NotAnExperimentError if there is none."""
    file = Path(directory) / EXPERIMENT
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise NotAnExperimentError(f"{directory} holds no experiment: there is no {EXPERIMENT} in it") from None
    except ValueError as error:
        raise NotAnExperimentError(f"{file} is damaged: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else None
        raise NotAnExperimentError(f"{file} has format {found!r}; this version reads format {FORMAT}")
    return document
