"""Integers kept in as few bytes as the spread of their column needs, without loss."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Narrow:
    """A column of integers as its least value and the bytes of the distances from it.

    `planes[k]` holds byte k (least significant first) of every distance; a constant column has no planes. Bytes rather
    than the next power of two, because 5 s in ns need 33 bits: five bytes, not eight.
    """

    least: int
    planes: NDArray[np.uint8]

    @classmethod
    def of(cls, values: NDArray[Any]) -> "Narrow":
        """Narrow a non-empty one-dimensional column of integers or booleans."""
        column = np.ascontiguousarray(values)
        least, most = int(column.min()), int(column.max())
        width = ((most - least).bit_length() + 7) // 8
        if not width:
            return cls(least, np.empty((0, len(column)), dtype=np.uint8))
        distances = column.astype("<i8", copy=False)
        distances = distances - least if least else distances
        return cls(least, distances.view(np.uint8).reshape(-1, 8).T[:width].copy())

    def widen(self) -> NDArray[np.int64]:
        """Return the column as it was, as int64."""
        width, length = self.planes.shape
        distances = np.zeros((length, 8), dtype=np.uint8)
        distances[:, :width] = self.planes.T
        return distances.view("<i8").ravel() + self.least

    @property
    def nbytes(self) -> int:
        """Bytes that the column takes."""
        return self.planes.nbytes
