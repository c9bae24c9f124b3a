"""Where a picture is drawn, and in which style; neither leaves a trace in pyplot or in matplotlib's settings."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.plots.notebook import show_below_cell

STYLE = Path(__file__).with_name("mempool.mplstyle")
"""The style sheet, also for a reader's own pictures: ``with matplotlib.style.context(STYLE): ...``"""

_OWN = "mempool-sim picture"

Panels: TypeAlias = NDArray[Any]
"""Axes one above the other, the uppermost first, or side by side."""


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style, whatever the reader's own settings are, and leave those as they were."""
    with matplotlib.style.context(str(STYLE), after_reset=True):
        yield


@contextmanager
def picture(
    ax: Axes | Sequence[Axes] | Panels | None,
    heights: Sequence[float] = (1,),
    size: tuple[float, float] | None = None,
    *,
    sharex: bool = True,
    across: bool = False,
) -> Iterator[Panels]:
    """Yield the Axes to draw into: those given, or as many as there are `heights` on one x axis of a new figure.

    `heights` are relative; `size` is (width, height) in inches. Without `sharex` each has an x axis of its own;
    `across`: they are side by side on one y axis instead, and `heights` are widths. A new figure is shown below the
    notebook's cell. Raise a ValueError if `ax` is another number of Axes.
    """
    with styled():
        if ax is None:
            figure = Figure(figsize=size)
            figure.set_gid(_OWN)
            if across:
                panels = figure.subplots(1, len(heights), sharey=True, squeeze=False, width_ratios=heights)[0]
            else:
                grid = figure.subplots(len(heights), 1, sharex=sharex, squeeze=False, height_ratios=heights)
                panels = grid[:, 0]
        else:
            panels = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
            if len(panels) != len(heights):
                raise ValueError(f"ax has {len(panels)} Axes, but this picture has {len(heights)} panels")
        yield panels
    if ax is None:
        show_below_cell(figure)


def is_own(ax: Axes) -> bool:
    """Whether `ax` is in a figure that was made here, and so has room for what stands beside the data."""
    return bool(ax.figure.get_gid() == _OWN)
