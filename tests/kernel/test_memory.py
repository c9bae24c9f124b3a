from sim.kernel.gfp import DIRECT_RECLAIM
from sim.kernel.memory import Plenty


def test_plenty_grants_every_attempt_at_once():
    assert Plenty().grants(0, 0)
    assert Plenty().reclaim(DIRECT_RECLAIM, 0, kthread=False) == 0


def test_plenty_is_no_pressure():
    assert Plenty().level(0, 1_000_000) == 0.0
