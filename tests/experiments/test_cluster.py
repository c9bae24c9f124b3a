"""Runs on a dask.distributed cluster: a scheduler and two worker processes on loopback."""

import os
import signal

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


def test_a_killed_worker_of_a_cluster_costs_nothing(cluster, jobs, here, tmp_path):
    told = []

    def kill_one(now):
        if now.done == 2 and not told:
            told.append(now)
            os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)

    execution = Execution(cluster=cluster.scheduler_address, runs=tmp_path, progress=kill_one)
    assert as_bytes(records(jobs, execution)) == here
    assert told


def test_no_scheduler_is_told_in_a_sentence(jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_module, "_CONNECT_S", 1)
    with pytest.raises(ExecutionError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"):
        list(records(jobs, Execution(cluster="tcp://127.0.0.1:9", runs=tmp_path)))
