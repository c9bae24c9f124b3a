"""A machine whose memory pushes back against the same pools and tasks without any pressure, in turn.

    python benchmarks/memory_speed.py [--seconds 10] [--rounds 7]

Two writers dirty 2 GB/s on a machine of 16 GiB, huge pages off, so that kswapd is at work most of the time. What counts
is the ratio of allocations per CPU second. `crypt`: the flushers write through a pool of pages, 32 for each request, as
dm-crypt does. `beside`: four tasks take 20,000 pages a second from a pool, beside the writers and their flushers. The
open loop has the same tasks, and as many requests of the flushers, only that they arrive by themselves.
"""

import argparse
import gc
import statistics
import time
from typing import Any

import sim

MEMORY = {
    "memory": {"ram": "16 GiB", "at_start": {"kernel": "500 MiB", "anon": "4 GiB", "clean": "10 GiB"}},
    "load": {"writer": {"dirtier": {"count": 2, "rate": "1 GB/s"}}},
}
TAKER = {
    "count": 4,
    "arrivals": {"poisson": {"rate": "5000/s"}},
    "in_flight": "unlimited",
    "gfp": "GFP_NOIO",
    "steps": [{"alloc": "page"}, {"hold": {"exponential": {"mean": "1 ms"}}}, {"free": "page"}],
}


def flusher(size: str, rate: str, steps: list[Any], *, closed: bool) -> dict[str, Any]:
    """The tasks that write back, by what is dirty or as often by themselves."""
    arrivals = {"writeback": {"size": size}} if closed else {"poisson": {"rate": rate}}
    return {"kind": "kthread", "arrivals": arrivals, "in_flight": 64, "gfp": "GFP_NOIO", "steps": steps}


def crypt(*, closed: bool) -> dict[str, Any]:
    """A pool of pages that everything written goes through."""
    steps = [{"alloc": "bio"}, {"alloc": {"pool": "page", "n": 32}}, {"io": "disk"}, {"free": "page"}, {"free": "bio"}]
    return {
        "pools": {
            "page": {"min_nr": 256, "backing": {"pages": {}}},
            "bio": {"min_nr": 64, "backing": {"slab": {"size": "256 B"}}},
        },
        "devices": {"disk": {"latency": {"lognormal": {"median": "3 ms", "sigma": 0.5}}, "queue_depth": 64}},
        "tasks": {"flusher": flusher("128 KiB", "15000/s", steps, closed=closed)},
    }


def beside(*, closed: bool) -> dict[str, Any]:
    """A pool that has nothing to do with what is written."""
    steps = [{"alloc": "page"}, {"io": "disk"}, {"free": "page"}]
    return {
        "pools": {"page": {"min_nr": 16, "backing": {"pages": {}}}},
        "devices": {"disk": {"latency": "1 ms", "queue_depth": 64}},
        "tasks": {"taker": TAKER, "flusher": flusher("1 MiB", "1900/s", steps, closed=closed)},
    }


CASES = {"crypt": crypt, "beside": beside}


def speed(case: str, seconds: int, seed: int, *, closed: bool) -> float:
    """Allocations per CPU second of one run."""
    mapping = {"name": "memory-speed", "kernel": "6.12", "duration": f"{seconds} s", **CASES[case](closed=closed)}
    scenario = sim.Scenario.from_mapping({**mapping, **(MEMORY if closed else {"pressure": "none"})})
    gc.collect()
    start = time.process_time()
    calls = int(scenario.run(seed=seed).document["calls"])
    return calls / (time.process_time() - start)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=int, default=10, help="simulated seconds of each run")
    options.add_argument("--rounds", type=int, default=7, help="how often each is run")
    asked = options.parse_args()
    for case in CASES:
        speed(case, 1, 0, closed=True)  # imports what loads when it is first used
        ratios = []
        for seed in range(1, asked.rounds + 1):
            open_loop = speed(case, asked.seconds, seed, closed=False)
            closed_loop = speed(case, asked.seconds, seed, closed=True)
            ratios.append(closed_loop / open_loop)
            print(f"{case} {seed}: {open_loop:,.0f} allocations/s without pressure, {closed_loop:,.0f} with memory")
        print(
            f"{case}: {statistics.median(ratios):.2f} of the speed without pressure "
            f"(median of {len(ratios)} pairs, {min(ratios):.2f} to {max(ratios):.2f})"
        )


if __name__ == "__main__":
    main()
