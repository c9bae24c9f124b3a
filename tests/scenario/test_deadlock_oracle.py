"""The warnings of deadlocks against a search through every state that small systems of tasks can reach.

The oracle knows nothing of sums or cycles: workers make their steps in any order, the allocator gives or refuses as it
likes, and a state is a deadlock if, once the allocator always refuses, each worker that has begun its work waits.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.scenario import Scenario
from sim.scenario.deadlock_advice import deadlocks

Worker = tuple[int, tuple[int, ...], frozenset[str]]
"""The next operation, the elements held of each pool, the mutexes owned."""

GIVE_UP, TRY_AGAIN = "give up", "try again"


@dataclass(frozen=True)
class Small:
    """A system of a few workers: reserves by pool, and for each class how many workers it has and their steps."""

    reserves: tuple[int, ...]
    classes: tuple[tuple[int, tuple[dict, ...]], ...]

    def scenario(self) -> Scenario:
        pools = {pool_name(i): {"min_nr": size, "backing": {"pages": {}}} for i, size in enumerate(self.reserves)}
        used = {step["alloc"]["pool"] for _, steps in self.classes for step in steps if "alloc" in step}
        tasks = {
            f"task{i}": {"arrivals": {"poisson": {"rate": "10/s"}}, "in_flight": number, "steps": list(steps)}
            for i, (number, steps) in enumerate(self.classes)
        }
        return Scenario.from_mapping(
            {
                "name": "small",
                "kernel": "7.1",
                "duration": "1 s",
                "pools": {name: pool for name, pool in pools.items() if name in used},
                "tasks": tasks,
            }
        )


def pool_name(index: int) -> str:
    return "abc"[index]


def warned(system: Small) -> list[str]:
    return [text for _, text in deadlocks(system.scenario())]


def operations(steps: tuple[dict, ...]) -> list[tuple]:
    """The steps as take, bulk, give, lock and unlock; a take knows what to do about NULL (None: it waits)."""
    flat: list[tuple] = []
    for step in steps:
        (verb, what), *_ = step.items()
        if verb in ("lock", "unlock"):
            flat.append((verb, what))
        elif verb == "free":
            flat.append(("give", "abc".index(what["pool"]), what.get("n")))
        elif what.get("bulk"):
            flat.append(("bulk", "abc".index(what["pool"]), what["n"]))
        else:
            for left in reversed(range(what["n"])):
                answer = what.get("if_null", "fail")
                null = None
                if what.get("gfp") == "GFP_NOWAIT":
                    null = {"fail": GIVE_UP, "skip": left}.get(answer) if isinstance(answer, str) else TRY_AGAIN
                flat.append(("take", "abc".index(what["pool"]), null))
    return flat


class Search:
    """All states that a system can get into."""

    def __init__(self, system: Small) -> None:
        self.reserves = system.reserves
        self.programs = [operations(steps) for number, steps in system.classes for _ in range(number)]
        self.kinds = [index for index, (number, _) in enumerate(system.classes) for _ in range(number)]

    def finds_a_deadlock(self) -> bool:
        idle: Worker = (0, (0,) * len(self.reserves), frozenset())
        first = (self.reserves, (idle,) * len(self.programs))
        seen, ahead = {first}, [first]
        while ahead:
            left, workers = ahead.pop()
            if self.stuck(left, workers):
                return True
            for number, worker in enumerate(workers):
                for after, changed in self.moves(number, worker, left, workers, refused=False):
                    state = (after, self.ordered((*workers[:number], changed, *workers[number + 1 :])))
                    if state not in seen:
                        seen.add(state)
                        ahead.append(state)
        return False

    def ordered(self, workers: tuple[Worker, ...]) -> tuple[Worker, ...]:
        """Workers of one class are alike: which of them is where does not matter."""
        keyed = sorted(
            (kind, at, held, sorted(owned)) for kind, (at, held, owned) in zip(self.kinds, workers, strict=True)
        )
        return tuple((at, held, frozenset(owned)) for _, at, held, owned in keyed)

    def stuck(self, left: tuple[int, ...], workers: tuple[Worker, ...]) -> bool:
        begun = [(number, worker) for number, worker in enumerate(workers) if worker[0]]
        return bool(begun) and not any(
            True for number, worker in begun for _ in self.moves(number, worker, left, workers, refused=True)
        )

    def moves(
        self, number: int, worker: Worker, left: tuple[int, ...], workers: tuple[Worker, ...], *, refused: bool
    ) -> Iterator[tuple[tuple[int, ...], Worker]]:
        """What a worker can do next; `refused`: if the allocator gives nothing."""
        at, held, owned = worker
        verb, what, *more = self.programs[number][at]
        following = self.after(number, at)
        match verb:
            case "take" | "bulk":
                n = more[0] if verb == "bulk" else 1
                for from_allocator in range(1 if refused else n + 1):
                    if left[what] >= n - from_allocator:
                        yield changed(left, what, from_allocator - n), (following, changed(held, what, n), owned)
                if verb == "take" and not left[what]:
                    yield from self.on_null(number, worker, left, more[0])
            case "give":
                n = held[what] if more[0] is None else min(more[0], held[what])
                given = changed((0,) * len(held), what, n)
                yield self.given_back(left, given), (following, changed(held, what, -n), owned)
            case "lock" if not any(what in other[2] for other in workers):
                yield left, (following, held, owned | {what})
            case "unlock":
                yield left, (following, held, owned - {what})

    def on_null(
        self, number: int, worker: Worker, left: tuple[int, ...], answer: str | int | None
    ) -> Iterator[tuple[tuple[int, ...], Worker]]:
        at, held, owned = worker
        if answer is GIVE_UP:
            yield self.given_back(left, held), (0, (0,) * len(held), frozenset())
        elif isinstance(answer, int):
            yield left, (self.after(number, at + answer), held, owned)

    def after(self, number: int, at: int) -> int:
        """The operation that follows: after the last one, the worker waits for new work at the first."""
        return at + 1 if at + 1 < len(self.programs[number]) else 0

    def given_back(self, left: tuple[int, ...], held: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(min(size, a + b) for size, a, b in zip(self.reserves, left, held, strict=True))


def changed(numbers: tuple[int, ...], index: int, by: int) -> tuple[int, ...]:
    return (*numbers[:index], numbers[index] + by, *numbers[index + 1 :])


def can_deadlock(system: Small) -> bool:
    return Search(system).finds_a_deadlock()


def alloc(pool, n=1, **more):
    return {"alloc": {"pool": pool, "n": n, **more}}


def free(pool, n=None):
    return {"free": {"pool": pool} if n is None else {"pool": pool, "n": n}}


NO_WAIT = [
    {"gfp": "GFP_NOWAIT"},
    {"gfp": "GFP_NOWAIT", "if_null": "skip"},
    {"gfp": "GFP_NOWAIT", "if_null": {"retry_after": "1 ms"}},
]


@st.composite
def program(draw, reserves, *, bulk=True, no_wait=True, part=True, mutexes=(), longest=5):
    """Steps that take from pools, give back in between if `part`, lock and unlock; and in the end hold nothing."""
    steps: list[dict] = []
    held = dict.fromkeys(range(len(reserves)), 0)
    locked: list[str] = []
    for _ in range(draw(st.integers(1, longest))):
        verbs = ["take", "take"] + ["bulk"] * bulk + ["no wait"] * no_wait
        verbs += ["give"] * any(held.values())
        verbs += ["lock"] * (len(locked) < len(mutexes)) + ["unlock"] * bool(locked)
        verb = draw(st.sampled_from(verbs))
        pool = draw(st.sampled_from(sorted(held)))
        if verb in ("take", "no wait"):
            n = draw(st.integers(1, 2))
            steps.append(alloc(pool_name(pool), n, **(draw(st.sampled_from(NO_WAIT)) if verb == "no wait" else {})))
            held[pool] += n
        elif verb == "bulk":
            n = draw(st.integers(1, reserves[pool]))
            steps.append(alloc(pool_name(pool), n, bulk=True))
            held[pool] += n
        elif verb == "give":
            given = draw(st.sampled_from([pool for pool, n in held.items() if n]))
            n = draw(st.integers(1, held[given])) if part else None
            steps.append(free(pool_name(given), n))
            held[given] = held[given] - n if part else 0
        elif verb == "lock":
            locked.append(draw(st.sampled_from([mutex for mutex in mutexes if mutex not in locked])))
            steps.append({"lock": locked[-1]})
        else:
            locked.remove(mutex := draw(st.sampled_from(locked)))
            steps.append({"unlock": mutex})
    steps += [{"unlock": mutex} for mutex in locked]
    steps += [free(pool_name(pool)) for pool, n in held.items() if n]
    if not any("alloc" in step for step in steps):
        steps = [alloc("a"), free("a"), *steps]
    return tuple(steps)


def wrapping(steps):
    """The steps with a mutex held from the first allocation to the last."""
    end = max(index for index, step in enumerate(steps) if "alloc" in step) + 1
    return ({"lock": "builder"}, *steps[:end], {"unlock": "builder"}, *steps[end:])


@st.composite
def systems(draw, *, pools=1, most_workers=4, largest=4, wrapped=False, **options):
    """Systems of up to `most_workers`; if `wrapped`, some classes own a mutex from first to last allocation."""
    reserves = tuple(draw(st.lists(st.integers(1, largest), min_size=pools, max_size=pools)))
    classes = []
    left = most_workers
    while left and (not classes or draw(st.booleans())):
        number = draw(st.integers(1, left))
        left -= number
        steps = draw(program(reserves, **options))
        if wrapped and draw(st.booleans()):
            steps = wrapping(steps)
        classes.append((number, steps))
    return Small(reserves, tuple(classes))


def often(n):
    return settings(max_examples=n, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


CERTAIN = {"part": False}
"""What the check is exact for: nothing is given back in part."""


@often(300)
@given(systems(bulk=False, no_wait=False))
def test_one_pool_taken_one_by_one_is_warned_of_iff_it_can_deadlock(system):
    assert bool(warned(system)) == can_deadlock(system)


@often(300)
@given(systems(**CERTAIN))
def test_so_is_one_pool_with_bulk_and_with_allocations_that_do_not_wait(system):
    assert bool(warned(system)) == can_deadlock(system)


@often(200)
@given(systems(wrapped=True, **CERTAIN))
def test_so_is_one_pool_with_a_builder_mutex(system):
    assert bool(warned(system)) == can_deadlock(system)


@often(200)
@given(systems(pools=2, largest=3, longest=4, **CERTAIN))
def test_so_are_two_pools(system):
    assert bool(warned(system)) == can_deadlock(system)


@often(100)
@given(systems(pools=3, largest=2, longest=4, bulk=False, no_wait=False, **CERTAIN))
def test_so_are_three_pools(system):
    assert bool(warned(system)) == can_deadlock(system)


@often(150)
@given(systems(mutexes=("m", "n"), largest=3, longest=6, most_workers=3, **CERTAIN))
def test_so_are_a_pool_and_mutexes(system):
    assert bool(warned(system)) == can_deadlock(system)


@often(250)
@given(systems(pools=2, mutexes=("m", "n"), largest=2, longest=6, most_workers=3))
def test_no_deadlock_goes_without_a_warning(system):
    assert warned(system) or not can_deadlock(system)


def test_it_may_warn_of_tasks_that_cannot_all_get_to_where_they_would_be_stuck():
    """Only one at a time gets the four that it begins with, since the last one keeps two."""
    steps = (alloc("a", 4, bulk=True), free("a", 2), alloc("a"), free("a"))
    system = Small((4,), ((2, steps),))
    assert warned(system)
    assert not can_deadlock(system)


THERE = (alloc("a"), alloc("b"), free("a"), free("b"))
BACK = (alloc("b"), alloc("a"), free("a"), free("b"))
THREE = (alloc("a", 3), free("a"))
BESIDE = (alloc("a"), {"lock": "m"}, alloc("a"), {"unlock": "m"}, free("a"))

FIRST_ONE_THEN_THE_OTHER = (
    *(alloc("a"), {"lock": "m"}, {"unlock": "m"}, free("a")),
    *({"lock": "m"}, alloc("a"), {"unlock": "m"}, free("a")),
)


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (Small((2, 2), ((2, THERE), (2, BACK))), True),
        (Small((2, 2), ((1, THERE), (2, BACK))), False),
        (Small((2, 2), ((4, THERE),)), False),
        (Small((1, 1), ((1, THERE + BACK),)), False),
        (Small((1, 1), ((2, THERE + BACK),)), True),
        (Small((1, 1), ((1, wrapping(THERE)), (1, wrapping(BACK)))), False),
        (Small((1, 1), ((1, wrapping(THERE)), (1, BACK))), True),
        (Small((3,), ((2, wrapping(THREE)), (1, wrapping(THREE)))), False),
        (Small((3,), ((1, wrapping(THREE)), (1, THREE))), True),
        (Small((2,), ((2, BESIDE),)), True),
        (Small((3,), ((2, BESIDE),)), False),
        (Small((2,), ((1, FIRST_ONE_THEN_THE_OTHER), (1, (alloc("a", 2), free("a"))))), False),
        (Small((2,), ((2, FIRST_ONE_THEN_THE_OTHER), (1, (alloc("a", 2), free("a"))))), True),
    ],
)
def test_orders_and_mutexes_decide(system, expected):
    assert (can_deadlock(system), bool(warned(system))) == (expected, expected)


@pytest.mark.parametrize(("workers", "each", "reserve"), [(2, 2, 2), (2, 3, 4), (3, 2, 3), (1, 3, 2), (4, 2, 4)])
def test_m_workers_of_k_elements_can_deadlock_up_to_a_reserve_of_m_times_k_less_one(workers, each, reserve):
    """The bound itself, on both of its sides, in the search and in the warnings."""
    assert workers * (each - 1) == reserve
    steps = (alloc("a", each), free("a"))
    for size, expected in ((reserve, True), (reserve + 1, False)):
        system = Small((size,), ((workers, steps),))
        assert (can_deadlock(system), bool(warned(system))) == (expected, expected)


def test_in_bulk_they_cannot():
    assert not can_deadlock(Small((3,), ((4, (alloc("a", 3, bulk=True), free("a"))),)))


@often(100)
@given(systems(most_workers=3, longest=4, **CERTAIN))
def test_the_reserve_that_a_warning_names_is_the_smallest_that_cures(system):
    for text in warned(system):
        size = int(re.search(r"cured by min_nr: (\d+)", text)[1])
        assert not can_deadlock(Small((size,), system.classes))
        assert can_deadlock(Small((size - 1,), system.classes))


@often(150)
@given(systems(**CERTAIN))
def test_the_mutex_that_a_warning_names_cures(system):
    for text in warned(system):
        if cure := re.search(r"by (?:min_nr: (\d+) and )?a mutex held", text):
            size = int(cure[1] or system.reserves[0])
            classes = tuple((number, wrapping(steps)) for number, steps in system.classes)
            assert not can_deadlock(Small((size,), classes))
