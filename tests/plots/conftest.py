import random

import pytest
from matplotlib.text import Text

from sim.engine.recording import CallLog, PoolTotals, Recording
from sim.kernel.call import Path
from sim.results.memory import MemoryRecord
from sim.results.result import Result
from sim.results.verdict import Verdict, Word

DURATION_NS = 20_000_000_000
IDLE = range(9_000_000_000, 12_000_000_000)
TICKS = 400
SERVED = Verdict(Word.SERVED, ("none of 5,000 calls slept or got NULL",))


def add_calls(log, classes, calls):
    """Calls of every path to every class, none of them in IDLE, and some still waiting at the end."""
    draw = random.Random(3)
    kinds = [log.kind(pool, task, "GFP_NOIO") for pool, task in classes]
    for number in range(calls):
        call_ns = DURATION_NS * number // calls
        if call_ns in IDLE:
            continue
        kind = kinds[number % len(kinds)]
        which = draw.random()
        if which < 0.5:
            log.short(call_ns, draw.randrange(900, 1200), kind, Path.FIRST, 1)
        elif which < 0.7:
            log.short(call_ns, 1500, kind, Path.NULL if which > 0.68 else Path.RESERVE, 1)
        elif which < 0.85:
            reclaim_ns = draw.randrange(10**5, 10**8)
            log.long(call_ns, 2000 + reclaim_ns, kind, Path.RECLAIM, 2, 0, 0, 0, 0, reclaim_ns, 0, 0, False)
        else:
            vain_ns, latency_ns = draw.randrange(1000), draw.randrange(10**6, 5_200_000_000)
            path = Path.WAIT_RESERVE if which < 0.95 else Path.WAIT
            if call_ns + latency_ns > DURATION_NS:
                path, latency_ns = Path.UNFINISHED, DURATION_NS - call_ns
            log.long(call_ns, latency_ns, kind, path, 3, 1, 1, 0, 0, 0, latency_ns - vain_ns - 500, vain_ns, False)


def series_of(pools):
    draw = random.Random(4)
    return [
        (DURATION_NS * tick // TICKS, pool, draw.random() * 2, draw.randrange(2), 2, draw.random(), 3, 7, draw.random())
        for tick in range(1, TICKS + 1)
        for pool in pools
    ]


ZONE = {"name": "Normal", "managed": 80_000, "min": 569, "low": 711, "high": 853, "lowmem_reserve": 0}


def closed_loop(zones=(ZONE,), ticks=TICKS, most_free=40_000):
    """A machine of 80,000 pages whose free ones, from `most_free` on, soon go up and down about the watermarks."""
    draw = random.Random(5)
    rows = []
    for tick in range(1, ticks + 1):
        free = max(most_free >> tick, draw.randrange(300, 900))
        dirty, writeback, swapping = (draw.randrange(5000) for _ in range(3))
        clean = 80_000 - free - dirty - writeback - swapping - 21_000
        stalls = [draw.random() * most for most in (60, 20, 80, 30)]
        pages = (free, draw.randrange(200, free), 0, clean, dirty, writeback, 20_000, swapping, 1000)
        activity = (draw.random(), 3 * draw.random(), draw.randrange(9), 500, 300)
        rows.append((DURATION_NS * tick // ticks, *pages, *activity, *stalls, *(percent / 90 for percent in stalls)))
    line = {"avg10": 1.5, "avg60": 0.5, "avg300": 0.1, "total_us": 10**6}
    pressure = {resource: {"some": line, "full": line} for resource in ("memory", "io")}
    return MemoryRecord(rows, list(zones), {"allocstall": 7}, pressure)


@pytest.fixture(scope="session")
def pages():
    return closed_loop


@pytest.fixture(scope="session")
def make():
    def make(
        classes=(("bio", "writer"), ("bio", "reader"), ("crypt", "writer")),
        calls=3000,
        *,
        warmup_ns=0,
        streaming=False,
        hz=250,
        seed=7,
        add=add_calls,
        memory=None,
        verdict=SERVED,
    ):
        log = CallLog(DURATION_NS, warmup_ns=warmup_ns, streaming=streaming)
        add(log, classes, calls)
        log.finish()
        pools = {pool: PoolTotals(2, 1.5, 0, 10**9) for pool, _ in classes}
        recording = Recording(log, series_of(pools), pools, DURATION_NS, warmup_ns, 0.5, verdict, memory=memory)
        return Result.of(recording, name="demo", seed=seed, scenario={"name": "demo", "machine": {"hz": hz}})

    return make


def _words(figure):
    """The texts that are drawn: matplotlib also keeps the labels of ticks beyond the limits of their axis."""
    axes = [*figure.axes, *(child for axes in figure.axes for child in axes.child_axes)]
    axises = [axis for one in axes for axis in (one.xaxis, one.yaxis)]
    ticks = {tick.label1 for axis in axises for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())}
    drawn = {tick.label1 for axis in axises for tick in axis._update_ticks()}
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text for text in texts if text not in ticks - drawn]


def _all_inside(figure, least=4, slack=0):
    width, height = figure.bbox.size
    found = _words(figure)
    assert len(found) > least
    for text in found:
        box = text.get_window_extent()
        inside = box.x0 >= -slack and box.y0 >= -slack and box.x1 <= width + slack and box.y1 <= height + slack
        assert inside, (text.get_text(), box, figure.bbox)


@pytest.fixture(scope="session")
def all_inside():
    """Assert that a figure has more than `least` texts, none of which reaches over its edge by more than `slack`."""
    return _all_inside
