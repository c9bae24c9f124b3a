"""Whether a study can be made of its scenario: variants that are scenarios, a pool that is there."""

from collections.abc import Iterator

from sim.scenario.document import tree
from sim.scenario.explanation import value_mark
from sim.scenario.mistakes import Mistake, ScenarioError, expected, meant
from sim.scenario.scenario import Scenario
from sim.scenario.variants import changed, listed_variants


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
