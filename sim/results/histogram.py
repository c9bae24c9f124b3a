"""Counts of durations in log-linear buckets: two significant digits over the whole range, in constant memory.

Below 256 ns every nanosecond has its bucket; above, each power of two is cut into 128 equal ones, so a bucket is at
most 1/128 of its value wide and its middle is within 0.4 % of anything in it. The layout is that of the HDR histogram
(G. Tene); it is the same for every histogram, so merging is adding.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST_NS = 2**53 - 1
"""104 days; anything longer counts as this."""

_LINEAR_BITS = 8
_HALF = 1 << (_LINEAR_BITS - 1)

Integers = NDArray[np.int64]


def bucket_of(values_ns: NDArray[Any]) -> Integers:
    """Return the bucket number of each duration in ns (>= 0)."""
    values = np.minimum(values_ns, LARGEST_NS).astype(np.int64)
    # frexp yields the bit length, exactly as long as the integer fits a float's 53 bits.
    shift = np.maximum(np.frexp(values.astype(np.float64))[1] - _LINEAR_BITS, 0).astype(np.int64)
    numbers: Integers = (shift * _HALF) + (values >> shift)
    return numbers


def bounds_of(bucket: Integers | int) -> tuple[Integers, Integers]:
    """Return the smallest and the largest ns that fall into each bucket."""
    numbers = np.asarray(bucket, dtype=np.int64)
    shift = np.maximum(numbers // _HALF - 1, 0)
    low = (numbers - shift * _HALF) << shift
    return low, low + (np.int64(1) << shift) - 1


class Histogram:
    """How many durations fell into each bucket.

    `counts` grows to the largest bucket seen; index = bucket number.
    """

    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.counts: Integers = np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return int(self.counts.sum())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        size = max(len(self.counts), len(other.counts))
        return bool(np.array_equal(_padded(self.counts, size), _padded(other.counts, size)))

    __hash__ = None  # type: ignore[assignment]

    def add(self, values_ns: NDArray[Any]) -> None:
        """Count durations in ns (>= 0)."""
        self._add_counts(np.bincount(bucket_of(values_ns)))

    def merge(self, other: "Histogram") -> None:
        """Count everything that `other` has counted."""
        self._add_counts(other.counts)

    def _add_counts(self, counts: NDArray[Any]) -> None:
        self.counts = _padded(self.counts, len(counts))
        self.counts[: len(counts)] += counts

    def bucket_at(self, rank: int) -> int:
        """Return the bucket of the duration that has `rank` - 1 others before it in order of size.

        Raise an IndexError if `rank` is not in 1 ... len(self).
        """
        if not 1 <= rank <= len(self):
            raise IndexError(f"rank {rank} of {len(self)} durations")
        return int(np.searchsorted(np.cumsum(self.counts), rank))

    def value_at(self, rank: int) -> int:
        """Return the middle, in ns, of `bucket_at(rank)`."""
        low, high = bounds_of(self.bucket_at(rank))
        return int(low + high) // 2


def _padded(counts: Integers, size: int) -> Integers:
    return counts if len(counts) >= size else np.pad(counts, (0, size - len(counts)))
