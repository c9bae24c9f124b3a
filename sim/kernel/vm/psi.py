"""Pressure stall information: the share of time that tasks lose to a lack of memory or to I/O (kernel/sched/psi.c).

What /proc/pressure/memory and /proc/pressure/io show since 4.20. All tasks are counted together, as the kernel counts
those of one CPU; it then weighs its CPUs by the time that each is busy.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import product

from sim.kernel.jiffies import HZ_CHOICES

_FSHIFT = 11
_FIXED_1 = 1 << _FSHIFT
_KEPT = (1677, 1981, 2034)
"""How much of an average survives a period: exp(-2 s/10 s), exp(-2 s/60 s) and exp(-2 s/300 s), of 2048."""


class Resource(StrEnum):
    """What a task can be stalled on."""

    MEMORY = "memory"
    """Reclaim, or a page that was reclaimed too early."""
    IO = "io"
    """I/O (a task in iowait)."""


class _State(IntEnum):
    """What is timed: that some task is stalled, and that no other gets anything done meanwhile."""

    MEMORY_SOME = 0
    MEMORY_FULL = 1
    IO_SOME = 2
    IO_FULL = 3


_STATES = {
    Resource.MEMORY: (_State.MEMORY_SOME, _State.MEMORY_FULL),
    Resource.IO: (_State.IO_SOME, _State.IO_FULL),
}


_KINDS = ("tasks stalled on memory", "tasks stalled on io", "productive tasks", "running reclaimers")
_MEMORY, _IO, _PRODUCTIVE, _RECLAIMING = range(len(_KINDS))


def _active(*, memory: bool, io: bool, productive: bool, reclaiming: bool) -> tuple[_State, ...]:
    """Which states hold if somebody is stalled on `memory` or `io`, and somebody gets something done or reclaims."""
    holds = {
        _State.MEMORY_SOME: memory,
        _State.MEMORY_FULL: memory and not productive,
        _State.IO_SOME: io,
        _State.IO_FULL: io and not (productive or reclaiming),
    }
    return tuple(state for state, it_does in holds.items() if it_does)


_ACTIVE = {
    (memory, io, productive, reclaiming): _active(memory=memory, io=io, productive=productive, reclaiming=reclaiming)
    for memory, io, productive, reclaiming in product((False, True), repeat=4)
}


@dataclass(frozen=True)
class Stall:
    """One line of a file in /proc/pressure: averages in percent over 10, 60 and 300 s, and the time in all, in us.

    The averages are fixed-point numbers of 11 bits behind the point, given exactly.
    """

    avg10: float
    avg60: float
    avg300: float
    total_us: int

    def __str__(self) -> str:
        averages = {"avg10": self.avg10, "avg60": self.avg60, "avg300": self.avg300}
        written = " ".join(f"{name}={load_average(percent)}" for name, percent in averages.items())
        return f"{written} total={self.total_us}"


@dataclass(frozen=True)
class Pressure:
    """Both lines of a file in /proc/pressure: somebody was stalled; nobody got anything done."""

    some: Stall
    full: Stall

    @property
    def text(self) -> str:
        """The file as the kernel writes it (psi_show, 4.20 to 6.12)."""
        return f"some {self.some}\nfull {self.full}\n"


class Psi:
    """The stalls of a set of tasks, told as they begin and end.

    Times are ns and do not fall: what is told of an earlier moment than the last counts as told of that. The averages
    take in a period of 2*HZ+1 jiffies at its end, the first beginning at `start`; asking changes nothing. Raise a
    ValueError for an HZ that no kernel has, and when more tasks leave a state than are in it.
    """

    def __init__(self, hz: int = 250, start: int = 0) -> None:
        if hz not in HZ_CHOICES:
            raise ValueError(f"hz(={hz}) must be one of {', '.join(map(str, HZ_CHOICES))}")
        self.period = (2 * hz + 1) * 1_000_000 // hz * 1_000
        self._now = start
        self._border = start + self.period
        self._tasks = [0] * len(_KINDS)
        self._active: tuple[_State, ...] = ()
        self._totals = [0] * len(_State)
        self._sampled = [0] * len(_State)
        self._averages: list[tuple[int, ...]] = [(0, 0, 0)] * len(_State)
        self._busy = False
        self._armed = False
        self._missed = 0

    def stalls(self, resource: Resource, delta: int, now: int) -> None:
        """`delta` more tasks are stalled on `resource` from `now` on (psi_memstall_enter, TSK_IOWAIT)."""
        self._count(_MEMORY if resource is Resource.MEMORY else _IO, delta, now)

    def runs(self, delta: int, now: int) -> None:
        """`delta` more tasks run, or could, that are not in reclaim (TSK_RUNNING)."""
        self._count(_PRODUCTIVE, delta, now)

    def reclaims(self, delta: int, now: int) -> None:
        """`delta` more of the tasks that are stalled on memory run meanwhile: they scan, and do not sleep.

        No progress as to memory (TSK_MEMSTALL_RUNNING; cb0e52b77487, 5.17), but the CPU is not left idle by I/O.
        """
        self._count(_RECLAIMING, delta, now)

    def read(self, resource: Resource, now: int) -> Pressure:
        """The pressure on `resource` as it is at `now`; the averages as of the last end of a period."""
        self._until(now)
        some, full = (self._stall(state) for state in _STATES[resource])
        return Pressure(some, full)

    def _count(self, kind: int, delta: int, now: int) -> None:
        """`delta` more tasks of a kind from `now` on; which states hold changes with the first and the last of them."""
        self._until(now)
        before = self._tasks[kind]
        after = before + delta
        if after < 0:
            raise ValueError(f"{_KINDS[kind]}: {before}, so that no {-delta} can leave")
        self._tasks[kind] = after
        if not (before and after):
            memory, io, productive, reclaiming = self._tasks
            self._active = _ACTIVE[memory > 0, io > 0, productive > 0, reclaiming > 0]

    def _until(self, now: int) -> None:
        """Let the states last until `now`, and end the periods that end by then."""
        while now >= self._border:
            self._last(self._border)
            self._border += self.period
            if self._busy or self._armed:
                self._sample()
            else:
                missed = (now - self._border) // self.period + 2
                self._missed += missed
                self._border += (missed - 1) * self.period
                self._now = self._border - self.period
        if now > self._now:
            self._last(now)

    def _last(self, end: int) -> None:
        for state in self._active:
            self._totals[state] += end - self._now
        if self._active or self._tasks[_PRODUCTIVE]:
            self._busy = True
        self._now = end

    def _sample(self) -> None:
        """Take the period that ends now into the averages (update_averages).

        After a period without any task there is one more sample, then the clock stops; how many periods it missed is
        made up for when it goes on.
        """
        for state in _State:
            percent = (self._totals[state] - self._sampled[state]) * 100 // self.period
            self._averages[state] = tuple(
                _load(_load(avg, _power(kept, self._missed), 0), kept, percent * _FIXED_1)
                for avg, kept in zip(self._averages[state], _KEPT, strict=True)
            )
            self._sampled[state] = self._totals[state]
        self._missed = 0
        self._armed = self._busy
        self._busy = False

    def _current(self, state: _State) -> tuple[int, ...]:
        """The averages, in 2048ths of a percent, as they read now: what the clock has missed is made up for."""
        if not self._missed:
            return self._averages[state]
        return tuple(
            _load(_load(avg, _power(kept, self._missed - 1), 0), kept, 0)
            for avg, kept in zip(self._averages[state], _KEPT, strict=True)
        )

    def _stall(self, state: _State) -> Stall:
        avg10, avg60, avg300 = (avg / _FIXED_1 for avg in self._current(state))
        return Stall(avg10, avg60, avg300, self._totals[state] // 1000)


def load_average(percent: float) -> str:
    """Write an average as LOAD_INT and LOAD_FRAC do: two digits of its 11 bits behind the point, cut off."""
    whole, rest = divmod(round(percent * _FIXED_1), _FIXED_1)
    return f"{whole}.{rest * 100 >> _FSHIFT:02d}"


def _load(load: int, kept: int, active: int) -> int:
    """Move an average towards `active` by one step, rounding so that it gets there (calc_load)."""
    new = load * kept + active * (_FIXED_1 - kept)
    return (new + _FIXED_1 - 1 if active >= load else new) >> _FSHIFT


def _power(kept: int, periods: int) -> int:
    """`kept` for several periods at once (fixed_power_int)."""
    result = _FIXED_1
    while periods:
        if periods & 1:
            result = result * kept + _FIXED_1 // 2 >> _FSHIFT
        kept = kept * kept + _FIXED_1 // 2 >> _FSHIFT
        periods >>= 1
    return result
