"""Latencies of many replications in one histogram that still knows how much they vary from run to run.

For each bucket the sums over replications are kept from which the variance of the share of calls beyond it follows:
memory is that of a few histograms, however many runs there are. Bucket numbers are any that grow with the latency, such
as those of sim.results.histogram.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.statistics.critical import Floats, checked
from sim.statistics.proportion import design_effects, effective, exact_bounds, exact_bounds_within
from sim.statistics.quantile import minimum_n

Integers = NDArray[np.int64]

_FEW = 8
"""So many independent calls beyond a quantile tell how calls cluster there."""
_LEAST = 0.3
"""Bursts beyond a quantile, if all of a burst is alike: with fewer, those that would be are likely to be missed."""


class Band(NamedTuple):
    """The share of calls beyond each bucket, 0 to 1, with the interval of each by itself.

    An unfinished wait counts as long as it had waited for `share` and `low`, and as endless for `high`.
    """

    share: Floats
    low: Floats
    high: Floats


class BucketInterval(NamedTuple):
    """A quantile and its interval, by bucket number; `high` is None if the sample is too small for that bound.

    An unfinished wait counts as long as it had waited for `value` and `low`, and as endless for `high`.
    """

    value: int
    low: int
    high: int | None
    warning: str | None


class ClusteredHistogram:
    """The latencies of `runs` replications, `calls` calls in all, by bucket.

    For each bucket it keeps the sums of three things over replications: the calls beyond it, their square, and they
    times all calls of the replication; once with unfinished waits as long as they had waited, once as endless.
    """

    __slots__ = ("_calls_squared", "_sums", "calls", "runs")

    def __init__(self) -> None:
        self.runs = 0
        self.calls = 0
        self._calls_squared = 0.0
        self._sums: Floats = np.zeros((3, 2, 1))

    def __len__(self) -> int:
        """How many buckets it has, the largest that was seen included."""
        return int(self._sums.shape[2])

    def add(self, counts: ArrayLike, unfinished: ArrayLike | None = None) -> None:
        """Count the calls of one replication: counts[b] in bucket b, `unfinished[b]` of which had not ended.

        A replication without calls tells nothing and is left out. Raise a ValueError unless both are one-dimensional
        and 0 <= unfinished <= counts.
        """
        ended = np.asarray(counts, dtype=np.int64)
        if ended.ndim != 1:
            raise ValueError(f"counts of shape {ended.shape} must be one-dimensional")
        open_ended = np.zeros_like(ended) if unfinished is None else np.asarray(unfinished, dtype=np.int64)
        if open_ended.ndim != 1 or len(open_ended) > len(ended):
            raise ValueError(f"unfinished of shape {open_ended.shape} must be of one dimension, not longer than counts")
        open_ended = np.pad(open_ended, (0, len(ended) - len(open_ended)))
        if np.any(open_ended < 0) or np.any(open_ended > ended):
            raise ValueError("each number of unfinished waits must be between 0 and the bucket's count")
        calls = int(ended.sum())
        if not calls:
            return
        self._grow(len(ended))
        beyond = np.empty(self._sums.shape[1:])
        beyond[0], beyond[1] = 0, open_ended.sum()
        beyond[:, : len(ended)] = calls - np.cumsum([ended, ended - open_ended], axis=1)
        self._sums += (beyond, beyond**2, calls * beyond)
        self.runs += 1
        self.calls += calls
        self._calls_squared += calls**2

    def share_above(self, buckets: ArrayLike, confidence: float = 0.95) -> Band:
        """The share of calls in later buckets than each of `buckets`, with bounds as those of `rate`.

        The bounds hold for one bucket at a time. Beyond the last latency seen they are those of independent calls.
        Raise a ValueError without calls, or unless 0 < confidence < 1.
        """
        self._check()
        at = np.minimum(np.asarray(buckets, dtype=np.int64), len(self) - 1)
        low, high = (exact_bounds(*self._worth(row, confidence, at), confidence)[row] for row in (0, 1))
        return Band(self._sums[0, 0, at] / self.calls, low, high)

    def quantile(self, q: float, confidence: float = 0.95) -> BucketInterval:
        """The bucket of the quantile `q`, and the first and the last that it may lie in.

        Inverts the band of `share_above` (Woodruff 1952; Francisco and Fuller 1991): `high` is the first bucket beyond
        which, for all that the band says, lie no more than 1 - q of all calls. Later than the value, calls count as no
        less clustered than at the value, for there are ever fewer to tell it from. Raise a ValueError without calls, or
        unless 0 < q < 1 and 0 < confidence < 1.
        """
        self._check()
        if not 0 < q < 1:
            raise ValueError(f"q(={q}) must be between 0 and 1, such as 0.99")
        # The rank is ceil(q n), despite rounding.
        beyond = self.calls * (1 - q) * (1 + 1e-12) + 1e-9
        value, endless = (int(np.argmax(sums <= beyond)) for sums in self._sums[0])
        clustered = np.maximum(self._effects(0)[: value + 1], 1.0)
        effect = float(clustered[-1])
        effects = np.where(np.arange(len(self)) > value, effect, 1.0)
        reached, within = (
            exact_bounds_within(*self._worth(row, confidence, slice(None), effects), confidence, 1 - q)[row]
            for row in (0, 1)
        )
        lowest = int(np.argmax(reached))
        highest = int(np.argmax(within)) if within.any() else None
        may_rise = endless != value or self._sums[0, 1, endless] > beyond
        warning = self._warning(q, confidence, effect, float(clustered.max()), highest is None, may_rise)
        return BucketInterval(value, lowest, highest, warning)

    def _check(self) -> None:
        if not self.calls:
            raise ValueError("no calls")

    def _grow(self, size: int) -> None:
        if size > len(self):
            # Beyond the last bucket are the endless waits alone.
            self._sums = np.pad(self._sums, ((0, 0), (0, 0), (0, size - len(self))), mode="edge")

    def _squares(self, row: int) -> Floats:
        """The sum over replications of (beyond - share * calls)**2."""
        beyond, square, times_calls = self._sums[:, row]
        share = beyond / self.calls
        squares: Floats = np.maximum(square - 2 * share * times_calls + share**2 * self._calls_squared, 0)
        return squares

    def _effects(self, row: int) -> Floats:
        return design_effects(self._sums[0, row] / self.calls, self.calls, self._squares(row), self.runs)

    def _worth(
        self, row: int, confidence: float, at: Integers | slice, least_effect: ArrayLike = 1.0
    ) -> tuple[Floats, Floats]:
        """The effective numbers of calls beyond and of all calls."""
        beyond, squares = self._sums[0, row, at], self._squares(row)[at]
        return effective(beyond, self.calls, squares, self.runs, confidence, least_effect)

    def _warning(
        self, q: float, confidence: float, effect: float, largest: float, unbounded: bool, may_rise: bool
    ) -> str | None:
        """What is to be said against a quantile where calls are clustered by `effect`, elsewhere up to `largest`."""
        said = []
        beyond = self.calls * (1 - q)
        if self.runs == 1:
            said.append("a single run: its calls are taken as independent, which those of an outage are not")
        if unbounded:
            said.append(
                f"{self.calls:,} calls are worth {self.calls / effect:,.0f} independent ones, "
                f"{minimum_n(q, checked(confidence)):,} are needed for an upper bound"
            )
        elif (effect > 2 and beyond < _FEW * effect) or beyond < _LEAST * largest:
            said.append(
                f"{self.calls:,} calls come in some {self.calls / largest:,.0f} bursts: too few for this quantile"
            )
        if may_rise:
            said.append("at least: unfinished waits may raise it")
        return "; ".join(said) or None
