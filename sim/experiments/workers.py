"""Who makes the runs: this process, or worker processes of joblib, each of which writes down what it has finished."""

import os
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sim.experiments.identity import key_of
from sim.experiments.record import Record
from sim.experiments.runs import Runs
from sim.scenario import Scenario

_LOOK_S = 0.5
_MOST_LOSSES = 3


@dataclass(frozen=True)
class Job:
    """One run to be made; `key` names it."""

    scenario: Scenario
    seed: int
    replication: int
    key: str

    @classmethod
    def of(cls, scenario: Scenario, seed: int, replication: int) -> "Job":
        """Return the job of a run."""
        return cls(scenario, seed, replication, key_of(scenario, seed, replication))


def perform(job: Job, runs: Runs) -> str:
    """Make a run, keep it, and return its key."""
    result = job.scenario.run(seed=job.seed, replication=job.replication)
    runs.keep(Record.of(result, job.key))
    return job.key


def performed(jobs: Iterable[Job], runs: Runs, workers: int) -> Iterator[str]:
    """Make runs with so many processes at once and yield the keys as they are finished, in any order.

    If a worker is killed, what it had not finished is made by others. Raises what a run raises; what is finished by
    then is kept. Raises a RuntimeError if workers are killed again and again.
    """
    left = {job.key: job for job in jobs}
    workers = min(workers, len(left))
    if workers <= 1:
        for job in left.values():
            yield perform(job, runs)
        return
    from joblib import Parallel, delayed  # noqa: PLC0415  one process does without
    from joblib.externals.loky.process_executor import TerminatedWorkerError  # noqa: PLC0415

    losses = 0
    while left:
        made = Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1)(
            delayed(_perform_in_worker)(job, runs, os.getpid()) for job in list(left.values())
        )
        try:
            for key in made:
                if left.pop(key, None) is not None:
                    yield key
        except TerminatedWorkerError:
            losses += 1
            finished = [key for key in left if runs.find(key) is not None]
            if not finished and losses > _MOST_LOSSES:
                raise RuntimeError(f"worker processes were killed {losses} times; is there enough memory?") from None
            for key in finished:
                del left[key]
                yield key


def _perform_in_worker(job: Job, runs: Runs, parent: int) -> str:
    _watch(parent)
    return perform(job, runs)


_watching = threading.Event()


def _watch(parent: int) -> None:
    """End this worker when its parent is gone: one that was killed cannot end its workers itself."""
    if _watching.is_set():
        return
    _watching.set()

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_S)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()
