"""The summary of a run, as `summary.json` holds it and `mempool-sim run --json` prints it.

How to read it is told in docs/summary.md, which holds this table too.

| key | meaning |
|---|---|
| `format` | version of this layout: 1 |
| `name` | the scenario's name |
| `seed`, `replication` | what every random stream was spawned from |
| `replications` | 1: what is told here is a single run |
| `streaming` | whether calls were folded into histograms instead of being kept |
| `engine` | the engine that ran it |
| `versions.mempool-sim`, `versions.python`, `versions.numpy`, `versions.simpy` | what it ran on |
| `digest` | SHA-256 over every call's time, latency, kind and path: equal runs have equal digests |
| `duration_ns`, `warmup_ns` | simulated time, and how much of its beginning is left out |
| `calls`, `calls_in_warmup` | calls recorded, and how many of them are left out |
| `wall_s`, `calls_per_second` | seconds that the run took, and calls recorded per such second |
| `verdict.word` | `served`, `degraded`, `crawl` or `deadlock` |
| `verdict.since_ns` | when the crawl or the deadlock began; null for the other two |
| `verdict.evidence` | what the word rests on, a sentence each, the most telling first |
| `verdict.hung` | tasks that slept for more than 120 s without a switch, so that khungtaskd would report them |
| `verdict.witness` | of a deadlock: the cycle; else null |
| `verdict.witness.size`, `.behind` | how many tasks form the cycle, and how many more are stuck behind it |
| `verdict.witness.tasks[].task`, `.member`, `.worker` | the first 20 of them: class, number, request in hand |
| `verdict.witness.tasks[].holds[].pool`, `.n` | so many elements of that pool it holds |
| `verdict.witness.tasks[].locks` | the mutexes that it has locked |
| `verdict.witness.tasks[].pages` | pages that it is to write back or to swap out |
| `verdict.witness.tasks[].pool`, `.n` | the pool that it wants elements of, and how many; null, 1 if it wants none |
| `verdict.witness.tasks[].lock` | the mutex that it wants, or null |
| `verdict.witness.tasks[].since_ns` | since when it has waited |
| `verdict.witness.tasks[].polls` | how often it has asked memory meanwhile, in vain |
| `verdict.witness.exits` | what could still break the cycle, a sentence each |
| `scenario` | the scenario as run |
| `pools.NAME.min_nr` | elements that the pool keeps in reserve |
| `pools.NAME.reserve_mean`, `pools.NAME.reserve_min` | elements in the reserve: mean over time, and least |
| `pools.NAME.reserve_at_zero_ns`, `pools.NAME.reserve_at_zero_share` | time, and share of the time, without any |
| `pools.NAME.frees` | elements freed |
| `pools.NAME.waiters_mean` | calls between their first sleep and their return: mean over time |
| `pools.NAME.waiting_since_warmup` | calls that began in the warm-up and waited to the end: in no row |
| `pools.NAME.outstanding_mean` | elements that callers hold: mean over the ends of the intervals of the series |
| `pools.NAME.waited_until_ns` | the end of the last interval of the series in which a call waited; 0 if none did |
| `arrivals.NAME.in_flight` | how many arrivals a task of the class NAME works on at once; null: any number |
| `arrivals.NAME.offered`, `.begun` | arrivals before the end of the run, and how many of them were begun by then |
| `arrivals.NAME.late` | those that had to wait for their task, whether or not it ever came to them |
| `devices.NAME.queue_depth` | requests that the device serves at once; null: any number |
| `devices.NAME.requests` | requests completed in the whole run |
| `devices.NAME.in_service_mean`, `.queued_mean` | requests served, and those waiting for it: mean over the whole run |
| `rows[].pool`, `rows[].task` | whose calls the row is about |
| `rows[].total` | true for the sum over all classes of a pool, whose `task` is `all` |
| `rows[].calls` | how many |
| `rows[].paths.first_attempt` | calls served by the backing allocator at the first attempt |
| `rows[].paths.reserve` | calls served from the reserve without sleeping |
| `rows[].paths.reclaim` | calls served by a later attempt, with direct reclaim, without sleeping |
| `rows[].paths.wait` | calls served by the backing allocator after a sleep |
| `rows[].paths.wait_reserve` | calls served from the reserve after a sleep |
| `rows[].paths.null` | calls that returned NULL |
| `rows[].paths.unfinished` | calls still waiting when the run ended |
| `rows[].shares.KEY.count`, `.of`, `.share`, `.at_most` | for the KEYs that follow: that many of how many calls |
| `rows[].shares.first_attempt`, `.reserve`, `.after_reclaim`, `.after_wait`, `.null`, `.unfinished` | add up to 1 |
| `rows[].shares.fallback` | calls served from the reserve, whether or not after a sleep |
| `rows[].shares.waited` | calls that slept at least once: P(wait) |
| `rows[].latency.KEY.ns`, `.at_least`, `.needs` | for the KEYs that follow, over all calls, whatever became of them |
| `rows[].latency.p50`, `.p90`, `.p99`, `.p99.9`, `.max` | order statistics, not interpolated |
| `rows[].attempts` | calls of alloc_fn |
| `rows[].sleeps`, `rows[].timeouts` | times a call went to sleep, and times the 5 s ran out |
| `rows[].wakes`, `rows[].wasted_wakes` | times a call was woken by a free, and times it found nothing |
| `rows[].barged` | calls that took an element while woken tasks had not run yet |
| `rows[].time.operations_ns` | parts of the latencies of all calls: attempts and takes, outside of the other three |
| `rows[].time.reclaim_ns` | direct reclaim, before the first sleep or after the wake-up that served |
| `rows[].time.asleep_ns` | on the wait queue and, once woken, waiting for a CPU |
| `rows[].time.vain_ns` | from each wake-up that brought nothing to the next sleep, with its attempts and its reclaim |
| `rows[].waits.tasks` | how many tasks the row is about |
| `rows[].waits.least_ns`, `.most_ns` | `asleep_ns` + `vain_ns` of all calls of a task: the least, the most |
| `rows[].waits.fairness` | Jain's index of them: 1 if all tasks waited alike, k / n if k of n did all the waiting |
| `memory` | null for a scenario without `memory:`, otherwise as follows, in pages |
| `memory.zones[].name`, `.managed`, `.min`, `.low`, `.high` | a zone, the pages in it, and its watermarks |
| `memory.zones[].lowmem_reserve` | what it keeps beyond each of them from requests that may use a higher zone |
| `memory.free.least`, `memory.free.end` | free pages of all zones together: the least, and at the end of the run |
| `memory.below_min_share` | share of the time with fewer free than all these `min` and reserves, at ends of intervals |
| `memory.dipped_share` | share of the time that lies in intervals in which there were fewer at some moment |
| `memory.kswapd_wakes` | how often kswapd was woken |
| `memory.kswapd_share` | share of the time that kswapd ran |
| `memory.reclaimers_mean` | tasks in direct reclaim, mean over time |
| `memory.load.NAME.kind`, `.processes` | dirtier, reader, hog or allocator, and how many there are |
| `memory.load.NAME.asked_pages`, `.pages` | pages to use in the whole run at their rate, and pages used |
| `memory.load.NAME.longest_ns` | the longest that one of them took for a batch of about 1 ms or 32 pages |
| `memory.vmstat.NAME` | NAME of /proc/vmstat as in 6.12, from the start of the run, all zones together |
| `memory.pressure.NAME.KEY.avg10`, `.avg60`, `.avg300` | /proc/pressure/NAME at the end of the run, in percent |
| `memory.pressure.NAME.KEY.total_us` | the total on that line, in us; for the KEYs that follow |
| `memory.pressure.NAME.some`, `.full` | at least one task stalled, and all tasks that had something to do |
| `notes` | sentences that belong to these numbers |
"""

