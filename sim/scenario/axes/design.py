"""Which points of a sweep are run: all combinations, a Latin hypercube, or one value changed at a time."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import partial
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sim.scenario.axes.amount import Amount, quantity_of, written
from sim.scenario.axes.axis import Axis, Span
from sim.scenario.axes.constraint import Constraint, Lookup, Value
from sim.scenario.axes.spacing import at_share, rounded, whole
from sim.scenario.mistakes import Mistake, ScenarioError, meant, refused
from sim.scenario.study import MAX_POINTS
from sim.units import format_count, shown

if TYPE_CHECKING:
    import numpy as np

    from sim.scenario.scenario import Scenario

DEFAULT = "default"
"""How a table shows a value that a scenario does not have of its own."""

_DIGITS = 5


@dataclass(frozen=True)
class Point:
    """One point of a sweep: what `Scenario.with_` changes to get there."""

    changes: Mapping[str, Any]

    @property
    def labels(self) -> dict[str, int | float | str]:
        """The values by path as a table shows them: numbers, and texts for all else."""
        return {path: label(value) for path, value in self.changes.items()}

    def __str__(self) -> str:
        """``pools.bio.min_nr=4, duration=10 s``."""
        return ", ".join(f"{path}={value}" for path, value in self.labels.items())


class Plan(Enum):
    """How points are chosen."""

    GRID = "grid"
    LATIN_HYPERCUBE = "latin hypercube"
    ONE_AT_A_TIME = "one at a time"


@dataclass(frozen=True)
class Design:
    """The points to run, chosen by `plan`.

    `where`: the constraints as written. `left_out`: how many points do not satisfy them; `repeated`: drawn more than
    once. `drawn`: of a Latin hypercube how many points, and its seed. `own`: of one at a time, the point where nothing
    is changed.
    """

    axes: tuple[Axis, ...]
    points: tuple[Point, ...]
    plan: Plan = Plan.GRID
    where: tuple[str, ...] = ()
    left_out: int = 0
    repeated: int = 0
    drawn: tuple[int, int] | None = None
    own: Point | None = None


def designed(
    scenario: "Scenario",
    axes: Sequence[Axis],
    constraints: Sequence[Constraint] = (),
    *,
    drawn: tuple[int, int] | None = None,
    one_at_a_time: bool = False,
) -> Design:
    """The points of the axes that satisfy the constraints: all combinations or, as asked, fewer.

    drawn: how many points of a Latin hypercube, and its seed. one_at_a_time: each axis by itself, the others as in the
    scenario. Raise a ScenarioError, without a place unless it is about a constraint, if there are too many points or
    none.
    """
    plan, own = Plan.GRID, None
    if one_at_a_time:
        plan, points = Plan.ONE_AT_A_TIME, each_alone(scenario, axes)
        own = points[0]
    elif drawn:
        plan, points = Plan.LATIN_HYPERCUBE, latin_hypercube(axes, *drawn)
    else:
        points = grid(axes)
    once = list({repr(tuple(point.changes.items())): point for point in points}.values())
    kept, left_out = satisfying(scenario, once, constraints)
    if not kept:
        first = constraints[0]
        text = f"none of {format_count(left_out)} points satisfies {' and '.join(shown(c.text) for c in constraints)}"
        raise ScenarioError([Mistake.at(first.mark, first.loc, f"{text}; expected a constraint that leaves some")])
    repeated = len(points) - len(once) if plan is Plan.LATIN_HYPERCUBE else 0
    where = tuple(constraint.text for constraint in constraints)
    return Design(tuple(axes), tuple(kept), plan, where, left_out, repeated, drawn, own)


def grid(axes: Sequence[Axis]) -> list[Point]:
    """All combinations of the values of the axes, the last axis fastest.

    Raise a ScenarioError without a place if there are too many, or an axis is a range without values.
    """
    for axis in axes:
        if not axis.values:
            ends = f"{axis.span.low}:{axis.span.high}" if axis.span else ""
            wanted = f"expected that too, as in {ends}:11, or latin_hypercube"
            raise refused(f"{axis.path} is a range without a number of values; {wanted}")
    count = math.prod(len(axis.values) for axis in axes)
    if count > MAX_POINTS:
        sizes = " x ".join(str(len(axis.values)) for axis in axes)
        wanted = f"expected at most {format_count(MAX_POINTS)}: fewer values, or latin_hypercube"
        raise refused(f"{sizes} values are {format_count(count)} points; {wanted}")
    paths = [axis.path for axis in axes]
    combinations = product(*(axis.values for axis in axes))
    return [Point(MappingProxyType(dict(zip(paths, values, strict=True)))) for values in combinations]


def each_alone(scenario: "Scenario", axes: Sequence[Axis]) -> list[Point]:
    """The scenario as it stands, then each value of each axis with all others as they stand.

    What the scenario leaves to its kernel is DEFAULT there. Raise a ScenarioError without a place if an axis is a mere
    range, or there are too many points.
    """
    for axis in axes:
        if not axis.values:
            raise refused(f"{axis.path} is a range without a number of values; expected that too")
    mapping = scenario.to_mapping()
    own = {axis.path: _at_path(mapping, axis.path) for axis in axes}
    own = {path: DEFAULT if value is None else value for path, value in own.items()}
    points = [Point(MappingProxyType(own))]
    for axis in axes:
        points += [Point(MappingProxyType({**own, axis.path: value})) for value in axis.values]
    if len(points) > MAX_POINTS:
        raise refused(f"{format_count(len(points))} points; expected at most {format_count(MAX_POINTS)}")
    return points


def _at_path(mapping: Any, path: str) -> Any:
    """What a scenario as plain data has at a path, None if nothing."""
    value = mapping
    for key in path.split("."):
        if isinstance(value, list):
            value = value[int(key)] if key.isdecimal() and int(key) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def latin_hypercube(axes: Sequence[Axis], points: int, seed: int) -> list[Point]:
    """Points drawn so that each of `points` equal parts of every range is met once (McKay, Beckman and Conover 1979).

    Of an axis of single values each is met equally often, give or take one. Same seed, same points.
    """
    import numpy as np  # noqa: PLC0415  only those who draw pay for it

    generator = np.random.default_rng(seed)
    columns = [list(_drawn(axis, points, generator)) for axis in axes]
    paths = [axis.path for axis in axes]
    return [Point(MappingProxyType(dict(zip(paths, values, strict=True)))) for values in zip(*columns, strict=True)]


def _drawn(axis: Axis, points: int, generator: "np.random.Generator") -> Iterator[Any]:
    parts = generator.permutation(points)
    if axis.span is None:
        for part in parts:
            yield axis.values[int(part) * len(axis.values) // points]
        return
    within = generator.random(points)
    for part, inside in zip(parts, within, strict=True):
        yield written(_at(axis.span, (int(part) + float(inside)) / points))


def _at(span: Span, share: float) -> Amount:
    """The value of a range at a share of 0 to 1, with few digits; of whole numbers each is as likely as another."""
    low, high = span.low.value, span.high.value
    if span.log:
        amount = rounded(at_share(span.low, span.high, share), _DIGITS)
    elif span.whole:
        return Amount(low + math.floor(Fraction(share) * (high - low + 1)), span.low.dimension)
    else:
        step = Fraction(10) ** (math.floor(math.log10(high - low)) + 1 - _DIGITS)
        amount = Amount(low + round(Fraction(share) * (high - low) / step) * step, span.low.dimension)
    amount = whole(amount) if span.whole else amount
    return Amount(min(max(amount.value, low), high), amount.dimension)


def satisfying(
    scenario: "Scenario", points: Iterable[Point], constraints: Sequence[Constraint]
) -> tuple[list[Point], int]:
    """The points where all `constraints` hold, and how many others there were.

    Raise a ScenarioError if a constraint names a path that neither the points nor the scenario have, or mixes units.
    """
    if not constraints:
        return list(points), 0
    kept, left_out = [], 0
    fixed: dict[str, Any] | None = None
    for point in points:
        if fixed is None:
            fixed = _unvaried(scenario, point)
        varied = [pair for path, value in point.changes.items() for pair in _scalars(value, path)]
        if _all_hold(constraints, partial(_value, {**fixed, **dict(varied)})):
            kept.append(point)
        else:
            left_out += 1
    return kept, left_out


def _all_hold(constraints: Iterable[Constraint], lookup: Lookup) -> bool:
    """Whether all hold; what is wrong with any of them is told together."""
    hold, mistakes = True, list[Mistake]()
    for constraint in constraints:
        try:
            hold = constraint.holds(lookup) and hold
        except ScenarioError as error:
            mistakes += error.mistakes
    if mistakes:
        raise ScenarioError(mistakes)
    return hold


def _unvaried(scenario: "Scenario", point: Point) -> dict[str, Any]:
    """The single values of the scenario, by path, that no axis takes the place of."""
    varied = tuple(f"{path}." for path in point.changes)
    return {path: value for path, value in _scalars(scenario.to_mapping()) if not f"{path}.".startswith(varied)}


def _value(values: Mapping[str, Any], path: str) -> Value:
    if path not in values:
        near = meant(path, values)
        spaces = "; minus has a space before and after it" if "-" in path and not near else ""
        raise refused(f"unknown path '{path}'; expected an axis or a single value of the scenario{near}{spaces}")
    value = values[path]
    amount = quantity_of(value)
    return str(label(value)) if amount is None else amount


def _scalars(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The single values of a mapping by their dotted paths."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path, value
        return
    for key, inner in items:
        yield from _scalars(inner, f"{path}.{key}" if path else str(key))


def label(value: Any) -> int | float | str:
    """A value of an axis as a table shows it: a number, a text, or in one line what is more than that."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return shown(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {label(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(str(label(inner)) for inner in value) + "]"
    return value if isinstance(value, (int, float)) else str(value)
