"""Pages are conserved at every event, and no attempt goes below its mark, whatever the machine and its load."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.engine.load import Hog
from sim.engine.run import _Run
from sim.kernel import Slab
from sim.kernel.gfp import DIRECT_RECLAIM, parse_gfp
from sim.kernel.gfp import PF_MEMALLOC as FREES_MEMORY
from sim.kernel.versions import KernelVersion
from sim.kernel.vm import PageState, Swap, VirtualMemory, Zone, alloc_flags
from sim.kernel.vm.zone import zone_batchsize
from sim.scenario import Scenario
from sim.workload import Streams

EVENTS = 2_000
KERNELS = ["2.6.18", "2.6.36", "3.2", "4.4", "4.7", "5.15", "6.12", "7.1"]

rates = st.sampled_from(["400 MB/s", "2 MB/s", "50 MB/s", "4 GB/s"])
starts = st.sampled_from(["0 s", "3 ms"])
stops = st.sampled_from([None, "20 ms"])
blocking = st.sampled_from(["GFP_NOIO", "GFP_NOFS", "GFP_KERNEL"])
any_mask = st.one_of(blocking, st.sampled_from(["GFP_ATOMIC", "GFP_NOWAIT", "GFP_NOIO|__GFP_HIGH"]))


def process(kind, **more):
    timed = {"rate": rates, "start": starts, "count": st.integers(1, 2)}
    return st.fixed_dictionaries({**timed, **more}, optional={"stop": st.just("20 ms")}).map(lambda one: {kind: one})


processes = {
    "writer": process("dirtier"),
    "reader": process("reader", working_set=st.sampled_from(["8 KiB", "5 MiB", "90 MiB"])),
    "hog": process("hog", size=st.sampled_from(["1 MiB", "20 MiB", "90 MiB"])),
    "net": process("allocator", working_set=st.sampled_from(["16 KiB", "3 MiB", "40 MiB"]), gfp=any_mask),
}
backings = st.one_of(
    st.builds(lambda order: {"pages": {"order": order}}, st.integers(0, 2)),
    st.builds(lambda size: {"slab": {"size": f"{size} B"}}, st.sampled_from([200, 1_500, 9_000])),
)
swaps = st.sampled_from(
    [{"device": {"size": "1 MiB"}}, {"device": {"size": "60 MiB"}}, "none"]
    + [{"zram": {"size": size, "ratio": ratio}} for size, ratio in (("600 KiB", 1), ("40 MiB", 2.7))]
)
zones = st.sampled_from([{"Normal": 24}, {"DMA32": 8, "Normal": 24}, {"DMA": 4, "DMA32": 20, "Normal": 9}])
"""In MiB."""
weights = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2), st.integers(0, 2))
left_free = st.sampled_from([1, 2, 10])
"""MiB that nobody uses when the run begins."""
holds = st.sampled_from(["100 us", "3 ms"])


@st.composite
def machines(draw):
    """A scenario of a few ms with small memory and everything that may use it."""
    kernel, swap, sizes = draw(st.sampled_from(KERNELS)), draw(swaps), draw(zones)
    used, shares = sum(sizes.values()) - draw(left_free), draw(weights)
    greedy = draw(st.sets(st.sampled_from(sorted(processes)), min_size=1))
    load = {name: draw(processes[name]) for name in sorted(greedy)}
    tasks = {
        "flusher": {
            "kind": "kthread",
            "arrivals": {"writeback": {"size": draw(st.sampled_from(["4 KiB", "256 KiB"]))}},
            "in_flight": draw(st.integers(1, 8)),
            "gfp": draw(any_mask),
            "memalloc": draw(st.booleans()),
            "steps": [{"alloc": "bio"}, {"hold": draw(holds)}, {"free": "bio"}],
        },
        "taker": {
            "kind": draw(st.sampled_from(["user", "kthread"])),
            "arrivals": {"poisson": {"rate": draw(st.sampled_from(["500/s", "20000/s"]))}},
            "in_flight": 32,
            "gfp": draw(any_mask),
            "steps": [
                {"alloc": {"pool": "page", "n": draw(st.integers(1, 3))}},
                {"hold": draw(holds)},
                {"free": "page"},
            ],
        },
    }
    if isinstance(swap, dict) and "device" in swap:
        tasks["swapper"] = {
            "kind": "kthread",
            "memalloc": True,
            "arrivals": {"swap_out": {"size": draw(st.sampled_from(["4 KiB", "128 KiB"]))}},
            "in_flight": draw(st.integers(1, 4)),
            "gfp": "GFP_NOIO",
            "steps": [{"alloc": "bio"}, {"hold": draw(holds)}, {"free": "bio"}],
        }
    return {
        "name": "conserved",
        "kernel": kernel,
        "duration": "1 s",
        "seed": draw(st.integers(0, 9)),
        "machine": {"cpus": draw(st.integers(1, 3)), "hz": 1000},
        "memory": {
            "zones": {name: f"{size} MiB" for name, size in sizes.items()},
            "at_start": {
                name: f"{1024 * used * share // sum(shares)} KiB"
                for name, share in zip(("anon", "clean", "dirty", "kernel"), shares, strict=True)
            },
            "fragmentation": draw(st.sampled_from([0.0, 0.4])),
            "swap": swap,
            "swappiness": draw(st.sampled_from([60, 100, 0])),
            "referenced": draw(st.sampled_from([0.0, 0.3])),
            "oom": draw(st.sampled_from(["none", "2 ms"])),
        },
        "load": load,
        "pools": {
            "page": {"min_nr": draw(st.integers(0, 5)), "backing": draw(backings)},
            "bio": {"min_nr": draw(st.integers(1, 5)), "backing": draw(backings)},
        },
        "tasks": tasks,
    }


def mark(zone, highest, gfp, kernel, *, slow):
    """What an attempt has to leave in `zone`, by the rules of each release, as a number of pages."""
    version = KernelVersion.parse(kernel)

    def since(release):
        return version >= KernelVersion.parse(release)

    def has(flag):
        return bool(gfp & parse_gfp(flag, KernelVersion.parse("5.15")))

    kept = zone.reserve.get(highest, 0)
    if not slow:
        return zone.marks.low + kept
    if gfp & FREES_MEMORY and not has("__GFP_NOMEMALLOC"):
        return -1
    left = zone.marks.min
    if has("__GFP_HIGH"):
        left -= left // 2
    may_wait = gfp & DIRECT_RECLAIM
    if not since("2.6.38"):
        harder = not may_wait
    elif has("__GFP_NOMEMALLOC"):
        harder = False
    elif not since("4.4"):
        harder = not may_wait
    elif not since("6.3"):
        harder = has("__GFP_ATOMIC")
    else:
        harder = not may_wait and has("__GFP_HIGH")
    return left - left // 4 * harder + kept


class Observed:
    """A run whose attempts are watched: what each took, and what it left."""

    def __init__(self, scenario):
        self.run = _Run(scenario, Streams(scenario.seed, 0), None)
        self.vm, self.node = self.run.vm, self.run.vm.node
        self.kernel = scenario.kernel
        self.attempts = 0
        starting = (callback.__self__ for *_, event in self.run.env._queue for callback in event.callbacks)
        users = (process._generator.gi_frame.f_locals.get("user") for process in starting)
        self.hogs = [user for user in users if isinstance(user, Hog)]
        self.unowned = self.node.pages[PageState.ANON]
        reserves = sum(map(_held, self.run.pools.values()))
        self.others = self.node.pages[PageState.KERNEL] - reserves
        asked = {
            "take": lambda pages, gfp, state: (gfp, 0),
            "take_page": lambda gfp: (gfp, 0),
            "take_block": lambda gfp, order: (gfp, order),
        }
        for name, of in asked.items():
            setattr(self.node, name, self._watched(getattr(self.node, name), of))

    def _watched(self, attempt, asked):
        def watched(*arguments, slow):
            before = [(zone.free, zone.pcp_count) for zone in self.node.zones]
            taken = attempt(*arguments, slow=slow)
            gfp, order = asked(*arguments)
            for zone, (free, pcp_count) in zip(self.node.zones, before, strict=True):
                self._check(zone, free, pcp_count, gfp, order, slow=slow)
            return taken

        return watched

    def _check(self, zone, free, pcp_count, gfp, order, *, slow):
        """Go through the attempts for single pages, or the one for a block, that would lead from before to after."""
        got = free + pcp_count - zone.free - zone.pcp_count
        if not got:
            assert (zone.free, zone.pcp_count) == (free, pcp_count)
            return
        self.attempts += 1
        left = mark(zone, self.node.zones[-1].name, gfp, self.kernel, slow=slow)
        if order:
            assert got == 1 << order
            assert free - got + 1 > left
            assert free * (1 - Fraction(str(zone.fragmentation))) ** order >= got
            assert zone.free == free - got
            return
        batch = zone_batchsize(zone.managed, KernelVersion.parse(self.kernel))
        for _ in range(got):
            assert free > left
            if not pcp_count:
                pcp_count = min(batch, free)
                free -= pcp_count
            pcp_count -= 1
        assert (zone.free, zone.pcp_count) == (free, pcp_count)

    def check(self):
        """What holds at every event."""
        node, vm, pages = self.node, self.vm, self.node.pages
        assert node.imbalance() == 0
        assert min(pages.values()) >= 0
        for zone in node.zones:
            assert 0 <= zone.free <= zone.managed
            assert zone.pcp_count >= 0
            assert zone.used >= 0
        held = sum(_held(pool) for pool in self.run.pools.values())
        stored = vm.swap.held if vm.swap else 0
        assert pages[PageState.KERNEL] == self.others + held + self.run.load.on_loan + stored
        assert sum(pages for _, pages in vm.writeback._ages) == pages[PageState.DIRTY]
        assert vm.writeback.backlog.pages <= pages[PageState.DIRTY]
        assert vm.writeback.backlog.underway == pages[PageState.WRITEBACK]
        if vm.swap:
            assert 0 <= vm.swap.used <= vm.swap.size
            assert vm.swap.away >= 0
            assert vm.swap.owned >= 0
        anonymous = pages[PageState.ANON] + (vm.swap.owned if vm.swap else 0)
        assert anonymous == self.unowned + sum(hog.touched for hog in self.hogs)


def _held(pool):
    """The pages that a pool has: those of its reserve and those its callers hold."""
    if isinstance(pool.source, Slab):
        return pool.source.pages
    return pool.curr_nr + pool.outstanding << pool.source.order


def watch(mapping):
    """Run a machine event by event, looking at each, and give what it came to."""
    observed = Observed(Scenario.from_mapping(mapping))
    observed.check()
    for _ in range(EVENTS):
        observed.run.env.step()
        observed.check()
    return observed


def test_pages_are_conserved_and_marks_are_kept_at_every_event():
    seen = Counter()

    @settings(derandomize=True, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
    @given(machines())
    def every_event(mapping):
        observed = watch(mapping)
        seen.update({name for name, count in observed.node.vmstat.items() if count})
        seen["attempts"] += observed.attempts
        seen["refused"] += observed.node.refusing.read(int(observed.run.env.now)) > 0
        seen["written"] += observed.vm.writeback.backlog.underway > 0

    every_event()
    assert seen["attempts"] > 10_000
    for what in ("pgsteal_kswapd", "pgsteal_direct", "pswpout", "refused", "written"):
        assert seen[what] >= 20, what
    assert seen["pswpin"]


CRISIS = {
    "name": "crisis",
    "kernel": "6.12",
    "duration": "1 s",
    "memory": {"ram": "24 MiB", "at_start": {"anon": "10 MiB", "clean": "6 MiB"}, "swap": {"zram": {"size": "9 MiB"}}},
    "load": {
        "hog": {"hog": {"size": "12 MiB", "rate": "4 GB/s"}},
        "net": {"allocator": {"working_set": "8 MiB", "rate": "400 MB/s", "gfp": "GFP_ATOMIC"}},
    },
    "pools": {"page": {"min_nr": 2, "backing": {"pages": {}}}},
    "tasks": {
        "taker": {
            "arrivals": {"poisson": {"rate": "20000/s"}},
            "in_flight": 32,
            "gfp": "GFP_NOIO",
            "steps": [{"alloc": "page"}, {"hold": "3 ms"}, {"free": "page"}],
        }
    },
}


def test_a_crisis_keeps_them_too():
    assert watch(CRISIS).attempts > 1_000


@pytest.mark.parametrize(
    ("of", "name", "wrong"),
    [
        (alloc_flags, "least_of", lambda right: lambda *arguments: right(*arguments) - 1),
        (Zone, "give", lambda right: lambda zone, pages: right(zone, pages - (pages > 30))),
        (Swap, "_drop", lambda right: lambda swap, pages: right(swap, pages - 1)),
        (Swap, "read_back", lambda right: lambda swap, most: max(0, right(swap, most) - 1)),
        (VirtualMemory, "claim", lambda right: lambda memory, pages: right(memory, pages + 9_999)),
    ],
    ids=[
        "a-page-below-the-mark",
        "a-page-lost-in-a-free",
        "a-slot-too-many",
        "a-page-not-read-back",
        "a-claim-too-large",
    ],
)
def test_what_goes_wrong_by_a_page_is_seen(monkeypatch, of, name, wrong):
    monkeypatch.setattr(of, name, wrong(getattr(of, name)))
    with pytest.raises((AssertionError, ValueError)):
        watch(CRISIS)
