"""Pictures as files: all those of a result, and one of an experiment beside its data."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.plots.busiest import busiest_pools
from sim.plots.ccdf import ccdf
from sim.plots.memory import memory
from sim.plots.paths import paths
from sim.plots.reserve import reserve
from sim.plots.split import split
from sim.plots.style import Panels, styled
from sim.results.memory import has_memory
from sim.results.table import headline

if TYPE_CHECKING:
    import os

    import pandas as pd

    from sim.results.result import Result

MOST_POOLS = 4
"""How many pools get pictures of their own."""


@dataclass(frozen=True)
class Picture:
    """A picture of a result: its file, the plot that it is, the pool that it is about, if that is one, and its Axes."""

    file: str
    plot: str
    pool: str | None
    draw: Callable[[], Axes]


def pictures_of(result: "Result") -> list[Picture]:
    """Return the pictures of a result, none of them drawn yet: ccdf.png, paths.png, reserve.png and split.png.

    If the machine had memory of its own, memory.png, too. With several pools, paths-POOL.png, reserve-POOL.png and
    memory-POOL.png for those whose calls took the most time.
    """
    pools = busiest_pools(result)
    endings = {pool: f"-{pool}" for pool in pools[:MOST_POOLS]} if len(pools) > 1 else {None: ""}
    by_pool: list[Callable[..., Panels]] = [paths, reserve, *([memory] if has_memory(result.document) else ())]
    of_pools = [
        Picture(f"{plot.__name__}{ending}.png", plot.__name__, pool, partial(_uppermost, plot, result, pool))
        for plot in by_pool
        for pool, ending in endings.items()
    ]
    return [
        Picture("ccdf.png", "ccdf", None, partial(ccdf, result)),
        *of_pools,
        Picture("split.png", "split", None, partial(split, result)),
    ]


def save_all(result: "Result", directory: "str | os.PathLike[str]") -> list[Path]:
    """Write `pictures_of` a result into `directory` and return their paths.

    The directory is made if need be; pictures that are in it are overwritten.
    """
    home = Path(directory)
    home.mkdir(parents=True, exist_ok=True)
    written = []
    for picture in pictures_of(result):
        _paint(picture.draw(), home / picture.file, headline(result.document))
        written.append(home / picture.file)
    return written


def png_of(axes: Axes | Panels, description: str | None = None) -> bytes:
    """Return the picture in which `axes` are as the content of a PNG file that bears the description, or its title."""
    content, first = io.BytesIO(), _first(axes)
    _paint(first, content, first.get_title() if description is None else description)
    return content.getvalue()


def save_figure(
    axes: Axes | Panels, path: "str | os.PathLike[str]", frame: "pd.DataFrame | None" = None
) -> tuple[Path, ...]:
    """Write the picture in which `axes` are to `path`, such as lines.png, and return the paths of what was written.

    `frame`, the data that it shows, goes into a CSV file of the same name beside it. Files that are there are
    overwritten.
    """
    first = _first(axes)
    _paint(first, Path(path), first.get_title())
    written = [Path(path)]
    if frame is not None:
        written.append(Path(path).with_suffix(".csv"))
        frame.to_csv(written[-1], index=False)
    return tuple(written)


def _first(axes: Axes | Panels) -> Axes:
    first: Axes = axes if isinstance(axes, Axes) else axes[0]
    return first


def _uppermost(plot: Callable[..., Panels], result: "Result", pool: str | None) -> Axes:
    return _first(plot(result, pool=pool))


def _paint(axes: Axes, where: Path | io.BytesIO, description: str) -> None:
    figure = axes.figure
    assert isinstance(figure, Figure)
    is_png = isinstance(where, io.BytesIO) or where.suffix == ".png"
    metadata = {"Title": axes.get_title(), "Description": description} if is_png else None
    with styled():
        figure.savefig(where, metadata=metadata)
