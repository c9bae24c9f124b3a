"""What each axis does by itself: a measure where the axis is low and where it is high.

Which points these are goes by the design: of one at a time, those at which nothing else is changed; of all
combinations, all those with a value, so that the other axes average out; of a Latin hypercube, the thirds of the points
where the axis is lowest and highest, over which the other axes are spread evenly.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from sim.experiments.sample.measure import UNITS
from sim.experiments.sample.sample import Key
from sim.experiments.sweeps.points import Points
from sim.scenario.axes.amount import amount_of
from sim.scenario.axes.axis import Axis
from sim.scenario.axes.design import Design, Plan
from sim.statistics import Interval, mean

COLUMNS = ("subject", "measure", "unit", "baseline", "parameter", "low_value", "high_value")
ENDS = ("low_effect", "low_effect_low", "low_effect_high", "high_effect", "high_effect_low", "high_effect_high")

_THIRD = 3
_FEWEST = 2
"""The fewest runs that have an interval."""


@dataclass(frozen=True)
class _Group:
    """Points that have an axis in common: the text of its value there, and their numbers."""

    text: str
    points: tuple[int, ...]


def effects_frame(found: Points, keys: Sequence[Key]) -> pd.DataFrame:
    """Return a row per key and axis: the measure at the axis's low end and at its high one, each with an interval.

    `baseline` is the measure where nothing is changed or, if there is no such point, the mean of all. Where an axis is
    made of words, the ends are those at which the measure is least and greatest.
    """
    rows = []
    for key in keys:
        values = _values(found, key)
        baseline = _measured(found, key, values, _own(found.design) or tuple(range(len(found.estimates)))).value
        for axis in found.design.axes:
            groups = [(group.text, _measured(found, key, values, group.points)) for group in _groups(found, axis)]
            groups = [(text, effect) for text, effect in groups if not math.isnan(effect.value)]
            if len(groups) < 2:
                continue
            if not axis.is_ordered:
                groups.sort(key=lambda each: each[1].value)
            (low, at_low), (high, at_high) = groups[0], groups[-1]
            ends = (at_low.value, at_low.low, at_low.high, at_high.value, at_high.low, at_high.high)
            what = (str(key[0]), str(key[1]), UNITS[key[1].kind], baseline)
            rows.append((*what, axis.path, low, high, *ends))
    return pd.DataFrame.from_records(rows, columns=[*COLUMNS, *ENDS])


def _groups(found: Points, axis: Axis) -> list[_Group]:
    """The points that are held against each other, from the low end of the axis to its high one."""
    design = found.design
    if design.plan is Plan.LATIN_HYPERCUBE and axis.span is not None:
        return list(_thirds(design, axis))
    comparable = [
        number
        for number, point in enumerate(design.points)
        if design.own is None or all(point.changes[path] == design.own.changes[path] for path in _others(design, axis))
    ]
    by_value: dict[str, list[int]] = {}
    for number in comparable:
        by_value.setdefault(str(design.points[number].labels[axis.path]), []).append(number)
    ordered = sorted(by_value, key=_place) if axis.is_ordered else list(by_value)
    return [_Group(value, tuple(by_value[value])) for value in ordered]


def _thirds(design: Design, axis: Axis) -> Iterator[_Group]:
    texts = [str(point.labels[axis.path]) for point in design.points]
    order = sorted(range(len(texts)), key=lambda number: _place(texts[number]))
    size = max(len(order) // _THIRD, 1)
    yield _Group(f"<= {texts[order[size - 1]]}", tuple(order[:size]))
    yield _Group(f">= {texts[order[-size]]}", tuple(order[-size:]))


def _others(design: Design, axis: Axis) -> list[str]:
    return [other.path for other in design.axes if other.path != axis.path]


def _own(design: Design) -> tuple[int, ...] | None:
    """The point at which nothing is changed, if there is one."""
    return (design.points.index(design.own),) if design.own in design.points else None


def _place(text: str) -> float:
    amount = amount_of(text)
    return float(amount.value) if amount else math.inf


def _values(found: Points, key: Key) -> "np.ndarray[Any, Any]":
    """What every run says: a row per point, a column per replication."""
    subject, measure = map(str, key)
    rows = found.table[(found.table["subject"] == subject) & (found.table["measure"] == measure)]
    wide = rows.pivot_table(index="point", columns="replication", values="value", dropna=False)
    return wide.reindex(range(len(found.estimates))).to_numpy(dtype=np.float64)


def _measured(found: Points, key: Key, values: "np.ndarray[Any, Any]", points: tuple[int, ...]) -> Interval:
    """The estimate at a point, or the mean of several, averaged in each replication: they share random numbers."""
    nothing = Interval(math.nan, math.nan, math.nan, found.confidence, "none")
    if len(points) == 1:
        return found.estimates[points[0]].get(key, nothing)
    means = values[list(points)].mean(axis=0)
    told = means[~np.isnan(means)]
    if len(told) < _FEWEST:
        return replace(nothing, value=float(told[0])) if len(told) else nothing
    return mean(told, found.confidence)
