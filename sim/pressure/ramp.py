"""A ramp: pressure that rises (or falls) steadily, to find the point at which a pool gives way."""

from collections.abc import Callable

from sim.pressure.rates import Chance, FailureRates
from sim.pressure.reclaim import ReclaimTimes


class Ramp:
    """Memory whose failure rates go in a straight line from level to level (implements `sim.kernel.memory.Memory`).

    `floor` holds until `start` (ns), then the rates change over `over` ns (0: at once), and `ceiling` holds from then
    on. A `high` rate that only one of the two gives is taken to be the first attempt's in the other. `uniform`: draws
    from [0, 1). `reclaim`: how long reclaim takes. Raise a ValueError if `over` is negative.
    """

    by_order = False

    def __init__(
        self,
        start: int,
        over: int,
        floor: FailureRates,
        ceiling: FailureRates,
        *,
        uniform: Callable[[], float],
        reclaim: ReclaimTimes,
    ) -> None:
        if over < 0:
            raise ValueError(f"over(={over}) must be >= 0")
        self.start = start
        self.over = over
        self.floor = floor
        self.ceiling = ceiling
        self._chance = Chance(uniform, reclaim)

    def rates(self, now: int) -> FailureRates:
        """The failure rates at `now` (ns)."""
        if now < self.start:
            return self.floor
        if now >= self.start + self.over:
            return self.ceiling
        floor, ceiling = self.floor, self.ceiling
        risen = (now - self.start) / self.over
        high = None
        if floor.high is not None or ceiling.high is not None:
            high = _between(
                floor.first_attempt if floor.high is None else floor.high,
                ceiling.first_attempt if ceiling.high is None else ceiling.high,
                risen,
            )
        return FailureRates(
            _between(floor.first_attempt, ceiling.first_attempt, risen),
            _between(floor.with_reclaim, ceiling.with_reclaim, risen),
            high,
        )

    def reclaim(self, gfp: int, now: int, kthread: bool, order: int = 0) -> int:
        """The ns in reclaim; 0 for an attempt that finds a page without."""
        return self._chance.reclaim_time(self.rates(now), gfp, now, kthread)

    def grants(self, gfp: int, now: int, order: int = 0) -> bool:
        """Whether the attempt gets its page at the rates of `now`."""
        return self._chance.grants(self.rates(now), gfp, now)

    def give_back(self, order: int) -> None:
        """What is freed does not change the schedule."""

    def refuses_until(self, now: int) -> int:
        """The rates are not looked at ahead of time."""
        return now

    def level(self, start: int, end: int) -> float:
        """The mean over (start, end] of the rate at which first attempts fail; at `end` if the interval is empty."""
        if start >= end:
            return self.rates(end).first_attempt
        top = self.start + self.over
        low, high = min(max(start, self.start), end), max(min(end, top), start)
        rise = ((low + high) / 2 - self.start) / self.over * (high - low) if high > low else 0.0
        risen = (rise + max(0, end - max(start, top))) / (end - start)
        return _between(self.floor.first_attempt, self.ceiling.first_attempt, risen)


def _between(low: float, high: float, risen: float) -> float:
    return low + (high - low) * risen
