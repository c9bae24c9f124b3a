from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.engine.deadlock import Elements, Lock, Reserve, Situation, cycles_among, stuck

POOLS, LOCKS, WORKERS = "PQ", "lm", range(5)


def found(situation):
    """Who is stuck, and the cycles among them."""
    left = stuck(situation)
    return left, cycles_among(situation, left)


def crypt(**changed):
    """Two writers that hold half of a reserve of two each and want one more."""
    values = {
        "waits": {"a": Elements("P"), "b": Elements("P")},
        "holds": {"a": {"P": 1}, "b": {"P": 1}},
        "reserves": {"P": Reserve(0, 2)},
    }
    return Situation(**(values | changed))


def test_two_that_hold_what_the_other_wants_are_a_cycle():
    assert found(crypt()) == (["a", "b"], [["a", "b"]])


def test_one_that_holds_all_and_wants_more_is_a_cycle_by_itself():
    assert found(crypt(waits={"a": Elements("P")}, holds={"a": {"P": 2}})) == (["a"], [["a"]])


def test_who_merely_waits_for_a_cycle_is_stuck_and_does_not_belong_to_it():
    waits = {"c": Elements("P"), "a": Elements("P"), "b": Elements("P")}
    assert found(crypt(waits=waits)) == (["c", "a", "b"], [["a", "b"]])


def test_a_holder_that_is_not_blocked_keeps_all_live():
    assert found(crypt(holds={"a": {"P": 1}, "io": {"P": 1}})) == ([], [])


def test_an_element_in_reserve_keeps_all_live():
    assert found(crypt(reserves={"P": Reserve(1, 3)})) == ([], [])


def test_a_wait_for_memory_alone_is_no_cycle():
    """The reserve was never there, so that no free helps."""
    assert found(crypt(reserves={"P": Reserve(0, 0)})) == (["a", "b"], [])


def test_two_pools_in_opposite_orders_are_a_cycle():
    situation = Situation(
        waits={"a": Elements("Q"), "b": Elements("P")},
        holds={"a": {"P": 1}, "b": {"Q": 1}},
        reserves={"P": Reserve(0, 1), "Q": Reserve(0, 1)},
    )
    assert found(situation) == (["a", "b"], [["a", "b"]])


def test_a_lock_and_a_pool_in_opposite_orders_are_a_cycle():
    situation = Situation(
        waits={"a": Lock("l"), "b": Elements("P")},
        holds={"a": {"P": 1}},
        reserves={"P": Reserve(0, 1)},
        owners={"l": "b"},
    )
    assert found(situation) == (["a", "b"], [["a", "b"]])


def test_who_waits_for_a_lock_of_a_live_owner_is_live():
    situation = Situation(waits={"a": Lock("l")}, holds={}, reserves={}, owners={"l": "b"})
    assert found(situation) == ([], [])


def test_who_waits_for_a_lock_that_is_free_is_live():
    assert stuck(Situation(waits={"a": Lock("l")}, holds={}, reserves={})) == []


def test_two_cycles_are_told_apart():
    situation = Situation(
        waits={"a": Lock("m"), "b": Lock("l"), "c": Elements("P")},
        holds={"c": {"P": 1}},
        reserves={"P": Reserve(0, 1)},
        owners={"l": "a", "m": "b"},
    )
    assert cycles_among(situation, stuck(situation)) == [["a", "b"], ["c"]]


def bulk(wanted, most=4, held_live=2, free=1):
    return Situation(
        waits={"a": Elements("P", wanted)},
        holds={"io": {"P": held_live}},
        reserves={"P": Reserve(free, most)},
    )


@pytest.mark.parametrize(("wanted", "live"), [(3, True), (4, False)])
def test_a_bulk_wait_needs_as_many_elements_as_it_wants(wanted, live):
    assert stuck(bulk(wanted)) == ([] if live else ["a"])


def test_no_bulk_wait_is_served_from_a_reserve_that_is_smaller():
    assert stuck(bulk(3, most=2)) == ["a"]


def test_memory_that_comes_free_keeps_those_live_who_ask_for_it():
    assert stuck(crypt(memory=True)) == []


def test_memory_is_nothing_to_those_who_never_ask_again():
    waits = {"a": Elements("P", asks=False), "b": Elements("P", asks=False)}
    assert found(crypt(waits=waits, memory=True)) == (["a", "b"], [["a", "b"]])


