from sim.kernel.fault import FaultAttr
from sim.kernel.gfp import DIRECT_RECLAIM, HIGH, KSWAPD_RECLAIM
from sim.pressure.fault import FaultInjection


def injecting(probability=100, **knobs):
    return FaultInjection(FaultAttr(probability, **knobs, uniform=lambda: 0.0))


def test_the_mask_does_not_matter():
    memory = injecting(interval=2)
    masks = [KSWAPD_RECLAIM, KSWAPD_RECLAIM | HIGH, DIRECT_RECLAIM, DIRECT_RECLAIM]
    assert [memory.grants(gfp, 0) for gfp in masks] == [True, False, True, False]


def test_an_injected_failure_takes_no_time_in_reclaim():
    assert injecting().reclaim(DIRECT_RECLAIM, 0, kthread=False) == 0


def test_the_level_is_the_long_run_share_of_failures():
    assert injecting(50, interval=5).level(0, 1) == 0.1


def test_the_level_is_zero_while_space_is_left():
    memory = injecting(space=2)
    assert memory.level(0, 1) == 0.0
    memory.grants(0, 0)
    assert memory.level(0, 1) == 1.0


def test_the_level_is_zero_once_times_is_used_up():
    memory = injecting(times=1)
    memory.grants(0, 0)
    assert memory.level(0, 1) == 0.0
