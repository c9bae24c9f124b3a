"""What an estimate is: a value with its interval, how that was found, and what to beware of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """An estimate and the interval that covers the truth with probability `confidence`.

    `value`, `low` and `high` have one unit, and low <= value <= high; a bound that the sample is too small for is
    infinite. `method` is the interval's name in a few words. `warning` says why the interval may cover the truth less
    often than it claims, or what it rests on; None if nothing is known against it.
    """

    value: float
    low: float
    high: float
    confidence: float
    method: str
    warning: str | None = None

    def __contains__(self, truth: float) -> bool:
        """Whether the interval covers `truth`."""
        return self.low <= truth <= self.high

    @property
    def half_width(self) -> float:
        """How far the farther bound is from the value, in its unit."""
        return max(self.high - self.value, self.value - self.low)

    @property
    def relative_half_width(self) -> float:
        """`half_width` as a share of the value's size; infinite if that is 0 and the interval is wider."""
        if self.half_width == 0:
            return 0.0
        return self.half_width / abs(self.value) if self.value else float("inf")
