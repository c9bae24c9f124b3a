"""Experiments that are killed, interrupted or out of disk: nothing finished is lost or counted twice, nobody stays.

A child process makes twelve runs with two workers and prints the hash of all their records in order. It is disturbed
at a random moment (fixed seeds), then run again undisturbed: the hash must be that of a run without disturbance.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.experiments.running.record import Record
from sim.experiments.running.runs import Runs

ROOT = Path(__file__).parents[2]
MARK = "MEMPOOL_SIM_TEST_MARK"
PROGRAM = """
import hashlib, resource, sys
from pathlib import Path
import sim
from sim.experiments.running.execution import Execution, records
from sim.experiments.running.job import Job

home, jobs, most = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
if most:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
scenario = sim.load("quickstart", {"duration": "2 s", "warmup": "0 s"})
wanted = [Job.of(scenario, 1, number) for number in range(12)]
whole = hashlib.sha256()
print("begun", flush=True)
for record in records(wanted, Execution(jobs=jobs, runs=home, remark=lambda text: None)):
    whole.update(record.to_bytes(timed=False))
print(whole.hexdigest())
"""
ENDING = f"""{PROGRAM}
import os, signal
from sim.experiments.running import pool
(workers,) = pool._pools.values()
os.kill(next(iter(workers._processes)), signal.SIGKILL)
"""
QUICK, LONG = range(2), pytest.param(range(2, 50), marks=pytest.mark.long)


def start(home: Path, jobs: int = 2, most: int = 0, program: str = PROGRAM) -> subprocess.Popen:
    """Start the experiment in a session of its own; it and its children bear a mark."""
    return subprocess.Popen(
        [sys.executable, "-c", program, str(home), str(jobs), str(most)],
        cwd=ROOT,
        env={**os.environ, MARK: str(home), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(child: subprocess.Popen) -> str:
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    return out.split()[-1]


def marked(home: Path) -> list[int]:
    """The processes that bear the mark of an experiment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                environ = (entry / "environ").read_bytes()
            except OSError:
                continue
            if f"{MARK}={home}".encode() in environ.split(b"\0"):
                found.append(int(entry.name))
    return found


def children(parent: int) -> list[int]:
    """The workers of an experiment."""
    try:
        texts = [path.read_text() for path in Path(f"/proc/{parent}/task").glob("*/children")]
    except OSError:
        return []
    return [int(pid) for text in texts for pid in text.split() if b"process_executor" in command(pid)]


def command(pid: str) -> bytes:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
    return b"process_executor" if b"loky" in line and b"resource_tracker" not in line else b""


def all_gone(home: Path) -> bool:
    deadline = time.monotonic() + 10
    while marked(home):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def finished(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.glob("??/*.json")}


def wait_until_some_are_finished(home: Path, child: subprocess.Popen, draw: random.Random) -> None:
    """Until the first run is finished, and then some more."""
    deadline = time.monotonic() + 60
    while not finished(home) and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(draw.uniform(0, 0.6))


def whole(content: bytes) -> bool:
    return bool(Record.from_bytes(content).key)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> str:
    return finish(start(tmp_path_factory.mktemp("undisturbed"), jobs=1))


@pytest.mark.parametrize("seeds", [QUICK, LONG])
@pytest.mark.parametrize("kind", ["parent killed", "interrupted"])
def test_finished_runs_survive_and_no_process_stays(kind, seeds, undisturbed, tmp_path):
    for seed in seeds:
        home = tmp_path / f"{seed}"
        home.mkdir()
        child = start(home)
        wait_until_some_are_finished(home, child, random.Random(seed))
        if kind == "parent killed":
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGINT)
        child.communicate(timeout=30)
        assert all_gone(home)
        before = finished(home)
        assert before
        assert all(map(whole, before.values()))
        assert finish(start(home)) == undisturbed
        after = finished(home)
        assert len(after) == 12
        assert before.items() <= after.items()
        assert all_gone(home)


@pytest.mark.parametrize("seeds", [QUICK, LONG])
def test_a_killed_worker_costs_nothing(seeds, undisturbed, tmp_path):
    for seed in seeds:
        home = tmp_path / f"{seed}"
        home.mkdir()
        child = start(home)
        draw = random.Random(seed)
        wait_until_some_are_finished(home, child, draw)
        workers = children(child.pid)
        if child.poll() is None and workers:
            os.kill(draw.choice(workers), signal.SIGKILL)
        assert finish(child) == undisturbed
        assert len(finished(home)) == 12
        assert all_gone(home)


@pytest.mark.parametrize("seeds", [range(3), LONG])
def test_a_worker_that_is_killed_as_the_program_ends_does_not_keep_it(seeds, undisturbed, tmp_path):
    for seed in seeds:
        home = tmp_path / f"{seed}"
        home.mkdir()
        assert finish(start(home, program=ENDING)) == undisturbed
        assert all_gone(home)


@pytest.mark.parametrize("seeds", [range(1), LONG])
def test_files_that_may_not_grow_are_left_whole_or_not_at_all(seeds, undisturbed, tmp_path):
    for seed in seeds:
        home = tmp_path / f"{seed}"
        home.mkdir()
        child = start(home, most=random.Random(seed).randrange(100, 2000))
        _, err = child.communicate(timeout=60)
        assert child.returncode != 0
        assert "OSError" in err
        assert all_gone(home)
        assert all(map(whole, finished(home).values()))
        assert [path for path in home.rglob("*") if path.is_file() and path.suffix != ".json"] == []
        assert finish(start(home)) == undisturbed


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """A file system of its own, with room for nothing until it is mounted again."""
    home = tmp_path / "disk"
    home.mkdir()
    # Mounting takes a privilege that most users and containers lack. The test of files that may not grow, above, holds
    # the same code to the same without it, everywhere.
    if not mounted(home, "size=4k"):
        pytest.skip("a small disk cannot be mounted here")
    yield home
    subprocess.run(["umount", home], check=True)


def mounted(home: Path, options: str) -> bool:
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", home], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.parametrize("seeds", [range(1), LONG])
def test_a_full_disk_leaves_whole_files_only_and_room_is_enough_to_go_on(seeds, undisturbed, disk):
    for seed in seeds:
        assert mounted(disk, f"remount,size={random.Random(seed).randrange(4, 40, 4)}k")
        child = start(disk)
        _, err = child.communicate(timeout=60)
        assert child.returncode != 0
        assert "No space left on device" in err
        assert all_gone(disk)
        before = finished(disk)
        assert all(map(whole, before.values()))
        assert [path for path in disk.rglob("*") if path.is_file() and path.suffix != ".json"] == []
        assert mounted(disk, "remount,size=1m")
        assert finish(start(disk)) == undisturbed
        assert before.items() <= finished(disk).items()
        for entry in disk.iterdir():
            shutil.rmtree(entry)


@pytest.mark.parametrize("seeds", [QUICK, LONG])
def test_a_torn_file_is_made_again(seeds, undisturbed, tmp_path):
    home = tmp_path / "runs"
    home.mkdir()
    assert finish(start(home)) == undisturbed
    for seed in seeds:
        draw = random.Random(seed)
        file = draw.choice(sorted(home.glob("??/*.json")))
        os.truncate(file, draw.randrange(file.stat().st_size))
        assert Runs(home).find(file.stem) is None
        assert finish(start(home, jobs=1)) == undisturbed
