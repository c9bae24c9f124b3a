"""Pictures of results and of experiments. Matplotlib is imported here and nowhere else.

Pictures of one run take a Result, `phase` a table of several runs, those of experiments one of their frames. Each draws
into the Axes given as `ax=`, or into a new figure, and returns the Axes. The style is applied to the picture alone. In
a notebook a new figure is shown once, below its cell. Make a figure of your own with `layout="constrained"`, lest long
names be cut off at its edges.
"""

from sim.plots.against import against
from sim.plots.bottleneck import bottleneck
from sim.plots.ccdf import ccdf
from sim.plots.curves import curves
from sim.plots.differences import differences
from sim.plots.heat import heat
from sim.plots.lines import lines
from sim.plots.memory import memory
from sim.plots.pairs import pairs
from sim.plots.pareto import pareto
from sim.plots.paths import paths
from sim.plots.phase import phase
from sim.plots.pressure import pressure
from sim.plots.reserve import reserve
from sim.plots.save import save_all, save_figure
from sim.plots.shares import shares
from sim.plots.sizing import sizing
from sim.plots.split import split
from sim.plots.style import STYLE
from sim.plots.tornado import tornado
from sim.plots.verification import verification
from sim.plots.wakes import wakes

__all__ = [
    "STYLE",
    "against",
    "bottleneck",
    "ccdf",
    "curves",
    "differences",
    "heat",
    "lines",
    "memory",
    "pairs",
    "pareto",
    "paths",
    "phase",
    "pressure",
    "reserve",
    "save_all",
    "save_figure",
    "shares",
    "sizing",
    "split",
    "tornado",
    "verification",
    "wakes",
]
