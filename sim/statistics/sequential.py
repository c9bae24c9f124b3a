"""Replicating until an estimate is known well enough."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.statistics.interval import Interval
from sim.statistics.mean import mean


@dataclass(frozen=True)
class RelativeWidth:
    """When to stop: the interval's half-width is within `relative` of the truth, `hits` times in a row.

    At least `least` and at most `most` replications are made. Since an interval is the narrower by chance when it is
    looked at often, the rule is a little early; a second hit and ten replications before the first look keep that small
    (Chow and Robbins 1965; Law 2015, §9.4.1). Raise a ValueError unless 0 < relative < 1, 2 <= least <= most and
    hits >= 1.
    """

    relative: float = 0.05
    least: int = 10
    most: int = 1_000
    hits: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.relative < 1:
            raise ValueError(f"relative(={self.relative}) must be between 0 and 1, such as 0.05")
        if not 2 <= self.least <= self.most:
            raise ValueError(f"least(={self.least}) must be >= 2 and at most most(={self.most})")
        if self.hits < 1:
            raise ValueError(f"hits(={self.hits}) must be >= 1")

    def enough(self, interval: Interval) -> bool:
        """Whether one interval is narrow enough: its half-width at most g / (1 + g) of the value, g = `relative`.

        A half-width of that share of the estimate is at most g of the truth, if the interval covers it.
        """
        return interval.relative_half_width <= self.relative / (1 + self.relative)


@dataclass(frozen=True)
class Stopped:
    """What was sampled, what it tells, and whether it was `enough` or the most that was allowed."""

    values: tuple[float, ...]
    interval: Interval
    enough: bool


def replicate_until(
    sample: Callable[[int], float], rule: RelativeWidth, estimate: Callable[[Sequence[float]], Interval] = mean
) -> Stopped:
    """Sample replications 0, 1, ... until the `estimate` of all of them is narrow enough by `rule`.

    An interval of no width at all does not count: nothing has been seen to vary yet.
    """
    values: list[float] = []
    hits = 0
    while True:
        values.append(sample(len(values)))
        if len(values) < rule.least:
            continue
        interval = estimate(values)
        hits = hits + 1 if interval.half_width > 0 and rule.enough(interval) else 0
        if hits >= rule.hits or len(values) >= rule.most:
            return Stopped(tuple(values), interval, hits >= rule.hits)
