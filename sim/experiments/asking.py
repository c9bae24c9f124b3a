"""Each experiment in one call, in the words of the command line: `sim.compare`, `sweep`, `size` and `verify`.

sim.compare("quickstart", {"wake-one": {"semantics.wake": "one"}}, replications=40)
"""

import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypedDict, TypeVar, Unpack

from sim.experiments.comparison.asked import comparison_of
from sim.experiments.outcome import Outcome
from sim.experiments.running.below_cell import below_cell
from sim.experiments.running.execution import Execution
from sim.experiments.sizing import size as sizing
from sim.experiments.sweeps import sweep as sweeps
from sim.experiments.verification import verify as verification
from sim.results.place import check_place
from sim.scenario import Scenario, load_each
from sim.scenario.measures import MeasureName
from sim.scenario.sweeps import hypercube_of, sweep_of

Scenarios = Scenario | str | Path | Iterable[Scenario | str | Path]
"""One or several, files or names."""


class How(TypedDict, total=False):
    """How an experiment is made; each may be left out.

    `set`: changes to every scenario first, by dotted path. `replications`: runs of each, instead of the experiment's
    own number. `seed`: instead of the scenario's. `jobs`: runs at once, otherwise one per processor. `cluster`: the
    address of a dask.distributed scheduler whose workers make the runs. `out`: the folder to keep the outcome in, which
    must not be there or be empty; finished runs are kept in `runs` beside it, otherwise in results/runs, and used
    again. `keep_events`: keep every call of every run there, too. `plots`: False draws no pictures into `out`.
    """

    set: Mapping[str, Any]
    replications: int
    seed: int
    jobs: int
    cluster: str
    keep_events: bool
    out: str | os.PathLike[str]
    plots: bool


class _Kept(Protocol):
    def save(self, directory: Path, *, plots: bool, failed: Callable[[str, Exception], object]) -> Path: ...


Found = TypeVar("Found", bound=_Kept)


def compare(
    scenarios: Scenarios,
    variants: str | Iterable[str] | Mapping[str, Mapping[str, Any]] = (),
    *,
    baseline: str | None = None,
    measures: str | Iterable[str] = (),
    confidence: float = 0.95,
    **how: Unpack[How],
) -> Outcome:
    """Compare several scenarios, or variants of one, replication by replication, and return the outcome.

    `variants`: changes by name, ``{"wake-one": {"semantics.wake": "one"}, "as-is": {}}``, or texts such as
    ``"wake-one:semantics.wake=one"``; a single one is compared with the scenario itself, and without any those of its
    study are. `baseline`: what the others are compared with, otherwise the first. `measures`: those that the answer is
    about, such as ``"p99"``. `how`: set, replications, seed, jobs, cluster, out, keep_events, plots (`How`).

    Raises a ScenarioError with all mistakes, a ValueError for variants of several scenarios.
    """
    chosen = variants if isinstance(variants, Mapping) else _texts(variants)
    if isinstance(chosen, Mapping) and all(isinstance(changes, str) for changes in chosen.values()):
        chosen = tuple(f"{name}:{changes}" for name, changes in chosen.items())
    asked = comparison_of(load_each(scenarios, how.get("set")), chosen, baseline, _texts(measures))
    return _made(lambda execution: asked.made(confidence, execution), how)


