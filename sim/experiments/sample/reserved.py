"""What reserves cost: the memory that pools keep although nobody uses it."""

from typing import TYPE_CHECKING

from sim.kernel.page import PAGE_SIZE
from sim.scenario.pools import PagesBacking

if TYPE_CHECKING:
    from sim.scenario import Scenario


def element_bytes(scenario: "Scenario", pool: str) -> int:
    """Return the bytes of one element of a pool, without what a slab or a size class rounds it up to."""
    backing = scenario.pools[pool].backing
    return PAGE_SIZE << backing.order if isinstance(backing, PagesBacking) else backing.size


def reserved_bytes(scenario: "Scenario", pool: str | None = None) -> int:
    """Return the bytes that a pool, or all pools together, keep in reserve: min_nr elements each."""
    pools = scenario.pools if pool is None else [pool]
    return sum(scenario.pools[name].min_nr * element_bytes(scenario, name) for name in pools)
