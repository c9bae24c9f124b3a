"""The memory of a scenario, as it is built from what the user wrote and as it is written down."""

from itertools import pairwise

import pytest
import simpy

from sim.engine.memory import build_memory
from sim.kernel import KernelVersion
from sim.kernel.vm import PageState, Resource, Watermarks, watermarks_of
from sim.scenario import Scenario
from sim.scenario.machine import MachineSpec
from sim.scenario.memory import MemorySpec
from sim.workload import Streams

MIB = 256
MS = 1_000_000
S = 1_000 * MS


def build(*, kernel="6.12", cpus=4, hz=250, env=None, **settings):
    spec = MemorySpec.model_validate(settings)
    return build_memory(env or simpy.Environment(), spec, MachineSpec(cpus=cpus, hz=hz), kernel, Streams(1, 0))


def test_one_zone_has_the_marks_of_the_kernels_own_formula():
    (zone,) = build(ram="16 GiB").node.zones
    assert (zone.name, zone.managed) == ("Normal", 1 << 22)
    assert zone.marks == Watermarks(4096, 8290, 12484)


def test_zones_have_their_marks_and_what_they_keep_from_others_lowest_first():
    zones = {"DMA32": 2 * 1024 * MIB, "Normal": 14 * 1024 * MIB}
    low, high = build(zones={"Normal": "14 GiB", "DMA32": "2 GiB"}).node.zones
    assert {low.name: low.marks, high.name: high.marks} == watermarks_of(zones, KernelVersion.parse("6.12"))
    assert low.reserve == {"DMA32": 0, "Normal": zones["Normal"] // 256}


@pytest.mark.parametrize(
    ("settings", "marks"),
    [
        ({"kernel": "4.5"}, Watermarks(1024, 1280, 1536)),
        ({"watermark_scale_factor": 100}, Watermarks(1024, 1024 + 2621, 1024 + 2 * 2621)),
        ({"min_free": "8 MiB"}, Watermarks(2048, 2560, 3072)),
        ({"watermarks": {"min": "4 MiB", "low": "5 MiB", "high": "6 MiB"}}, Watermarks(1024, 1280, 1536)),
    ],
)
def test_marks_follow_version_and_sysctls(settings, marks):
    assert build(ram="1 GiB", **settings).node.zones[0].marks == marks


def test_what_is_in_use_at_the_start_is():
    memory = build(ram="1 GiB", at_start={"kernel": "1 MiB", "anon": "2 MiB", "clean": "3 MiB", "dirty": "4 MiB"})
    pages = {state: n // MIB for state, n in memory.node.pages.items() if n}
    assert pages == {PageState.KERNEL: 1, PageState.ANON: 2, PageState.CLEAN: 3, PageState.DIRTY: 4}
    assert memory.node.free == 1014 * MIB


def test_swap_is_none_a_device_or_compressed_memory():
    assert build(ram="1 GiB").swap is None
    device = build(ram="1 GiB", swap={"device": {"size": "8 MiB", "read": "7 us"}}).swap
    assert (device.size, device.zram, device.read_time) == (8 * MIB, None, 7_000)
    zram = build(ram="1 GiB", swap={"zram": {"size": "8 MiB", "ratio": 2, "compress": "5 us", "decompress": "3 us"}})
    assert (zram.swap.size, zram.swap.zram.ratio, zram.swap.cost, zram.swap.read_cost) == (8 * MIB, 2, 5_000, 3_000)


def test_what_else_was_written_gets_to_where_it_counts():
    memory = build(
        ram="1 GiB",
        cpus=3,
        hz=1000,
        fragmentation=0.5,
        swappiness=7,
        referenced=0.25,
        dirty_background_ratio=1,
        dirty_ratio=50,
        costs={"fault": "2 us", "scan": "3 us", "free": "4 us"},
        kswapd_delay="9 us",
    )
    vmscan = memory.vmscan
    assert (vmscan._weights, vmscan._unreferenced, memory.processors._free) == ((7, 193), 0.75, 3)
    assert (memory.costs.fault, memory.costs.scan, memory.costs.free) == (2_000, 3_000, 4_000)
    assert (memory.throttle.jiffy, memory.psi.period) == (MS, 2_001 * MS)
    background, limit = memory.writeback.dirty_limits
    assert limit // background == 50
    assert (memory.node.zones[0].fragmentation, memory.kswapd._delay) == (0.5, 9_000)


@pytest.mark.parametrize(("oom", "delay"), [("40 ms", 40 * MS), ("none", None)])
def test_the_oom_killer_is_as_slow_as_was_written_or_off(oom, delay):
    killer = build(ram="1 GiB", oom=oom).oom
    assert (killer and killer._delay()) == delay


CLOSED = {
    "name": "closed",
    "kernel": "6.12",
    "duration": "1500 ms",
    "machine": {"cpus": 2},
    "memory": {
        "ram": "96 MiB",
        "at_start": {"kernel": "8 MiB", "anon": "30 MiB", "clean": "20 MiB"},
        "swap": {"zram": {"size": "64 MiB"}},
    },
    "load": {
        "writer": {"dirtier": {"rate": "40 MB/s", "count": 2}},
        "hog": {"hog": {"size": "60 MiB", "rate": "400 MB/s"}},
        "net": {"allocator": {"rate": "20 MB/s", "working_set": "2 MiB", "gfp": "GFP_ATOMIC"}},
    },
    "pools": {
        "page": {"min_nr": 4, "backing": {"pages": {}}},
        "bio": {"min_nr": 2, "backing": {"slab": {"size": "256 B"}}},
    },
    "devices": {"disk": {"latency": {"exponential": {"mean": "1 ms"}}, "queue_depth": 4}},
    "tasks": {
        "flusher": {
            "kind": "kthread",
            "arrivals": {"writeback": {"size": "64 KiB"}},
            "in_flight": 4,
            "gfp": "GFP_NOFS",
            "steps": [{"alloc": "bio"}, {"io": "disk"}, {"free": "bio"}],
        },
        "taker": {
            "arrivals": {"poisson": {"rate": "2000/s"}},
            "in_flight": 64,
            "gfp": "GFP_NOIO",
            "steps": [{"alloc": "page"}, {"hold": {"uniform": {"low": "1 ms", "high": "20 ms"}}}, {"free": "page"}],
        },
    },
}


@pytest.fixture(scope="module")
def closed():
    return Scenario.from_mapping(CLOSED).run(seed=1)


def test_memory_is_short_in_such_a_run(closed):
    paths = {path for row in closed.document["rows"] for path, calls in row["paths"].items() if calls}
    assert {"first_attempt", "reserve"} <= paths
    assert closed.document["memory"]["vmstat"]["allocstall"] > 0


def test_the_same_seed_gives_the_same_calls_and_the_same_memory(closed):
    again = Scenario.from_mapping(CLOSED).run(seed=1)
    assert again.digest == closed.digest
    assert again.memory.equals(closed.memory)
    assert again.document["memory"] == closed.document["memory"]


@pytest.mark.parametrize("options", [{"seed": 2}, {"seed": 1, "replication": 1}], ids=["seed", "replication"])
def test_with_another_seed_memory_goes_another_way(closed, options):
    other = Scenario.from_mapping(CLOSED).run(**options)
    assert other.digest != closed.digest
    assert not other.memory.equals(closed.memory)


def test_streaming_gives_the_same_digest(closed):
    assert Scenario.from_mapping({**CLOSED, "recording": "streaming"}).run(seed=1).digest == closed.digest


def test_no_total_of_pressure_exceeds_the_run_and_none_falls(closed):
    pressure = closed.document["memory"]["pressure"]
    assert set(pressure) == set(map(str, Resource))
    for lines in pressure.values():
        assert 0 <= lines["full"]["total_us"] <= lines["some"]["total_us"] <= 1_500_000


def test_shares_of_an_interval_are_shares(closed):
    frame = closed.memory
    assert frame["kswapd"].between(0, 1).all()
    assert (frame["reclaimers"] >= 0).all()
    assert (frame["free_min"] <= frame["free"]).all()
    assert all(later > earlier for earlier, later in pairwise(frame["t_ns"]))


def test_a_task_that_sleeps_for_its_io_is_stalled_and_a_kernel_thread_is_not(closed):
    def io_stall(kind):
        task = {"kind": kind, "arrivals": {"at": [0]}, "steps": [{"alloc": "page"}, {"io": "disk"}, {"free": "page"}]}
        scenario = {
            **CLOSED,
            "load": {},
            "devices": {"disk": {"latency": "300 ms"}},
            "tasks": {"task": task},
            "pools": {"page": CLOSED["pools"]["page"]},
        }
        run = Scenario.from_mapping(scenario).run(seed=1)
        return run.document["memory"]["pressure"]["io"]["some"]["total_us"]

    assert io_stall("user") == pytest.approx(300_000, abs=2)
    assert io_stall("kthread") == 0
