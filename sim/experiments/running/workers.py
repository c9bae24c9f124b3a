"""Who makes the runs of an experiment on this machine: this process, or workers that write down what they finish."""

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait
from contextlib import closing
from itertools import islice
from typing import Any

from sim.experiments.running.job import Done, ExecutionError, Job, perform
from sim.experiments.running.pool import kill, pool_of
from sim.experiments.running.runs import Runs

_AHEAD = 2
"""How many runs each worker is given at once, so that it need not wait for the next."""
_MOST_LOSSES = 4
"""So many times in a row workers may be killed without anything being finished in between."""


def performed(
    jobs: Iterable[Job], runs: Runs, workers: int, remark: Callable[[str], None]
) -> Generator[Done, None, None]:
    """Make runs, `workers` of them at once, and yield them as they are finished, in any order.

    If a worker is killed, what it had not finished is made by others, and `remark` is told. Raises what a run raises;
    what is finished by then is kept. Raises an ExecutionError if workers are killed again and again.
    """
    left = {job.key: job for job in jobs}
    if min(workers, len(left)) <= 1:
        for job in left.values():
            yield perform(job, runs)
        return
    losses = 0
    while left:
        # The more often workers were killed, the fewer runs are under way that may be to blame: in the end, one.
        ahead = (_AHEAD * workers, workers)[losses] if losses < 2 else 1
        before = len(left)
        try:
            with closing(_by_pool(list(left.values()), runs, workers, ahead)) as finished:
                for done in finished:
                    del left[done.key]
                    yield done
        except BrokenExecutor:
            for key in [key for key in left if runs.find(key) is not None]:
                del left[key]
                yield Done(key, None)
            losses = losses + 1 if len(left) == before else 0
            if losses == _MOST_LOSSES:
                job = next(iter(left.values()))
                raise ExecutionError(
                    f"worker processes were killed {losses} times in a row, the last as it made the run of {job}; "
                    "is there enough memory? Finished runs are kept"
                ) from None
            remark("a worker process was killed; what was not finished is made again")


def _by_pool(jobs: list[Job], runs: Runs, workers: int, ahead: int) -> Generator[Done, None, None]:
    """Make runs by worker processes; those are ended if that is interrupted, fails or is given up."""
    todo = iter(jobs)
    pool = pool_of(min(workers, ahead, len(jobs)), workers)
    underway: set[Any] = set()
    try:
        while True:
            underway |= {pool.submit(perform, job, runs) for job in islice(todo, ahead - len(underway))}
            if not underway:
                return
            finished, underway = wait(underway, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    except BaseException:
        kill(pool)
        raise
