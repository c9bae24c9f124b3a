import random
from collections.abc import Callable

import pytest

from sim.engine.recording import ArrivalTotals, CallLog, PoolTotals, Recording
from sim.kernel.call import Path
from sim.results.result import Result

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


@pytest.fixture(scope="session")
def record() -> Callable[..., Recording]:
    def make(
        calls: int = 5000,
        *,
        streaming: bool = False,
        warmup_ns: int = 0,
        block_rows: int = 512,
        fill: Callable[[CallLog, int], None] = fill,
    ) -> Recording:
        log = CallLog(DURATION_NS, warmup_ns=warmup_ns, streaming=streaming, block_rows=block_rows)
        fill(log, calls)
        log.finish()
        pools = {"bio": PoolTotals(2, 1.25, 0, 1_500_000_000, 4000), "crypt": PoolTotals(256, 250.5, 3, 0, 900)}
        ticks = [DURATION_NS * number // 10 for number in range(1, 11)]
        series = [(t, pool, 1.5, 0, 2, 0.25, 3, 7, 0.5) for t in ticks for pool in pools]
        arrivals = {"writer": ArrivalTotals(1, offered=calls, begun=calls, late=0)}
        return Recording(log, series, pools, DURATION_NS, warmup_ns, 0.5, arrivals)

    return make


@pytest.fixture(scope="session")
def finish(record: Callable[..., Recording]) -> Callable[..., Result]:
    def make(calls: int = 5000, **options: object) -> Result:
        return Result.of(record(calls, **options), name="demo", seed=7, scenario={"name": "demo", "duration": "10 s"})

    return make
