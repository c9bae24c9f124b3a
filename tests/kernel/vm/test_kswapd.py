import pytest
import simpy

from sim.kernel.gfp import DMA32
from sim.kernel.vm import PageCosts, PageState, Resource, VirtualMemory, Watermarks, Zone

S = 1_000_000_000


def test_a_low_zone_whose_pages_are_kept_for_others_does_not_let_kswapd_rest():
    env = simpy.Environment()
    marks = Watermarks(100, 125, 150)
    low = Zone("DMA32", 1000, marks, {"DMA32": 0, "Normal": 900})
    high = Zone("Normal", 100_000, marks, {"Normal": 0})
    memory = VirtualMemory(env, (low, high), at_start={PageState.CLEAN: 90_000})
    memory.node.take(high.free - 120, 0, PageState.KERNEL, slow=True)
    assert low.free > marks.high
    assert not memory.node.balanced()
    memory.kswapd.wake()
    env.run(until=1_000_000_000)
    assert high.free > marks.high


def two_zones():
    """Plenty of clean pages; the lower zone is at MIN, the higher one has more than HIGH free."""
    env = simpy.Environment()
    marks = Watermarks(100, 125, 150)
    zones = tuple(Zone(name, 50_000, marks, {"DMA32": 0, "Normal": 0}) for name in ("DMA32", "Normal"))
    memory = VirtualMemory(env, zones, at_start={PageState.CLEAN: 90_000})
    zones[1].free += 10_000
    memory.node.pages[PageState.CLEAN] -= 10_000
    memory.node.take(zones[0].free - 100, DMA32, PageState.KERNEL, slow=True)
    return env, memory, zones


@pytest.mark.parametrize(("mask", "served"), [(DMA32, True), (0, False)], ids=["asked-for", "not-asked-for"])
def test_kswapd_goes_by_the_zones_that_were_asked_for(mask, served):
    env, memory, (low, high) = two_zones()
    assert high.free > high.marks.high
    memory.kswapd.wake(mask)
    env.run(until=S)
    assert (low.free > low.marks.high) is served
    assert memory.kswapd.wakes == 1


def test_each_time_it_is_woken_it_is_for_those_who_wake_it():
    env, memory, (low, _) = two_zones()
    memory.kswapd.wake(0)
    env.run(until=S)
    assert low.free <= 100
    memory.kswapd.wake(DMA32)
    env.run(until=2 * S)
    assert low.free > low.marks.high
    assert memory.kswapd.wakes == 2


def test_kswapd_runs_its_delay_after_it_is_woken(machine):
    of = machine(at_start={PageState.CLEAN: 90_000}, kswapd_delay=700)
    of.leave(120)
    of.at(1_000, of.memory.kswapd.wake)
    of.run(1_700)
    assert not of.memory.kswapd.running.runs
    of.run(1_701)
    assert of.memory.kswapd.running.read(1_701) == 1


def test_it_goes_on_until_more_than_high_are_free(machine):
    of = machine(at_start={PageState.CLEAN: 90_000})
    of.leave(120)
    of.memory.kswapd.wake()
    of.run(S)
    assert not of.memory.kswapd.running.runs
    assert 160 < of.zone.free <= 160 + 32 + 31


def test_it_rests_at_once_if_there_is_enough_by_then(machine):
    of = machine(at_start={PageState.CLEAN: 90_000})
    of.memory.kswapd.wake()
    of.run(S)
    assert of.node.vmstat == {"pageoutrun": 1}
    assert of.memory.kswapd.running.read(S) == 0


def drained(machine, **settings):
    """A machine of 1,000,000 clean pages whose kswapd has been woken, and will not be done soon."""
    marks = Watermarks(1_000, 2_000, 800_000)
    of = machine(1_000_000, marks=marks, **settings)
    of.leave(1_500, PageState.CLEAN)
    of.memory.kswapd.wake()
    return of


