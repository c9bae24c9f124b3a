"""One run to be made, and how it is made, wherever that is."""

import time
import warnings
from dataclasses import dataclass, field

from sim.engine.run import record
from sim.experiments.running.identity import key_of
from sim.experiments.running.record import Record
from sim.experiments.running.runs import Runs
from sim.kernel import KernelWarning
from sim.scenario import Scenario


class ExecutionError(RuntimeError):
    """Runs cannot be made as they were asked for: workers or a cluster are lost."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be made; `key` names it, `label` tells people which it is."""

    scenario: Scenario
    seed: int
    replication: int
    key: str
    label: str = field(default="", compare=False)

    @classmethod
    def of(cls, scenario: Scenario, seed: int, replication: int, label: str = "") -> "Job":
        """Return the job of a run; `label`: the name of its variant, if that is not the scenario's."""
        return cls(scenario, seed, replication, key_of(scenario, seed, replication), label)

    def __str__(self) -> str:
        """Which run it is: ``wake-one, seed 1, replication 3``."""
        return f"{self.label or self.scenario.name}, seed {self.seed}, replication {self.replication}"


@dataclass(frozen=True)
class Done:
    """A run that is finished and kept: its key, and the seconds that it took, None if nobody knows.

    `at_once`: so many runs are made at once, None for as many as there are workers on this machine.
    """

    key: str
    wall_s: float | None
    at_once: int | None = None


def made(job: Job, *, keep: Runs | None = None) -> Record:
    """Make a run and return its record; `keep`: where its events go. What it raises has a note that names the run."""
    try:
        with warnings.catch_warnings():
            # They are about the scenario, and would come with every run of it.
            warnings.simplefilter("ignore", KernelWarning)
            recording = record(job.scenario, seed=job.seed, replication=job.replication, streaming=keep is None)
    except Exception as error:
        error.add_note(f"in the run of {job}")
        raise
    if keep is not None:
        keep.keep_events(job.key, recording)
    return Record.of(recording, job.key, seed=job.seed, replication=job.replication)


def perform(job: Job, runs: Runs) -> Done:
    """Make a run and keep it."""
    started = time.perf_counter()
    runs.keep(made(job, keep=runs if runs.with_events else None))
    return Done(job.key, time.perf_counter() - started)
