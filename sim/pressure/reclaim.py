"""How long direct reclaim takes: measured distributions, for user tasks and for kernel threads.

Wherever it was measured, the same parts were seen: a body of a few tenths to a few ms, in which pages are scanned and
freed, and a mode at multiples of 100 ms (HZ/10), which is not work but `reclaim_throttle` making the task wait for
writeback. From 5.16 on kernel threads are not throttled: they see the body alone.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from sim.kernel.jiffies import TENTH
from sim.kernel.versions import KernelVersion

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Times: TypeAlias = npt.NDArray[np.int64]

_MS = 1_000_000
_SPARED_SINCE = KernelVersion.parse("5.16")
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


def kthreads_are_spared(kernel: KernelVersion) -> bool:
    """Whether kernel threads reclaim without being throttled in this kernel.

    reclaim_throttle (mm/vmscan.c, 5.16+) lets kernel threads and workqueues pass. Up to 5.15 it was congestion_wait
    that slept, and made no difference between them and user tasks.
    """
    return kernel >= _SPARED_SINCE


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
    """A host of 36 CPUs running out of memory, seen by vmscan.bt (Gregg, BPF Performance Tools, 2019, ch. 7.3.8): its
    histogram of 561 reclaims as printed, log-uniform within each bucket; median 2.3 ms, p90 12.7 ms, p99 430 ms. The 18
    reclaims of 268 to 537 ms are user tasks that were throttled; a kernel thread sees the other 543."""
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
    return rng.choice([1, 2, 3], n, p=[0.85, 0.10, 0.05]) * TENTH + rng.integers(0, _JIFFY, n, endpoint=True)


def _powers_of_two(counts: dict[int, int]) -> Sampler:
    """A histogram by powers of two: `counts[k]` durations of 2**k to 2**(k + 1) ns, log-uniform in between."""

    def sample(rng: "np.random.Generator", n: int) -> "Times":
        weights = [count / sum(counts.values()) for count in counts.values()]
        exponents = rng.choice(list(counts), n, p=weights) + rng.random(n)
        return (2.0**exponents).round().astype("int64")

    return sample


def _writeback_sleeps(rng: "np.random.Generator", n: int) -> "Times":
    weights = [0.098, 0.028, *[0.022 / 23] * 23, 0.852]
    return rng.choice(len(weights), n, p=weights) * _JIFFY


_SEVERE = {18: 5, 19: 83, 20: 174, 21: 136, 22: 66, 23: 68, 24: 8, 25: 3, 28: 18}
_SEVERE_THROTTLED = 28

_BODY: dict[ReclaimPreset, Sampler] = {
    ReclaimPreset.DEFAULT: _body(0.5, 1.0),
    ReclaimPreset.LIGHT: _body(0.19, 0.72),
    ReclaimPreset.SEVERE: _powers_of_two({k: n for k, n in _SEVERE.items() if k < _SEVERE_THROTTLED}),
    ReclaimPreset.THROTTLED: _body(0.5, 1.0),
}
_USER: dict[ReclaimPreset, Sampler] = {
    ReclaimPreset.DEFAULT: _mixture(0.92, _BODY[ReclaimPreset.DEFAULT], _one_to_three_throttles),
    ReclaimPreset.LIGHT: _BODY[ReclaimPreset.LIGHT],
    ReclaimPreset.SEVERE: _powers_of_two(_SEVERE),
    ReclaimPreset.THROTTLED: _writeback_sleeps,
}