import importlib.metadata
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.kernel.call import Path
from sim.results.calls import PATHS
from sim.results.memory import memory_summary
from sim.results.notes import notes
from sim.results.quantile import Share, latencies_of
from sim.results.tally import Tally, by_class
from sim.statistics import jain

if TYPE_CHECKING:
    from sim.engine.recording import CallLog, PoolTotals, Recording

FORMAT = 1
ALL = "all"
"""The task of the row that covers every class of a pool."""

SHARES: dict[str, tuple[Path, ...]] = {
    "first_attempt": (Path.FIRST,),
    "reserve": (Path.RESERVE,),
    "after_reclaim": (Path.RECLAIM,),
    "after_wait": (Path.WAIT, Path.WAIT_RESERVE),
    "null": (Path.NULL,),
    "unfinished": (Path.UNFINISHED,),
    "fallback": (Path.RESERVE, Path.WAIT_RESERVE),
}
"""The paths that each share counts."""


def summarise(
    recording: "Recording",
    *,
    name: str,
    seed: int,
    scenario: Mapping[str, Any],
    replication: int = 0,
    engine: str = "simpy",
    exact: bool = True,
) -> dict[str, Any]:
    """Return the summary of a finished run; its keys are in the docstring of this module.

    `scenario` is the scenario as run, ready for JSON. Without `exact`, latencies come from histograms even if every
    call was kept, so that both ways to record give the same.
    """
    log = recording.calls
    tallies = _tallies(log, exact=exact and not log.streaming)
    rows = [_row(pool, task, total, tally, latencies) for pool, task, total, tally, latencies in tallies]
    arrivals = {task: asdict(totals) for task, totals in recording.arrivals.items()}
    memory = memory_summary(recording.memory, recording.warmup_ns) if recording.memory else None
    left_out = len(log) - sum(tally.calls for tally in log.tallies.of.values())
    measured_ns = max(recording.duration_ns - recording.warmup_ns, 0)
    early = log.tallies.from_warmup
    pools = {pool: _pool(totals, measured_ns, early[pool]) for pool, totals in recording.pools.items()}
    return {
        "format": FORMAT,
        "name": name,
        "seed": seed,
        "replication": replication,
        "replications": 1,
        "streaming": log.streaming,
        "engine": engine,
        "versions": versions(),
        "digest": log.digest,
        "duration_ns": recording.duration_ns,
        "warmup_ns": recording.warmup_ns,
        "calls": len(log),
        "calls_in_warmup": left_out,
        "wall_s": recording.wall_s,
        "calls_per_second": len(log) / recording.wall_s if recording.wall_s else None,
        "verdict": recording.verdict.to_mapping(),
        "scenario": dict(scenario),
        "pools": pools,
        "arrivals": arrivals,
        "devices": {name: asdict(totals) for name, totals in recording.devices.items()},
        "rows": rows,
        "memory": memory,
        "notes": list(
            notes(
                rows,
                arrivals,
                pools,
                seed=seed,
                streaming=log.streaming,
                warmup_ns=recording.warmup_ns,
                memory=memory,
            )
        ),
    }


