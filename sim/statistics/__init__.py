"""What theory knows of mempools: closed forms and small exact chains, to check simulations against."""

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
    "Repairman",
    "ReserveUse",
    "erlang_b",
    "erlang_c",
    "independent_failures",
    "machine_repairman",
    "mean_wait",
    "on_off_outages",
    "truncated_geometric",
]
