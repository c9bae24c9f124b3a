"""How the runs of an experiment are made: how many at once, where finished ones are kept, and who is told."""

import os
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sim.experiments.running.eta import Eta, Progress
from sim.experiments.running.job import Done, Job
from sim.experiments.running.record import DamagedRecordError, Record
from sim.experiments.running.runs import Runs
from sim.experiments.running.workers import performed


@dataclass(frozen=True)
class Execution:
    """How an experiment is made; none of it changes a number but `replications` and `seed`.

    `replications`: runs of each scenario, None for the experiment's own. `seed`: instead of theirs. `jobs`: runs at
    once, None for one per processor. `cluster`: the address of a dask.distributed scheduler, such as
    ``tcp://host:8786``, whose workers make the runs instead. `runs`: the folder of finished runs, which are not made
    again. `keep_events`: keep every call of every run there, too, which no cluster can. `progress` is told how far it
    is, `reused` how many runs were there before, and `remark` what happened on the way, such as the loss of a worker,
    in a sentence: a RuntimeWarning if there is none.
    """

    replications: int | None = None
    seed: int | None = None
    jobs: int | None = None
    cluster: str | None = None
    runs: Path = Path("results/runs")
    keep_events: bool = False
    progress: Callable[[Progress], None] | None = None
    reused: Callable[[int], None] | None = None
    remark: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        if self.jobs is not None and self.jobs < 1:
            raise ValueError(f"jobs is {self.jobs}; expected how many runs to make at once, 1 or more")
        if self.replications is not None and self.replications < 1:
            raise ValueError(f"replications is {self.replications}; expected how many runs to make of each, 1 or more")
        if self.cluster is not None and self.keep_events:
            raise ValueError("the workers of a cluster cannot keep events: they need not have a disk in common")

    @property
    def workers(self) -> int:
        """How many runs are made at once on this machine."""
        return self.jobs or len(os.sched_getaffinity(0))

    def say(self, text: str) -> None:
        """Tell the user what happened."""
        if self.remark is not None:
            self.remark(text)
        else:
            warnings.warn(text, RuntimeWarning, stacklevel=2)


def records(jobs: Sequence[Job], execution: Execution) -> Iterator[Record]:
    """Make the runs that are not there yet and yield the records of all, in the order of `jobs`, one at a time.

    Seeds belong to the jobs, so that neither the number of workers nor what was there before changes anything. Raises
    what a run raises, an OSError if a run cannot be kept, an ExecutionError if workers or the cluster are lost: runs
    that were finished by then are kept, and found when it is called again.
    """
    runs = Runs(Path(execution.runs), with_events=execution.keep_events)
    runs.tidy()
    wanted = {job.key: job for job in jobs}
    missing = [job for job in wanted.values() if not _is_there(job, runs, execution)]
    reused = len(wanted) - len(missing)
    if reused and execution.reused is not None:
        execution.reused(reused)
    if missing:
        _make(missing, runs, reused, execution)
    for job in jobs:
        record = runs.find(job.key)
        if record is None:
            raise FileNotFoundError(f"{runs.path(job.key)}: a finished run is gone; was it removed meanwhile?")
        yield record


def _is_there(job: Job, runs: Runs, execution: Execution) -> bool:
    try:
        return runs.read(job.key) is not None
    except DamagedRecordError as error:
        execution.say(f"{runs.path(job.key)} is damaged: {error}; the run is made again")
        return False


def _make(missing: Sequence[Job], runs: Runs, reused: int, execution: Execution) -> None:
    """Make the runs that are missing, and tell how far it is."""
    done, of = reused, reused + len(missing)
    groups = {job.key: id(job.scenario) for job in missing}
    eta = Eta(groups.values(), min(execution.workers, len(missing)))
    if execution.progress is not None:
        execution.progress(Progress(done, of, reused))
    with closing(_finished(missing, runs, execution)) as finished:
        for run in finished:
            done += 1
            eta.finished(groups[run.key], run.wall_s)
            eta.workers = min(run.at_once, len(missing)) if run.at_once else eta.workers
            if execution.progress is not None:
                execution.progress(Progress(done, of, reused, eta.left_s))


def _finished(missing: Sequence[Job], runs: Runs, execution: Execution) -> Generator[Done, None, None]:
    if execution.cluster is None:
        return performed(missing, runs, execution.workers, execution.say)
    from sim.experiments.running.cluster import performed_on  # noqa: PLC0415  dask.distributed is an extra

    return performed_on(execution.cluster, missing, runs, execution.say)
