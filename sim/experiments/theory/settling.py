"""How much of a run lies before its steady state, which theory speaks of: a run begins with nobody there."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.workload.cut_off import mean_within

if TYPE_CHECKING:
    from sim.workload.distributions import Distribution

_DRAWS = 100_000


def exponential_share(settling_ns: float, warmup_ns: float, duration_ns: float) -> float:
    """The mean of exp(-t / settling) from the end of the warm-up to the end of the run: how far it is from settled."""
    begun = settling_ns * (math.exp(-warmup_ns / settling_ns) - math.exp(-duration_ns / settling_ns))
    return begun / (duration_ns - warmup_ns)


def filling_share(holds: Sequence[tuple[float, "Sequence[Distribution]"]], warmup_ns: int, duration_ns: int) -> float:
    """The share of the load that is not there yet, mean from the end of the warm-up to the end of the run.

    `holds`: classes of callers as (weight, distributions whose sum is a hold). With unlimited servers the load at time
    t is the whole one but for E[(H - t)+] / E[H] (M/G/inf). It is estimated from draws, whatever the distributions; the
    part of a heavy tail that is longer than the run, which draws may not show, is missing as a whole.
    """
    rng = np.random.default_rng(1)
    missing = whole = 0.0
    for weight, parts in holds:
        hold = np.sum([part.sample(rng, _DRAWS) for part in parts], axis=0).astype(np.float64)
        # The integral of (H - t)+ from w to T is ((H - w)+^2 - (H - T)+^2) / 2.
        after = np.maximum(hold - warmup_ns, 0) ** 2 - np.maximum(hold - duration_ns, 0) ** 2
        means = [part.mean_ns or 0.0 for part in parts]
        beyond = sum(mean - mean_within(part, duration_ns) for mean, part in zip(means, parts, strict=True))
        missing += weight * (float(after.mean()) / 2 / (duration_ns - warmup_ns) + max(beyond, 0.0))
        whole += weight * sum(means)
    return missing / whole
