"""All pictures of a result as files."""

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


def _write(axes: Axes, path: Path, result: "Result") -> Path:
    figure = axes.figure
    assert isinstance(figure, Figure)
    with styled():
        figure.savefig(path, metadata={"Title": axes.get_title(), "Description": headline(result.document)})
    return path