def flushed(flusher_waits):
    """Memory comes free as long as the flusher writes; the writer holds nothing that it wants."""
    return Situation(
        waits={"writer": Elements("P"), **flusher_waits},
        holds={},
        reserves={"P": Reserve(0, 0), "Q": Reserve(0, 0)},
        suppliers={"flusher"},
    )


def test_who_waits_for_memory_is_live_as_long_as_somebody_writes_back():
    assert stuck(flushed({})) == []


def test_a_flusher_that_waits_for_the_memory_it_would_free_is_a_cycle():
    assert found(flushed({"flusher": Elements("Q")})) == (["writer", "flusher"], [["flusher"]])


@st.composite
def situations(draw):
    waits = st.one_of(
        st.builds(Elements, st.sampled_from(POOLS), st.integers(1, 3), st.booleans()),
        st.builds(Lock, st.sampled_from(LOCKS)),
    )
    return Situation(
        waits=draw(st.dictionaries(st.sampled_from(WORKERS), waits)),
        holds=draw(
            st.dictionaries(
                st.sampled_from(WORKERS), st.dictionaries(st.sampled_from(POOLS), st.integers(0, 2), max_size=2)
            )
        ),
        reserves={pool: Reserve(draw(st.integers(0, 1)), draw(st.integers(0, 4))) for pool in POOLS},
        owners=draw(st.dictionaries(st.sampled_from(LOCKS), st.sampled_from(WORKERS))),
        memory=draw(st.booleans()),
        suppliers=draw(st.sets(st.sampled_from(WORKERS), max_size=3)),
    )


def closed(group, situation):
    """Whether none of a group goes on even if all others give back all that they hold."""
    outside = [worker for worker in WORKERS if worker not in group]
    memory = situation.memory or not situation.suppliers <= group
    for worker in group:
        wait = situation.waits[worker]
        if isinstance(wait, Lock):
            helped = situation.owners.get(wait.lock) not in group
        else:
            reserve = situation.reserves[wait.pool]
            supply = reserve.free + sum(situation.holds.get(other, {}).get(wait.pool, 0) for other in outside)
            helped = min(supply, reserve.most) >= wait.n or (memory and wait.asks)
        if helped:
            return False
    return True


@given(situations())
def test_the_stuck_are_all_who_are_in_some_set_that_nobody_outside_can_help(situation):
    groups = [set(group) for size in range(1, 6) for group in combinations(situation.waits, size)]
    assert set(stuck(situation)) == set().union(*(group for group in groups if closed(group, situation)))


def needs(worker, other, situation):
    """Whether `other`, were it to give back all that it holds or to go on, might help `worker` directly."""
    wait = situation.waits[worker]
    if isinstance(wait, Lock):
        return situation.owners[wait.lock] == other
    helps = wait.n <= situation.reserves[wait.pool].most and situation.holds.get(other, {}).get(wait.pool, 0) > 0
    return helps or (wait.asks and other in situation.suppliers)


@given(situations())
@example(crypt())
def test_a_cycle_is_all_who_wait_for_each_other_by_any_chain(situation):
    left = stuck(situation)
    reach = {(a, b) for a in left for b in left if needs(a, b, situation)}
    for _ in left:
        reach |= {(a, d) for a, b in reach for c, d in reach if b == c}
    expected = {frozenset(b for b in left if {(a, b), (b, a)} <= reach) for a in left if (a, a) in reach}
    assert {frozenset(cycle) for cycle in cycles_among(situation, left)} == expected


@given(situations())
def test_workers_come_in_the_order_of_the_waits(situation):
    left = stuck(situation)
    found = cycles_among(situation, left)
    assert left == [worker for worker in situation.waits if worker in left]
    assert all(cycle == [worker for worker in left if worker in cycle] for cycle in found)
    assert [cycle[0] for cycle in found] == [worker for worker in left if worker in {cycle[0] for cycle in found}]


def test_a_long_chain_of_locks_needs_no_recursion():
    chain = Situation(
        waits={n: Lock(n) for n in range(5_000)},
        holds={},
        reserves={},
        owners={n: (n + 1) % 5_000 for n in range(5_000)},
    )
    left = stuck(chain)
    assert cycles_among(chain, left) == [list(range(5_000))]
