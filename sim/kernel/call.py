"""One call of mempool_alloc in flight: what it asked for, how far it has come, what it suffered."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import simpy

from sim.kernel.appointment import Appointment
from sim.kernel.gfp import DIRECT_RECLAIM, FS, IO, NOMEMALLOC, NORETRY, NOWARN
from sim.kernel.versions import Nomemalloc, Order, Reclaim, Semantics

SLEEP = -1
"""What an allocation loop yields to be put to sleep; any other number is ns to spend in reclaim, an event its end."""


class Path(IntEnum):
    """Where the element of a call came from."""

    FIRST = 0
    """alloc_fn, on the first attempt."""
    RESERVE = 1
    """The reserve, without sleeping."""
    RECLAIM = 2
    """alloc_fn, on a later attempt, without sleeping."""
    WAIT = 3
    """alloc_fn, after a sleep."""
    WAIT_RESERVE = 4
    """The reserve, after a sleep."""
    NULL = 5
    """Nowhere: the caller may not sleep and got NULL."""
    UNFINISHED = 6
    """Not yet known: the run ended while the caller waited."""


@dataclass(frozen=True)
class Costs:
    """What the operations of a pool cost their caller, in ns: one attempt, one take from the reserve, one free.

    Allocations charge their caller; `free` cannot let time pass, so that what it costs is for the caller to charge.

    The defaults are of the size seen in recordings of real kernels (an attempt took 1.1 us in a virtual machine). How
    much it is hardly matters, but at zero cost tasks would act at one instant that in truth follow each other.
    """

    attempt: int = 1_000
    take: int = 500
    free: int = 500


@dataclass(frozen=True)
class Masks:
    """The masks that a call hands to alloc_fn, round by round (mempool_alloc; mempool_adjust_gfp from 6.19 on).

    `full` is the caller's mask with the flags that make an attempt give up early. `first`, for the first attempt, may
    neither reclaim nor start I/O. `before_sleep` are the masks of the attempts that follow a failed first one at once,
    `after_sleep` those of the attempts after each sleep. `spares_half`: a failed first attempt leaves the second half
    of the reserve to callers whose full attempt fails too. `may_sleep` is the test on which a caller sleeps instead of
    getting NULL.
    """

    gfp: int
    first: int
    full: int
    before_sleep: tuple[int, ...]
    after_sleep: tuple[int, ...]
    spares_half: bool
    may_sleep: bool

    @classmethod
    def of(cls, gfp: int, semantics: Semantics) -> "Masks":
        """The masks for a caller's `gfp`: up to 2.6.11 only the first gains __GFP_NOWARN, later all three NO* flags."""
        may_sleep = bool(gfp & DIRECT_RECLAIM)
        if semantics.order is Order.NO_POOL:
            return cls(gfp, gfp, gfp, (), (gfp,), spares_half=False, may_sleep=may_sleep and not gfp & NORETRY)
        full = gfp | (NOWARN | NORETRY if semantics.noretry else 0)
        full |= NOMEMALLOC if semantics.nomemalloc is Nomemalloc.ALWAYS else 0
        first = (full | NOWARN) & ~(DIRECT_RECLAIM | IO)
        spares_half = False
        before: tuple[int, ...]
        after: tuple[int, ...]
        match semantics.reclaim:
            case Reclaim.BEFORE_SLEEP:
                before, after = (full,) if full != first else (), (full,)
            case Reclaim.AFTER_SLEEP:
                before, after = (), (full,)
            case Reclaim.HALF_EMPTY:
                spares_half = bool(gfp & FS and gfp & (DIRECT_RECLAIM | IO))
                before, after = ((full,), (first, full)) if spares_half else ((), (first,))
            case Reclaim.NEVER:
                before, after = (), (first,)
        return cls(gfp, first, full, before, after, spares_half, may_sleep)


class Call:
    """An allocation from its call to its return.

    Times are ns. `now` is the caller's own time: ahead of the environment's clock by the cost of what it did since its
    last event. `done` is the event that a caller waits for, None as long as the call never blocked. `reclaim`: time in
    direct reclaim, and, without a pool, in the pauses between its passes; `vain`: from each wake-up that brought
    nothing to the sleep that followed. `barged`: it took an element while tasks that had been woken for one had not run
    yet. `count`: elements asked for; `missing`: the slots of a bulk call that are still empty. `leans`: the reclaim
    that it is in ends by what others do, not after a time of its own.
    """

    loop: Generator[int | simpy.Event, Any, None]
    element: Any = None
    path = Path.UNFINISHED
    done: Appointment | None
    attempts: int
    barged: bool
    bulk = False
    count = 1
    missing: Sequence[int] = ()
    leans = False
    reclaim = 0
    reclaims_since = -1
    vain = 0
    wakes = 0
    timeouts = 0
    sleeps = 0
    first_sleep: int
    woken_at = -1
    run_at = -1
    timed_out_at = -2
    reclaim_before = 0

    def __init__(self, masks: Masks, start: int, kthread: bool) -> None:
        self.masks = masks
        self.start = self.now = start
        self.kthread = kthread
        self.attempts = 0
        self.done = None
        self.barged = False
        self.first_sleep = -1

    def end_reclaim(self, now: int) -> None:
        """Count the reclaim that the call is in, if it is in one, up to `now`."""
        if self.reclaims_since >= 0:
            self.reclaim += now - self.reclaims_since
            self.reclaims_since = -1

    def serve(self, path: Path, *, barged: bool) -> None:
        """Be served by alloc_fn (Path.FIRST) or the reserve (Path.RESERVE), `barged` if woken tasks wait to run."""
        if path is Path.RESERVE:
            self.path = Path.RESERVE if self.first_sleep < 0 else Path.WAIT_RESERVE
            self.barged = barged and self.first_sleep < 0
        elif self.first_sleep >= 0:
            self.path = Path.WAIT
        else:
            self.path = Path.FIRST if self.attempts == 1 else Path.RECLAIM

    @property
    def is_asleep(self) -> bool:
        """Whether it is on the wait queue, not woken yet."""
        return self.sleeps > self.wakes + self.timeouts

    @property
    def wasted_wakes(self) -> int:
        """How many refills woke it for nothing: all but the one that served it, or whose outcome is still open."""
        asleep = self.path is Path.UNFINISHED and self.is_asleep
        by_timer = self.timed_out_at == self.woken_at
        return self.wakes if asleep or by_timer or not self.wakes else self.wakes - 1

    def asleep(self, now: int) -> int:
        """The ns that it spent on the wait queue and, woken, waiting for a CPU; up to `now` if it still does."""
        if self.first_sleep < 0:
            return 0
        runs = self.sleeps == self.wakes + self.timeouts and self.run_at >= self.woken_at
        return (self.run_at if runs else now) - self.first_sleep - self.vain
