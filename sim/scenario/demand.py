"""How many elements of a pool tasks can have at once, by their programs: no reserve can lack more."""

from typing import TYPE_CHECKING

from sim.scenario.held import Held
from sim.scenario.holding import UNLIMITED, workers_of
from sim.scenario.programs import unrolled
from sim.scenario.steps import Alloc, Free

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.scenario.tasks import TaskSpec


def most_out(scenario: "Scenario", pool: str) -> int | None:
    """Return the most elements of `pool` that all tasks together can hold at once, None if there is no limit."""
    number = {workers.task: workers.number for workers in workers_of(scenario)}
    most = sum(number[name] * _most_held(task, pool) for name, task in scenario.tasks.items())
    return most if most < UNLIMITED else None


def _most_held(task: "TaskSpec", pool: str) -> int:
    """The most elements of `pool` that one piece of work can hold."""
    held, most = Held(), 0
    for where, step in unrolled(task.steps):
        if isinstance(step, Alloc) and step.pool == pool:
            held.take(where, step.n)
            most = max(most, held.total)
        elif isinstance(step, Free) and step.pool == pool:
            held.give(step.n)
    return most
