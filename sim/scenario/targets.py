"""Targets: what is asked of a pool, such as ``p99.9 <= 10 ms`` or ``P(wait) <= 1e-4``.

A quantile is a rate in other words: ``p99.9 <= L`` says the same as ``P(latency > L) <= 0.001``, and is shown like one.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sim.scenario.explanation import reworded
from sim.scenario.measures import Kind, MeasureName
from sim.scenario.mistakes import refused
from sim.units import (
    UnitError,
    parse_positive_duration,
    parse_size,
    shown,
    write_duration,
    write_size,
)

Unit = Literal["share", "ns", "per call", "number", "bytes"]

EXAMPLES = ("p99.9 <= 10 ms", "P(wait) <= 1e-4", "P(NULL) <= 5 %")
_LONGEST = 200
_PARTS = re.compile(r"(?P<measure>.*[^<>=≤≥ ]) *(?P<sign><=|≤|<|>=|≥|>|==|=) *(?P<bound>[^<>=≤≥()]+)")
_AT_MOST = ("<=", "≤", "<")
_NUMBER = re.compile(r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]{1,2})?) *(?P<percent>%?)", re.IGNORECASE)
_BETTER_HIGH = {Kind.CALLS_RATE, Kind.REQUESTS_RATE, Kind.FAIRNESS}
_UNITS: dict[Kind, Unit] = {
    Kind.QUANTILE: "ns",
    Kind.LONGEST: "ns",
    Kind.MEAN_WAIT: "ns",
    Kind.LAST_WAIT: "ns",
    Kind.WASTED_WAKES: "per call",
    **dict.fromkeys((Kind.WAITERS, Kind.OUTSTANDING, Kind.ALLOCSTALLS, Kind.HUNG_TASKS), "number"),
    Kind.RESERVED: "bytes",
}


@dataclass(frozen=True)
class Target:
    """A measure and the most that it may be: a share of 0 to 1, nanoseconds, bytes, or a number."""

    measure: MeasureName
    bound: float

    @classmethod
    def parse(cls, text: str) -> "Target":
        """Read a target; ``<`` is read as ``<=``. Raise a ScenarioError without a place."""
        parts = _PARTS.fullmatch(" ".join(text.split())) if len(text) <= _LONGEST else None
        if parts is None:
            raise refused(f"found {shown(text)}; expected a target such as '{EXAMPLES[0]}' or '{EXAMPLES[1]}'")
        if parts["sign"] not in _AT_MOST:
            raise refused(f"found '{parts['sign']}' in {shown(text)}; expected '<=': the most that it may be")
        measure = MeasureName.parse(parts["measure"])
        if measure.kind in _BETTER_HIGH:
            raise refused(f"more {measure} is no harm; expected a measure that should be low, such as p99.9")
        return cls(measure, _bound(measure, parts["bound"].strip()))

    def __str__(self) -> str:
        """The target in one way of writing it, which `parse` reads back."""
        if self.unit == "ns":
            return f"{self.measure} <= {write_duration(int(self.bound))}"
        if self.unit == "bytes":
            return f"{self.measure} <= {write_size(int(self.bound))}"
        return f"{self.measure} <= {_written(self.bound, share=self.unit == 'share')}"

    @property
    def unit(self) -> Unit:
        """What `bound` counts."""
        return _UNITS.get(self.measure.kind, "share")

    @property
    def latency_ns(self) -> int | None:
        """The latency that only a `share` of the calls may exceed; None if the target is not about latency."""
        if self.measure.kind is Kind.QUANTILE:
            return int(self.bound)
        return int(self.measure.argument) if self.measure.kind is Kind.LATENCY_ABOVE else None

    @property
    def share(self) -> float | None:
        """The most that the share of calls or runs may be; None if the target is not about one.

        For a quantile it is what lies beyond: 0.001 for p99.9.
        """
        if self.measure.kind is Kind.QUANTILE:
            return float(1 - Decimal(repr(self.measure.argument)))
        return self.bound if self.unit == "share" else None

    @property
    def as_rate(self) -> MeasureName:
        """The measure whose share is to be at most `share`: of ``p99.9 <= 10 ms`` it is ``P(latency > 10 ms)``."""
        if self.measure.kind is Kind.QUANTILE:
            return MeasureName(Kind.LATENCY_ABOVE, self.bound)
        return self.measure


def _bound(measure: MeasureName, text: str) -> float:
    unit = _UNITS.get(measure.kind, "share")
    try:
        if unit == "ns":
            return parse_positive_duration(text)
        if unit == "bytes":
            return parse_size(text)
    except UnitError as error:
        raise refused(f"{measure}: {reworded(str(error))}") from None
    number = _NUMBER.fullmatch(text)
    value = Decimal(number["number"]) / (100 if number["percent"] else 1) if number else None
    if unit in {"per call", "number"}:
        if value is None or (number and number["percent"]):
            wanted = "number per call" if unit == "per call" else "number"
            raise refused(f"{measure}: found {shown(text)}; expected a {wanted}, such as 0.5")
        return float(value)
    if value is None or not 0 < float(value) < 1:
        why = "; that nothing ever happens can be shown by no number of runs" if value == 0 else ""
        raise refused(f"{measure}: found {shown(text)}; expected a share above 0 and below 1, such as 1e-4 or 5 %{why}")
    return float(value)


def _written(value: float, *, share: bool) -> str:
    """A share of a percent and more in percent, a smaller one as 1e-4."""
    exact = Decimal(repr(value))
    if not share or exact == 0:
        return f"{exact.normalize():f}"
    if exact >= Decimal("0.01"):
        return f"{(exact * 100).normalize():f} %"
    mantissa, _, exponent = f"{exact.normalize():e}".partition("e")
    return f"{mantissa}e{int(exponent)}"
