"""What a verdict says of the machine as a whole."""

import pytest
import simpy

from sim.engine.standstill import standstill
from sim.kernel.vm import Resource, VirtualMemory, Watermarks, Zone

S = 1_000_000_000


@pytest.fixture
def memory():
    return VirtualMemory(simpy.Environment(), (Zone("Normal", 10_000, Watermarks(96, 128, 160), {"Normal": 0}),))


def stall(memory, since, until, *, kswapd=False):
    """Memory stalls a task in direct reclaim, or kswapd."""
    for delta, now in ((+1, since), (-1, until)):
        if now:
            memory.env.run(until=now)
        memory.psi.stalls(Resource.MEMORY, delta, now)
        if not kswapd:
            memory.vmscan._enter(delta)


def test_a_machine_on_which_memory_stalled_nobody_is_not_told_of(memory):
    assert standstill(memory, 10 * S) == (False, [])


@pytest.mark.parametrize(("length", "stood", "share"), [(5 * S - 1_000, False, "50 %"), (5 * S, True, "50 %")])
def test_half_of_the_run_is_a_standstill(memory, length, stood, share):
    stall(memory, S, S + length)
    memory.node.count("allocstall", 1_200)
    told = f"memory stalled somebody for {share} of the run, everybody for {share}"
    told += f"; 1,200 direct reclaims, in {share} of it"
    assert standstill(memory, 10 * S) == (stood, [told])


def test_kswapd_alone_holds_nobody_up(memory):
    stall(memory, 0, 9 * S, kswapd=True)
    told = "memory stalled somebody for 90 % of the run, everybody for 90 %, by kswapd alone"
    assert standstill(memory, 10 * S) == (False, [told])


def test_stalls_beside_which_others_get_on_are_none(memory):
    memory.psi.runs(+1, 0)
    stall(memory, 0, 5 * S)
    memory.node.count("allocstall")
    stood, (told,) = standstill(memory, 10 * S)
    assert not stood
    assert told.startswith("memory stalled somebody for 50 % of the run, everybody for 0 %;")


def test_neither_is_one_served_on_which_somebody_was_killed(memory):
    memory.node.count("oom_kill", 2)
    memory.node.count("allocstall", 1_200)
    stood, (told,) = standstill(memory, 10 * S)
    assert stood
    assert told.endswith("; 1,200 direct reclaims, in 0 % of it; the OOM killer killed 2")
