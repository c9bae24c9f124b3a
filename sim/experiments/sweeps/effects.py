"""What each axis does by itself: a measure where the axis is low and where it is high.

Which points these are goes by the design: of one at a time, those at which nothing else is changed; of all
combinations, those with a value whose other values occur with every value of the axis, so that they average out; of a
Latin hypercube, the thirds of the points where the axis is lowest and highest, over which the other axes are spread
evenly, as far as constraints leave them so.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from sim.experiments.sample.measure import UNITS
from sim.experiments.sample.sample import FEWEST, Key, within_range
from sim.experiments.sweeps.points import Points
from sim.scenario.axes.amount import quantity_of
from sim.scenario.axes.axis import Axis
from sim.scenario.axes.design import DEFAULT, Design, Plan, Point
from sim.statistics import Interval, mean

COLUMNS = ("subject", "measure", "unit", "baseline", "parameter", "low_value", "high_value")
ENDS = ("low_effect", "low_effect_low", "low_effect_high", "high_effect", "high_effect_low", "high_effect_high")

_PARTS = 3
"""Of the points of a Latin hypercube, the first part and the last are held against each other."""


@dataclass(frozen=True)
class _Group:
    """Points that have an axis in common: the text of its value there, and their numbers."""

    text: str
    points: tuple[int, ...]


def effects_frame(found: Points, keys: Sequence[Key]) -> pd.DataFrame:
    """Return a row per key and axis: the measure at the axis's low end and at its high one, each with an interval.

    `baseline` is the measure where nothing is changed or, if there is no such point, the mean of all. Where an axis is
    made of words, or has one value beside what the kernel does by itself, the ends are those at which the measure is
    least and greatest. An axis whose values have no others in
    common has no row.
    """
    rows = []
    for key in keys:
        values = _values(found, key)
        start = _own(found.design) or tuple(range(len(found.estimates)))
        baseline = _measured(found, key, values, start, single=len(start) == 1).value
        for axis in found.design.axes:
            groups = _groups(found.design, axis)
            single = all(len(group.points) == 1 for group in groups)
            told = [(group.text, _measured(found, key, values, group.points, single=single)) for group in groups]
            told = [(text, effect) for text, effect in told if not math.isnan(effect.value)]
            if len(told) < 2:
                continue
            if not axis.is_ordered or any(text == DEFAULT for text, _ in told):
                told.sort(key=lambda each: each[1].value)
            (low, at_low), (high, at_high) = told[0], told[-1]
            ends = (at_low.value, at_low.low, at_low.high, at_high.value, at_high.low, at_high.high)
            what = (str(key[0]), str(key[1]), UNITS[key[1].kind], baseline)
            rows.append((*what, axis.path, low, high, *ends))
    return pd.DataFrame.from_records(rows, columns=[*COLUMNS, *ENDS])


def _groups(design: Design, axis: Axis) -> list[_Group]:
    """The points that are held against each other, from the low end of the axis to its high one."""
    if design.plan is Plan.LATIN_HYPERCUBE and axis.span is not None:
        return list(_thirds(design, axis))
    numbers = list(range(len(design.points)))
    if design.own is not None:
        own = _others(design, design.own, axis)
        numbers = [number for number in numbers if _others(design, design.points[number], axis) == own]
    by_value: dict[str, list[int]] = {}
    for number in sorted(numbers, key=lambda number: _place(design.points[number], axis)):
        by_value.setdefault(str(design.points[number].labels[axis.path]), []).append(number)
    if len(by_value) > 2:
        # What the scenario leaves to its kernel is the baseline, and no end beside two values that were asked for.
        by_value.pop(DEFAULT, None)
    if design.plan is Plan.GRID:
        by_value = _comparable(design, axis, by_value)
    return [_Group(value, tuple(points)) for value, points in by_value.items() if points]


def _comparable(design: Design, axis: Axis, by_value: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """The points whose other values occur with every value of the axis, so that nothing else differs."""
    others = {number: _others(design, point, axis) for number, point in enumerate(design.points)}
    common = set.intersection(*({others[number] for number in points} for points in by_value.values()))
    return {value: [number for number in points if others[number] in common] for value, points in by_value.items()}


def _thirds(design: Design, axis: Axis) -> Iterator[_Group]:
    order = sorted(range(len(design.points)), key=lambda number: _place(design.points[number], axis))
    texts = [str(design.points[number].labels[axis.path]) for number in order]
    size = max(len(order) // _PARTS, 1)
    yield _Group(f"<= {texts[size - 1]}", tuple(order[:size]))
    yield _Group(f">= {texts[-size]}", tuple(order[-size:]))


def _others(design: Design, point: Point, axis: Axis) -> tuple[str, ...]:
    return tuple(str(point.labels[other.path]) for other in design.axes if other.path != axis.path)


def _own(design: Design) -> tuple[int, ...] | None:
    """The point at which nothing is changed, if there is one."""
    return (design.points.index(design.own),) if design.own in design.points else None


def _place(point: Point, axis: Axis) -> float:
    """Where a point stands on an axis of numbers or quantities; on others all stand in one place."""
    amount = quantity_of(point.changes[axis.path])
    return float(amount.value) if amount and axis.is_ordered else 0.0


def _values(found: Points, key: Key) -> "np.ndarray[Any, Any]":
    """What every run says: a row per point, a column per replication."""
    subject, measure = map(str, key)
    rows = found.table[(found.table["subject"] == subject) & (found.table["measure"] == measure)]
    wide = rows.pivot_table(index="point", columns="replication", values="value", dropna=False)
    return wide.reindex(range(len(found.estimates))).to_numpy(dtype=np.float64)


def _measured(
    found: Points, key: Key, values: "np.ndarray[Any, Any]", points: tuple[int, ...], *, single: bool
) -> Interval:
    """The estimate at a `single` point, or the mean of several, averaged in each replication, which they share."""
    nothing = Interval(math.nan, math.nan, math.nan, found.confidence, "none")
    if single:
        return found.estimates[points[0]].get(key, nothing)
    means = values[list(points)].mean(axis=0)
    told = means[~np.isnan(means)]
    if len(told) and UNITS[key[1].kind] == "share" and not told.any():
        # What was never seen may happen up to a bound, which holds at all points together.
        bound = float(np.mean([found.together[point][key].high for point in points]))
        return replace(nothing, value=0.0, low=0.0, high=bound)
    if len(told) < FEWEST:
        return replace(nothing, value=float(told[0])) if len(told) else nothing
    return within_range(mean(told, found.confidence), key[1].kind)
