"""Joining the ticks of a run into as many intervals as a picture can show."""

import numpy as np
from numpy.typing import NDArray


def first_ticks(ticks: int, most: int) -> NDArray[np.int64]:
    """Return the first tick of each of at most `most` intervals, which are as long as each other within a tick."""
    joined = -(-ticks // most)
    number = -(-ticks // joined)
    return np.arange(number, dtype=np.int64) * ticks // number
