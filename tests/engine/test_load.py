"""The processes of `load:` at work on a machine of their own, without tasks."""

from types import SimpleNamespace

import pytest
import simpy

from sim.engine.load import Load
from sim.engine.memory import build_memory
from sim.kernel.vm import PageState, Resource
from sim.scenario import loads
from sim.scenario.machine import MachineSpec
from sim.scenario.memory import MemorySpec
from sim.workload import Streams

MIB = 256
MS = 1_000_000
S = 1_000 * MS
CLEAN, DIRTY, ANON, KERNEL = PageState.CLEAN, PageState.DIRTY, PageState.ANON, PageState.KERNEL
KINDS = {
    "dirtier": loads.DirtierSpec,
    "reader": loads.ReaderSpec,
    "hog": loads.HogSpec,
    "allocator": loads.AllocatorSpec,
}


def machine(*processes, kernel="6.12", cpus=4, **memory):
    """A machine of 1 GiB unless `memory` says otherwise, with processes as (kind, settings) that are about to start."""
    env = simpy.Environment()
    spec = MemorySpec.model_validate({"ram": "1 GiB", "oom": "100 ms", **memory})
    vm = build_memory(env, spec, MachineSpec(cpus=cpus), kernel, Streams(1, 0))
    specs = {str(number): KINDS[kind].model_validate(settings) for number, (kind, settings) in enumerate(processes)}
    load = Load(vm, specs, 10 * S)
    load.start()
    return SimpleNamespace(
        env=env, vm=vm, node=vm.node, pages=vm.node.pages, load=load, run=lambda until: env.run(until=until)
    )


