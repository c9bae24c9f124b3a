"""Whether memory that pushes back comes free by what workers do."""

import pytest
import simpy

from sim.engine.cycles import Cycles
from sim.engine.load import Load
from sim.engine.outlook import PagesToCome
from sim.engine.worker import Worker
from sim.kernel.vm import PageState, VirtualMemory, Watermarks, Zone, Zram
from sim.units import MS, S


def full_of(**pages):
    """Memory of which all that is left is the minimum, and the rest in use."""
    settings = {name: pages.pop(name) for name in ("swap_size", "zram", "oom_delay") if name in pages}
    memory = VirtualMemory(
        simpy.Environment(),
        (Zone("Normal", 10_000, Watermarks(100, 125, 150), {"Normal": 0}, kernel="6.12"),),
        **settings,
    )
    for name, count in pages.items():
        memory.node.take(count, 0, PageState[name.upper()], slow=True)
    return memory


def outlook(memory, **lent):
    """What is to come of `memory`, under a load that has lent or lacks pages as told."""
    load = Load(memory, {}, S)
    for name, value in lent.items():
        setattr(load, name, value)
    return PagesToCome(memory, load)


def worker(**changed):
    one = Worker("task", 0, 0, (), [[]])
    for name, value in changed.items():
        setattr(one, name, value)
    return one


def test_memory_that_is_free_comes_by_itself():
    assert outlook(full_of(anon=100)).frees_itself()


@pytest.mark.parametrize(("state", "comes"), [("anon", False), ("dirty", False), ("kernel", False), ("clean", True)])
def test_of_pages_in_use_only_clean_ones_come_free_by_themselves(state, comes):
    assert outlook(full_of(**{state: 20_000})).frees_itself() == comes


def test_anonymous_pages_come_free_by_themselves_if_they_can_be_compressed():
    zram = full_of(anon=20_000, swap_size=1_000, zram=Zram(3.0, 8_000, 4_000))
    disk = full_of(anon=20_000, swap_size=1_000)
    assert (outlook(zram).frees_itself(), outlook(disk).frees_itself()) == (True, False)


def test_pages_on_loan_come_free_by_themselves():
    memory = full_of(kernel=20_000)
    assert outlook(memory, on_loan=1).frees_itself()


def test_pages_on_loan_to_one_who_goes_short_do_not_come_free():
    memory = full_of(kernel=20_000)
    assert not outlook(memory, on_loan=1, starved={"the network"}).frees_itself()


@pytest.mark.parametrize(
    ("changed", "comes"), [({}, False), ({"held": [["element"]]}, True), ({"batch": 16}, True)], ids=str
)
def test_a_worker_that_holds_an_element_or_writes_pages_frees_memory(changed, comes):
    assert outlook(full_of(anon=20_000)).freed_by(worker(**changed)) == comes


@pytest.mark.parametrize(("state", "comes"), [("anon", False), ("dirty", True)])
def test_a_flusher_frees_memory_if_pages_are_dirty(state, comes):
    memory = full_of(**{state: 20_000})
    assert outlook(memory).freed_by(worker(writing=memory.writeback)) == comes


@pytest.mark.parametrize(("state", "comes"), [("anon", True), ("dirty", False)])
def test_a_swapper_frees_memory_if_pages_can_be_swapped(state, comes):
    memory = full_of(**{state: 20_000}, swap_size=1_000)
    assert outlook(memory).freed_by(worker(writing=memory.swap)) == comes


@pytest.mark.parametrize(
    ("memory", "remark"),
    [
        ({"anon": 20_000}, "no page is clean, 9,900 are anonymous, without swap"),
        ({"dirty": 20_000}, "no page is clean, 9,900 are dirty"),
        ({"clean": 20_000}, "9,900 pages are clean, but nobody drops them"),
        ({"anon": 20_000, "swap_size": 500}, "no page is clean, 9,900 are anonymous, to be swapped"),
    ],
    ids=["anonymous", "dirty", "clean", "with swap"],
)
def test_it_says_what_keeps_memory_from_coming_free(memory, remark):
    assert outlook(full_of(**memory)).remark() == remark


HELD = [{"alloc": "pool"}, {"hold": "1 ms"}, {"alloc": "pool"}, {"hold": "1 ms"}, {"free": "pool"}]
FULL = {
    "pressure": "none",
    "memory": {"ram": "64 MiB", "at_start": {"kernel": "8 MiB"}, "oom": "none"},
    "load": {"hog": {"hog": {"size": "100 MiB", "rate": "4 GB/s"}}},
    "task": {"count": 2, "arrivals": {"at": ["500 ms"]}},
    "duration": "2 s",
}


def test_two_that_hold_what_the_other_wants_are_a_deadlock_while_nothing_can_be_reclaimed(scenario):
    found = scenario(HELD, **FULL).run().verdict
    assert found.headline == "deadlock since 501 ms: a cycle of 2 tasks"
    assert "no page is clean, 14,080 are anonymous, without swap" in found.witness.exits[0]


def test_with_memory_that_pushes_back_even_tasks_that_never_hold_and_wait_may_form_a_cycle(scenario, monkeypatch):
    looks = []
    monkeypatch.setattr(Cycles, "look", lambda self, now: looks.append(now))
    scenario(**FULL).run()
    assert set(looks) == set(range(2 * MS, 2 * S + 1, 2 * MS))


def test_under_pressure_from_outside_they_cannot(scenario, monkeypatch):
    monkeypatch.setattr(Cycles, "look", None)
    assert scenario(fails=True).run().verdict.word == "served"


def test_they_are_none_if_pages_are_only_lent(scenario):
    lender = {"allocator": {"rate": "100 MB/s", "working_set": "1 MiB", "gfp": "GFP_ATOMIC"}}
    found = scenario(HELD, **{**FULL, "load": {**FULL["load"], "net": lender}}).run().verdict
    assert found.word == "degraded"


def test_they_are_one_though_memory_comes_free_if_it_does_not_reach_them_in_two_polls(scenario):
    lender = {"allocator": {"rate": "100 MB/s", "working_set": "1 MiB", "gfp": "GFP_ATOMIC"}}
    longer = {**FULL, "load": {**FULL["load"], "net": lender}, "duration": "12 s"}
    found = scenario(HELD, **longer, semantics={"timer": "exact"}).run().verdict
    assert found.headline == "deadlock since 501 ms: a cycle of 2 tasks"
    assert "could break it: asked for every 5 s, refused 8 times; no page is clean" in found.witness.exits[0]


def test_what_they_did_is_told_even_if_they_are_none(scenario):
    lender = {"allocator": {"rate": "100 MB/s", "working_set": "1 MiB", "gfp": "GFP_ATOMIC"}}
    found = scenario(HELD, **{**FULL, "load": {**FULL["load"], "net": lender}}).run().verdict
    assert found.evidence[1] == "a cycle of 2 tasks (task[0], task[1]) stood for 1.5 s, to the end of the run"


def test_they_are_none_if_somebody_is_killed(scenario):
    memory = {**FULL["memory"], "oom": {"constant": "1 s"}}
    assert scenario(HELD, **{**FULL, "memory": memory}).run().verdict.word == "degraded"
