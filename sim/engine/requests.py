"""The requests of a task: when each arrives, and what is drawn for it."""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, repeat
from typing import TYPE_CHECKING

from sim.workload import Arrivals, draws, gaps
from sim.workload.arrivals import Closed
from sim.workload.memory_work import SwapOut, Writeback

if TYPE_CHECKING:
    import numpy as np

Requests = Iterator[tuple[int, tuple[int, ...]]]
"""When requests arrive (ns), and the durations drawn for each; in a closed loop, how long after the last one ended."""


def requests_of(arrivals: Arrivals, rng: "np.random.Generator", durations: Sequence[Callable[[], int]]) -> Requests:
    """The requests of one task, whose arrivals are drawn from `rng`, and with each a number of each of `durations`.

    In a closed loop each comes a think time after the last one was done; there is no such time if memory makes work.
    """
    match arrivals:
        case Closed(think=think):
            return zip(iter(draws(think.sample, rng), None), _together(durations), strict=False)
        case Writeback() | SwapOut():
            return zip(repeat(0), _together(durations), strict=False)
        case _:
            return zip(accumulate(iter(gaps(arrivals, rng), None)), _together(durations), strict=False)


def _together(draws: Sequence[Callable[[], int]]) -> Iterator[tuple[int, ...]]:
    return zip(*(iter(draw, None) for draw in draws), strict=False) if draws else repeat(())
