"""The simulator held against theory: every prediction that covers a scenario, by tests of equivalence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sim.experiments.outcome import Outcome
from sim.experiments.running.execution import Execution, records
from sim.experiments.running.job import Job
from sim.experiments.theory.theory import Covered, NotCovered, theory_of
from sim.experiments.verification.document import DATA, document_of, frame_of, pictures_of
from sim.experiments.verification.finding import Finding, amount_of, judged
from sim.experiments.verification.invariants import Check, checks
from sim.experiments.verification.known import Known, known
from sim.experiments.verification.tested import Subject, Tested
from sim.scenario import Scenario, load_each

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

REPLICATIONS = 30
"""How many runs of each scenario there are unless something else is asked for."""

Fraction = tuple[float, float]
"""What was counted in a run, and of how much."""


class Verification(Outcome):
    """The outcome of a verification, with what it rests on."""

    def __init__(self, tested: Tested) -> None:
        document, frames = document_of(tested), {DATA: frame_of(tested)}
        super().__init__(document, frames, pictures_of(document, frames))
        self._tested = tested

    @property
    def table(self) -> "pd.DataFrame":
        """A row per prediction: the fields of `Finding`, with the prediction as `theory`, of the theory named `of`."""
        return self.frames[DATA]

    @property
    def passed(self) -> bool:
        """Whether nothing differs, nothing is left undecided, and every run obeys what it must."""
        return self._tested.passed

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What runs say of each prediction."""
        return self._tested.findings

    @property
    def checks(self) -> Mapping[str, tuple[Check, ...]]:
        """By scenario, whether one run of it obeys what every run must obey."""
        return self._tested.checks

    @property
    def covered(self) -> Mapping[Subject, Covered | NotCovered]:
        """The theory of each pool, or why there is none."""
        return self._tested.covered


def verify(
    scenarios: "Scenario | str | Path | Iterable[Scenario | str | Path] | None" = None,
    *,
    margin: float | None = None,
    execution: Execution | None = None,
) -> Verification:
    """Hold the simulator against theory and return what came of it.

    `scenarios`: one or several, files or names; without, the built-in set (known.py). Each pool that a theory covers is
    run `execution.replications` times (2 or more) with `execution.seed`, by default the scenario's own. `margin`: how
    far the truth may lie from a prediction, relative to it, instead of the usual margins (finding.py). Before that, one
    run of each scenario is made by this process, and checked for what every run must obey. Raise a ValueError for two
    scenarios of one name, too few replications or a margin not > 0, a ScenarioError for one with mistakes.
    """
    execution = execution or Execution()
    replications = execution.replications or REPLICATIONS
    if replications < 2:
        raise ValueError(f"found {replications} replication; expected two or more: one run has no interval")
    if margin is not None and not margin > 0:
        raise ValueError(f"margin(={margin}) must be > 0")
    chosen = known() if scenarios is None else tuple(Known(scenario) for scenario in load_each(scenarios))
    by_name = {each.scenario.name: each for each in chosen}
    if len(by_name) < len(chosen):
        raise ValueError("two scenarios have the same name: their outcomes could not be told apart")
    plain = {name: each.scenario for name, each in by_name.items()}
    seeds = {name: each.seed if execution.seed is None else execution.seed for name, each in plain.items()}
    covered = {(name, pool): theory_of(each, pool) for name, each in plain.items() for pool in each.pools}
    laws = {name: tuple(checks(each, seeds[name])) for name, each in plain.items()}
    fractions, digests = _measured(plain, covered, seeds, replications, execution)
    findings = tuple(_findings(by_name, covered, fractions, margin))
    return Verification(Tested(plain, findings, laws, covered, digests, seeds, replications, margin))


def _measured(
    scenarios: Mapping[str, Scenario],
    covered: Mapping[Subject, Covered | NotCovered],
    seeds: Mapping[str, int],
    replications: int,
    execution: Execution,
) -> tuple[Mapping[Subject, Mapping[str, Sequence[Fraction]]], Mapping[str, Sequence[str]]]:
    """Make the runs; return what each replication says of each measure that is predicted, and the digests of all.

    Each replication goes through all scenarios, so that those done tell how long the others will take.
    """
    found: dict[Subject, dict[str, list[Fraction]]] = {
        subject: {measure: [] for measure in theory.predictions}
        for subject, theory in covered.items()
        if isinstance(theory, Covered)
    }
    digests: dict[str, list[str]] = {name: [] for name in scenarios if any(name == of for of, _ in found)}
    jobs = [Job.of(scenarios[name], seeds[name], number, name) for number in range(replications) for name in digests]
    for job, record in zip(jobs, records(jobs, execution), strict=True):
        digests[job.label].append(record.document["digest"])
        for pool in scenarios[job.label].pools:
            for measure, fractions in found.get((job.label, pool), {}).items():
                fractions.append(amount_of(record.document, pool, measure))
    return found, digests


def _findings(
    by_name: Mapping[str, Known],
    covered: Mapping[Subject, Covered | NotCovered],
    fractions: Mapping[Subject, Mapping[str, Sequence[Fraction]]],
    margin: float | None,
) -> Iterator[Finding]:
    for (name, pool), theory in covered.items():
        if isinstance(theory, NotCovered):
            continue
        for measure, predicted in theory.predictions.items():
            yield judged(
                name,
                pool,
                theory.name,
                measure,
                predicted,
                fractions[name, pool][measure],
                certain=measure in theory.certain,
                relative=by_name[name].margins.get(measure) if margin is None else margin,
            )