def _tallies(log: "CallLog", *, exact: bool) -> Iterator[tuple[str, str, bool, Tally, NDArray[Any] | None]]:
    """Yield pool, task, whether it is a total, tally and, if `exact`, every latency.

    After several classes of a pool comes their total.
    """
    kept = _latencies(log) if exact else {}
    nothing = np.empty(0, dtype=np.int64) if exact else None
    for pool in dict.fromkeys(pool for pool, _ in log.tallies.of):
        classes = {task: tally for (owner, task), tally in log.tallies.of.items() if owner == pool}
        for task, tally in classes.items():
            yield pool, task, False, tally, kept.get((pool, task), nothing)
        if len(classes) > 1:
            whole = Tally()
            for tally in classes.values():
                whole.merge(tally)
            parts = [kept[pool, task] for task in classes if (pool, task) in kept]
            yield pool, ALL, True, whole, np.concatenate(parts) if parts else nothing


def _latencies(log: "CallLog") -> dict[tuple[str, str], NDArray[Any]]:
    counted = log.column("call_ns") >= log.tallies.warmup_ns
    columns = {name: log.column(name)[counted] for name in ("latency_ns", "kind")}
    return {pair: part["latency_ns"] for pair, part in by_class(columns, log.kinds)}


def _row(pool: str, task: str, is_total: bool, tally: Tally, exact: NDArray[Any] | None) -> dict[str, Any]:
    total = tally.total
    shares = {
        key: Share(int(sum(tally.paths[path] for path in paths)), tally.calls, not tally.possible.isdisjoint(paths))
        for key, paths in SHARES.items()
    }
    shares["waited"] = Share(tally.waited, tally.calls, not tally.possible.isdisjoint(SHARES["after_wait"]))
    blocked_ns = total["reclaim_ns"] + total["asleep_ns"] + total["vain_ns"]
    return {
        "pool": pool,
        "task": task,
        "total": is_total,
        "calls": tally.calls,
        "paths": dict(zip(PATHS, map(int, tally.paths), strict=True)),
        "shares": {
            key: {"count": share.count, "of": share.of, "share": share.share, "at_most": share.at_most}
            for key, share in shares.items()
        },
        "latency": {key: asdict(latency) for key, latency in latencies_of(tally, exact).items()},
        "attempts": total["attempts"],
        "sleeps": total["sleeps"],
        "timeouts": total["timeouts"],
        "wakes": total["wakes"],
        "wasted_wakes": total["wasted_wakes"],
        "barged": total["barged"],
        "time": {
            "operations_ns": total["latency_ns"] - blocked_ns,
            "reclaim_ns": total["reclaim_ns"],
            "asleep_ns": total["asleep_ns"],
            "vain_ns": total["vain_ns"],
        },
        "waits": {
            "tasks": len(tally.waits),
            "least_ns": int(tally.waits.min(initial=int(tally.waits.max(initial=0)))),
            "most_ns": int(tally.waits.max(initial=0)),
            "fairness": jain(tally.waits) if tally.waits.any() else None,
        },
    }


def _pool(totals: "PoolTotals", measured_ns: int, waiting_since_warmup: int) -> dict[str, Any]:
    share = totals.reserve_at_zero_ns / measured_ns if measured_ns else None
    return {**asdict(totals), "reserve_at_zero_share": share, "waiting_since_warmup": waiting_since_warmup}


def versions() -> dict[str, str]:
    """Return the versions of what a run depends on, by name."""
    return dict(_versions())


@cache
def _versions() -> dict[str, str]:
    """They do not change while the program runs, and it takes a millisecond to look."""
    versions = {"python": platform.python_version()}
    for package in ("mempool-sim", "numpy", "simpy"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return versions
