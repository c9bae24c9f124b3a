"""The kernel's fault injection as a scenario writes it: four knobs, named as in debugfs.

The kernel has one set of knobs for all mempools together (the static fault_attrs in mm/mempool.c); here each pool has
its own, with its own counts, so that one pool can be tried without the others. Fault injection as `pressure:` is one
set for all.
"""

from collections.abc import Callable

from pydantic import Field

from sim.kernel.fault import PERCENT, UNLIMITED, FaultAttr
from sim.spec import Spec
from sim.units import Count


class FaultInjectionSpec(Spec):
    """The four knobs of the kernel's fault injection (lib/fault-inject.c)."""

    probability: int = Field(ge=0, le=PERCENT, description="Percentage of the candidates that fail.")
    interval: Count = Field(default=1, description="Every so many attempts, one is a candidate; with 0 or 1, all are.")
    times: int = Field(default=UNLIMITED, ge=UNLIMITED, description="How many attempts may fail in all; -1: no limit.")
    space: Count = Field(
        default=0,
        description="The number of the first attempt that is a candidate; those before it pass. 0 is 1.",
    )

    def attr(self, uniform: Callable[[], float]) -> FaultAttr:
        """The running fault_attr; `uniform` draws from [0, 1)."""
        return FaultAttr(self.probability, self.interval, self.times, self.space, uniform=uniform)
