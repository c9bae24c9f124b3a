"""Pictures of results. Matplotlib is imported here and nowhere else.

Every function takes a Result, or `phase` a table of several runs, draws into the Axes given as `ax=`, or into a new
figure, and returns the Axes. The style is applied to the picture alone. In a notebook a new figure is shown once, below
its cell. Make a figure of your own with `layout="constrained"`, lest long names be cut off at its edges.
"""

from sim.plots.ccdf import ccdf
from sim.plots.memory import memory
from sim.plots.paths import paths
from sim.plots.phase import phase
from sim.plots.reserve import reserve
from sim.plots.save import save_all
from sim.plots.split import split
from sim.plots.style import STYLE

__all__ = ["STYLE", "ccdf", "memory", "paths", "phase", "reserve", "save_all", "split"]
