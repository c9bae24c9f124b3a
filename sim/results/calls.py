"""The rows that a run leaves behind: one per allocation, in the order in which they completed."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

CALL = np.dtype(
    [
        ("call_ns", "i8"),
        ("latency_ns", "i8"),
        ("attempts", "u4"),
        ("kind", "u2"),
        ("path", "u1"),
        ("barged", "?"),
        ("reclaim_ns", "i8"),
        ("asleep_ns", "i8"),
        ("vain_ns", "i8"),
        ("sleeps", "u4"),
        ("wakes", "u4"),
        ("wasted_wakes", "u4"),
        ("timeouts", "u4"),
    ]
)
"""One call. What only a call that blocked can have stands at the end, so that other calls leave it zero.

`latency_ns` is the cost of the operations + `reclaim_ns` (direct reclaim before the first sleep, or after the wake that
served) + `asleep_ns` (on the wait queue) + `vain_ns` (from a wake that brought nothing to the sleep after it). For an
unfinished call it is the time that passed until the run ended.
"""

Calls: TypeAlias = Mapping[str, NDArray[Any]]
"""The columns of CALL by name, one element per call."""

PATHS = ("first_attempt", "reserve", "reclaim", "wait", "wait_reserve", "null", "unfinished")
"""The names in tables of the values of `sim.kernel.call.Path`, in their order."""


class Kind(NamedTuple):
    """What a call has in common with all calls of the same step of a task program."""

    pool: str
    task: str
    gfp: str
    n: int = 1


class EventsNotKeptError(RuntimeError):
    """Single calls were asked of a run that only kept histograms."""

    def __init__(self) -> None:
        super().__init__(
            "this run streamed its calls into histograms and kept none of them; "
            "run it again without streaming to see single calls"
        )


def classes_of(kinds: Sequence[Kind]) -> tuple[list[tuple[str, str]], NDArray[np.intp]]:
    """Return the (pool, task) pairs in order of appearance, and for every kind the index of its pair."""
    classes = list(dict.fromkeys((kind.pool, kind.task) for kind in kinds))
    index = {pair: number for number, pair in enumerate(classes)}
    return classes, np.array([index[kind.pool, kind.task] for kind in kinds], dtype=np.intp)
