"""The kernel's fault injection: which of a series of attempts is made to fail (lib/fault-inject.c).

A `fault_attr` sits behind each of the directories that CONFIG_FAULT_INJECTION puts into debugfs; from 6.19 on two of
them are the mempool's own, `fail_mempool_alloc` and `fail_mempool_alloc_bulk`.
"""

from collections.abc import Callable

PERCENT = 100
UNLIMITED = -1
"""The value of `times` that sets no limit."""


class FaultAttr:
    """One fault_attr: its four knobs, and the counts that they leave behind.

    `probability`: the percentage of the candidates that fail, a whole number from 0 to 100. `interval`: with 3, every
    third attempt that gets so far is a candidate; with 0 or 1, all are. `times`: how many failures may happen in all;
    -1 for no limit. `space`: how much must have been asked for before the first candidate, in units of the `size` of an
    attempt.
    `uniform`: draws from [0, 1). The knobs may be turned at any time; `times` and `space` count down as in debugfs. A
    fresh fault_attr of the kernel has interval 1, times 1 and space 0; here `times` starts without limit, since a
    setting that fails once in a run is seldom meant.

    Raise a ValueError for a knob outside its range.
    """

    def __init__(
        self,
        probability: int,
        interval: int = 1,
        times: int = UNLIMITED,
        space: int = 0,
        *,
        uniform: Callable[[], float],
    ) -> None:
        if not 0 <= probability <= PERCENT:
            raise ValueError(f"probability(={probability}) must be between 0 and {PERCENT} percent")
        if interval < 0:
            raise ValueError(f"interval(={interval}) must be >= 0")
        if times < UNLIMITED:
            raise ValueError(f"times(={times}) must be >= 0, or -1 for no limit")
        if space < 0:
            raise ValueError(f"space(={space}) must be >= 0")
        self.probability = probability
        self.interval = interval
        self.times = times
        self.space = space
        self._uniform = uniform
        self._count = 0

    def should_fail(self, size: int = 1) -> bool:
        """Whether this attempt, which asks for `size`, is made to fail (should_fail_ex, 6.1+; should_fail before).

        The tests come in the kernel's order, which decides what is counted: an attempt that the remaining space
        swallows does not advance the interval, and one that the interval passes over draws no number. A mempool asks
        with size 1. The filters by task, stack and fail-nth are not modelled.
        """
        if self.probability == 0 or self.times == 0:
            return False
        if self.space > size:
            self.space -= size
            return False
        if self.interval > 1:
            self._count += 1
            if self._count % self.interval:
                return False
        if self._uniform() * PERCENT >= self.probability:
            return False
        if self.times > 0:
            self.times -= 1
        return True
