"""Jiffies, and the timer wheel that ends the 5-second wait.

The kernel counts time in jiffies of 1/HZ s. A timed sleep of the mempool is `io_schedule_timeout(5*HZ)`: since 4.8 its
timer sits in a hierarchical wheel (kernel/time/timer.c) whose levels grow coarser by a factor of eight, so that it ends
on a bucket border, never early.
"""

from dataclasses import dataclass

from sim.kernel.versions import Timer

SECOND = 1_000_000_000
TENTH = SECOND // 10
"""HZ/10, the time-out of the sleeps in reclaim (reclaim_throttle, kswapd_try_to_sleep and what was before them)."""
HZ_CHOICES = (100, 250, 300, 1000)
"""The values of CONFIG_HZ."""

_BUCKETS = 64
_LEVEL_SHIFT = 3
_LEVELS = 9


@dataclass(frozen=True)
class Clock:
    """Jiffies beside the simulation's nanoseconds.

    `hz`: jiffies a second, one of 100, 250, 300 or 1000. `jiffies`: the absolute count at `origin`, the ns at which
    that jiffy began. Raise a ValueError for another HZ.
    """

    hz: int = 250
    jiffies: int = 0
    origin: int = 0

    def __post_init__(self) -> None:
        if self.hz not in HZ_CHOICES:
            raise ValueError(f"hz(={self.hz}) must be one of {', '.join(map(str, HZ_CHOICES))}")

    def at(self, now: int) -> int:
        """The absolute jiffy that runs at `now` (ns)."""
        return self.jiffies + (now - self.origin) * self.hz // SECOND

    def start_of(self, jiffy: int) -> int:
        """The ns at which an absolute jiffy begins, rounded up."""
        return self.origin - (self.jiffies - jiffy) * SECOND // self.hz

    def count(self, duration: int) -> int:
        """A duration of ns in jiffies, rounded up, as msecs_to_jiffies does."""
        return -(-duration * self.hz // SECOND)

    def expiry(self, now: int, timeout: int, timer: Timer) -> int:
        """The ns at which a sleep of `timeout` ns that begins at `now` times out (schedule_timeout).

        Up to 4.7 (`Timer.EXACT`) that is the start of jiffy j + timeout, j the jiffy of `now`: up to one jiffy less
        than the time asked for. From 4.8 on it is the next bucket border of the wheel after it.
        """
        jiffy, length = self.at(now), self.count(timeout)
        return self.start_of(jiffy + length if timer is Timer.EXACT else wheel_expiry(jiffy, length))


def wheel_expiry(jiffy: int, length: int) -> int:
    """The absolute jiffy at which a timer armed in `jiffy` for `length` jiffies fires (calc_wheel_index, 4.8+).

    A level of the wheel has 64 buckets, each eight times as long as those of the level below; a timer goes into the
    first level that reaches far enough, and fires at the end of the bucket in which it expires.
    """
    level = 0
    while level < _LEVELS - 1 and length >= (_BUCKETS - 1) << (level * _LEVEL_SHIFT):
        level += 1
    shift = level * _LEVEL_SHIFT
    return (((jiffy + length) >> shift) + 1) << shift
