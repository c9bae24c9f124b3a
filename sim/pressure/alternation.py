"""Memory that alternates between a good and a bad state: what on/off, bursts and periodic outages have in common.

The instants at which the state changes come from a stream of their own and are drawn in order, whoever asks and when.
So the state is a function of time alone, and two runs that differ only in their pools see the very same outages. What
does depend on the attempts is the coin of a rate strictly between 0 and 1 and the time of each reclaim: one draw each
for every attempt that needs it, in the order of the attempts.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator

from sim.kernel.memory import NEVER
from sim.pressure.rates import Chance, FailureRates
from sim.pressure.reclaim import NO_TIME, ReclaimTimes

_STALLED = 10_000
_KEPT = 4_096


class Alternation:
    """Memory that is good, then bad, then good again (implements `sim.kernel.memory.Memory`).

    `changes`: the instants (ns, never decreasing) at which the state changes: first from good to bad, then back, and so
    on; good from the beginning of time to the first, and the last state stays if they end. A change counts from its
    instant on. Two at one instant cancel each other. `good`, `bad`: the failure rates in the two states. `uniform`:
    draws from [0, 1). `reclaim`: how long reclaim takes.

    Raise a ValueError, when first asked about a time, if the changes go on without time passing.
    """

    by_order = False

    def __init__(
        self,
        changes: Iterator[int],
        good: FailureRates,
        bad: FailureRates,
        *,
        uniform: Callable[[], float],
        reclaim: ReclaimTimes,
    ) -> None:
        self.good = good
        self.bad = bad
        self._states = (good, bad)
        self._verdicts = (good.verdict, bad.verdict)
        self._chance = Chance(uniform, reclaim)
        self._reclaim = reclaim
        self._changes = changes
        self._known = array("q")
        self._horizon = -1
        self._since = self._until = 0
        self._rates = good
        self._verdict = good.verdict

    def reclaim(self, gfp: int, now: int, kthread: bool, order: int = 0) -> int:
        """The ns in reclaim; 0 for an attempt that finds a page without."""
        if not self._since <= now < self._until:
            self._seek(now)
        if self._verdict is None:
            return self._chance.reclaim_time(self._rates, gfp, now, kthread)
        return 0 if self._verdict else self._reclaim.draw(kthread)

    def grants(self, gfp: int, now: int, order: int = 0) -> bool:
        """Whether the attempt gets its page in the state that memory is in at `now`."""
        if not self._since <= now < self._until:
            self._seek(now)
        verdict = self._verdict
        return self._chance.grants(self._rates, gfp, now) if verdict is None else verdict

    def give_back(self, order: int) -> None:
        """What is freed does not change the schedule."""

    def refuses_until(self, now: int) -> int:
        """Until the state changes, if it refuses everything and reclaim takes no time."""
        if self._reclaim is not NO_TIME:
            return now
        if not self._since <= now < self._until:
            self._seek(now)
        return self._until if self._verdict is False else now

    def level(self, start: int, end: int) -> float:
        """The mean over (start, end] of the rate at which first attempts fail; at `end` if the interval is empty.

        What lies well before `start` and before the last attempt is forgotten, so that a long run stays small.
        """
        self._extend(end)
        known = self._known
        if start >= end:
            return self._states[bisect_right(known, end) % 2].first_attempt
        first = bisect_right(known, start)
        bad, since = 0, start
        for index in range(first, len(known) + 1):
            until = min(known[index], end) if index < len(known) else end
            bad += (until - since) * (index % 2)
            since = until
            if since == end:
                break
        self._forget(min(first, bisect_right(known, self._since)))
        share = bad / (end - start)
        return share * self.bad.first_attempt + (1 - share) * self.good.first_attempt

    def _seek(self, now: int) -> None:
        self._extend(now)
        index = bisect_right(self._known, now)
        self._since = self._known[index - 1] if index else -NEVER
        self._until = self._known[index] if index < len(self._known) else NEVER
        self._rates = self._states[index % 2]
        self._verdict = self._verdicts[index % 2]

    def _extend(self, now: int) -> None:
        """Draw changes until one lies beyond `now`."""
        stalled = 0
        while self._horizon <= now:
            change = min(next(self._changes, NEVER), NEVER)
            stalled = 0 if change > self._horizon else stalled + 1
            if stalled == _STALLED:
                raise ValueError(f"{_STALLED} changes of state in a row at {change} ns: memory's time does not pass")
            self._horizon = change
            if change < NEVER:
                self._known.append(change)

    def _forget(self, before: int) -> None:
        """Drop changes that nobody will ask about again, an even number so that even ones keep leading to bad."""
        surplus = (before - _KEPT) // 2 * 2
        if surplus > _KEPT:
            del self._known[:surplus]
