"""What can be said of numbers that came out of runs, and what theory knows of mempools.

Intervals for rates, quantiles, means and differences over replications; closed forms and small exact chains to check
simulations against. Usable on its own: nothing here knows of scenarios or runs.
"""

from sim.statistics.clusters import Band, BucketInterval, ClusteredHistogram
from sim.statistics.equivalence import Equivalence, equivalent
from sim.statistics.interval import Interval
from sim.statistics.mean import mean, ratio
from sim.statistics.proportion import at_most, clopper_pearson, design_effect, rate
from sim.statistics.quantile import minimum_n, order_statistics
from sim.statistics.queueing import (
    Repairman,
    erlang_b,
    erlang_c,
    machine_repairman,
    mean_wait,
    truncated_geometric,
)
from sim.statistics.reserve import ReserveUse, independent_failures, on_off_outages

__all__ = [
    "Band",
    "BucketInterval",
    "ClusteredHistogram",
    "Equivalence",
    "Interval",
    "Repairman",
    "ReserveUse",
    "at_most",
    "clopper_pearson",
    "design_effect",
    "equivalent",
    "erlang_b",
    "erlang_c",
    "independent_failures",
    "machine_repairman",
    "mean",
    "mean_wait",
    "minimum_n",
    "on_off_outages",
    "order_statistics",
    "rate",
    "ratio",
    "truncated_geometric",
]
