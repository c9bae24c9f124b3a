"""How long direct reclaim takes: measured distributions, for user tasks and for kernel threads.

Wherever it was measured, the same parts were seen: a body of a few tenths to a few ms, in which pages are scanned and
freed, and a mode at multiples of 100 ms (HZ/10), which is not work but `reclaim_throttle` making the task wait for
writeback. Kernel threads are not throttled (reclaim_throttle, 5.16+): they see the body alone.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Times: TypeAlias = npt.NDArray[np.int64]

_MS = 1_000_000
THROTTLE = 100 * _MS
"""The longest that one call of reclaim_throttle waits for writeback: HZ/10 jiffies."""
_JIFFY = 4 * _MS

Sampler: TypeAlias = "Callable[[np.random.Generator, int], Times]"


@dataclass(frozen=True, slots=True)
class ReclaimTimes:
    """Draws the ns of one direct reclaim: `user` for a user task, `kthread` for a kernel thread."""

    user: Callable[[], int]
    kthread: Callable[[], int]

    def draw(self, kthread: bool) -> int:
        """The ns that one reclaim takes."""
        return self.kthread() if kthread else self.user()


NO_TIME = ReclaimTimes(lambda: 0, lambda: 0)
"""Reclaim that takes no time."""


class ReclaimPreset(Enum):
    """The measured distributions by name."""

    DEFAULT = "default"
    """Between light and severe. Body lognormal, median 0.5 ms, sigma 1.0; 8 % of user tasks are throttled instead: once
    (85 %), twice (10 %) or three times (5 %) 100 ms and up to a jiffy of 4 ms more (4 of 46 were in drsnoop's example
    output)."""
    LIGHT = "light"
    """The body of drsnoop's example output: lognormal, median 0.19 ms, sigma 0.72 (bcc, tools/drsnoop_example.txt at
    11bf5d02; 42 reclaims)."""
    SEVERE = "severe"
    """A host of 36 CPUs running out of memory, seen by vmscan.bt (Gregg, BPF Performance Tools, 2019, ch. 7.3.8; 561
    reclaims): fitted by 96.8 % lognormal, median 2.55 ms, sigma 0.91, and 3.2 % uniform between 268 and 537 ms."""
    THROTTLED = "throttled"
    """Every reclaim is throttled for writeback: the sleeps that Gorman measured with stutterp (2021, reclaim_throttle
    with VMSCAN_THROTTLE_WRITEBACK; 72,247 sleeps), the full 100 ms 85.2 %, none 9.8 %, 4 ms 2.8 %, and 2.2 % here
    spread evenly over the jiffies between. A kernel thread sees the body of `default`."""

    def user(self, rng: "np.random.Generator", n: int) -> "Times":
        """Draw `n` reclaim times (ns) of user tasks."""
        return _USER[self](rng, n)

    def kthread(self, rng: "np.random.Generator", n: int) -> "Times":
        """Draw `n` reclaim times (ns) of kernel threads: the body alone."""
        return _BODY[self](rng, n)


def _body(median_ms: float, sigma: float) -> Sampler:
    return lambda rng, n: rng.lognormal(math.log(median_ms * _MS), sigma, n).round().astype("int64")


def _mixture(weight: float, body: Sampler, tail: Sampler) -> Sampler:
    """`body` with probability `weight`, else `tail`."""

    def sample(rng: "np.random.Generator", n: int) -> "Times":
        in_body = rng.random(n) < weight
        times = tail(rng, n)
        times[in_body] = body(rng, n)[in_body]
        return times

    return sample


def _one_to_three_throttles(rng: "np.random.Generator", n: int) -> "Times":
    return rng.choice([1, 2, 3], n, p=[0.85, 0.10, 0.05]) * THROTTLE + rng.integers(0, _JIFFY, n, endpoint=True)


def _quarter_to_half_a_second(rng: "np.random.Generator", n: int) -> "Times":
    return rng.integers(268 * _MS, 537 * _MS, n)


def _writeback_sleeps(rng: "np.random.Generator", n: int) -> "Times":
    weights = [0.098, 0.028, *[0.022 / 23] * 23, 0.852]
    return rng.choice(len(weights), n, p=weights) * _JIFFY


_BODY: dict[ReclaimPreset, Sampler] = {
    ReclaimPreset.DEFAULT: _body(0.5, 1.0),
    ReclaimPreset.LIGHT: _body(0.19, 0.72),
    ReclaimPreset.SEVERE: _body(2.55, 0.91),
    ReclaimPreset.THROTTLED: _body(0.5, 1.0),
}
_USER: dict[ReclaimPreset, Sampler] = {
    ReclaimPreset.DEFAULT: _mixture(0.92, _BODY[ReclaimPreset.DEFAULT], _one_to_three_throttles),
    ReclaimPreset.LIGHT: _BODY[ReclaimPreset.LIGHT],
    ReclaimPreset.SEVERE: _mixture(0.968, _BODY[ReclaimPreset.SEVERE], _quarter_to_half_a_second),
    ReclaimPreset.THROTTLED: _writeback_sleeps,
}