def write(of, rate, batch=256):
    """Write dirty pages back at so many a second."""

    def writer():
        while True:
            pages = yield of.vm.writeback.collect(batch)
            yield of.env.timeout(pages * S // rate)
            of.vm.writeback.written(pages)

    of.env.process(writer())


@pytest.mark.parametrize(
    ("kind", "more", "state"),
    [
        ("dirtier", {}, DIRTY),
        ("hog", {"size": "1 GiB"}, ANON),
        ("allocator", {"working_set": "100 GiB"}, KERNEL),
        ("allocator", {"working_set": "100 GiB", "gfp": "GFP_ATOMIC"}, KERNEL),
    ],
)
@pytest.mark.parametrize("rate", ["20 MiB/s", "500 KiB/s", "3 kB/s"])
def test_a_process_uses_memory_at_its_rate_while_nothing_holds_it_up(kind, more, state, rate):
    of = machine((kind, {"rate": rate, **more}))
    seconds = 3_000 if rate == "3 kB/s" else 1
    of.run(seconds * S)
    pages = {"20 MiB/s": 5_120, "500 KiB/s": 125, "3 kB/s": 2_197}[rate]
    assert of.pages[state] == pytest.approx(pages, rel=0.01, abs=32)
    assert of.load.totals["0"].pages == of.pages[state]


def test_a_fast_reader_fills_the_page_cache_at_its_rate():
    of = machine(("reader", {"rate": "200 MiB/s", "working_set": "100 GiB"}))
    of.run(S)
    assert of.pages[CLEAN] == pytest.approx(200 * MIB, rel=0.01)


def test_as_many_processes_as_there_are_use_as_many_times_the_memory():
    of = machine(("hog", {"size": "1 GiB", "rate": "20 MiB/s", "count": 3}))
    of.run(S)
    assert of.pages[ANON] == pytest.approx(60 * MIB, rel=0.01)


@pytest.mark.parametrize(
    ("kind", "more"), [("dirtier", {}), ("reader", {"working_set": "9 GiB"}), ("allocator", {"working_set": "9 GiB"})]
)
def test_it_runs_from_its_start_to_its_stop(kind, more):
    of = machine((kind, {"rate": "100 MiB/s", "start": "1 s", "stop": "2 s", **more}))
    of.run(S)
    assert sum(of.pages.values()) == 0
    of.run(3 * S)
    assert sum(of.pages.values()) == pytest.approx(100 * MIB, rel=0.01)


def test_what_it_did_is_held_against_what_it_was_to_do():
    of = machine(("hog", {"rate": "100 MiB/s", "size": "2 GiB", "count": 2, "stop": "8 s"}))
    of.run(10 * S)
    assert of.load.totals["0"].asked_pages == 2 * 800 * MIB
    # They have filled the memory of 1 GiB before that.
    assert 1000 * MIB < of.load.totals["0"].pages < 1600 * MIB


def test_what_a_process_is_not_through_with_at_the_end_counts_up_to_then():
    of = machine(("hog", {"rate": "1 GiB/s", "size": "2 GiB"}), oom="none")
    of.run(20 * S)
    assert of.load.totals["0"].longest_ns < S
    of.load.close(20 * S)
    assert 18 * S < of.load.totals["0"].longest_ns < 19.1 * S


def test_a_reader_counts_what_it_finds_in_the_cache_too():
    of = machine(("reader", {"rate": "100 MiB/s", "working_set": "10 MiB"}))
    of.run(S)
    assert of.load.totals["0"].pages == pytest.approx(100 * MIB, rel=0.01)
    assert of.pages[CLEAN] < 20 * MIB


def test_an_allocator_counts_only_what_it_got():
    of = machine(("allocator", {"rate": "2 GiB/s", "working_set": "9 GiB", "gfp": "GFP_ATOMIC"}))
    of.run(S)
    assert of.load.totals["0"].pages == of.pages[KERNEL] < of.load.totals["0"].asked_pages


def test_time_lost_in_waiting_is_not_made_up_for():
    of = machine(("hog", {"rate": "50 MiB/s", "size": "1 GiB"}))
    alloc = of.vm.allocator.alloc

    def waits(*_):
        yield of.env.timeout(S)
        return 1

    of.run(S)
    of.vm.allocator.alloc = waits
    of.run(S + 10 * MS)
    of.vm.allocator.alloc = alloc
    of.run(4 * S)
    assert of.pages[ANON] == pytest.approx(150 * MIB, rel=0.01)


def test_a_process_that_ends_leaves_its_processor():
    for kind, more in (("hog", {"size": "1 GiB"}), ("dirtier", {}), ("reader", {"working_set": "9 GiB"})):
        of = machine((kind, {"rate": "100 GB/s", "stop": "100 ms", **more}), cpus=1, ram="16 GiB")
        of.run(S)
        assert of.vm.processors._free == 1, kind


def test_processes_that_want_more_time_than_there_is_share_the_processors():
    """A page takes 1 us: two processors touch two million pages a second."""
    of = machine(("hog", {"size": "16 GiB", "rate": "10 GB/s", "count": 4}), cpus=2, ram="16 GiB")
    of.run(S)
    assert of.pages[ANON] == pytest.approx(2_000_000, rel=0.01)


def test_a_dirtier_counts_as_one_from_its_start_to_its_stop():
    of = machine(("dirtier", {"rate": "1 MB/s", "start": "1 s", "stop": "2 s", "count": 3}))
    seen = []
    for until in (S, S + 1, 3 * S):
        of.run(until)
        seen.append(of.vm.writeback.dirtiers)
    assert seen == [0, 3, 0]


def test_a_dirtier_that_waits_at_the_limits_is_stalled_on_io():
    of = machine(("dirtier", {"rate": "1 GB/s"}), dirty_background_ratio=2, dirty_ratio=4)
    of.run(10 * S)
    assert of.vm.psi.read(Resource.IO, 10 * S).some.total_us > 9_000_000
    assert of.vm.psi.read(Resource.MEMORY, 10 * S).some.total_us == 0


def test_two_dirtiers_get_what_the_device_writes():
    of = machine(("dirtier", {"rate": "400 MB/s", "count": 2}), dirty_background_ratio=5, dirty_ratio=10)
    write(of, 5_000)
    written = []
    clean = of.node.on_written
    of.node.on_written = lambda pages: (clean(pages), written.append(pages))
    of.run(60 * S)
    assert sum(written) == pytest.approx(60 * 5_000, rel=0.01)
    assert of.pages[DIRTY] + of.pages[PageState.WRITEBACK] < of.vm.writeback.dirty_limits[1]


def test_a_reader_reads_nothing_in_once_its_working_set_is_cached():
    of = machine(("reader", {"rate": "500 MiB/s", "working_set": "100 MiB", "count": 2}))
    of.run(10 * S)
    assert of.pages[CLEAN] == pytest.approx(200 * MIB, rel=0.01)


def test_a_reader_of_next_to_nothing_reads_next_to_nothing():
    of = machine(("reader", {"rate": "1 MiB/s", "working_set": "100 B"}))
    of.run(10 * S)
    assert of.pages[CLEAN] <= 32


def test_a_reader_reads_in_again_what_reclaim_has_dropped():
    """In each round it misses the share of its set that is not cached."""
    of = machine(("reader", {"rate": "100 MiB/s", "working_set": "400 MiB"}))
    of.run(20 * S)
    of.node.give(of.pages[CLEAN], CLEAN)
    of.run(22 * S)
    assert of.pages[CLEAN] == pytest.approx(400 * MIB * (1 - 2.718281828**-0.5), rel=0.02)


def test_an_allocator_holds_its_working_set():
    of = machine(("allocator", {"rate": "100 MiB/s", "working_set": "50 MiB"}))
    levels = []
    for tenth in range(6, 50):
        of.run(tenth * S // 10)
        levels.append(of.pages[KERNEL])
    assert min(levels) == pytest.approx(50 * MIB, rel=0.01)
    assert max(levels) == pytest.approx(50 * MIB, rel=0.01)
    assert of.load.on_loan == of.pages[KERNEL]


def test_its_pages_come_back_after_their_time_when_it_has_stopped():
    of = machine(("allocator", {"rate": "100 MiB/s", "working_set": "50 MiB", "stop": "1 s"}))
    of.run(S + 250 * MS)
    assert of.pages[KERNEL] == pytest.approx(25 * MIB, rel=0.02)
    of.run(S + 510 * MS)
    assert of.pages[KERNEL] == of.load.on_loan == 0


def test_its_pages_come_back_while_it_waits_for_more():
    of = machine(("allocator", {"rate": "400 MiB/s", "working_set": "40 MiB"}))

    def waits_for_ever(*_):
        yield of.env.event()

    of.run(S)
    of.vm.allocator.alloc = waits_for_ever
    of.run(S + 50 * MS)
    assert of.load.on_loan == of.pages[KERNEL] == pytest.approx(20 * MIB, rel=0.03)
    of.run(S + 110 * MS)
    assert of.load.on_loan == of.pages[KERNEL] == 0


def test_an_allocator_that_may_not_wait_goes_without():
    of = machine(
        ("allocator", {"rate": "400 MiB/s", "working_set": "400 MiB", "gfp": "GFP_ATOMIC"}),
        at_start={"anon": "800 MiB"},
    )
    of.run(10 * S)
    marks = of.node.zones[0].marks
    assert marks.min * 3 // 8 - 31 <= of.node.zones[0].free <= marks.min
    assert "allocstall" not in of.node.vmstat


def test_a_hog_stops_growing_at_its_size():
    of = machine(("hog", {"size": "100 MiB", "rate": "500 MiB/s", "count": 2}))
    of.run(5 * S)
    assert of.pages[ANON] == 200 * MIB


def test_a_hog_that_ends_gives_its_memory_back():
    of = machine(("hog", {"size": "100 MiB", "rate": "500 MiB/s", "stop": "2 s"}), at_start={"anon": "50 MiB"})
    of.run(S)
    assert of.pages[ANON] == 150 * MIB
    of.run(3 * S)
    assert of.pages[ANON] == 50 * MIB


ZRAM = {"zram": {"size": "2 GiB", "ratio": 4.0}}


def swapping(swap=ZRAM, **more):
    """Two hogs that want more than there is, with somewhere to swap to."""
    return machine(("hog", {"size": "700 MiB", "rate": "2 GB/s", "count": 2}), swap=swap, **more)


def owned(of):
    """All anonymous memory, in memory and in swap."""
    return of.pages[ANON] + of.vm.swap.owned


def test_hogs_that_want_more_than_there_is_grow_into_swap():
    of = swapping()
    of.run(4 * S)
    assert owned(of) == 1_400 * MIB
    moved = of.node.vmstat["pswpout"] + of.pages[PageState.SWAPPING] - of.node.vmstat["pswpin"]
    assert moved == of.vm.swap.used > 400 * MIB
    assert of.pages[KERNEL] == of.vm.swap.held
    assert of.node.imbalance() == 0


def test_a_hog_reads_back_the_share_of_its_pages_that_is_swapped_out():
    of = machine(("hog", {"size": "100 MiB", "rate": "40 MiB/s"}), swap={"device": {"size": "1 GiB", "read": "1 us"}})
    of.run(3 * S)
    swap = of.vm.swap
    for _ in range(25 * MIB // 32):
        swap.out(swap.isolate(32))
        swap.written(swap.collect(32).value)
    of.node.give(25 * MIB, PageState.SWAPPED)
    assert swap.away == 25 * MIB
    of.run(4 * S)
    assert swap.away == pytest.approx(25 * MIB * 2.718281828**-0.4, rel=0.02)
    assert owned(of) == 100 * MIB


def test_a_read_from_swap_is_a_stall_on_io_and_on_memory():
    of = machine(("hog", {"size": "100 MiB", "rate": "40 MiB/s"}), swap={"device": {"size": "1 GiB", "read": "4 ms"}})
    of.run(3 * S)
    swap = of.vm.swap
    for _ in range(1 * MIB // 32):
        swap.out(swap.isolate(32))
        swap.written(swap.collect(32).value)
    of.node.give(1 * MIB, PageState.SWAPPED)
    of.run(30 * S)
    reads = of.node.vmstat["pswpin"]
    assert reads == 1 * MIB - swap.away > 200
    stalls = [of.vm.psi.read(resource, 30 * S).some.total_us for resource in Resource]
    assert stalls[0] == stalls[1]
    assert reads / 8 * 4_000 <= stalls[0] <= reads * 4_000


def hogs(of):
    return of.vm.oom.victims


def test_the_largest_hog_is_killed_and_its_memory_is_free():
    of = machine(
        ("hog", {"size": "600 MiB", "rate": "2 GB/s"}), ("hog", {"size": "700 MiB", "rate": "2 GB/s", "start": "1 s"})
    )
    large, small = hogs(of)
    of.run(5 * S)
    assert of.node.vmstat["oom_kill"] == 1
    assert (large.touched, large.over, small.over) == (0, True, False)
    assert of.pages[ANON] == small.touched == 700 * MIB
    assert of.node.imbalance() == 0


@pytest.mark.parametrize("moment", range(6))
def test_a_hog_that_is_killed_wherever_it_is_takes_its_memory_with_it_and_no_other(moment):
    """Killed while it allocates, computes or reads back: what it had and what it was about to get is free."""
    of = swapping(at_start={"anon": "100 MiB"})
    of.run((moment + 2) * S // 4)
    victim, other = hogs(of)
    for _ in range(moment * 7):
        of.env.step()
    assert owned(of) == 100 * MIB + victim.touched + other.touched
    victim.kill()
    assert owned(of) == 100 * MIB + other.touched
    for _ in range(5_000):
        of.env.step()
        assert owned(of) == 100 * MIB + other.touched
        assert of.node.imbalance() == 0
    assert (victim.touched, victim.over) == (0, True)


def test_with_a_swap_device_what_a_killed_hog_has_on_its_way_there_is_dropped_when_it_arrives():
    of = swapping({"device": {"size": "2 GiB"}})

    def writer():
        while True:
            pages = yield of.vm.swap.collect(8)
            yield of.env.timeout(MS)
            of.vm.swap.written(pages)

    for _ in range(8):
        of.env.process(writer())
    of.run(3 * S)
    victim, other = hogs(of)
    assert of.pages[PageState.SWAPPING] > 0
    victim.kill()
    assert of.vm.swap.used > of.vm.swap.owned
    for _ in range(5_000):
        of.env.step()
        assert owned(of) == other.touched
        assert of.node.imbalance() == 0
    assert of.vm.swap.used == of.vm.swap.owned


def test_a_hog_without_swap_that_has_its_size_costs_nothing():
    of = machine(("hog", {"size": "100 MiB", "rate": "2 GB/s"}), cpus=1)
    of.run(S)
    with pytest.raises(ValueError, match="productive tasks: 0"):
        of.vm.psi.runs(-1, int(of.env.now))
    assert of.vm.processors._free == 1
