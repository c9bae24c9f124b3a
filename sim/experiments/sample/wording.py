"""Numbers of experiments as text: a value and its interval in the unit of the measure."""

import math
from collections.abc import Iterable

from sim.experiments.sample.measure import UNITS
from sim.experiments.sample.sample import Key
from sim.results.columns import percentage
from sim.scenario.measures import MeasureName
from sim.statistics import Interval
from sim.units import format_count, format_duration, format_size


def measured(value: float, unit: str) -> str:
    """Write a value of a unit of `sim.experiments.sample.measure.UNITS`: ``12.3 %``, ``5.12 s``, ``250``."""
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "?"
    if unit == "share":
        return f"{percentage(value)} %"
    if unit == "ns":
        return format_duration(value)
    if unit == "bytes":
        return format_size(value)
    return f"{float(f'{value:.3g}'):,.15g}"


def estimated(interval: Interval, measure: MeasureName) -> tuple[str, str]:
    """Write an estimate and its interval: ``("0.31 %", "0.24 ... 0.39")``; one run has none, nor has NaN.

    What was not seen is ``<= 0.005 %``.
    """
    unit = UNITS[measure.kind]
    if (
        math.isnan(interval.value)
        or interval.low == interval.high
        or (math.isinf(interval.low) and math.isinf(interval.high))
    ):
        return measured(interval.value, unit), ""
    if unit == "share" and interval.value == 0:
        return f"<= {measured(interval.high, unit)}", ""
    return measured(interval.value, unit), f"{_bare(interval.low, unit)} ... {_bare(interval.high, unit)}"


def bracketed(interval: str) -> str:
    """The interval of `estimated` as a sentence has it: ``[0.24, 0.39]``."""
    return f"[{interval.replace(' ... ', ', ')}]"


def absent(asked: Iterable[MeasureName], keys: Iterable[Key]) -> list[str]:
    """A sentence for each measure that was asked for and is not among `keys`."""
    there = {measure for _, measure in keys}
    return [f"{measure}: nothing here can have it" for measure in asked if measure not in there]


def few(runs: int) -> str:
    """The sentence on fewer replications than an interval likes."""
    return f"{runs} replication{'s are' if runs > 1 else ' is'} few: with 10 or more, intervals are narrower and surer."


def uncounted(calls: int) -> str:
    """The sentence on calls that began in the warm-up and waited to the end."""
    began = f"{format_count(calls)} call{'s' * (calls > 1)} began in the warm-up and waited to the end of the run"
    return f"{began}: no measure counts {'them' if calls > 1 else 'it'}."


def _bare(value: float, unit: str) -> str:
    """The number without its unit where that goes without saying."""
    return measured(value, unit).removesuffix(" %")
