"""Constant pressure: every attempt of a kind has the same chance, whatever the time and whatever went before.

The failures of a real machine are not like that but come in bursts; independent ones hardly ever drain a pool, since
the elements freed meanwhile refill it. This model is for comparison with theory, and for the ends of the scale, 0 and
1.
"""

from collections.abc import Callable

from sim.kernel.memory import NEVER
from sim.pressure.rates import Chance, FailureRates
from sim.pressure.reclaim import NO_TIME, ReclaimTimes


class Constant:
    """Memory in which attempts fail independently at constant rates (implements `sim.kernel.memory.Memory`).

    `rates`: how many fail. `uniform`: draws from [0, 1). `reclaim`: how long reclaim takes.
    """

    by_order = False

    def __init__(self, rates: FailureRates, *, uniform: Callable[[], float], reclaim: ReclaimTimes) -> None:
        self.rates = rates
        self._verdict = rates.verdict
        self._chance = Chance(uniform, reclaim)
        self._reclaim = reclaim

    def reclaim(self, gfp: int, now: int, kthread: bool, order: int = 0) -> int:
        """The ns in reclaim; 0 for an attempt that finds a page without."""
        return self._chance.reclaim_time(self.rates, gfp, now, kthread)

    def grants(self, gfp: int, now: int, order: int = 0) -> bool:
        """Whether the attempt gets its page."""
        verdict = self._verdict
        return self._chance.grants(self.rates, gfp, now) if verdict is None else verdict

    def give_back(self, order: int) -> None:
        """What is freed does not change the schedule."""

    def refuses_until(self, now: int) -> int:
        """For ever, if the rates are 1 and reclaim takes no time."""
        return NEVER if self._verdict is False and self._reclaim is NO_TIME else now

    def level(self, start: int, end: int) -> float:
        """The rate at which first attempts fail."""
        return self.rates.first_attempt