def sweep(
    scenario: Scenario | str | Path,
    vary: str | Sequence[str] | Mapping[str, Any] = (),
    *,
    where: str | Sequence[str] = (),
    latin_hypercube: int | Mapping[str, int] | None = None,
    one_at_a_time: bool = False,
    pool: str | None = None,
    measures: str | Iterable[str] = (),
    against: str | None = None,
    confidence: float = 0.95,
    **how: Unpack[How],
) -> sweeps.Sweep:
    """Run a scenario at every combination of the values that are varied, and return how measures change.

    `vary`: values by path, ``{"pools.bio.min_nr": "1,2,4..64"}``, a text or a list of them, or texts such as
    ``"pools.bio.min_nr=1,2,4..64"``; without any, the sweep of the scenario's study. `where`: constraints.
    `latin_hypercube`: draw so many points, or ``{"points": 40, "seed": 1}``; `one_at_a_time`: change one value at a
    time. `pool`, `measures`: what is shown; `against`: the measure that a picture holds them against. `how`: set,
    replications, seed, jobs, cluster, out, keep_events, plots (`How`).

    Raises a ScenarioError with all mistakes before anything is run, a ValueError for a pool that there is not.
    """
    (loaded,) = load_each(scenario, how.get("set"))
    if isinstance(latin_hypercube, int):
        latin_hypercube = {"points": latin_hypercube}
    drawn = None if latin_hypercube is None else hypercube_of(**latin_hypercube)
    axes = vary if isinstance(vary, Mapping) else _texts(vary)
    design = sweep_of(loaded, axes, _texts(where), drawn, one_at_a_time=one_at_a_time)
    chosen = tuple(map(MeasureName.parse, _texts(measures)))
    other = None if against is None else MeasureName.parse(against)
    return _made(
        lambda execution: sweeps.sweep(
            loaded, design, pool=pool, measures=chosen, against=other, confidence=confidence, execution=execution
        ),
        how,
    )


def size(
    scenario: Scenario | str | Path,
    targets: str | Iterable[str] = (),
    *,
    pool: str | None = None,
    confidence: float = 0.95,
    most: int = sizing.MOST,
    **how: Unpack[How],
) -> Outcome:
    """Find the smallest min_nr of a pool that meets every target, and return it with what it rests on.

    `targets`: one or several, such as ``"p99.9 <= 10 ms"``, otherwise those of the scenario's study. `pool`: may be
    left out if there is only one, or the study names it. `most`: the largest size to try. `how`: set, replications (the
    most of a size), seed, jobs, cluster, out, keep_events, plots (`How`).

    Raises a ScenarioError or a ValueError as `sim.experiments.size` does.
    """
    (loaded,) = load_each(scenario, how.get("set"))
    chosen, read = sizing.asked_of(loaded, pool, _texts(targets))
    return _made(
        lambda execution: sizing.size(loaded, chosen, read, confidence=confidence, most=most, execution=execution), how
    )


def verify(
    scenarios: Scenarios | None = None, *, margin: float | None = None, **how: Unpack[How]
) -> verification.Verification:
    """Hold scenarios, or the built-in set, against theory, and return what came of it.

    `margin`: how far the truth may lie from a prediction, relative to it. `how`: set, replications, seed, jobs,
    cluster, out, keep_events, plots (`How`). Raises a ScenarioError or a ValueError as `sim.experiments.verify` does.
    """
    if scenarios is None and how.get("set"):
        raise ValueError("set changes scenarios, of which none is named")
    loaded = None if scenarios is None else load_each(scenarios, how.get("set"))
    return _made(lambda execution: verification.verify(loaded, margin=margin, execution=execution), how)


def _made(experiment: Callable[[Execution], Found], how: How) -> Found:
    """Make an experiment, and keep its outcome if that is asked for."""
    if unknown := [name for name in how if name not in How.__annotations__]:
        raise TypeError(f"there is no option {unknown[0]!r}; expected {', '.join(How.__annotations__)}")
    out = None if how.get("out") is None else Path(how["out"])
    if out is not None:
        check_place(out)
    with below_cell() as (progress, reused):
        outcome = experiment(
            Execution(
                replications=how.get("replications"),
                seed=how.get("seed"),
                jobs=how.get("jobs"),
                cluster=how.get("cluster"),
                runs=(out.parent if out else Path("results")) / "runs",
                keep_events=how.get("keep_events", False),
                progress=progress,
                reused=reused,
            )
        )
    if out is not None:
        outcome.save(out, plots=how.get("plots", True), failed=_undrawn)
    return outcome


def _texts(one_or_several: str | Iterable[str]) -> tuple[str, ...]:
    return (one_or_several,) if isinstance(one_or_several, str) else tuple(one_or_several)


def _undrawn(name: str, error: Exception) -> None:
    warnings.warn(f"picture {name} could not be drawn: {error!r}", RuntimeWarning, stacklevel=2)
