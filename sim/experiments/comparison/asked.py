"""A comparison as it is asked for, by the command line as in Python: which variants, and what of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.experiments.comparison.compare import compare
from sim.experiments.outcome import Outcome
from sim.experiments.running.execution import Execution
from sim.experiments.sample.measure import check_possible
from sim.scenario import Scenario
from sim.scenario.measures import MeasureName
from sim.scenario.variants import baseline_of, named, variants_of


@dataclass(frozen=True)
class Comparison:
    """What is compared; `name` is that of its folder."""

    name: str
    variants: Mapping[str, Scenario]
    baseline: str
    measures: tuple[MeasureName, ...]
    question: str
    replications: int | None

    def made(self, confidence: float, execution: Execution) -> Outcome:
        """Make the comparison, with as many replications as its study says unless `execution` says it."""
        return compare(
            self.variants,
            baseline=self.baseline,
            measures=self.measures,
            confidence=confidence,
            question=self.question,
            execution=replace(execution, replications=execution.replications or self.replications),
        )


def comparison_of(
    scenarios: Sequence[Scenario],
    variants: Iterable[str] | Mapping[str, Mapping[str, Any]] = (),
    baseline: str | None = None,
    measures: Iterable[str] = (),
) -> Comparison:
    """Return what is compared: several scenarios, or variants of one, as `variants_of` takes them.

    What is left out is that of the study of a single scenario. Raise a ScenarioError with all mistakes, a ValueError
    for variants of several, and for a measure of a part that none has, such as devices.
    """
    if len(scenarios) > 1 and variants:
        raise ValueError("variants change one scenario; expected either several scenarios or variants of one")
    if not scenarios:
        raise ValueError("no scenario to compare; expected several, or variants of one")
    first = scenarios[0]
    study = first.study if len(scenarios) == 1 else None
    chosen = named(scenarios) if len(scenarios) > 1 else variants_of(first, variants)
    asked = tuple(map(MeasureName.parse, measures)) or (study.measures if study else ())
    check_possible(asked, chosen.values())
    return Comparison(
        name=f"{first.name if len(scenarios) == 1 else '-'.join(chosen)}-comparison",
        variants=chosen,
        baseline=baseline_of(chosen, baseline or (study.baseline if study and not variants else None)),
        measures=asked,
        question=study.question if study else "",
        replications=study.replications if study else None,
    )
