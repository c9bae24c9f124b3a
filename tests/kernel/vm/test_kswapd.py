import simpy

from sim.kernel.vm import PageState, VirtualMemory, Watermarks, Zone


def test_a_low_zone_whose_pages_are_kept_for_others_does_not_let_kswapd_rest():
    env = simpy.Environment()
    marks = Watermarks(100, 125, 150)
    low = Zone("DMA32", 1000, marks, {"DMA32": 0, "Normal": 900})
    high = Zone("Normal", 100_000, marks, {"Normal": 0})
    memory = VirtualMemory(env, (low, high), at_start={PageState.CLEAN: 90_000})
    memory.node.take(high.free - 120, 0, PageState.KERNEL, slow=True)
    assert low.free > marks.high
    assert not memory.node.balanced
    memory.kswapd.wake()
    env.run(until=1_000_000_000)
    assert high.free > marks.high
