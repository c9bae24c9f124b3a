"""What it costs to make many runs: the gain of a second process, what an experiment adds to each run, and memory.

python benchmarks/experiments.py [--runs 12]
"""

import argparse
import re
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import sim
from sim.engine.run import record
from sim.experiments.comparison.compare import compare
from sim.experiments.running.execution import Execution, records
from sim.experiments.running.job import Job


def seconds(jobs: list[Job], workers: int) -> float:
    """How long it takes to make runs with so many processes, none of them there before."""
    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        for _ in records(jobs, Execution(jobs=workers, runs=Path(home))):
            pass
        return time.perf_counter() - started


def peak_kib(runs: int) -> int:
    """Compare two variants in so many runs of 20 ms by two workers; give the most memory that this process had."""
    base = sim.load("quickstart", {"duration": "20 ms", "warmup": "0 s"})
    variants = {"base": base, "more": base.with_({"pools.bio.min_nr": 64})}
    with tempfile.TemporaryDirectory() as home:
        compare(variants, execution=Execution(replications=runs // 2, jobs=2, runs=Path(home)))
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0])


def alone(runs: int) -> int:
    """What `peak_kib` gives in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(peak_kib, runs).result()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=12)
    runs = parser.parse_args().runs
    long = sim.load("quickstart", {"duration": "120 s"})
    jobs = [Job.of(long, 1, number) for number in range(runs)]
    seconds(jobs[:2], 2)  # the workers are there from now on
    one, two = seconds(jobs, 1), seconds(jobs, 2)
    print(f"{runs} runs of {one / runs:.2f} s: two processes are {one / two:.2f}x one")

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

    peaks = {size: alone(size) for size in (100, 400, 1600)}
    told = ", ".join(f"{peak / 1024:.0f} MiB for {size}" for size, peak in peaks.items())
    print(f"a comparison's peak of memory: {told} runs; {(peaks[1600] - peaks[400]) / 1200:.1f} KiB a run")


if __name__ == "__main__":
    main()
