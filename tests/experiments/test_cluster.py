"""Runs on a dask.distributed cluster: a scheduler and two worker processes on loopback."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim
from sim.experiments.running import cluster as cluster_module
from sim.experiments.running.execution import Execution, records
from sim.experiments.running.job import ExecutionError, Job

distributed = pytest.importorskip("distributed", reason="dask.distributed comes with the extra cluster")

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def scheduler():
    with distributed.LocalCluster(n_workers=0, processes=True, host="127.0.0.1", dashboard_address=None) as started:
        yield started.scheduler_address


@pytest.fixture(scope="module")
def workers(scheduler):
    """Two of them, once they are known; nobody starts another for one that is killed."""
    started = [worker(scheduler), worker(scheduler)]
    until_there_are_two(scheduler)
    yield started
    for each in started:
        each.kill()
        each.wait()


def worker(scheduler):
    command = [sys.executable, "-m", "distributed.cli.dask_worker", scheduler, "--no-nanny", "--no-dashboard"]
    return subprocess.Popen(
        [*command, "--nthreads", "1"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def until_there_are_two(scheduler):
    with distributed.Client(scheduler, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)


@pytest.fixture(scope="module")
def jobs():
    scenario = sim.load("quickstart", {"duration": "1 s", "warmup": "0 s"})
    return [Job.of(scenario, 1, number) for number in range(8)]


@pytest.fixture(scope="module")
def here(jobs, tmp_path_factory):
    return as_bytes(records(jobs, Execution(jobs=1, runs=tmp_path_factory.mktemp("here"))))


def as_bytes(found):
    return [record.to_bytes(timed=False) for record in found]


@pytest.mark.usefixtures("workers")
def test_a_cluster_gives_what_this_process_gives_and_runs_are_kept_here(scheduler, jobs, here, tmp_path):
    assert as_bytes(records(jobs, Execution(cluster=scheduler, runs=tmp_path))) == here
    assert len(list(tmp_path.glob("??/*.json"))) == len(jobs)


@pytest.mark.usefixtures("workers")
def test_tables_are_the_same_to_the_byte_wherever_the_runs_are_made(scheduler, tmp_path):
    def kept(name, **where):
        home = tmp_path / name / "kept"
        changes = {"duration": "500 ms", "warmup": "0 s"}
        sim.compare("quickstart", ["one:pools.bio.min_nr=1"], replications=4, set=changes, out=home, **where)
        return {file.name: file.read_bytes() for file in home.iterdir() if file.suffix != ".png"}

    alone = kept("alone", jobs=1)
    assert {"experiment.json", "table.csv"} <= set(alone)
    assert kept("two", jobs=2) == kept("cluster", cluster=scheduler) == alone


@pytest.mark.parametrize("seeds", [range(2), pytest.param(range(2, 50), marks=pytest.mark.long)])
def test_a_killed_worker_of_a_cluster_costs_nothing(scheduler, workers, jobs, here, tmp_path, seeds):
    for seed in seeds:
        draw = random.Random(seed)
        after, victim = draw.randrange(len(jobs)), workers.pop(draw.randrange(2))

        def kill_one(now, after=after, victim=victim, draw=draw):
            if now.done >= after and victim.poll() is None:
                time.sleep(draw.uniform(0, 0.2))
                victim.kill()
                victim.wait()

        runs = tmp_path / f"{seed}"
        assert as_bytes(records(jobs, Execution(cluster=scheduler, runs=runs, progress=kill_one))) == here
        assert len(list(runs.glob("??/*.json"))) == len(jobs)
        assert victim.returncode == -signal.SIGKILL
        workers.append(worker(scheduler))
        until_there_are_two(scheduler)


def test_no_scheduler_is_told_in_a_sentence(jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_module, "_CONNECT_S", 1)
    with pytest.raises(ExecutionError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"):
        list(records(jobs, Execution(cluster="tcp://127.0.0.1:9", runs=tmp_path)))
