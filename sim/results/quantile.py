"""Latencies by rank, and shares of calls: what the calls at hand support, and no more."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.results.tally import Tally

QUANTILES = {"p50": 500, "p90": 900, "p99": 990, "p99.9": 999}
"""The quantiles that a summary shows, in thousandths."""


@dataclass(frozen=True)
class Latency:
    """A latency in ns, None if there is none to show.

    `at_least`: unfinished waits may yet raise it. `needs`: the calls that the quantile takes, if there are fewer.
    """

    ns: int | None
    at_least: bool = False
    needs: int | None = None


@dataclass(frozen=True)
class Share:
    """`count` of `of` calls.

    `share` is count / of, None without calls. If none of them counted, `at_most` is 3 / of: an approximation of
    the one-sided 95 % bound for independent calls (the rule of three). It is 0 if such a call is not `possible` at all.
    """

    count: int
    of: int
    possible: bool = True

    @property
    def share(self) -> float | None:
        """The share, 0 to 1."""
        return self.count / self.of if self.of else None

    @property
    def at_most(self) -> float | None:
        """The bound for zero events, 0 to 1."""
        if not self.possible:
            return 0.0
        return None if self.count or not self.of else min(3 / self.of, 1.0)


def latencies_of(tally: Tally, exact: NDArray[Any] | None) -> dict[str, Latency]:
    """Return p50, p90, p99, p99.9 and max of the calls in `tally`.

    A quantile q is the k-th smallest latency, k = ceil(q * n): a value that occurred, never one in between. With
    `exact` (every latency in ns, in any order) it is that value, otherwise the middle of its bucket. An unfinished wait
    counts at the time it had waited; where its true length could move the quantile to another bucket, `at_least` is
    set. With fewer than 3 / (1 - q) calls, none of them may lie beyond the true quantile (of independent ones with a
    probability above 5 %, the rule of three): `ns` is None, and `needs` says how many calls it takes.
    """
    ranks = {name: -(-permille * tally.calls // 1000) for name, permille in QUANTILES.items()}
    enough = {name: -(-3000 // (1000 - permille)) for name, permille in QUANTILES.items()}
    shown = [rank for name, rank in ranks.items() if tally.calls >= enough[name]]
    parts = np.partition(exact, [rank - 1 for rank in shown]) if exact is not None and shown else None

    found = {}
    for name, rank in ranks.items():
        if tally.calls < enough[name]:
            found[name] = Latency(None, needs=enough[name])
            continue
        if parts is not None:
            value = int(parts[rank - 1])
        else:
            value = min(max(tally.latencies.value_at(rank), tally.shortest_ns), tally.longest_ns)
        found[name] = Latency(value, at_least=_may_rise(tally, rank))
    unfinished = len(tally.unfinished) > 0
    found["max"] = Latency(tally.longest_ns, at_least=unfinished) if tally.calls else Latency(None, needs=1)
    return found


def _may_rise(tally: Tally, rank: int) -> bool:
    """Whether the latency of this rank falls into a later bucket if every unfinished wait turns out to be endless."""
    finished = tally.latencies.counts.copy()
    finished[: len(tally.unfinished.counts)] -= tally.unfinished.counts
    below = np.cumsum(finished)
    return bool(rank > below[-1]) or int(np.searchsorted(below, rank)) != tally.latencies.bucket_at(rank)
