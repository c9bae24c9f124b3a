"""Programs taken apart without running them."""

import pytest
from pydantic import TypeAdapter

from sim.scenario import programs
from sim.scenario.steps import Step
from sim.spec import ListOf, key_of


def steps(*written):
    return TypeAdapter(ListOf[Step]).validate_python(list(written))


def repeat(times, *inner):
    return {"repeat": {"times": times, "steps": list(inner)}}


def complaints(*written) -> list[str]:
    return [f"{'.'.join(map(str, loc))}: {text}" for loc, text in programs.unbalanced(steps(*written), ("s",))]


def test_the_length_counts_repeats_and_allocations_one_by_one():
    program = steps(repeat(3, {"alloc": {"pool": "a", "n": 5}}, {"hold": "1 s"}), {"free": "a"})
    assert programs.length(program) == 19


def test_the_requests_of_a_device_are_counted_with_their_repeats():
    program = steps({"io": "disk"}, repeat(3, {"io": "disk"}, {"io": "other"}, repeat(2, {"io": "disk"})))
    assert (programs.ios(program, "disk"), programs.ios(program, "other")) == (10, 3)


def test_a_bulk_allocation_is_one_step_and_one_call():
    program = steps({"alloc": {"pool": "a", "n": 5, "bulk": True}}, {"free": "a"})
    assert (programs.length(program), programs.calls(program)) == (2, 1)


def test_calls_are_allocations_only():
    program = steps(repeat(3, {"alloc": {"pool": "a", "n": 5}}, {"hold": "1 s"}), {"alloc": "b"}, {"free": "a"})
    assert programs.calls(program) == 16


def test_the_length_of_a_huge_program_is_known_without_unrolling_it():
    program = steps(repeat(10_000, repeat(10_000, repeat(10_000, {"hold": "1 s"}))))
    assert programs.length(program) == 10**12


def test_unrolled_gives_the_steps_in_the_order_of_time():
    program = steps(repeat(2, {"alloc": "a"}, {"free": "a"}), {"sleep": "1 s"})
    assert [key_of(Step, step) for _, step in programs.unrolled(program)] == [
        "alloc", "free", "alloc", "free", "sleep"
    ]  # fmt: skip


def test_located_tells_the_path_of_each_step():
    program = steps({"sleep": "1 s"}, repeat(2, {"alloc": "a"}, {"free": "a"}))
    assert [loc for loc, _ in programs.located(program, ("s",))] == [
        ("s", 0),
        ("s", 1),
        ("s", 1, "repeat", "steps", 0),
        ("s", 1, "repeat", "steps", 1),
    ]


@pytest.mark.parametrize(
    "program",
    [
        [{"alloc": "a"}, {"free": "a"}],
        [{"alloc": {"pool": "a", "n": 3}}, {"free": {"pool": "a", "n": 2}}, {"free": "a"}],
        [repeat(4, {"alloc": "a"}), {"free": "a"}],
        [{"alloc": "a"}, {"alloc": "b"}, {"free": "a"}, {"free": "b"}],
        [repeat(2, {"alloc": {"pool": "a", "n": 2}}, {"free": {"pool": "a", "n": 1}}), {"free": {"pool": "a", "n": 2}}],
    ],
)
def test_a_balanced_program_has_no_complaints(program):
    assert complaints(*program) == []


@pytest.mark.parametrize(
    ("program", "complaint"),
    [
        (
            [{"alloc": "a"}, {"free": "a"}, {"free": "a"}],
            "s.2: nothing of pool 'a' is held here; expected a step {alloc: a} before it",
        ),
        (
            [{"alloc": {"pool": "a", "n": 2}}, {"free": {"pool": "a", "n": 3}}],
            "s.1: frees 3 elements of pool 'a', of which at most 2 are held here",
        ),
        ([{"alloc": "a"}], "s.0: 1 element of 'a' still held when the steps end; expected a step {free: a}"),
        (
            [{"alloc": {"pool": "a", "n": 5}}, {"free": {"pool": "a", "n": 2}}],
            "s.0: 3 elements of 'a' still held when the steps end; expected a step {free: a}",
        ),
        (
            [{"alloc": "a"}, repeat(3, {"free": "a"})],
            "s.1.repeat.steps.0: nothing of pool 'a' is held here; expected a step {alloc: a} before it",
        ),
    ],
)
def test_an_unbalanced_program_is_complained_of_once(program, complaint):
    assert complaints(*program) == [complaint]


def lock_complaints(*written) -> list[str]:
    return [f"{'.'.join(map(str, loc))}: {text}" for loc, text in programs.amiss_with_locks(steps(*written), ("s",))]


@pytest.mark.parametrize(
    "program",
    [
        [{"lock": "m"}, {"alloc": "a"}, {"unlock": "m"}, {"free": "a"}],
        [{"lock": "m"}, {"lock": "n"}, {"unlock": "m"}, {"unlock": "n"}],
        [repeat(3, {"lock": "m"}, {"unlock": "m"})],
        [{"lock": "m"}, repeat(3, {"unlock": "m"}, {"lock": "m"}), {"unlock": "m"}],
    ],
)
def test_locks_and_unlocks_that_go_together_have_no_complaints(program):
    assert lock_complaints(*program) == []


@pytest.mark.parametrize(
    ("program", "complaint"),
    [
        ([{"unlock": "m"}], "s.0: 'm' is not locked here; expected a step {lock: m} before it"),
        (
            [{"lock": "builder"}, {"unlock": "builder"}, repeat(3, {"unlock": "builder"})],
            "s.2.repeat.steps.0: 'builder' is not locked here; expected a step {lock: builder} before it",
        ),
        ([{"lock": "m"}], "s.0: 'm' still locked when the steps end; expected a step {unlock: m}"),
        (
            [{"lock": "m"}, {"lock": "m"}, {"unlock": "m"}],
            "s.1: 'm' is locked here already: the task would wait for itself, for ever",
        ),
        (
            [repeat(3, {"lock": "m"})],
            "s.0.repeat.steps.0: 'm' is locked here already: the task would wait for itself, for ever",
        ),
    ],
)
def test_a_lock_amiss_is_complained_of_once(program, complaint):
    assert lock_complaints(*program) == [complaint]


def test_an_unlock_by_a_wrong_name_is_told_the_nearest_that_is_locked():
    first, second = lock_complaints({"lock": "builder"}, {"unlock": "bulider"})
    assert first.endswith("did you mean 'builder'?")
    assert second.startswith("s.0: 'builder' still locked")


def test_the_newest_elements_are_freed_first():
    program = [{"alloc": "a"}, {"hold": "1 s"}, {"alloc": "a"}, {"free": {"pool": "a", "n": 1}}]
    (complaint,) = complaints(*program)
    assert complaint.startswith("s.0: ")