@pytest.mark.parametrize(("referenced", "scan", "free"), [(0.3, 300, 700), (0.0, 300, 700), (0.5, 1_000, 200)])
def test_it_frees_clean_pages_as_fast_as_scanning_and_freeing_allow(machine, referenced, scan, free):
    of = drained(machine, referenced=referenced, costs=PageCosts(1_000, scan, free))
    of.run(S // 2)
    rate = of.node.vmstat["pgsteal_kswapd"] / (S // 2 - 100_000) * S
    assert rate == pytest.approx(S / (scan / (1 - referenced) + free), rel=0.01)


def test_with_the_defaults_it_frees_about_a_million_clean_pages_a_second(machine):
    of = drained(machine)
    of.run(S // 2)
    assert 0.8e6 < of.node.vmstat["pgsteal_kswapd"] * 2 < 1.1e6


def test_it_gives_up_after_sixteen_runs_that_freed_nothing(machine):
    of = machine()
    of.leave(100)
    of.memory.kswapd.wake()
    of.run(S)
    assert of.node.hopeless
    assert of.node.vmstat["pageoutrun"] == 16
    of.memory.kswapd.wake()
    of.run(2 * S)
    assert of.node.vmstat["pageoutrun"] == 16


def test_a_run_in_which_others_freed_enough_is_no_failure(machine):
    of = machine(at_start={PageState.DIRTY: 90_000})
    of.leave(100)
    of.at(150_000, of.node.give, 1_000, PageState.KERNEL)
    of.memory.kswapd.wake()
    of.run(S)
    assert of.node.vmstat["pgscan_kswapd"] > 0
    assert "pgsteal_kswapd" not in of.node.vmstat or not of.node.vmstat["pgsteal_kswapd"]
    assert of.node.kswapd_failures == 0


def test_it_does_not_come_back_because_others_have_freed_pages(machine):
    of = machine()
    of.leave(100)
    of.memory.kswapd.wake()
    of.run(S)
    of.node.give(30, PageState.KERNEL)
    of.memory.kswapd.wake()
    of.run(2 * S)
    assert of.node.vmstat["pageoutrun"] == 16


def test_it_comes_back_when_a_direct_reclaimer_has_freed_a_page(machine):
    of = machine()
    of.leave(60)
    of.memory.kswapd.wake()
    of.run(S)
    of.node.move(5_000, PageState.KERNEL, PageState.CLEAN)
    of.alloc(1, "GFP_NOIO")
    assert not of.node.hopeless
    of.memory.kswapd.wake()
    of.run(2 * S)
    assert of.zone.free > 160


def test_a_run_that_frees_something_gives_it_sixteen_more(machine):
    of = machine()
    of.leave(100)
    of.node.kswapd_failures = 15
    of.node.move(20, PageState.KERNEL, PageState.CLEAN)
    of.memory.kswapd.wake()
    of.run(S)
    assert of.node.vmstat["pgsteal_kswapd"] == 20
    assert of.node.vmstat["pageoutrun"] == 17


def test_what_it_does_is_a_stall_on_memory(machine):
    of = drained(machine)
    of.run(S // 2)
    assert of.memory.psi.read(Resource.MEMORY, S // 2).some.total_us == (S // 2 - 100_000) // 1_000


def test_its_time_awake_is_counted_while_it_runs_and_after(machine):
    of = machine(at_start={PageState.CLEAN: 90_000})
    of.leave(120)
    of.memory.kswapd.wake()
    of.run(100_500)
    assert of.memory.kswapd.running.read(100_500) == 500
    of.run(S)
    whole = of.memory.kswapd.running.read(S)
    assert whole == of.memory.kswapd.running.read(2 * S) > 500


def test_that_it_is_woken_soon_after_it_fell_asleep_is_counted(machine):
    of = machine(kswapd_delay=0)
    for at in (0, S // 10 - 1, 3 * S // 10):
        of.at(at, of.memory.kswapd.wake)
    of.run(S)
    assert of.node.vmstat == {"pageoutrun": 3, "kswapd_low_wmark_hit_quickly": 1}


def test_it_waits_for_writeback_that_it_meets_and_nothing_else(machine):
    of = machine()
    of.leave(100, PageState.WRITEBACK)
    of.memory.kswapd.wake()
    of.run(S)
    assert of.memory.kswapd.running.runs
    assert of.node.vmstat["pgscan_kswapd"] < 100_000


@pytest.mark.parametrize(("kernel", "waits"), [("4.8", True), ("4.9", False)])
def test_up_to_4_8_it_waits_while_far_more_than_the_dirty_limit_is_written(machine, kernel, waits):
    of = machine(kernel=kernel)
    of.leave(100)
    of.node.move(50_000, PageState.KERNEL, PageState.CLEAN)
    of.node.move(20_000, PageState.KERNEL, PageState.WRITEBACK)
    of.memory.kswapd.wake()
    of.run(S)
    assert of.memory.kswapd.running.runs is waits
