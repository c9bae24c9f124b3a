"""Pictures of an experiment that was kept without them, drawn from the tables in its directory."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sim.experiments.comparison import compare
from sim.experiments.outcome import Picture
from sim.experiments.sizing import size
from sim.experiments.sweeps import pictures as sweep
from sim.experiments.verification import document as verification
from sim.reports.content import Data, Figure
from sim.reports.reading import reading_of
from sim.reports.stored import text_in

Frames = Mapping[str, pd.DataFrame]

_PICTURES: dict[str, Callable[[Mapping[str, Any], Frames], dict[str, Picture]]] = {
    "comparison": compare.pictures_of,
    "sizing": size.pictures_of,
    "sweep": sweep.pictures_of,
    "verification": verification.pictures_of,
}


def redrawn(document: Mapping[str, Any], home: Path) -> Iterator[Figure]:
    """Yield the pictures of an experiment, drawn anew; none if its tables are not all there or cannot be drawn."""
    from sim.plots.save import png_of

    pictures_of = _PICTURES.get(document["kind"])
    try:
        words = _made_of_words(document)
        files = home.glob("*.csv")
        frames = {file.stem: frame for file in files if (frame := _frame(home, file.name, words)) is not None}
        pictures = pictures_of(document, frames) if pictures_of else {}
        drawn = {name: png_of(picture()) for name, picture in pictures.items()}
    except Exception:  # noqa: BLE001  whatever it is, the rest of the page is worth more
        return
    for name, png in drawn.items():
        picture = pictures[name]
        text = text_in(home, f"{name}.csv") or picture.frame.to_csv(index=False, lineterminator="\n")
        data = Data(f"{name}.csv", text)
        yield Figure(picture.title, reading_of(f"{name}.png"), alt_of(picture.title, data=True), png, data)


def alt_of(title: str, *, data: bool) -> str:
    """Return what a picture would say to who cannot see it."""
    return f"Plot: {title}." + (" Its data are in the table below." if data else "")


def _made_of_words(document: Mapping[str, Any]) -> list[str]:
    """The axes of a sweep whose values are not all numbers, such as kernels."""
    axes = document["sweep"]["vary"] if document["kind"] == "sweep" else {}
    return [path for path, values in axes.items() if any(isinstance(value, str) for value in values)]


def _frame(home: Path, name: str, words: Iterable[str]) -> pd.DataFrame | None:
    text = text_in(home, name)
    if not text or not text.strip():
        return None
    # A variant may be called NA, or 1; a kernel is no number.
    named = dict.fromkeys(("variant", "baseline", "subject", "measure", "configuration", "pool", *words), str)
    return pd.read_csv(io.StringIO(text), dtype=named, keep_default_na=False, na_values=[""])
