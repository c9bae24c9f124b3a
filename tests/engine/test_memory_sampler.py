"""The memory of a run as it is written down: interval by interval, and what its kernel tells at the end."""

import pytest
import simpy

from sim.engine.memory import build_memory
from sim.engine.memory_sampler import MemorySampler
from sim.engine.pools import build_pools
from sim.kernel.vm import PageState
from sim.results.memory import MEMORY
from sim.scenario import Scenario
from sim.scenario.machine import MachineSpec
from sim.scenario.memory import MemorySpec
from sim.workload import Streams

MIB = 256
MS = 1_000_000
S = 1_000 * MS


def build(env, *, cpus=4, **settings):
    return build_memory(env, MemorySpec.model_validate(settings), MachineSpec(cpus=cpus), "6.12", Streams(1, 0))


SLEEPER = {
    "name": "sleeper",
    "kernel": "6.12",
    "duration": "10 s",
    "pools": {"page": {"min_nr": 1, "backing": {"pages": {}}}},
    "tasks": {"sleeper": {"arrivals": {"at": [0]}, "steps": [{"alloc": "page"}, {"free": "page"}]}},
}


@pytest.fixture
def sampled():
    """A machine whose memory is sampled for 10 s, and a pool that callers sleep on."""
    env = simpy.Environment()
    memory = build(env, ram="1 GiB", at_start={"clean": "100 MiB"}, cpus=1)
    pool = build_pools(env, Scenario.from_mapping(SLEEPER), Streams(1, 0), memory.allocator, memory.psi)["page"]
    sampler = MemorySampler(memory, {}, 10 * S)
    return env, memory, pool, sampler


def rows(sampler):
    return [dict(zip(MEMORY, row, strict=True)) for row in sampler.record().rows]


def test_a_row_shows_each_state_in_its_column(sampled):
    env, memory, _, sampler = sampled
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
    row = rows(sampler)[0]
    assert {name: row[name] - (100 * MIB + 7) * (name == "clean") for name in states} == {
        name: 1_000 * (number + 1) for number, name in enumerate(states)
    }
    assert row["free"] == memory.node.free


def test_the_pages_of_a_row_and_those_on_the_lists_of_the_processors_are_all_there_are(sampled):
    env, memory, _, sampler = sampled
    memory.node.take(10_000, 0, PageState.ANON, slow=True)
    env.run(10 * S)
    shown = ("free", "clean", "dirty", "writeback", "anon", "swapping", "kernel")
    for row in rows(sampler):
        assert sum(row[name] for name in shown) + memory.node.pcp_count == memory.node.managed


def test_rows_end_each_ten_milliseconds_of_a_run_of_ten_seconds_and_with_it(sampled):
    env, _, _, sampler = sampled
    env.run(10 * S)
    assert [row["t_ns"] for row in rows(sampler)] == [10 * MS * number for number in range(1, 1_001)]


def test_the_last_row_ends_with_a_run_that_is_no_whole_number_of_intervals():
    env = simpy.Environment()
    sampler = MemorySampler(build(env, ram="1 GiB"), {}, 1_001)
    env.run(1_001)
    assert [row["t_ns"] for row in rows(sampler)][-2:] == [1_000, 1_001]


def test_the_least_free_pages_are_those_of_the_interval(sampled):
    env, memory, _, sampler = sampled

    def dip():
        yield env.timeout(25 * MS)
        memory.node.take(50 * MIB, 0, PageState.ANON, slow=True)
        memory.node.give(50 * MIB, PageState.ANON)

    env.process(dip())
    env.run(10 * S)
    least = [row["free_min"] // MIB for row in rows(sampler)[:5]]
    assert least == [924, 924, 873, 923, 923]


def test_what_happens_is_counted_in_the_interval_in_which_it_does(sampled):
    env, memory, _, sampler = sampled

    def reclaims():
        yield env.timeout(42 * MS)
        yield from memory.vmscan.try_to_free_pages(0, memory.kswapd._thread, kthread=True)

    env.process(reclaims())
    env.run(10 * S)
    counted = rows(sampler)
    assert [row["allocstall"] for row in counted[:6]] == [0, 0, 0, 0, 1, 0]
    assert [row["pgsteal"] for row in counted[:6]] == [0, 0, 0, 0, 32, 0]
    assert counted[4]["pgscan"] == memory.node.vmstat["pgscan_direct"]
    assert counted[4]["reclaimers"] == pytest.approx(counted[4]["pgscan"] * 300 / 10 / MS + 32 * 700 / 10 / MS)


def test_the_share_of_each_interval_in_which_kswapd_ran(sampled):
    env, memory, _, sampler = sampled
    memory.node.take(memory.node.free, 0, PageState.WRITEBACK, slow=True)
    memory.node.move(100 * MIB, PageState.CLEAN, PageState.WRITEBACK)
    memory.kswapd.wake()
    env.run(10 * S)
    shares = [row["kswapd"] for row in rows(sampler)]
    assert shares[0] == pytest.approx((10 * MS - 100_000) / (10 * MS))
    assert set(shares[1:]) == {1.0}


def test_counters_and_levels_are_told_by_their_names_in_vmstat(sampled):
    env, memory, _, sampler = sampled
    memory.node.take(1_000, 0, PageState.ANON, slow=True)
    memory.kswapd.wake()
    env.run(10 * S)
    assert sampler.record().vmstat == {
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


def test_a_task_asleep_on_a_pool_is_stalled_on_io_not_on_memory(sampled):
    env, memory, pool, sampler = sampled
    sleeps_until(env, memory, pool, 3 * S)
    env.run(10 * S)
    pressure = sampler.record().pressure
    assert pressure["io"]["some"]["total_us"] == pytest.approx(10_000_000, abs=2_000)
    assert pressure["memory"]["some"]["total_us"] < 2_000


def test_a_task_that_reclaims_is_stalled_on_memory_not_on_io(sampled):
    env, memory, pool, sampler = sampled
    memory.node.take(memory.node.free, 0, PageState.WRITEBACK, slow=True)
    memory.node.move(100 * MIB, PageState.CLEAN, PageState.WRITEBACK)
    masks = pool.masks_of("GFP_NOIO")
    pool.begin(masks, 0)
    pool.begin(masks, 0)
    env.run(10 * S)
    pressure = sampler.record().pressure
    assert pressure["memory"]["some"]["total_us"] > 9_900_000
    reclaims = sum(row["reclaimers"] for row in rows(sampler)) / 100
    assert pressure["io"]["some"]["total_us"] == pytest.approx((10 - reclaims) * 1e6, abs=2_000)
