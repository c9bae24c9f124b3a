"""Runs made by the workers of a dask.distributed cluster, and written down here."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import islice
from typing import Any

from sim.experiments.running.identity import key_of
from sim.experiments.running.job import Done, ExecutionError, Job, made
from sim.experiments.running.record import Record
from sim.experiments.running.runs import Runs

_AHEAD = 3
"""How many runs each worker's thread is given at once, so that none waits for the network."""
_LOOK_S = 5.0
_CONNECT_S = 10


class OtherEngineError(ExecutionError):
    """A worker of a cluster would not make the same run."""


def performed_on(
    address: str, jobs: Iterable[Job], runs: Runs, remark: Callable[[str], None]
) -> Generator[Done, None, None]:
    """Make runs on the cluster whose scheduler is at `address` and yield them as they are finished, in any order.

    Workers need no shared disk: the runs are kept by this process. What a lost worker had not handed over is made by
    others. `remark` is told if there is no worker; they are waited for. Raises what a run raises, and an
    ExecutionError if the scheduler cannot be reached or is lost, or if workers are killed again and again by a run.
    """
    with closing(_connected(address)) as client:
        yield from _gathered(client, address, list(jobs), runs, remark)


def _connected(address: str) -> Any:
    try:
        from distributed import Client  # noqa: PLC0415  an extra
    except ImportError:
        raise ExecutionError("a cluster needs dask.distributed: pip install 'mempool-sim[cluster]'") from None
    try:
        return Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ExecutionError(f"no scheduler answers at {address}: {error}") from None


def _gathered(
    client: Any, address: str, jobs: list[Job], runs: Runs, remark: Callable[[str], None]
) -> Generator[Done, None, None]:
    todo = iter(jobs)
    underway: dict[Any, Job] = {}
    threads, looked = 0, -_LOOK_S
    told = False
    try:
        while True:
            if time.monotonic() - looked >= _LOOK_S or not threads:
                threads, looked = _threads(client, address), time.monotonic()
                if not threads and not told:
                    remark(f"the scheduler at {address} has no worker; waiting for one")
                told = not threads
            for job in islice(todo, max(_AHEAD * max(threads, 1) - len(underway), 0)):
                underway[client.submit(remote, job, pure=False)] = job
            if not underway:
                return
            for future in _finished(client, underway, address):
                job = underway.pop(future)
                record, wall_s = _result(future, job, address)
                runs.keep(record)
                yield Done(job.key, wall_s, max(threads, 1))
    finally:
        # Workers go on with what they have begun, but begin nothing more.
        with suppress(Exception):
            client.cancel(list(underway), force=True)


def _threads(client: Any, address: str) -> int:
    """How many runs the cluster can make at once."""
    with _lost(address):
        return sum(client.nthreads().values())


def _finished(client: Any, underway: Iterable[Any], address: str) -> list[Any]:
    """The futures that are done, once there is one, or after a while."""
    from distributed import wait  # noqa: PLC0415

    # `wait` asks the client that is current, and the user's own is left alone.
    with _lost(address), suppress(TimeoutError), client.as_current():
        wait(list(underway), timeout=_LOOK_S, return_when="FIRST_COMPLETED")
    return [future for future in underway if future.done()]


def _result(future: Any, job: Job, address: str) -> tuple[Record, float]:
    from distributed.scheduler import KilledWorker  # noqa: PLC0415

    try:
        with _lost(address):
            found: tuple[Record, float] = future.result()
    except KilledWorker:
        raise ExecutionError(
            f"workers of the cluster were killed again and again as they made the run of {job}; is there enough "
            "memory? Finished runs are kept"
        ) from None
    return found


@contextmanager
def _lost(address: str) -> Iterator[None]:
    """Say so if the scheduler is gone."""
    from distributed.client import CancelledError  # noqa: PLC0415
    from distributed.comm import CommClosedError  # noqa: PLC0415

    try:
        yield
    except (CancelledError, CommClosedError):
        raise ExecutionError(f"the scheduler at {address} is gone; finished runs are kept") from None


def remote(job: Job) -> tuple[Record, float]:
    """Make a run on a worker of a cluster. Raises OtherEngineError if it would be another than the one asked for."""
    started = time.perf_counter()
    if key_of(job.scenario, job.seed, job.replication) != job.key:
        raise OtherEngineError("a worker has other versions of mempool-sim, numpy or simpy, or other files, than here")
    return made(job), time.perf_counter() - started
