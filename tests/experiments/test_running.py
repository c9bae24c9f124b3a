import multiprocessing
import os

import numpy as np
import pytest

import sim
from sim.experiments.running import job
from sim.experiments.running.execution import Execution, records
from sim.experiments.running.identity import key_of
from sim.experiments.running.job import Job
from sim.experiments.running.record import DamagedRecordError, Record
from sim.experiments.running.runs import Runs
from sim.results.histogram import bucket_of

SHORT = {"duration": "200 ms", "warmup": "50 ms"}


@pytest.fixture(scope="module")
def scenario():
    return sim.load("quickstart", SHORT)


@pytest.fixture
def jobs(scenario):
    return [Job.of(scenario, 1, number) for number in range(4)]


def as_bytes(found) -> list[bytes]:
    return [record.to_bytes(timed=False) for record in found]


def test_records_come_in_the_order_of_the_jobs_and_not_from_how_they_were_made(jobs, tmp_path):
    alone = as_bytes(records(jobs, Execution(jobs=1, runs=tmp_path / "one")))
    together = as_bytes(records(jobs, Execution(jobs=2, runs=tmp_path / "two")))
    assert alone == together
    assert as_bytes(records(jobs[::-1], Execution(jobs=1, runs=tmp_path / "one"))) == alone[::-1]


def made_there(jobs, runs) -> None:
    list(records(jobs, Execution(jobs=2, runs=runs)))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_process_started_in_any_way_makes_the_same_and_ends(method, jobs, tmp_path):
    process = multiprocessing.get_context(method).Process(target=made_there, args=(jobs, tmp_path / "there"))
    process.start()
    process.join(timeout=40)
    assert process.exitcode == 0, "it waits for workers that are idle"
    there = [Runs(tmp_path / "there").read(job.key) for job in jobs]
    assert as_bytes(there) == as_bytes(records(jobs, Execution(jobs=1, runs=tmp_path / "here")))


def test_a_finished_run_is_not_made_again(jobs, tmp_path):
    told, found = [], []
    first = as_bytes(records(jobs[:3], Execution(jobs=1, runs=tmp_path)))
    execution = Execution(jobs=1, runs=tmp_path, progress=told.append, reused=found.append)
    assert as_bytes(records(jobs, execution))[:3] == first
    assert [str(now) for now in told] == ["3/4 runs, 3 reused", "4/4 runs, 3 reused"]
    assert found == [3]


def test_a_torn_file_is_made_again(jobs, tmp_path):
    whole, said = as_bytes(records(jobs, Execution(jobs=1, runs=tmp_path))), []
    torn = Runs(tmp_path).path(jobs[1].key)
    os.truncate(torn, torn.stat().st_size // 2)
    assert as_bytes(records(jobs, Execution(jobs=1, runs=tmp_path, remark=said.append))) == whole
    assert said == [f"{torn} is damaged: it is not all there, or no finished run at all; the run is made again"]


def test_events_that_are_torn_or_gone_are_made_again(jobs, tmp_path):
    said = []
    execution = Execution(jobs=1, runs=tmp_path, keep_events=True, remark=said.append)
    runs = Runs(tmp_path, with_events=True)
    whole = as_bytes(records(jobs, execution))
    contents = [runs.events(job.key).read_bytes() for job in jobs]
    os.truncate(runs.events(jobs[1].key), len(contents[1]) // 2)
    runs.events(jobs[2].key).unlink()
    runs.events(jobs[3].key).write_bytes(contents[0])
    assert as_bytes(records(jobs, execution)) == whole
    assert [runs.events(job.key).read_bytes() for job in jobs] == contents
    assert said == [
        f"{runs.path(jobs[1].key)} is damaged: the events beside it are not all there; the run is made again",
        f"{runs.path(jobs[3].key)} is damaged: the events beside it are those of another run; the run is made again",
    ]


def test_a_record_says_if_a_byte_of_it_was_changed(jobs, tmp_path):
    (record,) = records(jobs[:1], Execution(jobs=1, runs=tmp_path))
    content = record.to_bytes()
    with pytest.raises(DamagedRecordError):
        Record.from_bytes(content.replace(b"bio", b"bia", 1))
    assert Record.from_bytes(content).to_bytes() == content


def test_a_write_that_fails_leaves_nothing(jobs, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space"):
        list(records(jobs[:1], Execution(jobs=1, runs=tmp_path)))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_record_counts_the_calls_of_its_run(scenario, tmp_path):
    result = scenario.run(seed=1)
    (record,) = records([Job.of(scenario, 1, 0)], Execution(jobs=1, runs=tmp_path))
    (row,) = result.document["rows"]
    part = record.latencies["bio", "writer"]
    assert part.calls.sum() == row["calls"]
    assert part.buckets.max() == bucket_of(np.array([row["latency"]["max"]["ns"]]))[0]
    assert 0 < record.pressure["bio"].calls.sum() <= row["calls"]
    assert record.pressure["bio"].fallbacks.sum() <= row["shares"]["fallback"]["count"]


def test_what_cannot_change_a_number_is_no_part_of_the_name(scenario):
    renamed = scenario.with_(name="another", description="else", recording="streaming")
    assert key_of(scenario, 1, 0) == key_of(renamed, 1, 0)


@pytest.mark.parametrize(
    "other",
    [
        lambda scenario: key_of(scenario, 2, 0),
        lambda scenario: key_of(scenario, 1, 1),
        lambda scenario: key_of(scenario.with_({"pools.bio.min_nr": 3}), 1, 0),
        lambda scenario: key_of(scenario.with_(kernel="7.1"), 1, 0),
    ],
    ids=["seed", "replication", "pool", "kernel"],
)
def test_a_changed_scenario_is_another_run(scenario, other):
    assert other(scenario) != key_of(scenario, 1, 0)


def test_the_contents_of_a_file_that_is_read_count(scenario, tmp_path):
    file = tmp_path / "latencies.csv"
    changed = {"devices.ssd.latency": {"empirical": {"csv": "latencies.csv", "unit": "us"}}}
    keys = []
    for text in ("80\n90\n", "80\n91\n"):
        file.write_text(text)
        read = sim.Scenario.from_mapping(scenario.with_({}).to_mapping(), tmp_path).with_(changed)
        keys.append(key_of(read, 1, 0))
    assert keys[0] != keys[1]


def test_what_a_run_raises_reaches_the_user_and_finished_runs_stay(jobs, tmp_path, monkeypatch):
    right = job.record

    def record(scenario, *, seed, replication, streaming):
        if replication == 1:
            raise ValueError("too much")
        return right(scenario, seed=seed, replication=replication, streaming=streaming)

    monkeypatch.setattr(job, "record", record)
    with pytest.raises(ValueError, match="too much") as raised:
        list(records(jobs, Execution(jobs=1, runs=tmp_path)))
    assert raised.value.__notes__ == ["in the run of quickstart, seed 1, replication 1"]
    assert Runs(tmp_path).find(jobs[0].key) is not None
