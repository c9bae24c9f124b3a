"""Closed forms of queueing theory for a pool whose backing allocator is out of order.

If alloc_fn always fails, the min_nr elements of the reserve are the servers of a queue, and holding one is service: a
telephone exchange with min_nr lines. `load` is always the offered load in erlang: rate * hold, the arrivals per mean
hold.
"""

import math
from dataclasses import dataclass


def erlang_b(servers: int, load: float) -> float:
    """The share of callers that find all `servers` busy and go away: P(NULL) of callers that may not sleep.

    B(0, a) = 1, B(m, a) = a B(m-1, a) / (m + a B(m-1, a)); Poisson arrivals, any distribution of holds (M/G/m/m; Erlang
    1917). Raise a ValueError for negative arguments.
    """
    _check(servers, load)
    blocked = 1.0
    for busy in range(1, servers + 1):
        blocked = load * blocked / (busy + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """The share of callers that have to wait: P(wait) of callers that sleep.

    C = B / (1 - (a / m) (1 - B)), B = `erlang_b`; Poisson arrivals, exponential holds, nobody gives up (M/M/m; Erlang
    1917). Raise a ValueError for negative arguments, or unless `load` < `servers`: no steady state exists.
    """
    _check(servers, load)
    if load >= servers:
        raise ValueError(f"load(={load}) must be < servers(={servers}): the queue grows for ever")
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def mean_wait(servers: int, load: float, hold: float) -> float:
    """The mean wait over all callers, those that do not wait included, in the unit of `hold`, the mean hold.

    C h / (m - a), C = `erlang_c`, the same for every order of service that does not look at the holds. Raise a
    ValueError as `erlang_c`, and for a negative `hold`.
    """
    if hold < 0:
        raise ValueError(f"hold(={hold}) must be >= 0")
    return erlang_c(servers, load) * hold / (servers - load)


def truncated_geometric(p: float, min_nr: int) -> float:
    """The share of time that the reserve is empty when attempts fail independently with probability `p`.

    (1 - p) p**m / (1 - p**(m+1)). Since any freed element refills the reserve, its deficit is a queue of load p with m
    places (M/M/1/m), provided that far more elements are out than it holds, and that callers that get NULL hardly
    lower that number: with an empty share e, the load is really p / (1 - p e). `independent_failures` is exact. Raise a
    ValueError unless 0 <= p <= 1 and min_nr >= 0.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p(={p}) must be between 0 and 1")
    if min_nr < 0:
        raise ValueError(f"min_nr(={min_nr}) must be >= 0")
    return p**min_nr / math.fsum(p**deficit for deficit in range(min_nr + 1))


@dataclass(frozen=True)
class Repairman:
    """The steady state of a closed loop: `throughput` in requests per unit of time, `mean_wait` of one of them."""

    throughput: float
    mean_wait: float


def machine_repairman(tasks: int, servers: int, hold: float, think: float) -> Repairman:
    """A closed loop of `tasks` that think, wait for one of `servers` elements, hold it, and think again.

    `hold` and `think` are the means of exponential times, in one unit. With n tasks not thinking, of K in all, the
    weights are w(n) = w(n-1) (K-n+1) h / (Z min(n, m)) (M/M/m//K, the machine repairman; Palm 1947). Raise a ValueError
    unless there are tasks and servers, and both times are > 0.
    """
    for name, value in {"tasks": tasks, "servers": servers, "hold": hold, "think": think}.items():
        if value <= 0:
            raise ValueError(f"{name}(={value}) must be > 0")
    logs = [0.0]
    for n in range(1, tasks + 1):
        logs.append(logs[-1] + math.log((tasks - n + 1) * hold / (think * min(n, servers))))
    weights = [math.exp(log - max(logs)) for log in logs]
    busy = math.fsum(weight * min(n, servers) for n, weight in enumerate(weights))
    queued = math.fsum(weight * max(n - servers, 0) for n, weight in enumerate(weights))
    return Repairman(throughput=busy / math.fsum(weights) / hold, mean_wait=queued * hold / busy)


def _check(servers: int, load: float) -> None:
    if servers < 0:
        raise ValueError(f"servers(={servers}) must be >= 0")
    if not 0 <= load < math.inf:
        raise ValueError(f"load(={load}) must be >= 0 and finite")
