"""What a worker holds at each step at which it may have to wait."""

import pytest

from sim.scenario import Scenario
from sim.scenario.holding import UNLIMITED, Kind, Resource, workers_of


def workers(*steps, kernel="7.1", pools=("a", "b"), **task):
    used = {step["alloc"]["pool"] for step in flat(steps) if "alloc" in step}
    pools = {name: {"min_nr": 2, "backing": {"pages": {}}} for name in pools if name in used}
    plain = {"arrivals": {"poisson": {"rate": "10/s"}}, "steps": list(steps), **task}
    scenario = {"name": "x", "kernel": kernel, "duration": "1 s", "pools": pools, "tasks": {"task": plain}}
    (only,) = workers_of(Scenario.from_mapping(scenario))
    return only


def flat(steps):
    for step in steps:
        yield from flat(step["repeat"]["steps"]) if "repeat" in step else (step,)


def waits(*steps, **task):
    """For each wait the step, what is wanted, and what is held: ``0: 1 a [a 2, m 1]``."""
    return [
        f"{'.'.join(map(str, wait.loc[3:]))}: {wait.amount} {wait.wanted.name}"
        f" [{', '.join(f'{resource.name} {n}' for resource, n in sorted(wait.held.items()))}]"
        for wait in workers(*steps, **task).waits
    ]


def alloc(pool, n=1, **more):
    return {"alloc": {"pool": pool, "n": n, **more}}


def test_n_elements_are_waited_for_with_all_but_one_in_hand():
    assert waits(alloc("a", 3), {"free": "a"}) == ["0: 1 a [a 2]"]


def test_who_takes_in_bulk_holds_only_what_it_took_before():
    steps = alloc("a", 2, bulk=True), alloc("a", 3, bulk=True), {"free": "a"}
    assert waits(*steps) == ["0: 2 a []", "1: 3 a [a 2]"]


def test_other_pools_and_mutexes_are_held_too():
    steps = {"lock": "m"}, alloc("a", 2), alloc("b"), {"unlock": "m"}, {"free": "a"}, {"free": "b"}
    assert waits(*steps) == ["0: 1 m []", "1: 1 a [m 1, a 1]", "2: 1 b [m 1, a 2]"]


def test_what_was_given_back_is_not_held():
    steps = alloc("a", 3), {"free": {"pool": "a", "n": 2}}, alloc("a"), {"free": "a"}
    assert waits(*steps) == ["0: 1 a [a 2]", "2: 1 a [a 1]"]


def test_repeats_add_up():
    steps = {"repeat": {"times": 3, "steps": [alloc("a", 2)]}}, {"free": "a"}
    assert [line[line.index(" [") :] for line in waits(*steps)] == [" [a 1]", " [a 3]", " [a 5]"]


@pytest.mark.parametrize("if_null", ["fail", "skip"])
def test_an_allocation_that_takes_no_for_an_answer_is_no_wait_but_may_be_held(if_null):
    steps = alloc("a", 3, gfp="GFP_NOWAIT", if_null=if_null), alloc("a"), {"free": "a"}
    assert waits(*steps) == ["1: 1 a [a 3]"]


def test_one_that_asks_again_and_again_waits():
    steps = alloc("a", 2, gfp="GFP_NOWAIT", if_null={"retry_after": "1 ms"}), {"free": "a"}
    assert waits(*steps) == ["0: 1 a [a 1]"]


def test_the_mask_of_the_task_counts_if_the_step_has_none():
    assert waits(alloc("a", 2), {"free": "a"}, gfp="GFP_ATOMIC") == []


def test_where_there_is_no_pool_there_is_nothing_to_hold():
    pool = {"min_nr": 2, "backing": {"pages": {}}, "semantics": {"order": "no_pool"}}
    task = {"arrivals": {"poisson": {"rate": "10/s"}}, "steps": [alloc("a", 2), {"free": "a"}]}
    scenario = {"name": "x", "kernel": "7.1", "duration": "1 s", "pools": {"a": pool}, "tasks": {"task": task}}
    assert workers_of(Scenario.from_mapping(scenario))[0].waits == ()


def test_elements_that_the_step_itself_took_are_told_apart():
    own = [wait.own for wait in workers(alloc("a"), alloc("a", 2), {"free": "a"}).waits]
    again = {"repeat": {"times": 2, "steps": [alloc("a")]}}
    assert own == [0, 1]
    assert [wait.own for wait in workers(again, {"free": "a"}).waits] == [0, 1]


def test_the_mutexes_that_are_owned_are_known():
    (_, wait) = workers({"lock": "m"}, alloc("a"), {"unlock": "m"}, {"free": "a"}).waits
    assert wait.mutexes == {Resource(Kind.MUTEX, "m")}


@pytest.mark.parametrize(
    ("task", "number"),
    [
        ({"count": 3}, 3),
        ({"count": 3, "in_flight": 4}, 12),
        ({"in_flight": "unlimited"}, UNLIMITED),
        ({"count": 3, "in_flight": "unlimited"}, UNLIMITED),
        ({"count": 3, "arrivals": {"closed": {"think": "1 ms"}}}, 3),
        ({"count": 2, "in_flight": "unlimited", "arrivals": {"at": [0, 0, "2 s"]}}, 4),
        ({"in_flight": 8, "arrivals": {"periodic": {"period": "300 ms"}}}, 4),
    ],
)
def test_there_are_as_many_workers_as_there_can_be_pieces_of_work_in_hand(task, number):
    """In a run of one second."""
    assert workers(alloc("a"), {"free": "a"}, **task).number == number
