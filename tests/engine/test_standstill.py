"""What a verdict says of the machine as a whole."""

import pytest
import simpy

from sim.engine.load import Load
from sim.engine.standstill import standstill
from sim.kernel.vm import Resource, VirtualMemory, Watermarks, Zone
from sim.results.memory import LoadTotals

S = 1_000_000_000


@pytest.fixture
def load():
    """No process at all, on a small machine."""
    zone = Zone("Normal", 10_000, Watermarks(96, 128, 160), {"Normal": 0})
    return Load(VirtualMemory(simpy.Environment(), (zone,)), {}, 10 * S)


def stall(memory, since, until, *, kswapd=False):
    """Memory stalls a task in direct reclaim, or kswapd."""
    for delta, now in ((+1, since), (-1, until)):
        if now:
            memory.env.run(until=now)
        memory.psi.stalls(Resource.MEMORY, delta, now)
        if not kswapd:
            memory.vmscan._enter(delta)


def test_a_machine_on_which_memory_stalled_nobody_is_not_told_of(load):
    assert standstill(load, 10 * S) == (False, [])


@pytest.mark.parametrize(("length", "stood", "share"), [(5 * S - 1_000, False, "50 %"), (5 * S, True, "50 %")])
def test_half_of_the_run_is_a_standstill(load, length, stood, share):
    stall(load.memory, S, S + length)
    load.memory.node.count("allocstall", 1_200)
    told = f"memory stalled somebody for {share} of the run, everybody for {share}"
    told += f"; 1,200 direct reclaims, in {share} of it"
    assert standstill(load, 10 * S) == (stood, [told])


def test_kswapd_alone_holds_nobody_up(load):
    stall(load.memory, 0, 9 * S, kswapd=True)
    told = "memory stalled somebody for 90 % of the run, everybody for 90 %, by kswapd alone"
    assert standstill(load, 10 * S) == (False, [told])


def test_stalls_beside_which_others_get_on_are_none(load):
    load.memory.psi.runs(+1, 0)
    stall(load.memory, 0, 5 * S)
    load.memory.node.count("allocstall")
    stood, (told,) = standstill(load, 10 * S)
    assert not stood
    assert told.startswith("memory stalled somebody for 50 % of the run, everybody for 0 %;")


def test_neither_is_one_served_on_which_somebody_was_killed(load):
    load.memory.node.count("oom_kill", 2)
    load.memory.node.count("allocstall", 1_200)
    stood, (told,) = standstill(load, 10 * S)
    assert stood
    assert told.endswith("; 1,200 direct reclaims, in 0 % of it; the OOM killer killed 2")


@pytest.mark.parametrize(("longest", "stood"), [(10 * S - 1, False), (10 * S, True)])
def test_neither_is_one_whose_load_got_no_further_for_long(longest, stood, load):
    load.totals["writer"] = LoadTotals("dirtier", processes=2, asked_pages=1_000, longest_ns=longest)
    told = ["load writer: a process got no further for 10 s"] if stood else []
    assert standstill(load, 10 * S) == (stood, told)
