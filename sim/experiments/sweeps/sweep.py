"""How does it change with x? A scenario at many points, each with its own replications, and what that shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.experiments.outcome import Outcome, plain
from sim.experiments.provenance import provenance
from sim.experiments.running.execution import Execution
from sim.experiments.sample.measure import check_possible
from sim.experiments.sample.sample import Key
from sim.experiments.sample.subject import RUN
from sim.experiments.sweeps.dataset import ESTIMATE, dataset_of
from sim.experiments.sweeps.effects import effects_frame
from sim.experiments.sweeps.pictures import pictures_of
from sim.experiments.sweeps.points import Points, found_at
from sim.experiments.sweeps.words import answer, notes, tables
from sim.scenario import Scenario
from sim.scenario.axes.design import Design, Plan
from sim.scenario.measures import Kind, MeasureName
from sim.scenario.sweeps import scenarios_at, sweep_of

if TYPE_CHECKING:
    import xarray as xr

REPLICATIONS = 10
"""How many runs of each point there are unless something else is asked for."""

MEASURES = (
    *("P(deadlock)", "P(crawl)", "P(NULL)", "P(wait)", "fallback", "p99.9", "requests/s", "p50", "p99", "longest"),
    *("wasted wakes", "calls/s", "time at zero", "P(any wait)", "reserved"),
)
"""What is measured whatever is asked about; the earlier ones are shown rather than the later."""
_MOST_SHOWN = 3


class Sweep(Outcome):
    """The outcome of a sweep, which is an xarray Dataset, too."""

    def dataset(self, *, runs: bool = False) -> "xr.Dataset":
        """Return the estimates as a Dataset with a variable per measure, such as ``p99.9``, in its attribute `unit`.

        Dimensions: subject, one per axis, called by its path, and `estimate` (value, low, high); with `runs`, each
        run's own values along `replication` instead. Unless all combinations were asked for, the points are one
        dimension, `point`, and the axes its coordinates. What was not run, or cannot be told, is NaN.
        """
        swept = self.document["sweep"]
        axes = list(swept["vary"])
        frame = self.frames["table" if runs else "summary"]
        values, along = (["value"], "replication") if runs else (["value", "low", "high"], ESTIMATE)
        if Plan(swept["plan"]) is Plan.GRID:
            return dataset_of(frame, axes, values, along)
        places = frame.drop_duplicates("point").set_index("point")[axes]
        found = dataset_of(frame, ["point"], values, along)
        return found.assign_coords({path: ("point", places[path].loc[found["point"].to_numpy()]) for path in axes})


def sweep(
    scenario: Scenario,
    design: Design | Sequence[str] = (),
    *,
    pool: str | None = None,
    measures: Sequence[MeasureName] = (),
    against: MeasureName | None = None,
    confidence: float = 0.95,
    execution: Execution | None = None,
) -> Sweep:
    """Run a scenario at every point of a design and return what changes.

    `design`: as `sim.scenario.sweeps.sweep_of` gives it, or what ``--vary`` takes; without, the sweep of the scenario's
    study. `measures`: what is shown first, otherwise those of the study or, without any, up to three that change;
    `against`: one more, that pictures hold each of them against; `pool`: the one that is shown, otherwise that of the
    study, or all. Replication i of every point draws from the same streams. Frames: `table`, `summary`, `verdicts` and
    `theory` (told in `points`), and `effects`.

    Raises a ScenarioError, before anything is run, if a point is no scenario or there is nothing to vary, a ValueError
    for a pool that there is not and for a measure of a part that no point has, such as devices.
    """
    execution = execution or Execution()
    study = scenario.study
    if not isinstance(design, Design):
        design = sweep_of(scenario, design)
    pool, asked = asked_of(scenario, design, pool, measures, against)
    other = () if against is None else (against,)
    measured = tuple(dict.fromkeys((*asked, *other, *map(MeasureName.parse, MEASURES))))
    seed = scenario.seed if execution.seed is None else execution.seed
    runs = execution.replications or (study.replications if study else None) or REPLICATIONS
    found = found_at(scenario, design, measured, (*asked, *other), seed, runs, confidence, execution)
    return _outcome(scenario, found, shown_keys(found, asked, pool, against), pool, asked, against, seed, runs)


def asked_of(
    scenario: Scenario,
    design: Design,
    pool: str | None,
    measures: Sequence[MeasureName],
    against: MeasureName | None = None,
) -> tuple[str | None, tuple[MeasureName, ...]]:
    """Return the pool and the measures that `sweep` is asked about. Raise a ValueError as it does."""
    study = scenario.study
    pool = pool or (study.pool if study else None)
    if pool is not None and pool not in scenario.pools:
        raise ValueError(f"there is no pool '{pool}'; expected one of {', '.join(scenario.pools)}")
    asked = tuple(measures) or (study.measures if study else ())
    check_possible((*asked, against) if against else asked, scenarios_at(scenario, design))
    return pool, asked


def shown_keys(
    found: Points, asked: Sequence[MeasureName], pool: str | None, against: MeasureName | None = None
) -> list[Key]:
    """Return what is shown: the measures asked for, or those that change, and the one that they are held against."""
    wanted = [
        key
        for key in found.keys
        if key[0].task is None and (key[0] == RUN or key[0].device is not None or pool in {None, key[0].pool})
    ]
    shown = [key for measure in asked for key in wanted if key[1] == measure] if asked else _changing(found, wanted)
    return list(dict.fromkeys([*shown, *(key for key in wanted if key[1] == against)]))


def _changing(found: Points, keys: Sequence[Key]) -> list[Key]:
    """The first of those that change between the points; of all if none does."""
    order = {measure: place for place, measure in enumerate(map(MeasureName.parse, MEASURES))}
    del order[MeasureName(Kind.RESERVED)]
    known = sorted((key for key in keys if key[1] in order), key=lambda key: order[key[1]])
    changing = [key for key in known if found.apart(key)] or known
    names = list(dict.fromkeys(key[1] for key in changing))[:_MOST_SHOWN]
    return [key for key in changing if key[1] in names]


def _outcome(
    scenario: Scenario,
    found: Points,
    keys: Sequence[Key],
    pool: str | None,
    asked: Sequence[MeasureName],
    against: MeasureName | None,
    seed: int,
    runs: int,
) -> Sweep:
    design, study = found.design, scenario.study
    effects = effects_frame(found, keys)
    frames = {
        "table": found.table,
        "summary": found.summary,
        "verdicts": found.verdicts,
        "theory": found.theory,
        "effects": effects,
    }
    name, question = scenario.name, study.question if study else ""
    digests = {str(point): digests for point, digests in zip(design.points, found.digests, strict=True)}
    document: dict[str, Any] = {
        **provenance("sweep", name, question, {name: scenario}, digests, seed=seed, runs=runs),
        "confidence": found.confidence,
        "sweep": {
            "plan": design.plan.value,
            "axes": {axis.path: axis.text for axis in design.axes},
            "vary": {axis.path: _values(design, axis.path) for axis in design.axes},
            "where": list(design.where),
            "drawn": list(design.drawn) if design.drawn else None,
            "pool": pool,
            "measures": [str(measure) for measure in asked],
            "against": str(against) if against else None,
            "own": design.own in design.points,
            "points": len(design.points),
            "left_out": design.left_out,
            "shown": [[str(subject), str(measure)] for subject, measure in keys],
        },
        "answer": answer(found, keys),
        "tables": plain(tables(found, keys, effects)),
        "notes": notes(found, keys, runs),
    }
    return Sweep(document, frames, pictures_of(document, frames))


def _values(design: Design, path: str) -> list[Any]:
    """The distinct values of an axis as tables show them."""
    return list({str(value): value for value in (point.labels[path] for point in design.points)}.values())
