"""What is kept of every run of a sample: a few numbers each, 8 bytes a number."""

from array import array

import numpy as np
from numpy.typing import NDArray


class Numbers:
    """Numbers of runs, `width` of each, in the order in which they were added."""

    __slots__ = ("_flat", "_width")

    def __init__(self, width: int) -> None:
        self._width = width
        self._flat = array("d")

    def add(self, *numbers: float) -> None:
        """Keep those of one more run. Raises a ValueError unless they are `width` numbers; counts are < 2**53."""
        if len(numbers) != self._width:
            raise ValueError(f"found {len(numbers)} numbers of a run; expected {self._width}")
        self._flat.extend(numbers)

    @property
    def columns(self) -> NDArray[np.float64]:
        """All of them, shape (width, runs)."""
        return np.array(self._flat).reshape(-1, self._width).T
