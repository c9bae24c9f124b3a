"""Pictures as files: all those of a result, and one of an experiment beside its data."""

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
    from collections.abc import Callable

    import pandas as pd

    from sim.results.result import Result

MOST_POOLS = 4
"""How many pools get pictures of their own."""


def save_all(result: "Result", directory: "str | os.PathLike[str]") -> list[Path]:
    """Write ccdf.png, paths.png, reserve.png and split.png into `directory` and return their paths.

    If the machine had memory of its own, memory.png, too. With several pools, paths-POOL.png, reserve-POOL.png and
    memory-POOL.png for those whose calls took the most time. The directory is made if need be; pictures that are in it
    are overwritten.
    """
    home = Path(directory)
    home.mkdir(parents=True, exist_ok=True)
    pools = busiest_pools(result)
    endings = {pool: f"-{pool}" for pool in pools[:MOST_POOLS]} if len(pools) > 1 else {None: ""}
    written = [_write(ccdf(result), home / "ccdf.png", result)]
    by_pool: list[Callable[..., Panels]] = [paths, reserve, *([memory] if has_memory(result.document) else ())]
    for draw in by_pool:
        for pool, ending in endings.items():
            written.append(_write(draw(result, pool=pool)[0], home / f"{draw.__name__}{ending}.png", result))
    return [*written, _write(split(result), home / "split.png", result)]


def save_figure(
    axes: Axes | Panels, path: "str | os.PathLike[str]", frame: "pd.DataFrame | None" = None
) -> tuple[Path, ...]:
    """Write the picture in which `axes` are to `path`, such as lines.png, and return the paths of what was written.

    `frame`, the data that it shows, goes into a CSV file of the same name beside it. Files that are there are
    overwritten.
    """
    first = axes if isinstance(axes, Axes) else axes[0]
    written = [_paint(first, Path(path), first.get_title())]
    if frame is not None:
        written.append(Path(path).with_suffix(".csv"))
        frame.to_csv(written[-1], index=False)
    return tuple(written)


def _write(axes: Axes, path: Path, result: "Result") -> Path:
    return _paint(axes, path, headline(result.document))


def _paint(axes: Axes, path: Path, description: str) -> Path:
    figure = axes.figure
    assert isinstance(figure, Figure)
    metadata = {"Title": axes.get_title(), "Description": description} if path.suffix == ".png" else None
    with styled():
        figure.savefig(path, metadata=metadata)
    return path
