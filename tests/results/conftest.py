import random
from collections.abc import Callable

import pytest

from sim.engine.recording import ArrivalTotals, CallLog, DeviceTotals, PoolTotals, Recording
from sim.kernel.call import Path
from sim.results.memory import LoadTotals, MemoryRecord
from sim.results.result import Result
from sim.results.verdict import Holding, Stuck, Verdict, Witness, Word

DURATION_NS = 10_000_000_000


def fill(log: CallLog, calls: int) -> None:
    """Add calls of two classes to the pool bio, and of one class, which always sleeps, to crypt: over all paths."""
    draw = random.Random(7)
    writer = log.kind("bio", "writer", "GFP_NOIO")
    reader = log.kind("bio", "reader", "GFP_NOWAIT", 4)
    crypt = log.kind("crypt", "writer", "GFP_NOIO")
    for number in range(calls):
        call_ns = DURATION_NS * number // calls
        which = draw.random()
        if which < 0.6:
            log.short(call_ns, draw.randrange(200, 900), writer, Path.FIRST, 1)
        elif which < 0.8:
            log.short(call_ns, draw.randrange(200, 900), reader, Path.RESERVE if which < 0.75 else Path.NULL, 1)
        elif which < 0.9:
            reclaim_ns = int(draw.lognormvariate(13, 1))
            log.long(call_ns, 700 + reclaim_ns, writer, Path.RECLAIM, 2, 0, 0, 0, 0, reclaim_ns, 0, 0, False)
        else:
            asleep_ns, vain_ns = draw.randrange(10**6, 5_100_000_000), draw.randrange(5000)
            path = Path.WAIT if which < 0.93 else Path.WAIT_RESERVE if which < 0.998 else Path.UNFINISHED
            latency_ns = 1000 + asleep_ns + vain_ns
            log.long(call_ns, latency_ns, crypt, path, 4, 2, 2, 1, 1, 0, asleep_ns, vain_ns, which > 0.97)


def memory_record() -> MemoryRecord:
    """Ten intervals of a second in two zones with min 100, low 125 and high 150; two end below 100 free."""
    free = [400, 300, 120, 90, 95, 110, 130, 160, 160, 155]
    least = [400, 250, 99, 80, 60, 90, 110, 130, 150, 150]
    rows = [
        (
            *(10**9 * (number + 1), free[number], least[number], 5),
            *(695 - free[number], 20, 10, 50, 0, 20),
            *(0.5 if number in range(2, 7) else 0.0, 0.25 * (number == 4)),
            *(3 * (number == 4), 64 * (number > 2), 32 * (number > 2)),
            *(0.1 * number, 0.0, 0.2 * number, 0.05 * number),
            *(0.01 * number, 0.0, 0.02 * number, 0.005 * number),
        )
        for number in range(10)
    ]
    zones = [
        {"name": "DMA32", "managed": 200, "min": 25, "low": 31, "high": 37, "lowmem_reserve": 0},
        {"name": "Normal", "managed": 600, "min": 75, "low": 94, "high": 113, "lowmem_reserve": 0},
    ]
    vmstat = {
        "nr_free_pages": 155,
        "nr_dirty": 20,
        "nr_writeback": 10,
        "pswpin": 0,
        "pswpout": 0,
        "allocstall": 3,
        "pgsteal_kswapd": 160,
        "pgsteal_direct": 64,
        "pgscan_kswapd": 320,
        "pgscan_direct": 128,
        "kswapd_low_wmark_hit_quickly": 1,
        "pageoutrun": 2,
        "oom_kill": 0,
    }
    some = {"avg10": 13.3, "avg60": 2.5, "avg300": 0.509765625, "total_us": 1_250_000}
    none = {"avg10": 0.0, "avg60": 0.0, "avg300": 0.0, "total_us": 0}
    pressure = {kind: {"some": some, "full": none} for kind in ("memory", "io")}
    load = {"hogs": LoadTotals("hog", 2, 1_000_000, 250_000, 3_210_000_000)}
    return MemoryRecord(rows, zones, vmstat, pressure, load, kswapd_wakes=1)


def verdict_in_full() -> Verdict:
    """Two writers in a cycle over a pool and a lock, and one behind it."""
    tasks = (
        Stuck("writer", 0, 0, (Holding("crypt", 128),), (), None, 1, "builder", 2_100_000_000, 0),
        Stuck("writer", 1, 3, (Holding("crypt", 127), Holding("bio", 1)), ("builder",), "crypt", 1, None, 2 * 10**9, 8),
    )
    witness = Witness(tasks, 2, 1, ("memory for crypt could break it: asked for every 5 s, refused 8 times",))
    evidence = ("a cycle of 2 tasks, with 1 more behind it", "31 of 5,000 calls slept, the longest took 5.2 s")
    return Verdict(Word.DEADLOCK, evidence, 2_100_000_000, witness)


@pytest.fixture(scope="session")
def deadlock() -> Verdict:
    return verdict_in_full()


@pytest.fixture(scope="session")
def record() -> Callable[..., Recording]:
    def make(
        calls: int = 5000,
        *,
        streaming: bool = False,
        warmup_ns: int = 0,
        block_rows: int = 512,
        fill: Callable[[CallLog, int], None] = fill,
        memory: MemoryRecord | None = None,
        verdict: Verdict | None = None,
    ) -> Recording:
        log = CallLog(DURATION_NS, warmup_ns=warmup_ns, streaming=streaming, block_rows=block_rows)
        fill(log, calls)
        log.finish()
        pools = {"bio": PoolTotals(2, 1.25, 0, 1_500_000_000, 4000), "crypt": PoolTotals(256, 250.5, 3, 0, 900)}
        ticks = [DURATION_NS * number // 10 for number in range(1, 11)]
        series = [(t, pool, 1.5, 0, 2, 0.25, 3, 7, 0.5) for t in ticks for pool in pools]
        arrivals = {"writer": ArrivalTotals(1, offered=calls, begun=calls, late=0)}
        devices = {"disk": DeviceTotals(32, 12_345, 7.5, 1.25), "ram": DeviceTotals(None, 0, 0.0, 0.0)}
        told = verdict or verdict_in_full()
        return Recording(
            log, series, pools, DURATION_NS, warmup_ns, 0.5, told, arrivals=arrivals, devices=devices, memory=memory
        )

    return make


@pytest.fixture(scope="session")
def closed_loop() -> MemoryRecord:
    return memory_record()


@pytest.fixture(scope="session")
def finish(record: Callable[..., Recording]) -> Callable[..., Result]:
    def make(calls: int = 5000, **options: object) -> Result:
        return Result.of(record(calls, **options), name="demo", seed=7, scenario={"name": "demo", "duration": "10 s"})

    return make
