"""The sweep of a scenario, from its study or from the command line: its points, and the scenarios that they are.

A sweep on the command line replaces the one in the file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from sim.scenario.axes.axis import Axis, parse_vary, read_axis
from sim.scenario.axes.constraint import Constraint
from sim.scenario.axes.design import Design, Point, designed
from sim.scenario.building import build
from sim.scenario.document import Node, tree
from sim.scenario.explanation import key_mark, value_mark
from sim.scenario.mistakes import NOWHERE, VARY, Loc, Mark, Mistake, ScenarioError, first_of
from sim.scenario.overrides import apply
from sim.scenario.scenario import Scenario
from sim.scenario.study import MAX_POINTS, LatinHypercubeSpec, SweepSpec
from sim.scenario.variants import amiss_with_path, without_study

T = TypeVar("T")

WHERE = "--where"
"""The `file` of a constraint that came from the command line."""
_SEED = "seed"
_SWEEP: Loc = ("study", "sweep")
_VARY: Loc = (*_SWEEP, "vary")


def sweep_of(
    scenario: Scenario,
    vary: Sequence[str] | Mapping[str, Any] = (),
    where: Sequence[str] = (),
    latin_hypercube: LatinHypercubeSpec | None = None,
    *,
    one_at_a_time: bool = False,
) -> Design:
    """The points of the sweep that ``--vary PATH=VALUES`` describes or, without any, the study of the scenario.

    vary: such texts, or values by path, a text of the same language or a list. where: more constraints.
    latin_hypercube: so many points instead of all combinations; one_at_a_time: each value alone, with all others as in
    the scenario; without either it is as in the study. Raise a ScenarioError with all mistakes, each where it was
    written, or if there is nothing to vary or to run, a ValueError for both.
    """
    if one_at_a_time and latin_hypercube:
        raise ValueError("both a Latin hypercube and one at a time; expected one of them")
    study = scenario.study.sweep if scenario.study and not vary else None
    if study is None and not vary:
        text = f"nothing to vary; expected sweep under study:, or {VARY} PATH=VALUES"
        text += scenario.study.other_verb("sweep") if scenario.study else ""
        raise ScenarioError([Mistake(scenario.source, None, None, "", text)])
    mistakes: list[Mistake] = []
    axes = _made(_axes_written(vary), mistakes)
    constraints = _made([partial(Constraint.parse, text, Mark(WHERE)) for text in where], mistakes)
    place, loc = Mark(VARY), _SWEEP[:0]
    if study is not None:
        root = scenario.document or tree(scenario.to_mapping())
        place, loc = key_mark(root, _SWEEP), _SWEEP
        axes = _made(_axes_in(root, study), mistakes)
        constraints += _made(_constraints_in(root, study), mistakes)
        if not (latin_hypercube or one_at_a_time):
            latin_hypercube, one_at_a_time = study.latin_hypercube, bool(study.one_at_a_time)
    mistakes += _clashes(axes)
    if mistakes:
        raise ScenarioError(first_of(mistakes))
    drawn = (latin_hypercube.points, latin_hypercube.seed) if latin_hypercube else None
    try:
        return designed(scenario, axes, constraints, drawn=drawn, one_at_a_time=one_at_a_time)
    except ScenarioError as error:
        mistakes = [m if m.mark != NOWHERE or m.path else Mistake.at(place, loc, m.text) for m in error.mistakes]
    raise ScenarioError(first_of(mistakes))


def hypercube_of(points: int, seed: int = 1) -> LatinHypercubeSpec:
    """A Latin hypercube of so many points. Raise a ValueError in a sentence for a number out of range."""
    if not 1 <= points <= MAX_POINTS:
        raise ValueError(f"a Latin hypercube of {points} points; expected from 1 to {MAX_POINTS:,}")
    if not 0 <= seed < 1 << 63:
        raise ValueError(f"a Latin hypercube with seed {seed}; expected from 0 to 2**63 - 1")
    return LatinHypercubeSpec(points=points, seed=seed)


def scenarios_at(scenario: Scenario, design: Design, points: Iterable[Point] | None = None) -> list[Scenario]:
    """The scenario at each point of a design, or at some of its `points`, without its study.

    Raise a ScenarioError with all mistakes: values that are refused, where they were written, and points at which the
    rest of the scenario does not fit.
    """
    made: list[Scenario] = []
    amiss: list[Mistake] = []
    elsewhere: dict[Mistake, list[Point]] = {}
    bare = without_study(scenario)
    own = design.own.changes if design.own else {}
    for point in design.points if points is None else points:
        found: list[Mistake] = []
        changes = [
            (axis.path, axis.node(value))
            for axis in design.axes
            if (value := point.changes[axis.path]) != own.get(axis.path)
        ]
        try:
            made.append(build(apply(bare, changes, found), scenario.directory, found))
        except ScenarioError as error:
            for mistake in error.mistakes:
                axis = _blamed(mistake, design.axes)
                if axis is None:
                    elsewhere.setdefault(mistake, []).append(point)
                else:
                    amiss.append(Mistake.at(mistake.mark, (*axis.loc, mistake.path), mistake.text))
    for mistake, where in elsewhere.items():
        amiss.append(_at_points(mistake, where, design.axes[0]))
    if amiss:
        raise ScenarioError(first_of(amiss))
    return made


def _blamed(mistake: Mistake, axes: Iterable[Axis]) -> Axis | None:
    """The axis whose value is wrong; None if the mistake shows in another place."""
    for axis in axes:
        if mistake.mark in axis.marks and (_within(mistake.path, axis.path) or _within(axis.path, mistake.path)):
            return axis
    return None


def _at_points(mistake: Mistake, points: Sequence[Point], axis: Axis) -> Mistake:
    others = f" and {len(points) - 1:,} more point{'s' * (len(points) > 2)}" if len(points) > 1 else ""
    return Mistake.at(axis.mark, axis.loc, f"at {points[0]}{others}: {mistake.path}: {mistake.text}")


def _axes_written(vary: Sequence[str] | Mapping[str, Any]) -> list[Callable[[], Axis]]:
    if not isinstance(vary, Mapping):
        return [partial(parse_vary, text) for text in vary]
    plain = {
        path: list(values) if isinstance(values, Iterable) and not isinstance(values, (str, Mapping)) else values
        for path, values in vary.items()
    }
    return [partial(read_axis, path, tree(values, Mark(VARY)), ()) for path, values in plain.items()]


def _axes_in(root: Node, sweep: SweepSpec) -> list[Callable[[], Axis]]:
    return [partial(read_axis, path, _node(root, (*_VARY, path)), _VARY) for path in sweep.vary]


def _constraints_in(root: Node, sweep: SweepSpec) -> Iterator[Callable[[], Constraint]]:
    for index, text in enumerate(sweep.where):
        loc = (*_SWEEP, "where", index)
        yield partial(Constraint.parse, text, value_mark(root, loc), loc)


def _node(root: Node, loc: Loc) -> Node:
    for key in loc:
        root = root.child(key) or root
    return root


def _made(readers: Iterable[Callable[[], T]], mistakes: list[Mistake]) -> list[T]:
    """What the readers read; what is wrong with the rest is added to `mistakes`."""
    made: list[T] = []
    for read in readers:
        try:
            made.append(read())
        except ScenarioError as error:
            mistakes += error.mistakes
    return made


def _clashes(axes: Sequence[Axis]) -> Iterator[Mistake]:
    """What is wrong with the paths of the axes, by themselves and together."""
    for index, axis in enumerate(axes):
        if mistake := amiss_with_path(axis.path, axis.mark):
            yield Mistake.at(mistake.mark, (*axis.loc, mistake.path), mistake.text)
        if axis.path == _SEED:
            text = "no axis: each replication has random numbers of its own, the same at every point; expected --seed"
            yield Mistake.at(axis.mark, (*axis.loc, _SEED), text)
        for other in axes[:index]:
            if _within(axis.path, other.path) or _within(other.path, axis.path):
                same = "it is varied already" if axis.path == other.path else f"it overlaps with '{other.path}'"
                yield Mistake.at(axis.mark, (*axis.loc, axis.path), f"{same}; expected one axis for both")


def _within(path: str, other: str) -> bool:
    """Whether `path` is `other` or lies below it."""
    return f"{path}.".startswith(f"{other}.")
