"""How the runs of an experiment are made: how many at once, where finished ones are kept, and who is told."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.experiments.record import Record
from sim.experiments.runs import Runs
from sim.experiments.workers import Job, performed


@dataclass(frozen=True)
class Execution:
    """How an experiment is made; none of it changes a number but `replications` and `seed`.

    `replications`: runs of each scenario, None for the experiment's own. `seed`: instead of theirs. `jobs`: runs at
    once, None for one per processor. `runs`: the folder of finished runs, which are not made again. `progress(done,
    of)` is told how many runs are there, of how many; `reused(found)` how many were there before.
    """

    replications: int | None = None
    seed: int | None = None
    jobs: int | None = None
    runs: Path = Path("results/runs")
    progress: Callable[[int, int], None] | None = None
    reused: Callable[[int], None] | None = None


def records(jobs: Sequence[Job], execution: Execution) -> Iterator[Record]:
    """Make the runs that are not there yet and yield the records of all, in the order of `jobs`, one at a time.

    Seeds belong to the jobs, so that neither the number of workers nor what was there before changes anything.
    """
    runs = Runs(execution.runs)
    wanted = {job.key: job for job in jobs}
    missing = [job for key, job in wanted.items() if runs.find(key) is None]
    done = len(wanted) - len(missing)
    if done and execution.reused is not None:
        execution.reused(done)
    for key in performed(missing, runs, execution.jobs or len(os.sched_getaffinity(0))):
        done += key in wanted
        if execution.progress is not None:
            execution.progress(done, len(wanted))
    for job in jobs:
        record = runs.find(job.key)
        if record is None:
            raise FileNotFoundError(f"{runs.path(job.key)}: a finished run is gone; was it removed meanwhile?")
        yield record
