"""The mean of a duration that is cut off, as it is by the end of a run.

Heavy tails have means that nobody lives to see: of a Pareto distribution with tail index 1 and minimum 1 ns the mean is
infinite, and yet within an hour one duration follows another every 30 ns. How often something happens within a time H
is H / E[min(duration, H)].
"""

import math

from sim.workload.distributions import Distribution, Gamma, Lognormal, Mixture, Pareto, Weibull
from sim.workload.measured import Histogram

_TINY_SHAPE = 0.01


def mean_within(distribution: Distribution, horizon: int) -> float:
    """The mean in ns of a duration of which what is beyond `horizon` ns does not count.

    For light tails it is taken to be the mean itself, or the horizon if that is less: an upper bound.
    """
    match distribution:
        case Mixture():
            total = sum(part.weight for part in distribution.root)
            mean = sum(part.weight / total * mean_within(part.of, horizon) for part in distribution.root)
        case Histogram():
            total = sum(count for _, _, count in distribution.root)
            mean = sum(count * min((low + high) / 2, horizon) for low, high, count in distribution.root) / total
        case Pareto():
            mean = _pareto(distribution.minimum, distribution.alpha, horizon)
        case Lognormal():
            mean = _lognormal(math.log(distribution.median), distribution.spread, horizon)
        case Weibull() if distribution.mean_ns is None:
            mean = horizon * math.exp(-((horizon / distribution.scale) ** distribution.shape))
        case Gamma() if distribution.shape < _TINY_SHAPE:
            mean = _gamma(distribution.mean, distribution.shape, horizon)
        case _:
            mean = horizon if distribution.mean_ns is None else distribution.mean_ns
    return min(mean, horizon)


def _pareto(minimum: int, alpha: float, horizon: int) -> float:
    """The integral of P(longer than x) = (minimum / x)**alpha up to the horizon."""
    if minimum >= horizon:
        return horizon
    log_ratio = math.log(horizon / minimum)
    power = (1 - alpha) * log_ratio
    # expm1(power) / power is 1 at alpha = 1, where the integral of 1 / x is a logarithm.
    return minimum * (1 + log_ratio * (math.expm1(power) / power if power else 1.0))


def _lognormal(mu: float, sigma: float, horizon: int) -> float:
    """exp(mu + sigma**2 / 2) * Phi(z - sigma) + horizon * (1 - Phi(z)), z being the horizon in standard units."""
    z = (math.log(horizon) - mu) / sigma
    beyond = horizon * math.erfc(z / math.sqrt(2)) / 2
    within = math.erfc((sigma - z) / math.sqrt(2)) / 2
    # Where the first factor is too large for a float the second is nothing, and all lies beyond or near zero.
    power = mu + sigma * sigma / 2
    return beyond + (math.exp(power) * within if within > 0 and power < 700 else 0.0)


def _gamma(mean: int, shape: float, horizon: int) -> float:
    """A rough mean for a tiny shape, where nearly all draws are 0: P(longer than x) is about shape * E1(x / scale)."""
    scale = mean / shape
    return min(mean, shape * horizon * (1 + math.log1p(scale / horizon)))
