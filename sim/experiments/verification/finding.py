"""A prediction held against runs: equivalent within a margin, different, or not decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.statistics import equivalent
from sim.units import S

ALPHA = 0.05
"""The probability at which a test may pass what lies a margin off; its interval has the confidence 1 - 2 * ALPHA."""

MARGINS = {"calls/s": 0.01, "mean wait": 0.1}
"""The margins of measures whose margin is not `MARGIN`, relative to the prediction."""
MARGIN = 0.05
SMALL = 0.002
"""A share need not be nearer to its prediction than this, unless that is less than twice as much itself."""
_EVENTS = 5
"""A prediction that makes fewer events expected in all runs together is too rare to be tested."""

SHARES = {"P(wait)": "waited", "P(NULL)": "null", "fallback": "fallback"}


class Verdict(StrEnum):
    """What came of a prediction."""

    EQUIVALENT = "equivalent"
    """The interval lies within the margin of the prediction; or what holds of every call did."""
    DIFFERS = "differs"
    """It lies beyond the margin."""
    UNDECIDED = "not decided"
    """Neither: more replications, or a wider margin, would decide."""
    RARE = "too rare"
    """Runs so short are not expected to show a single event, and have not."""


@dataclass(frozen=True)
class Finding:
    """A prediction of theory for a measure of a pool, and what `runs` replications say.

    `low` to `high` is the interval with confidence 1 - 2 * ALPHA. Shares are from 0 to 1, waits in ns, rates per s.
    `margin` is in the same unit; if it is 0, the prediction holds of every call, and the value is that of all calls.
    `needed`: about how many replications would decide, if it is not decided and there is such a number.
    """

    configuration: str
    pool: str
    theory: str
    measure: str
    predicted: float
    value: float
    low: float
    high: float
    margin: float
    runs: int
    verdict: Verdict
    needed: int | None = None


@dataclass(frozen=True)
class Amounts:
    """A measure of each replication as a fraction: what was counted, of what."""

    counted: NDArray[np.float64]
    of: NDArray[np.float64]

    @property
    def ratio(self) -> float:
        """Of all replications together."""
        return float(self.counted.sum() / self.of.sum())

    @property
    def values(self) -> NDArray[np.float64]:
        """Numbers whose mean is the ratio, and whose spread is that of its estimate (linearised)."""
        ratio = self.ratio
        values: NDArray[np.float64] = ratio + (self.counted - ratio * self.of) / self.of.mean()
        return values


def amount_of(document: Mapping[str, Any], pool: str, measure: str) -> tuple[float, float]:
    """Return a measure of a pool in a run's summary as a fraction: what was counted, and of what."""
    rows = [row for row in document["rows"] if row["pool"] == pool and not row["total"]]
    calls = sum(row["calls"] for row in rows)
    measured_ns = document["duration_ns"] - document["warmup_ns"]
    if measure in SHARES:
        return sum(row["shares"][SHARES[measure]]["count"] for row in rows), calls
    if measure == "mean wait":
        # By Little's law, so that no wait is cut off by the end of the warm-up or of the run.
        return document["pools"][pool]["waiters_mean"] * measured_ns, calls
    if measure == "calls/s":
        return calls, measured_ns / S
    if measure == "time at zero":
        return document["pools"][pool]["reserve_at_zero_ns"], measured_ns
    raise ValueError(f"no measure of a run is called '{measure}'")


def margin_of(measure: str, predicted: float, relative: float | None) -> float:
    """How far from a prediction the truth may lie: `relative` to it, or by default as much as matters.

    That is `MARGINS` or `MARGIN` of it; of a share `SMALL` if that is more, but no more than half of it.
    """
    if relative is not None:
        return relative * predicted
    margin = MARGINS.get(measure, MARGIN) * predicted
    if measure in MARGINS:
        return margin
    return max(margin, min(SMALL, predicted / 2))


def judged(
    configuration: str,
    pool: str,
    theory: str,
    measure: str,
    predicted: float,
    fractions: Sequence[tuple[float, float]],
    *,
    certain: bool,
    relative: float | None = None,
) -> Finding:
    """Hold a prediction against the fractions of `amount_of`, one a replication.

    `certain`: it holds of every call, so that one that breaks it decides. `relative`: the margin instead of the usual
    one. Raise a ValueError for fewer than two replications of what is not certain.
    """
    counted, of = np.array(fractions, dtype=np.float64).T
    amounts, runs = Amounts(counted, of), len(counted)

    def finding(value: float, low: float, high: float, margin: float, word: Verdict, needed: int | None) -> Finding:
        return Finding(configuration, pool, theory, measure, predicted, value, low, high, margin, runs, word, needed)

    if not of.sum():
        return finding(float("nan"), float("nan"), float("nan"), 0.0, Verdict.RARE, None)
    if certain:
        value = amounts.ratio
        return finding(value, value, value, 0.0, Verdict.EQUIVALENT if value == predicted else Verdict.DIFFERS, None)
    margin = margin_of(measure, predicted, relative)
    if not margin > 0:
        raise ValueError(f"margin(={margin}) of {measure} must be > 0")
    test = equivalent(amounts.values, predicted, margin, ALPHA)
    if measure in SHARES and predicted * of.sum() < _EVENTS and not counted.any():
        word = Verdict.RARE
    elif test.passed:
        word = Verdict.EQUIVALENT
    elif test.low > predicted + margin or test.high < predicted - margin:
        word = Verdict.DIFFERS
    else:
        word = Verdict.UNDECIDED
    needed = _needed(test.value - predicted, (test.high - test.low) / 2, margin, runs)
    return finding(test.value, test.low, test.high, margin, word, needed if word is Verdict.UNDECIDED else None)


def _needed(off: float, half: float, margin: float, runs: int) -> int | None:
    """About how many replications make an interval that lies on one side of the margin, if `off` is the truth."""
    room = abs(margin - abs(off))
    return int(np.ceil(runs * (half / room) ** 2 * 1.2)) + 1 if room > margin / 100 else None
