"""The reserve under memory that fails now and then, or for a while, as an exact Markov chain.

Its state is how many elements are out and how many of them the reserve lacks, and whether memory is good or bad. A free
refills the reserve first, whoever had got the element, so the deficit shrinks at the rate of all frees.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class ReserveUse:
    """How much a reserve is used by callers that may not sleep, in the steady state; each a share from 0 to 1.

    `empty`: of the time that the reserve is empty; `empty_when_bad`: of the time in which memory is bad. `fallback`: of
    the calls that the reserve serves; `blocked`: of those that get NULL.
    """

    empty: float
    empty_when_bad: float
    fallback: float
    blocked: float


def independent_failures(load: float, min_nr: int, p: float) -> ReserveUse:
    """The reserve when each attempt fails with probability `p`, whatever happened before.

    Poisson arrivals, exponential holds; `load`: arrivals per mean hold. See `truncated_geometric` for what it is close
    to under a large load. Raise a ValueError for a load that is not > 0, a negative min_nr, or a `p` outside 0 to 1.
    """
    return _solve(load, min_nr, (p,), np.zeros((1, 1)))


def on_off_outages(
    load: float, min_nr: int, *, good: float, bad: float, p_good: float = 0.0, p_bad: float = 1.0
) -> ReserveUse:
    """The reserve when memory is good for a while, then bad for a while, and attempts fail with `p_good` or `p_bad`.

    Poisson arrivals, exponential holds and sojourns; `load`: arrivals per mean hold; `good`, `bad`: mean sojourns in
    mean holds. Raise a ValueError as `independent_failures`, and for a sojourn that is not > 0.
    """
    for name, sojourn in {"good": good, "bad": bad}.items():
        if not sojourn > 0:
            raise ValueError(f"{name}(={sojourn}) must be > 0")
    return _solve(load, min_nr, (p_good, p_bad), np.array([[-1 / good, 1 / good], [1 / bad, -1 / bad]]))


def waits_in_outage(load: float, min_nr: int, *, length: float) -> float:
    """The probability that anybody waits in an outage of `length` mean holds, in which every attempt fails.

    It begins in the steady state of good memory: Poisson(load) elements are out, and the reserve is full. Poisson
    arrivals, exponential holds; `load`: arrivals per mean hold. The chain is made discrete in time (uniformization,
    Jensen 1953). Raise a ValueError as `independent_failures`, and for a length that is not > 0.
    """
    _check(load, min_nr)
    if not 0 < length < math.inf:
        raise ValueError(f"length(={length}) must be > 0 and finite")
    top = _beyond(load)
    fastest = load + top
    out = np.arange(top + 1)
    served = np.zeros((top + 1, min_nr + 1))
    served[:, 0] = _poisson(load, top)
    steps = fastest * length
    nobody_waited = 0.0
    for share in _poisson(steps, _beyond(steps)):
        nobody_waited += float(share * served.sum())
        after = served * ((top - out) / fastest)[:, None]
        freed = served[1:] * (out[1:] / fastest)[:, None]
        after[:-1, :-1] += freed[:, 1:]
        after[:-1, 0] += freed[:, 0]
        after[1:, 1:] += served[:-1, :-1] * (load / fastest)
        served = after
    return max(0.0, 1.0 - nobody_waited)


def _solve(load: float, min_nr: int, fails: Sequence[float], switches: Matrix) -> ReserveUse:
    """Solve the chain level by level, a level being the number of elements out (Gaver, Jacobs and Latouche 1984)."""
    _check(load, min_nr)
    for p in fails:
        if not 0 <= p <= 1:
            raise ValueError(f"p(={p}) must be between 0 and 1")
    deficits = min_nr + 1
    size = len(fails) * deficits
    one_more, one_less = np.eye(deficits, k=1), np.eye(deficits, k=-1)
    one_less[0, 0] = 1
    up = load * np.kron(np.diag(fails), one_more) + load * np.kron(np.diag([1 - p for p in fails]), np.eye(deficits))
    down = np.kron(np.eye(len(fails)), one_less)
    stay = np.kron(switches, np.eye(deficits)) - np.diag(up.sum(axis=1))

    # No more elements are out than if no call were blocked: Poisson(load).
    top = _beyond(load)
    lost_at_top = np.diag(up.sum(axis=1))
    ratios: list[NDArray[np.floating]] = []
    inner = stay + lost_at_top - top * np.eye(size)
    for out in range(top, 0, -1):
        ratio = np.linalg.solve(-inner.T, up.T).T
        ratios.append(ratio)
        inner = stay - (out - 1) * np.eye(size) + out * ratio @ down
    # With no element out the reserve is full.
    full = inner[::deficits, ::deficits]
    balance = np.vstack([full.T[:-1], np.ones(len(fails))])
    level = np.zeros(size)
    level[::deficits] = np.linalg.solve(balance, np.eye(len(fails))[-1])
    total = level.copy()
    for ratio in reversed(ratios):
        level = level @ ratio
        total += level
        # Shares of time at low levels may be too small for a float, if the others are near 1.
        scale = total.sum()
        level, total = level / scale, total / scale
    share = total.reshape(len(fails), deficits)
    empty, in_phase, rates = share[:, -1], share.sum(axis=1), np.array(fails)
    return ReserveUse(
        empty=float(empty.sum()),
        empty_when_bad=float(empty[-1] / in_phase[-1]),
        fallback=float(rates @ (in_phase - empty)),
        blocked=float(rates @ empty),
    )


def _beyond(mean: float) -> int:
    """A number that a Poisson variate of this mean exceeds with a probability < 1e-15."""
    return math.ceil(mean + 10 * math.sqrt(mean) + 20)


def _poisson(mean: float, most: int) -> Vector:
    """The probabilities of 0 to `most`."""
    logs = np.log(np.arange(1, most + 1))
    shares: Vector = np.exp(np.arange(most + 1) * math.log(mean) - mean - np.concatenate(([0.0], np.cumsum(logs))))
    return shares


def _check(load: float, min_nr: int) -> None:
    if not 0 < load < math.inf:
        raise ValueError(f"load(={load}) must be > 0 and finite")
    if min_nr < 0:
        raise ValueError(f"min_nr(={min_nr}) must be >= 0")
