"""What the runs at the points of a sweep say: a sample at a time, of which only rows and estimates are kept."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import pandas as pd

from sim.experiments.running.execution import Execution, records
from sim.experiments.running.job import Job
from sim.experiments.sample.frames import estimates_frame, placed, readings_frame
from sim.experiments.sample.measure import OF_RUNS
from sim.experiments.sample.sample import Key, Sample
from sim.experiments.theory.theory import Covered, theory_of
from sim.scenario import Scenario
from sim.scenario.axes.design import Design
from sim.scenario.axes.short_names import short_names
from sim.scenario.measures import MeasureName
from sim.scenario.sweeps import scenarios_at
from sim.statistics import Interval


def is_told(found: Interval | None) -> bool:
    """Whether there is an estimate."""
    return found is not None and not math.isnan(found.value)


@dataclass
class Points:
    """What was found at every point of a design, where `asked` are the measures that the answer must be about.

    `estimates`: by point and key, at the confidence asked. `together`: the same at the level at which the intervals of
    all points hold together. `words`, `digests` and `early` as in `Sample`. The frames begin with a column per axis and
    the column `point`: `table`, a row per run, subject and measure of `keys`; `summary`, one per subject and measure;
    `verdicts`, one per run; `theory`, one per prediction.
    """

    design: Design
    confidence: float
    asked: tuple[MeasureName, ...] = ()
    estimates: list[dict[Key, Interval]] = field(default_factory=list)
    together: list[dict[Key, Interval]] = field(default_factory=list)
    words: list[list[str]] = field(default_factory=list)
    digests: list[list[str]] = field(default_factory=list)
    early: list[int] = field(default_factory=list)
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    summary: pd.DataFrame = field(default_factory=pd.DataFrame)
    verdicts: pd.DataFrame = field(default_factory=pd.DataFrame)
    theory: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def axes(self) -> list[str]:
        """The paths that are varied."""
        return [axis.path for axis in self.design.axes]

    @property
    def keys(self) -> list[Key]:
        """What could be told somewhere; of what counts runs, only what was asked for or seen."""
        found = dict.fromkeys(key for point in self.estimates for key in point)
        return [key for key in found if key[1] in self.asked or key[1].kind not in OF_RUNS or self._seen(key)]

    def _seen(self, key: Key) -> bool:
        return any(point[key].value > 0 for point in self.estimates if key in point)

    def apart(self, key: Key) -> tuple[int, int] | None:
        """Two points at which a measure surely differs, the lower first; None unless intervals together say so."""
        told = {number: point[key] for number, point in enumerate(self.together) if is_told(point.get(key))}
        if not told:
            return None
        low, high = min(told, key=lambda number: told[number].high), max(told, key=lambda number: told[number].low)
        return (low, high) if told[low].high < told[high].low else None

    @cached_property
    def varied(self) -> list[str]:
        """The axes that have more than one value; all if none has."""
        values = [point.labels for point in self.design.points]
        return [path for path in self.axes if len({str(value[path]) for value in values}) > 1] or self.axes

    def where(self, number: int) -> str:
        """Which point it is, by what differs between points: ``min_nr 4, cpus 2``."""
        short, values = short_names(self.varied), self.design.points[number].labels
        changed = self.varied
        if self.design.own is not None:
            own = self.design.own.labels
            changed = [path for path in self.varied if values[path] != own[path]]
        return ", ".join(f"{short[path]} {values[path]}" for path in changed) or "the scenario's own values"


def found_at(
    scenario: Scenario,
    design: Design,
    measures: Sequence[MeasureName],
    asked: tuple[MeasureName, ...],
    seed: int,
    runs: int,
    confidence: float,
    execution: Execution,
) -> Points:
    """Run every point of a design `runs` times and return what was found. Raises a ScenarioError before any is run."""
    found = Points(design, confidence, asked)
    level = 1 - (1 - confidence) / len(design.points)
    tables, summaries, verdicts, theory = [], [], [], []
    for number, sample in enumerate(_samples(scenario, design, measures, seed, runs, execution)):
        found.estimates.append({key: sample.estimate(key, confidence) for key in sample.readings})
        found.together.append({key: sample.estimate(key, level) for key in sample.readings})
        found.words.append(sample.words)
        found.digests.append(sample.digests)
        found.early.append(sample.early)
        place = {**design.points[number].labels, "point": number}
        tables.append(placed(readings_frame(sample), {**place, "seed": seed}))
        summaries.append(placed(estimates_frame(sample, list(sample.readings), confidence), place))
        verdicts.append(placed(pd.DataFrame({"replication": sample.replications, "verdict": sample.words}), place))
        theory.append(placed(_predictions(sample.scenario), place))
    found.table, found.verdicts = _joined(tables), _joined(verdicts)
    found.summary, found.theory = _joined(summaries), _joined(theory)
    told = {(str(subject), str(measure)) for subject, measure in found.keys}
    found.table, found.summary = _of(found.table, told), _of(found.summary, told)
    return found


def _samples(
    scenario: Scenario,
    design: Design,
    measures: Sequence[MeasureName],
    seed: int,
    runs: int,
    execution: Execution,
) -> Iterator[Sample]:
    """The samples of the points, one after the other."""
    scenarios = scenarios_at(scenario, design)
    jobs = [
        Job.of(made, seed, replication, f"{scenario.name} at {point}")
        for made, point in zip(scenarios, design.points, strict=True)
        for replication in range(runs)
    ]
    finished = records(jobs, execution)
    for made in scenarios:
        yield Sample.of(made, measures, islice(finished, runs))


def _predictions(scenario: Scenario) -> pd.DataFrame:
    """What theory says of each pool that one covers: its name, and a value per measure."""
    rows = []
    for pool in scenario.pools:
        theory = theory_of(scenario, pool)
        if isinstance(theory, Covered):
            rows += [(pool, measure, theory.name, value) for measure, value in theory.predictions.items()]
    return pd.DataFrame.from_records(rows, columns=["subject", "measure", "name", "value"])


def _of(frame: pd.DataFrame, told: set[tuple[str, str]]) -> pd.DataFrame:
    """The rows of these subjects and measures."""
    kept = [pair in told for pair in zip(frame["subject"], frame["measure"], strict=True)]
    return frame[kept].reset_index(drop=True)


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled or frames[:1], ignore_index=True)
