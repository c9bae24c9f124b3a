"""Windows: pressure by a timed schedule and by the number of the call, as the recordings of real kernels were driven.

Nothing here is left to chance, so a run can be repeated against a real kernel whose backing allocator followed the same
schedule.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush

from sim.kernel.gfp import DIRECT_RECLAIM, FS, IO, KSWAPD_RECLAIM
from sim.kernel.memory import NEVER

_LATE = 1_000_000


class Mode(StrEnum):
    """Which attempts fail while a window is open; but for the last two their gfp mask decides."""

    OK = "ok"
    FAIL = "fail"
    FAIL_WITHOUT_DIRECT_RECLAIM = "fail_without_direct_reclaim"
    FAIL_WITH_DIRECT_RECLAIM = "fail_with_direct_reclaim"
    FAIL_WITHOUT_IO = "fail_without_io"
    FAIL_WITHOUT_FS = "fail_without_fs"
    FAIL_EVEN_CALLS = "fail_even_calls"
    """Calls with an even number."""
    FAIL_TWO_OF_THREE = "fail_two_of_three"
    """Calls whose number three does not divide."""


_FAILS: dict[Mode, Callable[[int, int], object]] = {
    Mode.OK: lambda _gfp, _number: False,
    Mode.FAIL: lambda _gfp, _number: True,
    Mode.FAIL_WITHOUT_DIRECT_RECLAIM: lambda gfp, _number: not gfp & DIRECT_RECLAIM,
    Mode.FAIL_WITH_DIRECT_RECLAIM: lambda gfp, _number: gfp & DIRECT_RECLAIM,
    Mode.FAIL_WITHOUT_IO: lambda gfp, _number: not gfp & IO,
    Mode.FAIL_WITHOUT_FS: lambda gfp, _number: not gfp & FS,
    Mode.FAIL_EVEN_CALLS: lambda _gfp, number: number % 2 == 0,
    Mode.FAIL_TWO_OF_THREE: lambda _gfp, number: number % 3,
}
"""Whether an attempt with this mask and number fails."""

_PERIOD = 6
"""Over so many calls each mode that goes by their number has run through all its cases."""


@dataclass(frozen=True)
class Window:
    """`mode` holds from `start` on, until `end` (ns; `end` itself is outside)."""

    start: int
    end: int
    mode: Mode

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError(f"window from {self.start} to {self.end} ns ends before it starts")


@dataclass(frozen=True)
class CallWindow:
    """`mode` holds for the attempts numbered `first` to `last`, both included; the first attempt is number 1."""

    first: int
    last: int
    mode: Mode

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.last:
            raise ValueError(f"calls {self.first} to {self.last}: expected 1 <= first <= last")


class Windows:
    """Memory that follows a schedule (implements `sim.kernel.memory.Memory`).

    `schedule`: windows of time; where they overlap the later in the list wins, outside them all is well. `calls`: the
    same by call number, which wins over the time. `reclaim_time(gfp, now, kthread)` is asked for the ns in reclaim of
    every attempt that may reclaim, in whatever mode; `reclaim`, used if that is not given, draws them with `kthread`
    for an attempt that memory as it stands would refuse if it could not reclaim.

    An attempt gets its number when it begins, and is decided by the mode that holds when its reclaim is over.
    """

    by_order = False

    def __init__(
        self,
        schedule: Iterable[Window],
        calls: Iterable[CallWindow] = (),
        *,
        reclaim_time: Callable[[int, int, bool], int] | None = None,
        reclaim: Callable[[bool], int] | None = None,
    ) -> None:
        self._times, self._time_modes = _flatten([(w.start, w.end, w.mode) for w in schedule])
        self._numbers, self._number_modes = _flatten([(c.first, c.last + 1, c.mode) for c in calls])
        self._reclaim_time = reclaim_time
        self._reclaim = reclaim
        self._since = self._until = 0
        self._fails = _FAILS[Mode.OK]
        self._reclaiming: list[tuple[int, int]] = []
        self.calls = 0
        """How many attempts have begun."""
        self.decided = 0
        """The number of the attempt that was decided last."""

    def reclaim(self, gfp: int, now: int, kthread: bool, order: int = 0) -> int:
        """The ns in reclaim of an attempt that begins at `now`."""
        if self._reclaim_time is not None:
            spent = self._reclaim_time(gfp, now, kthread)
        elif self._reclaim is not None and self._in_need(gfp, now):
            spent = self._reclaim(kthread)
        else:
            return 0
        if spent:
            self.calls += 1
            heappush(self._reclaiming, (now + spent, self.calls))
        return spent

    def grants(self, gfp: int, now: int, order: int = 0) -> bool:
        """Whether the attempt, which begins now or whose reclaim is over now, gets its page."""
        if gfp & DIRECT_RECLAIM and self._reclaiming:
            number = self._number(now)
        else:
            self.calls = number = self.calls + 1
        self.decided = number
        return not self._test(number, now)(gfp, number)

    def give_back(self, order: int) -> None:
        """What is freed does not change the schedule."""

    def refuses_until(self, now: int) -> int:
        """Every attempt gets a number, so none may be left out."""
        return now

    def level(self, start: int, end: int) -> float:
        """The mean share over (start, end] of first attempts that fail; at `end` if the interval is empty.

        Only the schedule of times counts, as nobody knows when a call number will come; the first attempt is taken to
        be one of GFP_NOIO: it may neither reclaim, nor start I/O, nor enter a file system.
        """
        if start >= end:
            return self._failing_at(end)
        total, since = 0.0, start
        while since < end:
            index = bisect_right(self._times, since)
            until = min(self._times[index], end) if index < len(self._times) else end
            total += (until - since) * self._failing_at(since)
            since = until
        return total / (end - start)

    def _failing_at(self, now: int) -> float:
        """The share of GFP_NOIO's first attempts that fail at `now`."""
        fails = _FAILS[self._time_modes[bisect_right(self._times, now)] or Mode.OK]
        return sum(bool(fails(KSWAPD_RECLAIM, number)) for number in range(_PERIOD)) / _PERIOD

    def _in_need(self, gfp: int, now: int) -> bool:
        number = self.calls + 1
        fails = self._test(number, now)
        return bool(fails(gfp & ~DIRECT_RECLAIM, number) or fails(gfp, number))

    def _number(self, now: int) -> int:
        """The number that an attempt, whose reclaim is over at `now`, got when it began."""
        # An element source may find an element by itself after reclaim and never ask for a decision.
        while self._reclaiming and self._reclaiming[0][0] < now - _LATE:
            heappop(self._reclaiming)
        if self._reclaiming and self._reclaiming[0][0] <= now:
            return heappop(self._reclaiming)[1]
        self.calls += 1
        return self.calls

    def _test(self, number: int, now: int) -> Callable[[int, int], object]:
        """The test that decides the attempt of this number at this time."""
        if self._numbers:
            mode = self._number_modes[bisect_right(self._numbers, number)]
            if mode is not None:
                return _FAILS[mode]
        if not self._since <= now < self._until:
            index = bisect_right(self._times, now)
            self._since = self._times[index - 1] if index else -NEVER
            self._until = self._times[index] if index < len(self._times) else NEVER
            self._fails = _FAILS[self._time_modes[index] or Mode.OK]
        return self._fails


def _flatten(windows: list[tuple[int, int, Mode]]) -> tuple[list[int], list[Mode | None]]:
    """The borders in order, and the modes before the first, between each two and after the last: None for no window."""
    windows = [window for window in windows if window[0] < window[1]]
    borders = sorted({border for start, end, _ in windows for border in (start, end)})
    modes: list[Mode | None] = [None] * (len(borders) + 1)
    for start, end, mode in windows:
        for index in range(bisect_right(borders, start), bisect_right(borders, end - 1) + 1):
            modes[index] = mode
    return borders, modes
