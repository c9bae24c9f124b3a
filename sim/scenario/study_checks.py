"""Whether a study can be made of its scenario: its variants and points are scenarios, its pool is there."""

from collections.abc import Iterator

from sim.scenario.axes import Design, Point
from sim.scenario.document import tree
from sim.scenario.explanation import value_mark
from sim.scenario.mistakes import Mistake, ScenarioError, expected, meant
from sim.scenario.scenario import Scenario
from sim.scenario.sweeps import scenarios_at, sweep_of
from sim.scenario.variants import changed, listed_variants

MOST_TRIED = 100
"""How many points of a sweep are looked at when its file is read; all are before they are run."""


def study_mistakes(scenario: Scenario) -> list[Mistake]:
    """All that is wrong with the study of a scenario that is right in itself."""
    return list(_mistakes(scenario)) if scenario.study is not None else []


def _mistakes(scenario: Scenario) -> Iterator[Mistake]:
    study = scenario.study
    assert study is not None
    root = scenario.document or tree(scenario.to_mapping())
    if study.pool is not None and study.pool not in scenario.pools:
        loc = ("study", "pool")
        text = f"unknown pool '{study.pool}'{expected(scenario.pools)}{meant(study.pool, scenario.pools)}"
        yield Mistake.at(value_mark(root, loc), loc, text)
    for variant in listed_variants(scenario):
        try:
            changed(scenario, variant)
        except ScenarioError as error:
            yield from error.mistakes
    if study.sweep is not None:
        try:
            design = sweep_of(scenario)
            scenarios_at(scenario, design, _covering(design))
        except ScenarioError as error:
            yield from error.mistakes


def _covering(design: Design) -> Iterator[Point]:
    """Points in which each value of each axis is met, or as many as are tried before anything is run."""
    met: set[tuple[str, object]] = set()
    tried = 0
    for point in design.points:
        new = {pair for pair in point.labels.items() if pair not in met}
        if new and tried < MOST_TRIED:
            tried += 1
            met |= new
            yield point
