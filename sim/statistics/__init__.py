"""What can be said of numbers that came out of runs, and what theory knows of mempools.

Intervals for rates, quantiles, means and differences over replications; closed forms and small exact chains to check
simulations against. Usable on its own: nothing here knows of scenarios or runs.
"""

from sim.statistics.batches import batch_means, mser5, von_neumann
from sim.statistics.clusters import Band, BucketInterval, ClusteredHistogram
from sim.statistics.equivalence import Equivalence, equivalent
from sim.statistics.fairness import jain
from sim.statistics.interval import Interval
from sim.statistics.mean import mean, ratio
from sim.statistics.multiple import Adjusted, holm
from sim.statistics.paired import Difference, paired_difference, paired_ratio, rate_difference
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
from sim.statistics.reserve import ReserveUse, independent_failures, on_off_outages, waits_in_outage
from sim.statistics.sequential import RelativeWidth, Stopped, replicate_until

__all__ = [
    "Adjusted",
    "Band",
    "BucketInterval",
    "ClusteredHistogram",
    "Difference",
    "Equivalence",
    "Interval",
    "RelativeWidth",
    "Repairman",
    "ReserveUse",
    "Stopped",
    "at_most",
    "batch_means",
    "clopper_pearson",
    "design_effect",
    "equivalent",
    "erlang_b",
    "erlang_c",
    "holm",
    "independent_failures",
    "jain",
    "machine_repairman",
    "mean",
    "mean_wait",
    "minimum_n",
    "mser5",
    "on_off_outages",
    "order_statistics",
    "paired_difference",
    "paired_ratio",
    "rate",
    "rate_difference",
    "ratio",
    "replicate_until",
    "truncated_geometric",
    "von_neumann",
    "waits_in_outage",
]
