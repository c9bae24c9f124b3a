"""The engine against a naive SimPy model of the same mempool, in turn, on the same distributions.

    python benchmarks/engine_speed.py [--seconds 60] [--rounds 7]

Poisson arrivals at 1000/s, holds of 15 ms on average, a reserve of 16, memory that fails for 1 s of every 2 on average,
reclaim that takes no time; the engine records every call. Both models are run in turn, several times; what counts is
the ratio of their CPU times per call, since machines differ and are shared. The naive model comes twice: `same` is the
engine's model, in which an attempt, a take and a free cost some time; `lean` leaves that out, as a first sketch would.
"""

import argparse
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import naive
import simpy

import sim
from sim.engine.recording import CallLog
from sim.kernel import Mempool, Pages, Plenty

SCENARIO = {
    "name": "engine-speed",
    "kernel": "6.12",
    "pressure": {
        "on_off": {
            "good": {"exponential": {"mean": "1 s"}},
            "bad": {"exponential": {"mean": "1 s"}},
            "reclaim_latency": "0 s",
        }
    },
    "pools": {"bio": {"min_nr": 16, "backing": {"pages": {}}}},
    "tasks": {
        "writer": {
            "arrivals": {"poisson": {"rate": "1000/s"}},
            "in_flight": "unlimited",
            "steps": [{"alloc": "bio"}, {"hold": {"exponential": {"mean": "15 ms"}}}, {"free": "bio"}],
        }
    },
}


def engine(seconds: int, seed: int) -> int:
    """Run the engine; gives the number of calls."""
    result = sim.Scenario.from_mapping({**SCENARIO, "duration": f"{seconds} s"}).run(seed=seed)
    return int(result.document["rows"][0]["calls"])


def time_per_call(run: Callable[[], int]) -> float:
    """CPU seconds per call of one run."""
    gc.collect()
    start = time.process_time()
    calls = run()
    return (time.process_time() - start) / calls


def herd(waiters: int) -> float:
    """Seconds that a refill takes with so many waiters, of whom one gets the element; the best of 20."""
    env = simpy.Environment()
    source = Pages()
    pool = Mempool(env, 1, source)
    source.memory = Refusing()
    masks = pool.masks_of("GFP_NOIO")
    calls = [pool.begin(masks, now) for now in range(waiters + 1)]
    served, best = calls[0], float("inf")
    for _ in range(20):
        start = time.process_time()
        pool.free(served.element)
        env.run(until=env.now + 10_000_000)
        best = min(best, time.process_time() - start)
        calls.remove(served)
        calls.append(pool.begin(masks, int(env.now)))
        served = next(call for call in calls if call.element is not None)
    return best


class Refusing(Plenty):
    """Memory that is gone."""

    def grants(self, gfp: int, now: int, order: int = 0) -> bool:
        """There is no page."""
        return False

    def refuses_until(self, now: int) -> int:
        """For ever."""
        return 1 << 62


def bytes_per_call(calls: int = 1_000_000) -> float:
    """What a recorded call takes in memory, one in ten of them with a wait of up to 5 s."""
    log = CallLog(calls * 1_000)
    kind = log.kind("bio", "writer", "GFP_NOIO")
    for number in range(calls):
        now = number * 1_000
        if number % 10:
            log.short(now, 1_000 + number % 500, kind, 0, 1)
        else:
            asleep = number * 7_919 % 5_000_000_000
            log.long(now, asleep + 3_000, kind, 4, 3, 2, 2, 1, 0, 1_000, asleep, 1_000, False)
    log.finish()
    return log.nbytes() / calls


def help_time() -> float:
    """Seconds until `mempool-sim --help` is done, in a process of its own; the best of 10."""
    best = float("inf")
    for _ in range(10):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "sim", "--help"], check=True, capture_output=True)
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=int, default=60, help="simulated seconds of each run")
    options.add_argument("--rounds", type=int, default=7, help="how often each model is run")
    asked = options.parse_args()
    times: dict[str, list[float]] = {"lean": [], "same": [], "engine": []}
    engine(1, 0)  # imports what loads when it is first used
    for seed in range(1, asked.rounds + 1):
        times["lean"].append(time_per_call(partial(naive.run, asked.seconds, seed, charge=False)))
        times["same"].append(time_per_call(partial(naive.run, asked.seconds, seed, charge=True)))
        times["engine"].append(time_per_call(partial(engine, asked.seconds, seed)))
        print(f"round {seed}: " + ", ".join(f"{name} {of[-1] * 1e6:.2f} us a call" for name, of in times.items()))
    for name in ("same", "lean"):
        ratios = [slow / fast for slow, fast in zip(times[name], times["engine"], strict=True)]
        print(
            f"engine vs naive ({name}): {statistics.median(ratios):.2f}x as fast (median of {len(ratios)} pairs, "
            f"{min(ratios):.2f} to {max(ratios):.2f})"
        )
    print(f"a refill with 1000 waiters: {herd(1000) * 1e6:.0f} us (best of 20)")
    print(f"a recorded call: {bytes_per_call():.1f} bytes")
    print(f"mempool-sim --help: {help_time() * 1e3:.0f} ms (best of 10)")


if __name__ == "__main__":
    main()
