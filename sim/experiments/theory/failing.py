"""How attempts to get memory for a pool fail: never, always, by chance, or in outages; or in a way no theory has."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.kernel import Pages
from sim.kernel.gfp import DIRECT_RECLAIM
from sim.pressure import ReclaimPreset
from sim.scenario.pressure import ConstantSpec, OnOffSpec, PageFaultInjectionSpec
from sim.workload.distributions import Exponential

if TYPE_CHECKING:
    from sim.kernel.call import Masks
    from sim.scenario import Scenario
    from sim.scenario.fault import FaultInjectionSpec

NEVER, ALWAYS = 0.0, 1.0


@dataclass(frozen=True)
class Outages:
    """Memory is good and bad in turn, each for an exponential time of this mean; the share of attempts that fail."""

    good_ns: float
    bad_ns: float
    p_good: float
    p_bad: float
    stationary: bool


@dataclass(frozen=True)
class Other:
    """Attempts fail in a way that no theory has; why, in a sentence."""

    reason: str


Failing = float | Outages | Other
"""The share of attempts that fail, independently of each other; or outages; or something else."""


def failing(scenario: "Scenario", pool: str, mask: int) -> Failing:
    """How attempts with `mask` for elements of `pool` fail."""
    of_memory = _of_memory(scenario, mask)
    if of_memory != NEVER and not isinstance(scenario.pools[pool].source(scenario.machine.cpus), Pages):
        return Other(f"{pool} is backed by a slab cache, which keeps spare objects: theory has pages")
    own = scenario.pools[pool].fault_injection
    if own is None or own.probability == 0:
        return of_memory
    if of_memory != NEVER:
        return Other(f"attempts for {pool} fail both by its own fault_injection and since memory is short")
    return _injected(own, f"fault_injection of {pool}")


def _of_memory(scenario: "Scenario", mask: int) -> Failing:
    if scenario.memory is not None:
        return Other("the machine has memory of its own (memory:), whose state depends on all that goes on")
    match scenario.pressure:
        case "none":
            return NEVER
        case ConstantSpec():
            return scenario.pressure.rates.of(mask)
        case PageFaultInjectionSpec():
            return _injected(scenario.pressure, "fault_injection")
        case OnOffSpec():
            return _outages(scenario.pressure, mask)
        case pressure:
            kind = type(pressure).__name__.removesuffix("Spec").lower()
            return Other(f"memory fails by {kind}: theory has failures never, always, by chance, or on/off")


def _injected(spec: "FaultInjectionSpec", what: str) -> Failing:
    if spec.times == 0 or spec.probability == 0:
        return NEVER
    if spec.times > 0 or spec.space > 1 or spec.interval > 1:
        return Other(f"{what} counts attempts (interval, times or space): theory has independent failures")
    return spec.probability / 100


def _outages(spec: OnOffSpec, mask: int) -> Failing:
    p_good, p_bad = spec.when_good.rates.of(mask), spec.when_bad.rates.of(mask)
    if p_good == p_bad:
        return p_good
    for name, sojourn in (("good", spec.good), ("bad", spec.bad)):
        if not isinstance(sojourn, Exponential):
            return Other(f"the time that memory stays {name} is not exponential, as the Markov chain has it")
    assert spec.good.mean_ns is not None and spec.bad.mean_ns is not None  # noqa: PT018  both are exponential
    return Outages(spec.good.mean_ns, spec.bad.mean_ns, p_good, p_bad, spec.start == "stationary")


def reclaim_takes_time(scenario: "Scenario", pool: str, masks: "Masks") -> bool:
    """Whether a call with these masks may spend time in direct reclaim, if memory always fails."""
    if not any(mask & DIRECT_RECLAIM for mask in (*masks.before_sleep, *masks.after_sleep)):
        return False
    latency = getattr(scenario.pressure, "reclaim_latency", None)
    if latency is None:
        return False
    return isinstance(latency, ReclaimPreset) or latency.mean_ns != 0
