"""The simulator held against theory: every prediction that covers a scenario, by tests of equivalence."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sim.experiments.running.execution import Execution, records
from sim.experiments.running.job import Job
from sim.experiments.theory.theory import Covered, NotCovered, theory_of
from sim.experiments.verification.finding import Finding, Verdict, amount_of, judged
from sim.experiments.verification.invariants import Check, checks
from sim.experiments.verification.known import Known, known
from sim.scenario import Scenario, load_each

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sim.experiments.outcome import Outcome
    from sim.results.page import Page

REPLICATIONS = 30
"""How many runs of each scenario there are unless something else is asked for."""

Subject = tuple[str, str]
"""A configuration and a pool of it, by name."""
Fraction = tuple[float, float]
"""What was counted in a run, and of how much."""


@dataclass(frozen=True)
class Verification:
    """What came of it.

    `findings`: a prediction each. `checks`: by configuration, whether one run of it obeys what every run must obey.
    `covered`: the theory of each pool, or why there is none.
    """

    scenarios: Mapping[str, Scenario]
    findings: tuple[Finding, ...]
    checks: Mapping[str, tuple[Check, ...]]
    covered: Mapping[Subject, Covered | NotCovered]
    seeds: Mapping[str, int]
    replications: int

    @property
    def passed(self) -> bool:
        """Whether nothing differs, nothing is left undecided, and every run obeys what it must."""
        decided = all(found.verdict not in (Verdict.DIFFERS, Verdict.UNDECIDED) for found in self.findings)
        return decided and all(check.holds for found in self.checks.values() for check in found)

    @property
    def frame(self) -> "pd.DataFrame":
        """A row per prediction: the fields of `Finding`, with the prediction as `theory`, of the theory named `of`."""
        from sim.experiments.verification.document import frame_of  # noqa: PLC0415  pandas loads when first used

        return frame_of(self)

    @property
    def document(self) -> dict[str, Any]:
        """All of it as plain data, as `experiment.json` holds it."""
        from sim.experiments.verification.document import document_of  # noqa: PLC0415

        return document_of(self)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw every prediction with its margin, and what runs say; return the Axes."""
        return cast("Axes", self._outcome.plot.verification(ax=ax))

    @property
    def _outcome(self) -> "Outcome":
        from sim.experiments.verification.document import outcome_of  # noqa: PLC0415

        return outcome_of(self)

    def save(
        self,
        directory: str | os.PathLike[str],
        *,
        plots: bool = True,
        numbered: bool = False,
        failed: Callable[[str, Exception], object] | None = None,
    ) -> Path:
        """Write experiment.json, verification.csv and verification.png to `directory`, all or nothing; return its path.

        `directory` must not exist or be empty; `numbered`: the next free one of DIRECTORY-2, ... is taken instead.
        `failed(name, error)` is told of a picture that could not be drawn; without it the error is raised. Raises
        ResultExistsError if the place is taken.
        """
        return self._outcome.save(directory, plots=plots, numbered=numbered, failed=failed)

    def __repr__(self) -> str:
        return f"<Verification: {self.document['answer'][0]}>"

    def __rich__(self) -> "Page":
        from sim.experiments.verification.document import page  # noqa: PLC0415

        return page(self)

    def _repr_html_(self) -> str:
        return self.__rich__().html()


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
    fractions = _fractions(plain, covered, seeds, replications, execution)
    findings = tuple(_findings(by_name, covered, fractions, margin))
    return Verification(plain, findings, laws, covered, seeds, replications)


def _fractions(
    scenarios: Mapping[str, Scenario],
    covered: Mapping[Subject, Covered | NotCovered],
    seeds: Mapping[str, int],
    replications: int,
    execution: Execution,
) -> Mapping[Subject, Mapping[str, Sequence[Fraction]]]:
    """Make the runs and return what each replication says of each measure that is predicted.

    Each replication goes through all scenarios, so that those done tell how long the others will take.
    """
    found: dict[Subject, dict[str, list[Fraction]]] = {
        subject: {measure: [] for measure in theory.predictions}
        for subject, theory in covered.items()
        if isinstance(theory, Covered)
    }
    names = [name for name in scenarios if any(name == of for of, _ in found)]
    jobs = [Job.of(scenarios[name], seeds[name], number, name) for number in range(replications) for name in names]
    for job, record in zip(jobs, records(jobs, execution), strict=True):
        for pool in scenarios[job.label].pools:
            for measure, fractions in found.get((job.label, pool), {}).items():
                fractions.append(amount_of(record.document, pool, measure))
    return found


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
