"""Joining the ticks of a run into as many intervals as a picture can show."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Joined(NamedTuple):
    """Ticks joined into n intervals: the first tick of each, their edges (n + 1), and how long each tick is, in ns."""

    first: NDArray[np.int64]
    edges: NDArray[np.int64]
    length: NDArray[np.int64]

    def mean(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the mean over time of what there is a value of in each tick."""
        return np.add.reduceat(values * self.length, self.first) / np.diff(self.edges)

    def least(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the least of the values in each interval."""
        return np.minimum.reduceat(values, self.first)

    def most(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the greatest of the values in each interval."""
        return np.maximum.reduceat(values, self.first)

    def last(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the last of the values in each interval."""
        last: NDArray[Any] = values[np.append(self.first[1:], len(self.length)) - 1]
        return last


def joined(ends: NDArray[np.int64], most: int) -> Joined:
    """Join ticks that end at `ends` (ns), at least one, into at most `most` intervals, alike in number of ticks."""
    ticks = len(ends)
    number = -(-ticks // -(-ticks // most))
    first = np.arange(number, dtype=np.int64) * ticks // number
    edges = np.append(0, ends)[np.append(first, ticks)]
    return Joined(first, edges, np.diff(ends, prepend=0))
