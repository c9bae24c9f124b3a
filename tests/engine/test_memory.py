"""The memory of a scenario, as it is built from what the user wrote and as it is written down."""

from itertools import pairwise

import pytest
import simpy

from sim.engine.memory import build_memory
from sim.engine.memory_sampler import MemorySampler
from sim.engine.pools import build_pools
from sim.kernel import KernelVersion
from sim.kernel.vm import PageState, Resource, Watermarks, watermarks_of
from sim.results.memory import MEMORY
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


SLEEPER = {
    "name": "sleeper",
    "kernel": "6.12",
    "duration": "10 s",
    "pools": {"page": {"min_nr": 1, "backing": {"pages": {}}}},
    "tasks": {"sleeper": {"arrivals": {"at": [0]}, "steps": [{"alloc": "page"}, {"free": "page"}]}},
}


@pytest.fixture
def watched():
    """A machine under watch for 10 s, and a pool that sleeps in it."""
    env = simpy.Environment()
    memory = build(env=env, ram="1 GiB", at_start={"clean": "100 MiB"}, cpus=1)
    pool = build_pools(env, Scenario.from_mapping(SLEEPER), Streams(1, 0), memory.allocator, memory.psi)["page"]
    watch = MemorySampler(memory, {}, 10 * S)
    return env, memory, pool, watch


def rows(watch):
    return [dict(zip(MEMORY, row, strict=True)) for row in watch.record().rows]


def test_a_row_shows_each_state_in_its_column(watched):
    env, memory, _, watch = watched
    states = {
        "clean": PageState.CLEAN,
        "dirty": PageState.DIRTY,
        "writeback": PageState.WRITEBACK,
        "anon": PageState.ANON,
        "swapping": PageState.SWAPPING,
        "kernel": PageState.KERNEL,
    }
    for number, state in enumerate(states.values()):
        memory.node.take(1_000 * (number + 1), 0, state, slow=True)
    memory.node.take(7, 0, PageState.SWAPPED, slow=True)
    env.run(10 * S)
    row = rows(watch)[0]
    assert {name: row[name] - (100 * MIB + 7) * (name == "clean") for name in states} == {
        name: 1_000 * (number + 1) for number, name in enumerate(states)
    }
    assert row["free"] == memory.node.free


def test_the_pages_of_a_row_and_those_on_the_lists_of_the_processors_are_all_there_are(watched):
    env, memory, _, watch = watched
    memory.node.take(10_000, 0, PageState.ANON, slow=True)
    env.run(10 * S)
    shown = ("free", "clean", "dirty", "writeback", "anon", "swapping", "kernel")
    for row in rows(watch):
        assert sum(row[name] for name in shown) + memory.node.pcp_count == memory.node.managed


def test_rows_end_each_ten_milliseconds_of_a_run_of_ten_seconds_and_with_it(watched):
    env, _, _, watch = watched
    env.run(10 * S)
    assert [row["t_ns"] for row in rows(watch)] == [10 * MS * number for number in range(1, 1_001)]


def test_the_last_row_ends_with_a_run_that_is_no_whole_number_of_intervals():
    env = simpy.Environment()
    watch = MemorySampler(build(env=env, ram="1 GiB"), {}, 1_001)
    env.run(1_001)
    assert [row["t_ns"] for row in rows(watch)][-2:] == [1_000, 1_001]


def test_the_least_free_pages_are_those_of_the_interval(watched):
    env, memory, _, watch = watched

    def dip():
        yield env.timeout(25 * MS)
        memory.node.take(50 * MIB, 0, PageState.ANON, slow=True)
        memory.node.give(50 * MIB, PageState.ANON)

    env.process(dip())
    env.run(10 * S)
    least = [row["free_min"] // MIB for row in rows(watch)[:5]]
    assert least == [924, 924, 873, 923, 923]


def test_what_happens_is_counted_in_the_interval_in_which_it_does(watched):
    env, memory, _, watch = watched

    def reclaims():
        yield env.timeout(42 * MS)
        yield from memory.vmscan.try_to_free_pages(0, memory.kswapd._thread, kthread=True)

    env.process(reclaims())
    env.run(10 * S)
    counted = rows(watch)
    assert [row["allocstall"] for row in counted[:6]] == [0, 0, 0, 0, 1, 0]
    assert [row["pgsteal"] for row in counted[:6]] == [0, 0, 0, 0, 32, 0]
    assert counted[4]["pgscan"] == memory.node.vmstat["pgscan_direct"]
    assert counted[4]["reclaimers"] == pytest.approx(counted[4]["pgscan"] * 300 / 10 / MS + 32 * 700 / 10 / MS)


def test_the_share_of_each_interval_in_which_kswapd_ran(watched):
    env, memory, _, watch = watched
    memory.node.take(memory.node.free, 0, PageState.WRITEBACK, slow=True)
    memory.node.move(100 * MIB, PageState.CLEAN, PageState.WRITEBACK)
    memory.kswapd.wake()
    env.run(10 * S)
    shares = [row["kswapd"] for row in rows(watch)]
    assert shares[0] == pytest.approx((10 * MS - 100_000) / (10 * MS))
    assert set(shares[1:]) == {1.0}


def test_counters_and_levels_are_told_by_their_names_in_vmstat(watched):
    env, memory, _, watch = watched
    memory.node.take(1_000, 0, PageState.ANON, slow=True)
    memory.kswapd.wake()
    env.run(10 * S)
    assert watch.record().vmstat == {
        "nr_free_pages": memory.node.free,
        "nr_dirty": 0,
        "nr_writeback": 0,
        "nr_anon_pages": 1_000,
        "pageoutrun": 1,
    }


def sleeps_until(env, memory, pool, until):
    """Let two calls of an empty pool sleep until one element comes back, and the other for ever."""
    memory.node.grab(memory.node.managed - 100 * MIB - 900)
    memory.node.drain()
    memory.node.move(100 * MIB, PageState.CLEAN, PageState.ANON)
    masks = pool.masks_of("GFP_NOIO")
    element = pool.begin(masks, 0).element
    pool.begin(masks, 0)
    pool.begin(masks, 0)
    env.timeout(until).callbacks.append(lambda _: pool.free(element))


def test_a_task_asleep_on_a_pool_is_stalled_on_io_not_on_memory(watched):
    env, memory, pool, watch = watched
    sleeps_until(env, memory, pool, 3 * S)
    env.run(10 * S)
    pressure = watch.record().pressure
    assert pressure["io"]["some"]["total_us"] == pytest.approx(10_000_000, abs=2_000)
    assert pressure["memory"]["some"]["total_us"] < 2_000


def test_a_task_that_reclaims_is_stalled_on_memory_not_on_io(watched):
    env, memory, pool, watch = watched
    memory.node.take(memory.node.free, 0, PageState.WRITEBACK, slow=True)
    memory.node.move(100 * MIB, PageState.CLEAN, PageState.WRITEBACK)
    masks = pool.masks_of("GFP_NOIO")
    pool.begin(masks, 0)
    pool.begin(masks, 0)
    env.run(10 * S)
    pressure = watch.record().pressure
    assert pressure["memory"]["some"]["total_us"] > 9_900_000
    reclaims = sum(row["reclaimers"] for row in rows(watch)) / 100
    assert pressure["io"]["some"]["total_us"] == pytest.approx((10 - reclaims) * 1e6, abs=2_000)


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
