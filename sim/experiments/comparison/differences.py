"""How a variant differs from the baseline: paired by replication, with an interval, and in a sentence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.experiments.sample.measure import OF_RUNS, OF_TIME, RATES, UNITS
from sim.experiments.sample.sample import Key, Sample
from sim.scenario.measures import Kind
from sim.statistics import Difference, holm, paired_difference, paired_ratio, rate_difference
from sim.units import format_count, format_duration

RATIO, DIFFERENCE = "ratio", "difference"

_MORE = {
    Kind.QUANTILE: ("slower", "faster"),
    Kind.LONGEST: ("longer", "shorter"),
}
_ANY_SIZE = 10.0
"""A ratio that may be off by this factor and more says nothing."""
_MOST_WORTH = 100_000
"""More replications than this are not proposed."""


@dataclass(frozen=True)
class Compared:
    """One measure of a variant against the baseline's.

    `kind`: whether `found` is a ratio (variant / baseline) or a difference (variant - baseline). `p_holm`: its p-value,
    adjusted for all variants that were compared; `decided`: whether that is small enough. The interval of `found` is at
    the level at which Holm's procedure tests it, so that it excludes no difference just if `decided`. `same`: the two
    are equal in every run. `more`: so many more replications would decide, if the difference is as large as it looks.
    """

    variant: str
    baseline: str
    key: Key
    kind: str
    found: Difference
    p_holm: float
    decided: bool
    same: bool
    runs: int
    more: int | None

    @property
    def words(self) -> str:
        """The difference in a sentence."""
        _, measure = self.key
        if self.same or not self.decided or self.kind == DIFFERENCE:
            return f"{measure}: {self.size}{f' {self.interval}' if self.decided else ''}{self._more()}"
        return f"{self.size} {self.interval}"

    @property
    def size(self) -> str:
        """How large the difference is, or that none was shown."""
        _, measure = self.key
        if self.same:
            return "the same in every run"
        if not self.decided:
            return f"no difference shown ({self._margin()})"
        if self.kind == DIFFERENCE:
            return _signed(self.found.value, self._unit)
        if measure.kind not in _MORE:
            return f"{_times(self.found.value)} the {measure}"
        more, less = _MORE[measure.kind]
        value = self.found.value
        at = f" at {measure}" if measure.kind is Kind.QUANTILE else " (the longest)"
        return f"{_times(value)} {more}{at}" if value >= 1 else f"{_times(1 / value)} {less}{at}"

    @property
    def interval(self) -> str:
        """Its interval: ``[1.5, 2.1]``, of the factor that `size` tells."""
        low, high = self.found.low, self.found.high
        if self.kind == DIFFERENCE:
            return _interval(low, high, self._unit)
        if self.decided and self.key[1].kind in _MORE and self.found.value < 1:
            low, high = 1 / high, 1 / low
        return f"[{_factor(low)}, {_factor(high)}]"

    @property
    def _unit(self) -> str:
        return UNITS[self.key[1].kind]

    def _margin(self) -> str:
        if self.kind == RATIO:
            widest = max(abs(self.found.low - 1), abs(self.found.high - 1))
            return f"±{100 * widest:.2g} %" if widest < _ANY_SIZE else "of any size"
        widest = max(abs(self.found.low), abs(self.found.high))
        return f"±{_amount(widest, self._unit)}"

    def _more(self) -> str:
        if self.decided or self.more is None:
            return ""
        if self.more > _MOST_WORTH:
            return f"; more than {format_count(_MOST_WORTH)} replications would not decide it"
        return f"; about {format_count(self.more)} more replications would decide, if it is as large as it looks"


def compared(
    samples: Mapping[str, Sample], baseline: str, keys: Sequence[Key], confidence: float
) -> Iterator[Compared]:
    """Yield how each other sample differs from that of `baseline`, by measure, adjusted over variants (Holm 1979)."""
    others = [name for name in samples if name != baseline]
    for key in keys:
        found = {
            name: difference
            for name in others
            if (difference := _difference(samples[baseline], samples[name], key, confidence)) is not None
        }
        adjusted = holm([each.p_value for _, each in found.values()], alpha=1 - confidence)
        for (name, (kind, each)), how in zip(found.items(), adjusted, strict=True):
            at_level = _difference(samples[baseline], samples[name], key, how.level)
            assert at_level is not None
            before, after = samples[baseline].values(key), samples[name].values(key)
            same = bool(np.array_equal(before, after, equal_nan=True))
            needed = None if same or how.rejected else each.replications_needed(how.level)
            yield Compared(
                variant=name,
                baseline=baseline,
                key=key,
                kind=kind,
                found=at_level[1],
                p_holm=how.p,
                decided=how.rejected and not same,
                same=same,
                runs=len(before),
                more=None if needed is None else max(needed - len(before), 1),
            )


def _difference(before: Sample, after: Sample, key: Key, confidence: float) -> tuple[str, Difference] | None:
    """The kind of difference and the difference; None where one of the two has nothing to compare."""
    _, measure = key
    if key not in before.readings or key not in after.readings or measure.kind is Kind.RESERVED:
        return None
    if measure.kind in RATES | OF_RUNS:
        amounts, others = before.amounts(key), after.amounts(key)
        if not (amounts[1].any() and others[1].any()):
            return None
        return DIFFERENCE, rate_difference(*amounts, *others, confidence)
    first, second = before.values(key), after.values(key)
    if np.isnan(first).any() or np.isnan(second).any():
        return None
    if measure.kind in OF_TIME or (first <= 0).any() or (second <= 0).any():
        return DIFFERENCE, paired_difference(first, second, confidence)
    return RATIO, paired_ratio(first, second, confidence)


def unpaired(samples: Mapping[str, Sample], key: Key) -> bool:
    """Whether some run has no value of its own, without which replications cannot be paired."""
    return key[1].kind not in RATES and any(
        bool(np.isnan(sample.values(key)).any()) for sample in samples.values() if key in sample.readings
    )


def _times(factor: float) -> str:
    return f"{_factor(factor)}x"


def _factor(value: float) -> str:
    if abs(value - 1) < 0.1:
        return f"{value:.3f}"
    return f"{value:.2g}" if value < 10 else f"{float(f'{value:.3g}'):,.12g}"


def _amount(value: float, unit: str) -> str:
    if unit == "share":
        return f"{_two_digits(100 * value)} points"
    if unit == "ns":
        return format_duration(value)
    return f"{value:.3g}"


def _two_digits(value: float, sign: str = "") -> str:
    """A number with two digits: ``+100``, ``-0.089``."""
    return f"{float(f'{value:.2g}'):{sign}.12g}"


def _signed(value: float, unit: str) -> str:
    return f"{'+' if value > 0 else '-'}{_amount(abs(value), unit)}"


def _interval(low: float, high: float, unit: str) -> str:
    if unit == "share":
        return f"[{_two_digits(100 * low, '+')}, {_two_digits(100 * high, '+')}]"
    return f"[{_signed(low, unit)}, {_signed(high, unit)}]"
