"""Callers that sleep, and a backing allocator that never works: the elements of the reserve are servers (M/M/m).

The mean wait is the same for every order of service, and at wake-ups that take no time for every way of waking.
"""

import pytest

from sim.kernel import Mempool, Path
from sim.kernel.waitqueue import WaitQueue
from sim.statistics import erlang_c, mean_wait

QUEUE = {"order": "pool_first", "wake": "hand_off", "insert": "tail", "timeout": "none"}
"""A plain queue: first come, first served, and each element freed goes to the first in it."""
KERNEL = {}
"""Newest first, all woken for each element, and after 5 s in any case."""
# Short, since more and more callers wait if they do so in vain.
BRIEF = {"holds": 25, "warmup": 5}
PARAMETERS = {"min_nr": 16, "load": 12, "holds": 500, "gfp": "GFP_NOIO"}


@pytest.mark.parametrize("semantics", [QUEUE, KERNEL], ids=["as a queue", "as in the kernel"])
def test_callers_wait_as_often_and_as_long_as_erlang_says(semantics, replicate, measured):
    steady = measured(replicate(semantics=semantics, **PARAMETERS))
    assert erlang_c(16, 12) in steady.waited
    assert mean_wait(16, 12, hold=1) in steady.mean_wait


@pytest.mark.usefixtures("one_element_too_many")
@pytest.mark.parametrize("semantics", [QUEUE, KERNEL], ids=["as a queue", "as in the kernel"])
def test_one_element_too_many_would_be_noticed(semantics, replicate, measured):
    steady = measured(replicate(semantics=semantics, **PARAMETERS))
    assert erlang_c(16, 12) not in steady.waited
    assert mean_wait(16, 12, hold=1) not in steady.mean_wait


def test_a_free_that_wakes_nobody_would_be_noticed(replicate, measured, monkeypatch):
    monkeypatch.setattr(WaitQueue, "wake", lambda queue, now: None)
    assert mean_wait(16, 12, hold=1) not in measured(replicate(semantics=KERNEL, **PARAMETERS | BRIEF)).mean_wait


def test_a_woken_caller_that_does_not_look_into_the_reserve_would_be_noticed(replicate, measured, monkeypatch):
    right = Mempool.round

    def wrong(pool, mask, start, now, call=None, **how):
        if call is None or not call.wakes:
            return right(pool, mask, start, now, call, **how)
        element = pool.source.alloc(mask, now)
        return element, Path.UNFINISHED if element is None else Path.FIRST, now

    monkeypatch.setattr(Mempool, "round", wrong)
    assert mean_wait(16, 12, hold=1) not in measured(replicate(semantics=KERNEL, **PARAMETERS | BRIEF)).mean_wait
