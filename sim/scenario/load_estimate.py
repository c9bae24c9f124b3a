"""How much the load of a scenario would do, estimated before it runs."""

from collections.abc import Iterable, Mapping

from sim.kernel.page import PAGE_SIZE
from sim.scenario.loads import DirtierSpec, HogSpec, LoadSpec
from sim.scenario.memory import MemorySpec
from sim.scenario.tasks import TaskSpec
from sim.units import S
from sim.workload.memory_work import SwapOut, Writeback


def load_steps(load: LoadSpec, duration: int) -> float:
    """How many steps all processes of one kind of load make in `duration` ns, if nothing holds them up."""
    return moved(load, duration) / (load.batch * PAGE_SIZE)


def moved(load: LoadSpec, duration: int) -> float:
    """The bytes that they write, read or allocate."""
    return load.count * load.rate * load.active(duration) / S


def bytes_to_write(
    tasks: Mapping[str, TaskSpec], memory: MemorySpec | None, load: Iterable[LoadSpec], duration: int
) -> dict[str, float]:
    """The most bytes that memory makes each task of a class write in `duration` ns, by class.

    What is dirty at the start or made so has to be written back, what programs touch may have to be swapped out each
    time; tasks that do the same share it evenly.
    """
    load = list(load)
    at_start = memory.at_start if memory else None
    dirtied = sum(moved(one, duration) for one in load if isinstance(one, DirtierSpec)) + (
        at_start.dirty if at_start else 0
    )
    touched = sum(moved(one, duration) for one in load if isinstance(one, HogSpec)) + (at_start.anon if at_start else 0)
    shares: dict[str, float] = {}
    for kind, amount in ((Writeback, dirtied), (SwapOut, touched)):
        names = [name for name, task in tasks.items() if isinstance(task.arrivals, kind)]
        sharers = sum(tasks[name].count for name in names)
        shares |= {name: amount / sharers for name in names if sharers}
    return shares
