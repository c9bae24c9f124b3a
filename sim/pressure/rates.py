"""Failure rates: how likely each kind of attempt is to fail, and the coin that decides one attempt.

What kind an attempt is, its gfp mask says. One that may not reclaim fails as soon as the free lists offer nothing. One
that may, looks at the same free lists first; only if they offer nothing does it reclaim, and it fails if that brings
nothing either (__alloc_pages_slowpath). So the page is there, or it is reclaimed, or the attempt fails.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sim.kernel.gfp import DIRECT_RECLAIM, HIGH
from sim.pressure.reclaim import ReclaimTimes


@dataclass(frozen=True, slots=True)
class FailureRates:
    """The share of attempts that fail, each 0 to 1, by what their mask allows.

    `first_attempt`: without __GFP_DIRECT_RECLAIM, as a mempool's first attempt always is. `with_reclaim`: with it, all
    in all, whether or not reclaim was needed. `high`: without it but with __GFP_HIGH, which may go deeper into the
    reserves of the zone (GFP_ATOMIC); None for the rate of any first attempt.

    Raise a ValueError for a rate outside 0 to 1.
    """

    first_attempt: float
    with_reclaim: float
    high: float | None = None

    def __post_init__(self) -> None:
        for name in ("first_attempt", "with_reclaim", "high"):
            rate = getattr(self, name)
            if rate is not None and not 0 <= rate <= 1:
                raise ValueError(f"{name}(={rate}) must be between 0 and 1")

    @property
    def verdict(self) -> bool | None:
        """Whether every attempt is granted; None if that depends on its mask or on chance."""
        rates = {self.first_attempt, self.with_reclaim} | ({self.high} - {None})
        return None if rates not in ({0.0}, {1.0}) else rates == {0.0}

    def of(self, gfp: int) -> float:
        """The share of attempts with this mask that fail."""
        if gfp & DIRECT_RECLAIM:
            return self.with_reclaim
        if gfp & HIGH and self.high is not None:
            return self.high
        return self.first_attempt

    def in_need(self, gfp: int) -> float:
        """The share of attempts with this reclaiming mask that find no page and have to reclaim.

        As many as would fail without reclaim; no fewer than fail with it, since none fails unless it has tried.
        """
        return max(self.of(gfp & ~DIRECT_RECLAIM), self.with_reclaim)

    def in_vain(self, gfp: int) -> float:
        """The share of the attempts with this reclaiming mask that had to reclaim, and then fail."""
        return self.with_reclaim / self.in_need(gfp) if self.with_reclaim else 0.0


GRANTED = FailureRates(0.0, 0.0)
"""No attempt fails."""
REFUSED = FailureRates(1.0, 1.0)
"""Every attempt fails."""


class Chance:
    """Decides attempts, given the failure rates in force.

    `uniform`: draws from [0, 1); asked only when a rate lies strictly between 0 and 1. `reclaim`: how long reclaim
    takes.
    """

    __slots__ = ("_page_at", "_reclaim", "_uniform")

    def __init__(self, uniform: Callable[[], float], reclaim: ReclaimTimes) -> None:
        self._uniform = uniform
        self._reclaim = reclaim
        self._page_at: int | None = None

    def reclaim_time(self, rates: FailureRates, gfp: int, now: int, kthread: bool) -> int:
        """The ns that a reclaiming attempt spends in reclaim: 0 if it finds a page without."""
        need = rates.in_need(gfp)
        if need < 1.0 and (need <= 0.0 or self._uniform() >= need):
            # Spending no time, the attempt is decided before any other: `now` is enough to know it again.
            self._page_at = now
            return 0
        return self._reclaim.draw(kthread)

    def grants(self, rates: FailureRates, gfp: int, now: int) -> bool:
        """Whether the attempt gets its page; a reclaiming one is decided now that its reclaim is over."""
        if not gfp & DIRECT_RECLAIM:
            rate = rates.of(gfp)
        elif self._page_at == now:
            self._page_at = None
            return True
        else:
            rate = rates.in_vain(gfp)
        return rate < 1.0 and (rate <= 0.0 or self._uniform() >= rate)
