"""What every run must obey."""

import pytest

import sim
from sim.experiments.verification.invariants import checks, checks_of
from sim.kernel import Mempool
from sim.kernel.call import Call

SLEEPS = {"tasks.caller.gfp": "GFP_NOIO", "duration": "2 s"}
LAWS = [
    "paths add up",
    "waits come of sleeps",
    "each sleep ends once",
    "time parts add up",
    "elements are conserved",
    "reserve within bounds",
    "Little's law",
]


def broken(scenario):
    return [check.law for check in checks(scenario, seed=1) if not check.holds]


def test_a_sound_run_obeys_all(queue):
    found = checks(queue(SLEEPS), seed=1)
    assert [check.law for check in found] == LAWS
    assert all(check.holds for check in found)


@pytest.mark.parametrize("name", ["quickstart", "dm-crypt", "scsi-sg", "swap-dm-crypt-drained", "atomic-driver"])
def test_shipped_scenarios_obey_all(name):
    scenario = sim.load(name)
    short = f"{min(scenario.duration, 5_000_000_000)} ns"
    assert broken(scenario.with_({"duration": short, "warmup": "0 s"})) == []


def test_an_element_that_gets_lost_is_noticed(queue, monkeypatch):
    right = Mempool.free

    def wrong(pool, element, now=None):
        right(pool, element, now)
        if element == 3 and pool.elements:
            pool.elements.pop()

    monkeypatch.setattr(Mempool, "free", wrong)
    assert "elements are conserved" in broken(queue(SLEEPS))


def test_an_element_that_is_handed_out_uncounted_is_noticed(queue, monkeypatch):
    right = Mempool.take

    def wrong(pool, call):
        pool.taken -= 1
        return right(pool, call)

    monkeypatch.setattr(Mempool, "take", wrong)
    assert broken(queue(SLEEPS | {"semantics": {"order": "pool_first"}})) == ["elements are conserved"]


def test_a_reserve_that_holds_too_much_is_noticed(queue, monkeypatch):
    right = Mempool._fill

    def wrong(pool):
        right(pool)
        pool.elements.append(-1)

    monkeypatch.setattr(Mempool, "_fill", wrong)
    assert broken(queue(SLEEPS)) == ["reserve within bounds"]


def test_sleep_that_is_not_counted_is_noticed(queue, monkeypatch):
    right = Call.asleep
    monkeypatch.setattr(Call, "asleep", lambda call, now: right(call, now) // 2)
    assert "Little's law" in broken(queue(SLEEPS))


def test_a_time_out_that_counts_twice_is_noticed(queue, monkeypatch):
    monkeypatch.setattr(Call, "wasted_wakes", property(lambda call: call.wakes + 1))
    assert "each sleep ends once" in broken(queue(SLEEPS))


def test_attempts_that_cost_too_much_are_noticed(queue, monkeypatch):
    right = Mempool.round

    def wrong(pool, mask, start, now, call=None, **how):
        element, path, after = right(pool, mask, start, now, call, **how)
        return element, path, after + 100

    monkeypatch.setattr(Mempool, "round", wrong)
    assert "time parts add up" in broken(queue({"duration": "1 s"}))


def test_a_run_that_leaves_a_warm_up_out_is_refused(queue):
    scenario = queue({"duration": "1 s"})
    with pytest.raises(ValueError, match="expected warmup 0"):
        list(checks_of(scenario, scenario.run()))
