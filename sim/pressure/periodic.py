"""Periodic pressure: an outage in every period, as regular as the flusher threads that cause it.

The kernel writes dirty pages back every 5 s and expires them after 30 s (vm.dirty_writeback_centisecs,
vm.dirty_expire_centisecs); scheduled jobs are the other usual cause.
"""

from collections.abc import Iterator
from itertools import count


def periodic_changes(period: int, bad: int, phase: int = 0) -> Iterator[int]:
    """The instants (ns) at which memory turns bad, good, bad, ... for an `Alternation`.

    Memory is bad for the first `bad` ns of every period of `period` ns; one period begins at `phase`, and so do others
    before it: what is bad at time t is bad at t + period.
    Raise a ValueError unless period > 0 and 0 <= bad <= period.
    """
    if period <= 0:
        raise ValueError(f"period(={period}) must be > 0")
    if not 0 <= bad <= period:
        raise ValueError(f"bad(={bad}) must be between 0 and the period(={period})")
    first = phase % period - period
    return (change for n in count() for change in (first + n * period, first + n * period + bad))
