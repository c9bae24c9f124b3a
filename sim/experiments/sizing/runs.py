"""Runs of a scenario with its pool at any size, made when they are asked for and folded into counts."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.experiments.running.eta import Progress
from sim.experiments.running.execution import Execution, records
from sim.experiments.running.job import Job
from sim.experiments.sizing.counts import Known, counted
from sim.experiments.sizing.deciding import Counts
from sim.experiments.sizing.evidence import Evidence
from sim.scenario import Scenario
from sim.scenario.measures import MeasureName


class Sizes:
    """A sampler for `bisection`: what runs with min_nr elements in `pool` say of `measures`.

    `counts` by size and replication, as `counted` gives them; `evidence` by size; `digests` by size and replication.
    `reused`: how many of the runs had been made before.
    """

    def __init__(
        self, scenario: Scenario, pool: str, measures: Sequence[MeasureName], seed: int, execution: Execution
    ) -> None:
        self.scenario, self.pool, self.measures, self.seed = scenario, pool, tuple(measures), seed
        self.counts: dict[tuple[int, int], list[Known]] = {}
        self.evidence: dict[int, Evidence] = {}
        self.digests: dict[int, dict[int, str]] = {}
        self.reused = 0
        self._scenarios: dict[int, Scenario] = {}
        self._execution = execution

    @property
    def runs(self) -> int:
        """How many runs there are, of all sizes."""
        return len(self.counts)

    def at(self, size: int) -> Scenario:
        """The scenario with this size."""
        if size not in self._scenarios:
            self._scenarios[size] = self.scenario.with_({f"pools.{self.pool}.min_nr": size})
        return self._scenarios[size]

    def __call__(self, size: int, first: int, last: int) -> Counts:
        """Give the counts of replications first ... last - 1."""
        missing = [number for number in range(first, last) if (size, number) not in self.counts]
        label = f"{self.scenario.name} with min_nr {size:,} of {self.pool}"
        jobs = [Job.of(self.at(size), self.seed, number, label) for number in missing]
        evidence, digests = self.evidence.setdefault(size, Evidence()), self.digests.setdefault(size, {})
        for number, record in zip(missing, records(jobs, self._told(size)), strict=True):
            self.counts[size, number] = [counted(record, self.pool, measure) for measure in self.measures]
            evidence.add(record, self.pool)
            digests[number] = record.document["digest"]
        found = np.array([self.counts[size, number] for number in range(first, last)])
        surely, perhaps, totals = (found[:, :, column].T for column in range(3))
        return Counts(surely, perhaps, totals)

    def _told(self, size: int) -> Execution:
        """The execution that tells of these runs alone: how many there will be in all, nobody knows."""
        told, before = self._execution.progress, self.runs

        def progress(now: Progress) -> None:
            if told is not None:
                told(replace(now, step=f"min_nr {size:,}", before=before))

        def reused(found: int) -> None:
            self.reused += found

        return replace(self._execution, progress=progress, reused=reused)
