"""What is said of deadlocks, where, and how they could be cured. Whether it is true: test_deadlock_oracle."""

import time

import pytest

from sim.scenario import Scenario, advice, load

POISSON = {"poisson": {"rate": "1/s"}}


def scenario(tasks, *, kernel="6.12", reserves=None):
    reserves = reserves or {"a": 2}
    return Scenario.from_mapping(
        {
            "name": "stuck",
            "kernel": kernel,
            "duration": "1 min",
            "pools": {name: {"min_nr": size, "backing": {"pages": {}}} for name, size in reserves.items()},
            "tasks": {name: {"arrivals": POISSON, **task} for name, task in tasks.items()},
        }
    )


def remarks(tasks, **more):
    return [str(remark) for remark in advice(scenario(tasks, **more))]


def alloc(pool, n=1, **more):
    return {"alloc": {"pool": pool, "n": n, **more}}


def task(*steps, **more):
    return {"steps": list(steps), **more}


PAGES = (alloc("a", 256), {"free": "a"})
MUTEX = "a mutex held from a task's first allocation to its last (lock:, unlock:)"
BULK = "one bulk allocation of all that a task needs (bulk: true)"


def test_the_arithmetic_and_the_cures_are_told():
    """dm-crypt: two writers of 256 pages each, of 256."""
    (remark,) = remarks({"writer": task(*PAGES, in_flight=2)}, reserves={"a": 256})
    assert remark == (
        "tasks.writer.steps.0: can deadlock once memory is gone: tasks that wait here for more of 'a' can hold it all, "
        f"2 x (256 - 1) = 510 >= 256; cured by min_nr: 511, or by {MUTEX}"
    )


def test_with_the_mutex_there_is_nothing_to_say():
    steps = {"lock": "builder"}, alloc("a", 256), {"unlock": "builder"}, {"free": "a"}
    assert remarks({"writer": task(*steps, in_flight=2)}, reserves={"a": 256}) == []


def test_nor_with_a_reserve_that_is_just_large_enough():
    assert remarks({"writer": task(*PAGES, in_flight=2)}, reserves={"a": 511}) == []


def test_bulk_is_a_cure_where_the_kernel_has_it():
    (remark,) = remarks({"writer": task(*PAGES, in_flight=2)}, reserves={"a": 256}, kernel="6.19")
    assert remark.endswith(f"cured by min_nr: 511, or by {BULK}, or by {MUTEX}")


def test_a_request_beyond_the_reserve_needs_a_larger_one_first():
    (remark,) = remarks({"writer": task(*PAGES, in_flight=4)}, reserves={"a": 32}, kernel="7.1")
    assert "4 x (256 - 1) = 1020 >= 32" in remark
    assert remark.endswith(f"by min_nr: 1021, or by min_nr: 256 and {BULK}, or by min_nr: 256 and {MUTEX}")


def test_a_task_that_waits_for_itself_needs_only_a_reserve():
    (remark,) = remarks({"writer": task(*PAGES)}, reserves={"a": 32})
    assert remark.endswith("1 x (256 - 1) = 255 >= 32; cured by min_nr: 256")


def test_two_purposes_of_one_pool_could_have_a_pool_each():
    """Swap on raid1: the second step asks for what the first one took."""
    (remark,) = remarks({"swapper": task(alloc("a"), {"sleep": "1 ms"}, alloc("a"), {"free": "a"}, in_flight=8)})
    assert remark.startswith("tasks.swapper.steps.2: ")
    assert "8 x (2 - 1) = 8 >= 2" in remark
    assert remark.endswith("or by a pool of its own for tasks.swapper.steps.2")


def test_classes_add_up_and_all_their_steps_are_named():
    tasks = {"one": task(alloc("a", 3), {"free": "a"}, in_flight=2), "two": task(alloc("a", 2), {"free": "a"})}
    (remark,) = remarks(tasks, reserves={"a": 5})
    assert remark.startswith("tasks.one.steps.0: ")
    assert "wait here or at tasks.two.steps.0 for more" in remark
    assert "2 x (3 - 1) + 1 x (2 - 1) = 5 >= 5" in remark


def test_no_reserve_is_large_enough_for_any_number_of_tasks():
    (remark,) = remarks({"writer": task(alloc("a", 2), {"free": "a"}, in_flight="unlimited")})
    assert "any number x (2 - 1) >= 2" in remark
    assert "min_nr" not in remark


def test_in_bulk_less_than_the_whole_reserve_must_be_held():
    steps = alloc("a", 2, bulk=True), alloc("a", 3, bulk=True), {"free": "a"}
    (remark,) = remarks({"writer": task(*steps, in_flight=2)}, reserves={"a": 6}, kernel="7.1")
    assert "for 3 more at once of 'a' can hold too much of it, 2 x 2 = 4 >= 6 - 3 + 1 = 4; " in remark
    assert "cured by min_nr: 7, or by " in remark
    assert remarks({"writer": task(*steps, in_flight=2)}, reserves={"a": 7}, kernel="7.1") == []


def test_two_elements_of_a_pool_without_a_reserve_are_too_many():
    steps = alloc("a", 2), {"free": "a"}
    first, second = remarks({"writer": task(*steps)}, reserves={"a": 0})
    assert first.startswith("pools.a.min_nr: a pool without a reserve")
    assert "1 x (2 - 1) = 1 >= 0" in second


