"""Task programs taken apart without running them: their steps in order, what they hold, how many calls they make."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sim.scenario.held import Held
from sim.scenario.mistakes import Loc, meant
from sim.scenario.steps import Alloc, Free, Hold, Io, Lock, Repeat, Sleep, Unlock

AnyStep = Alloc | Io | Hold | Sleep | Free | Lock | Unlock | Repeat
Located = tuple[Loc, AnyStep]
"""A step and the path to it."""

MAX_STEPS = 10_000
"""The longest program, as `length` counts it."""


def located(steps: Iterable[AnyStep], loc: Loc) -> Iterator[Located]:
    """Every step as written, inside repeats too, with its path; `loc` is the path of the list."""
    for index, step in enumerate(steps):
        yield (*loc, index), step
        if isinstance(step, Repeat):
            yield from located(step.steps, (*loc, index, "repeat", "steps"))


def length(steps: Iterable[AnyStep]) -> int:
    """How many steps the program has once its repeats are unrolled and its allocations go one by one.

    It is counted without unrolling.
    """
    total = 0
    for step in steps:
        match step:
            case Repeat():
                total += step.times * length(step.steps)
            case Alloc(bulk=False):
                total += step.n
            case _:
                total += 1
    return total


def unrolled(steps: Iterable[AnyStep], loc: Loc = ()) -> Iterator[Located]:
    """The steps in the order in which they are done, repeats unrolled; `loc` is the path of the list."""
    for index, step in enumerate(steps):
        if isinstance(step, Repeat):
            inner = (*loc, index, "repeat", "steps")
            for _ in range(step.times):
                yield from unrolled(step.steps, inner)
        else:
            yield (*loc, index), step


def calls(steps: Iterable[AnyStep]) -> int:
    """How many calls of mempool_alloc one pass through the program makes, if none gives NULL."""
    total = 0
    for step in steps:
        if isinstance(step, Repeat):
            total += step.times * calls(step.steps)
        elif isinstance(step, Alloc):
            total += 1 if step.bulk else step.n
    return total


def ios(steps: Iterable[AnyStep], device: str) -> int:
    """How many requests on `device` one pass through the program makes."""
    total = 0
    for step in steps:
        if isinstance(step, Repeat):
            total += step.times * ios(step.steps, device)
        elif isinstance(step, Io):
            total += step.device == device
    return total


def durations(steps: Iterable[AnyStep]) -> int:
    """How many durations one pass through the program draws."""
    total = 0
    for step in steps:
        if isinstance(step, Repeat):
            total += step.times * durations(step.steps)
        elif isinstance(step, (Io, Hold, Sleep)):
            total += 1
    return total


def unbalanced(steps: Iterable[AnyStep], loc: Loc) -> Iterator[tuple[Loc, str]]:
    """Where the program gives back what it does not hold, or ends holding something: path and text, one for each step.

    Allocations are taken to succeed, so what is counted is the most that can be held.
    """
    elements = defaultdict[str, Held](Held)
    told: set[Loc] = set()
    for where, step in unrolled(steps, loc):
        if isinstance(step, Alloc):
            elements[step.pool].take(where, step.n)
        elif isinstance(step, Free):
            held = elements[step.pool]
            if (held.total == 0 or (step.n or 0) > held.total) and where not in told:
                told.add(where)
                yield where, _too_much(step, held.total)
            held.give(step.n)
    for pool, held in elements.items():
        if held.total and held.oldest not in told:
            left = f"{held.total} element{'s' * (held.total > 1)} of '{pool}' still held when the steps end"
            yield held.oldest, f"{left}; expected a step {{free: {pool}}}"


def amiss_with_locks(steps: Iterable[AnyStep], loc: Loc) -> Iterator[tuple[Loc, str]]:
    """Where the program unlocks or locks what it must not, or ends with a lock: path and text, one for each step."""
    owned: dict[str, Loc] = {}
    told: set[Loc] = set()
    for where, step in unrolled(steps, loc):
        text = None
        if isinstance(step, Lock):
            if step.mutex in owned:
                text = f"'{step.mutex}' is locked here already: the task would wait for itself, for ever"
            owned.setdefault(step.mutex, where)
        elif isinstance(step, Unlock) and owned.pop(step.mutex, None) is None:
            text = f"'{step.mutex}' is not locked here; expected a step {{lock: {step.mutex}}} before it"
            text += meant(step.mutex, owned)
        if text and where not in told:
            told.add(where)
            yield where, text
    for mutex, where in owned.items():
        if where not in told:
            yield where, f"'{mutex}' still locked when the steps end; expected a step {{unlock: {mutex}}}"


def _too_much(step: Free, most: int) -> str:
    if most == 0:
        return f"nothing of pool '{step.pool}' is held here; expected a step {{alloc: {step.pool}}} before it"
    return f"frees {step.n} elements of pool '{step.pool}', of which at most {most} are held here"
