"""The simulator held against theory: every prediction that covers a scenario, by tests of equivalence."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sim.experiments.theory.theory import Covered, NotCovered, theory_of
from sim.experiments.verification.finding import Finding, Verdict, amount_of, judged
from sim.experiments.verification.invariants import Check, checks
from sim.experiments.verification.known import Known, known
from sim.kernel import KernelWarning
from sim.scenario import Scenario, load

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sim.experiments.outcome import Outcome
    from sim.results.page import Page

REPLICATIONS = 30
SEED = 1

Told = Callable[[int, int], object]
"""Is told how many runs are done, of how many."""

Subject = tuple[str, str]
"""A configuration and a pool of it, by name."""


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
    replications: int = REPLICATIONS,
    seed: int | None = None,
    margin: float | None = None,
    jobs: int | None = None,
    progress: Told | None = None,
) -> Verification:
    """Hold the simulator against theory and return what came of it.

    `scenarios`: one or several, files or names; without, the built-in set (known.py). Each pool that a theory covers is
    run `replications` times (2 or more) with `seed`, by default the scenario's own. `margin`: how far the truth may lie
    from a prediction, relative to it, instead of the usual margins (finding.py).
    `jobs`: how many runs at once, one per processor by default. One more run of each scenario is checked for what every
    run must obey. Raise a ValueError for two scenarios of one name, too few replications or a margin not > 0, a
    ScenarioError for one with mistakes.
    """
    if replications < 2:
        raise ValueError(f"replications(={replications}) must be >= 2: one run has no interval")
    if margin is not None and not margin > 0:
        raise ValueError(f"margin(={margin}) must be > 0")
    chosen = known() if scenarios is None else tuple(Known(scenario) for scenario in _loaded(scenarios))
    by_name = {each.scenario.name: each for each in chosen}
    if len(by_name) < len(chosen):
        raise ValueError("two scenarios have the same name: their outcomes could not be told apart")
    seeds = {name: each.scenario.seed if seed is None else seed for name, each in by_name.items()}
    covered = {
        (name, pool): theory_of(each.scenario, pool) for name, each in by_name.items() for pool in each.scenario.pools
    }
    tasks = list(_tasks(by_name, covered, seeds, replications))
    fractions: dict[Subject, dict[str, list[tuple[float, float]]]] = {}
    laws: dict[str, tuple[Check, ...]] = {}
    for done, (task, outcome) in enumerate(zip(tasks, _performed(tasks, jobs), strict=True), 1):
        if isinstance(outcome, tuple):
            laws[task.scenario.name] = outcome
        else:
            for (pool, measure), fraction in outcome.items():
                fractions.setdefault((task.scenario.name, pool), {}).setdefault(measure, []).append(fraction)
        if progress is not None:
            progress(done, len(tasks))
    findings = tuple(_findings(by_name, covered, fractions, margin))
    plain = {name: each.scenario for name, each in by_name.items()}
    return Verification(plain, findings, laws, covered, seeds, replications)


def _loaded(scenarios: "Scenario | str | Path | Iterable[Scenario | str | Path]") -> Iterator[Scenario]:
    several = [scenarios] if isinstance(scenarios, (Scenario, str, Path)) else scenarios
    for each in several:
        yield each if isinstance(each, Scenario) else load(each)


@dataclass(frozen=True)
class Task:
    """A run to be made: of which some measures are wanted, or, without, whether it obeys what every run must obey."""

    scenario: Scenario
    seed: int
    replication: int
    wanted: tuple[tuple[str, str], ...] = ()


def _tasks(
    by_name: Mapping[str, Known],
    covered: Mapping[Subject, Covered | NotCovered],
    seeds: Mapping[str, int],
    replications: int,
) -> Iterator[Task]:
    """All runs; each replication goes through all scenarios, so that those done tell how long the others will take."""
    wanted = {
        name: tuple(
            (pool, measure)
            for pool in each.scenario.pools
            for measure in getattr(covered[name, pool], "predictions", ())
        )
        for name, each in by_name.items()
    }
    for name, each in by_name.items():
        yield Task(each.scenario, seeds[name], 0)
    for number in range(replications):
        for name, each in by_name.items():
            if wanted[name]:
                yield Task(each.scenario, seeds[name], number, wanted[name])


def perform(task: Task) -> "tuple[Check, ...] | dict[tuple[str, str], tuple[float, float]]":
    """Make a run; give its checks, or by pool and measure what was counted, of what."""
    with warnings.catch_warnings():
        # They are about the scenario, and would come with every run of it.
        warnings.simplefilter("ignore", KernelWarning)
        if not task.wanted:
            return tuple(checks(task.scenario, task.seed, task.replication))
        document = task.scenario.run(seed=task.seed, replication=task.replication).document
    return {(pool, measure): amount_of(document, pool, measure) for pool, measure in task.wanted}


def _performed(tasks: Sequence[Task], jobs: int | None) -> Iterator[Any]:
    """What `perform` gives of each task, in their order."""
    workers = min(jobs or os.cpu_count() or 1, len(tasks))
    if workers == 1:
        return map(perform, tasks)
    from joblib import Parallel, delayed  # noqa: PLC0415  a single worker does without

    found: Iterator[Any] = Parallel(n_jobs=workers, return_as="generator")(delayed(perform)(task) for task in tasks)
    return found


def _findings(
    by_name: Mapping[str, Known],
    covered: Mapping[Subject, Covered | NotCovered],
    fractions: Mapping[Subject, Mapping[str, Sequence[tuple[float, float]]]],
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
