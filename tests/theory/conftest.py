"""Replications and their interval, for comparing the simulator with queueing theory.

A test passes if theory's value lies inside the 99.9 % t-interval of at least 30 replications. Under a random seed a
right simulator would fail it with probability 0.1 %; the seeds here are fixed, so it fails always or never. That an
interval is narrow enough to notice anything is shown by breaking the mempool on purpose: then the same value must lie
outside. Times are in mean holds; operations, wake-ups and reclaim take none, as in theory.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

import numpy as np
import pytest
from scipy.stats import t

from sim.kernel import Mempool
from sim.results import Result
from sim.scenario import Scenario

CONFIDENCE = 0.999
HOLD_MS = 20
NO_TIME = {"wakeup_latency": "0 s", "costs": {"attempt": 0, "take": 0, "free": 0}}


@dataclass(frozen=True)
class Interval:
    """A confidence interval for a mean."""

    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Interval":
        """The t-interval of independent values, one from each replication."""
        half = t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * stdev(values) / math.sqrt(len(values))
        return cls(mean(values) - half, mean(values) + half)

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def _replicate(
    *,
    min_nr: int,
    holds: int,
    seed: int = 1,
    replications: int = 30,
    warmup: int = 30,
    fails: float = 1.0,
    gfp: str = "GFP_NOWAIT",
    load: float | None = None,
    tasks: int = 1,
    hold: Any = None,
    **more: Any,
) -> list[Result]:
    """Run one pool and one class of tasks so many times, each for `holds` mean holds after a warm-up.

    With a `load`, requests arrive as a Poisson process; without, `tasks` tasks think as long as they hold. Attempts
    fail with probability `fails`. `more` goes into the scenario.
    """
    exponential = {"exponential": {"mean": f"{HOLD_MS} ms"}}
    arrivals = {"closed": {"think": exponential}} if load is None else {"poisson": {"rate": f"{load / HOLD_MS}/ms"}}
    caller = {
        "count": tasks,
        "arrivals": arrivals,
        "in_flight": 1 if load is None else "unlimited",
        "gfp": gfp,
        "steps": [{"alloc": "pool"}, {"hold": hold or exponential}, {"free": "pool"}],
    }
    plain = {
        "name": "theory",
        "kernel": "6.12",
        "duration": f"{(warmup + holds) * HOLD_MS} ms",
        "warmup": f"{warmup * HOLD_MS} ms",
        "recording": "streaming",
        "machine": NO_TIME,
        "pressure": {"constant": {"first_attempt": fails, "with_reclaim": fails, "reclaim_latency": "0 s"}},
        "pools": {"pool": {"min_nr": min_nr, "backing": {"pages": {}}}},
        "tasks": {"caller": caller},
    }
    scenario = Scenario.from_mapping({**plain, **more})
    return [scenario.run(seed=seed, replication=number) for number in range(replications)]


@pytest.fixture(scope="session")
def replicate() -> Callable[..., list[Result]]:
    return _replicate


class Measures:
    """What theory speaks of, each as an interval over replications; times in mean holds."""

    def __init__(self, results: Sequence[Result]) -> None:
        self._results = results

    @property
    def null(self) -> Interval:
        """The share of calls that get NULL."""
        return self._share("null")

    @property
    def fallback(self) -> Interval:
        """The share of calls that the reserve serves."""
        return self._share("fallback")

    @property
    def waited(self) -> Interval:
        """The share of calls that sleep."""
        return self._share("waited")

    @property
    def empty(self) -> Interval:
        """The share of time that the reserve is empty."""
        return Interval.of([result.document["pools"]["pool"]["reserve_at_zero_share"] for result in self._results])

    @property
    def throughput(self) -> Interval:
        """Calls per mean hold."""
        return Interval.of([_rate(result) for result in self._results])

    @property
    def mean_wait(self) -> Interval:
        """The mean wait of a call, by Little's law, so that nothing is cut off at the end of the run."""
        return Interval.of([_mean_waiters(result) / _rate(result) for result in self._results])

    def _share(self, key: str) -> Interval:
        return Interval.of([result.document["rows"][0]["shares"][key]["share"] for result in self._results])


def _rate(result: Result) -> float:
    measured = result.document["duration_ns"] - result.document["warmup_ns"]
    return result.document["rows"][0]["calls"] / measured * HOLD_MS * 1e6


def _mean_waiters(result: Result) -> float:
    warmup = result.document["warmup_ns"]
    measured = result.series[result.series.t_ns > warmup]
    lengths = np.diff(measured.t_ns, prepend=warmup)
    return float(np.average(measured.waiters_mean, weights=lengths))


@pytest.fixture(scope="session")
def measured() -> type[Measures]:
    return Measures


@pytest.fixture
def only_its_own_elements_refill_the_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break the pool: a freed element that alloc_fn had given goes back to free_fn, however empty the reserve is."""
    right = Mempool.free

    def wrong(pool: Mempool, element: int, now: int | None = None) -> None:
        # The pool was filled at its creation, so its own are the first that were numbered.
        if element < pool.min_nr:
            right(pool, element, now)
        else:
            pool.frees += 1
            pool.source.free(element)

    monkeypatch.setattr(Mempool, "free", wrong)
