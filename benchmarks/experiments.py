"""What it costs to make many runs: the gain of a second process, and what an experiment adds to each run.

python benchmarks/experiments.py [--runs 12]
"""

import argparse
import tempfile
import time
from pathlib import Path

import sim
from sim.engine.run import record
from sim.experiments.running.execution import Execution, records
from sim.experiments.running.job import Job


def seconds(jobs: list[Job], workers: int) -> float:
    """How long it takes to make runs with so many processes, none of them there before."""
    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        for _ in records(jobs, Execution(jobs=workers, runs=Path(home))):
            pass
        return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=12)
    runs = parser.parse_args().runs
    long = sim.load("quickstart", {"duration": "120 s"})
    jobs = [Job.of(long, 1, number) for number in range(runs)]
    seconds(jobs[:2], 2)  # the workers are there from now on
    alone, together = seconds(jobs, 1), seconds(jobs, 2)
    print(f"{runs} runs of {alone / runs:.2f} s: two processes are {alone / together:.2f}x one")

    short = sim.load("quickstart", {"duration": "1 ms", "warmup": "0 s"})
    many = range(200)
    started = time.perf_counter()
    for number in many:
        record(short, seed=1, replication=number, streaming=True)
    bare = time.perf_counter() - started
    started = time.perf_counter()
    found = seconds([Job.of(short, 1, number) for number in many], 1)
    named = time.perf_counter() - started - found
    each = 1000 / len(many)
    print(f"a run of 1 ms takes {bare * each:.2f} ms, in an experiment {(found + named) * each:.2f} ms")


if __name__ == "__main__":
    main()