THERE = (alloc("a"), alloc("b"), {"free": "a"}, {"free": "b"})
BACK = (alloc("b"), alloc("a"), {"free": "a"}, {"free": "b"})


def test_opposite_orders_are_told_with_their_steps_and_cures():
    tasks = {"there": task(*THERE, in_flight=8), "back": task(*BACK, in_flight=4)}
    (remark,) = remarks(tasks, reserves={"a": 2, "b": 3})
    assert remark == (
        "tasks.there.steps.1: can deadlock once memory is gone: 'a' is held while 'b' is waited for at "
        "tasks.there.steps.1 (8 x 1 = 8 >= 2) and 'b' is held while 'a' is waited for at tasks.back.steps.1 "
        "(4 x 1 = 4 >= 3); cured by the same order everywhere, or by a mutex held around all of it (lock:, unlock:), "
        "or by min_nr: 9 for 'a' or 5 for 'b', or by a pool of its own for each of the steps"
    )


@pytest.mark.parametrize("reserves", [{"a": 9, "b": 3}, {"a": 2, "b": 5}])
def test_either_reserve_that_it_names_is_a_cure(reserves):
    assert remarks({"there": task(*THERE, in_flight=8), "back": task(*BACK, in_flight=4)}, reserves=reserves) == []


def test_the_same_order_is_a_cure():
    assert (
        remarks({"there": task(*THERE, in_flight=8), "back": task(*THERE, in_flight=4)}, reserves={"a": 2, "b": 3})
        == []
    )


def test_mutexes_in_opposite_orders_need_no_memory_to_be_gone():
    one = {"lock": "m"}, {"lock": "n"}, alloc("a"), {"unlock": "n"}, {"unlock": "m"}, {"free": "a"}
    two = {"lock": "n"}, {"lock": "m"}, alloc("a"), {"unlock": "n"}, {"unlock": "m"}, {"free": "a"}
    (remark,) = remarks({"one": task(*one), "two": task(*two)})
    assert remark == (
        "tasks.one.steps.1: can deadlock: 'm' is held while 'n' is waited for at tasks.one.steps.1 "
        "and 'n' is held while 'm' is waited for at tasks.two.steps.1; "
        "cured by the same order everywhere, or by a mutex held around all of it (lock:, unlock:)"
    )


def test_elements_held_while_a_builder_waits_for_its_turn_are_told():
    """A mutex that is taken too late: the first element of each is not under it."""
    steps = alloc("a"), {"lock": "m"}, alloc("a"), {"unlock": "m"}, {"free": "a"}
    (remark,) = remarks({"builder": task(*steps, in_flight=2)})
    assert "'a' is held while 'm' is waited for at tasks.builder.steps.1 (2 x 1 = 2 >= 2)" in remark
    assert "'m' is held while 'a' is waited for at tasks.builder.steps.2" in remark


def test_two_cycles_are_told_one_by_one():
    tasks = {
        "ab": task(*THERE, in_flight=2),
        "ba": task(*BACK, in_flight=2),
        "cd": task(alloc("c"), alloc("d"), {"free": "c"}, {"free": "d"}, in_flight=2),
        "dc": task(alloc("d"), alloc("c"), {"free": "c"}, {"free": "d"}, in_flight=2),
    }
    told = remarks(tasks, reserves=dict.fromkeys("abcd", 2))
    assert [remark.split(":")[0] for remark in told] == ["tasks.ab.steps.1", "tasks.cd.steps.1"]


def test_a_long_cycle_is_told_in_short():
    def ring(size):
        around = {f"p{i}": (f"p{i}", f"p{(i + 1) % size}") for i in range(size)}
        tasks = {
            name: task(alloc(one), alloc(two), {"free": one}, {"free": two}) for name, (one, two) in around.items()
        }
        return remarks(tasks, reserves=dict.fromkeys(around, 1))

    (remark,) = ring(5)
    assert " and so on, in a cycle of 5; cured by" in remark


def test_a_pool_that_has_been_warned_of_is_not_told_again_as_part_of_a_cycle():
    steps = alloc("a"), alloc("b"), alloc("a"), {"free": "a"}, {"free": "b"}
    (remark,) = remarks({"task": task(*steps, in_flight=2)}, reserves={"a": 2, "b": 2})
    assert "wait here for more of 'a'" in remark


def test_where_combinations_are_too_many_what_can_run_out_is_taken_to_do_so_together():
    """511 tasks of 512 that it would take: false, but safe, and not for long."""
    started = time.perf_counter()
    told = remarks({"task": task(*THERE, *BACK, in_flight=511)}, reserves={"a": 256, "b": 256})
    assert len(told) == 1
    assert time.perf_counter() - started < 10


def test_the_place_is_that_of_the_step_in_the_file(tmp_path):
    file = tmp_path / "stuck.yaml"
    file.write_text(
        'name: stuck\nkernel: "6.12"\nduration: 1 s\npools:\n  a: {min_nr: 1, backing: {pages: {order: 0}}}\n'
        "tasks:\n  task:\n    arrivals: {at: [0]}\n    steps:\n      - alloc: a\n      - alloc: a\n      - free: a\n",
        encoding="utf-8",
    )
    (remark,) = advice(load(file))
    assert (remark.line, remark.column, remark.path) == (11, 9, "tasks.task.steps.1")
