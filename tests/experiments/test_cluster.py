"""Runs on a dask.distributed cluster: a scheduler and two worker processes on loopback."""

import os
import random
import signal
import time

import pytest

import sim
from sim.experiments.running import cluster as cluster_module
from sim.experiments.running.execution import Execution, records
from sim.experiments.running.job import ExecutionError, Job

distributed = pytest.importorskip("distributed", reason="dask.distributed comes with the extra cluster")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    ) as started:
        yield started


@pytest.fixture(scope="module")
def jobs():
    scenario = sim.load("quickstart", {"duration": "1 s", "warmup": "0 s"})
    return [Job.of(scenario, 1, number) for number in range(8)]


@pytest.fixture(scope="module")
def here(jobs, tmp_path_factory):
    return as_bytes(records(jobs, Execution(jobs=1, runs=tmp_path_factory.mktemp("here"))))


def as_bytes(found):
    return [record.to_bytes(timed=False) for record in found]


def test_a_cluster_gives_what_this_process_gives_and_runs_are_kept_here(cluster, jobs, here, tmp_path):
    execution = Execution(cluster=cluster.scheduler_address, runs=tmp_path)
    assert as_bytes(records(jobs, execution)) == here
    assert len(list(tmp_path.glob("??/*.json"))) == len(jobs)


def workers(cluster, gone=frozenset()):
    """The processes of both workers, once there is another for each that is gone."""
    deadline = time.monotonic() + 60
    with distributed.Client(cluster, set_as_default=False) as client:
        while time.monotonic() < deadline:
            found = {pid for pid in client.run(os.getpid, on_error="ignore").values() if isinstance(pid, int)}
            if len(found - gone) == 2:
                return found
            time.sleep(0.1)
    raise TimeoutError("a worker was not started again")


@pytest.mark.parametrize("seeds", [range(2), pytest.param(range(2, 50), marks=pytest.mark.long)])
def test_a_killed_worker_of_a_cluster_costs_nothing(cluster, jobs, here, tmp_path, seeds):
    killed = set()
    for seed in seeds:
        draw = random.Random(seed)
        victim, after = draw.choice(sorted(workers(cluster, killed))), draw.randrange(len(jobs))

        def kill_one(now, victim=victim, after=after, draw=draw):
            if now.done >= after and victim not in killed:
                time.sleep(draw.uniform(0, 0.2))
                killed.add(victim)
                os.kill(victim, signal.SIGKILL)

        runs = tmp_path / f"{seed}"
        assert (
            as_bytes(records(jobs, Execution(cluster=cluster.scheduler_address, runs=runs, progress=kill_one))) == here
        )
        assert len(list(runs.glob("??/*.json"))) == len(jobs)
        assert victim in killed
        assert not killed & workers(cluster, killed)


def test_no_scheduler_is_told_in_a_sentence(jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_module, "_CONNECT_S", 1)
    with pytest.raises(ExecutionError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"):
        list(records(jobs, Execution(cluster="tcp://127.0.0.1:9", runs=tmp_path)))
