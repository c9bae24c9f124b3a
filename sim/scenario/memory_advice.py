"""What is allowed of memory and load but probably not meant."""

from collections.abc import Iterator

from sim.scenario.loads import AllocatorSpec, DirtierSpec, HogSpec, LoadSpec
from sim.scenario.memory import MemorySpec
from sim.scenario.mistakes import Loc
from sim.scenario.scenario import Scenario
from sim.spec import key_of
from sim.units import format_size, write_duration
from sim.workload.memory_work import SwapOut, Writeback


def memory_remarks(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    """Remarks on the memory of a valid scenario and on those who use it, each with its path."""
    if scenario.memory is None:
        for name, task in scenario.tasks.items():
            if task.memalloc:
                yield ("tasks", name, "memalloc"), "no effect: without memory: it makes no difference who frees it"
        return
    yield from _idle_tasks(scenario, scenario.memory)
    yield from _idle_settings(scenario.memory)
    yield from _too_large(scenario, scenario.memory)
    yield from _too_late(scenario)


def _idle_tasks(scenario: Scenario, memory: MemorySpec) -> Iterator[tuple[Loc, str]]:
    dirtied = memory.at_start.dirty or any(isinstance(load, DirtierSpec) for load in scenario.load.values())
    touched = memory.at_start.anon or any(isinstance(load, HogSpec) for load in scenario.load.values())
    for name, task in scenario.tasks.items():
        loc: Loc = ("tasks", name, "arrivals")
        match task.arrivals:
            case Writeback() if not dirtied:
                yield (*loc, "writeback"), "no work ever comes: nothing makes memory dirty"
            case SwapOut() if not touched:
                yield (*loc, "swap_out"), "no work ever comes: there is no anonymous memory to swap out"


def _idle_settings(memory: MemorySpec) -> Iterator[tuple[Loc, str]]:
    if memory.thp and memory.min_free is not None:
        yield ("memory", "thp"), "no effect: what min_free says stands, whatever khugepaged would raise it to"


def _too_large(scenario: Scenario, memory: MemorySpec) -> Iterator[tuple[Loc, str]]:
    """Programs and the kernel that grow to more than there is room for, if nobody may be killed for it."""
    sizes = {name: (load, size) for name, load in scenario.load.items() if (size := _grows_to(load))}
    hogs = any(isinstance(load, HogSpec) for load, _ in sizes.values())
    if not sizes or (hogs and memory.oom != "none"):
        return
    wanted = memory.at_start.anon + memory.at_start.kernel + sum(size for _, size in sizes.values())
    room = memory.total + (0 if memory.swap == "none" else memory.swap.size)
    if wanted > room:
        largest = max(sizes, key=lambda name: sizes[name][1])
        load, _ = sizes[largest]
        found = f"programs and the kernel grow to {format_size(wanted)}, with {format_size(room)} of memory and swap"
        why = "without an OOM killer" if memory.oom == "none" else "without a hog that the OOM killer could kill"
        key = "size" if isinstance(load, HogSpec) else "working_set"
        yield ("load", largest, key_of(LoadSpec, load), key), f"{found}, and {why} nothing ever ends that"


def _grows_to(load: LoadSpec) -> int:
    """The bytes that a load keeps so that only its end gives them back."""
    if isinstance(load, HogSpec):
        return load.count * load.size
    return load.count * load.working_set if isinstance(load, AllocatorSpec) else 0


def _too_late(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    for name, load in scenario.load.items():
        if not load.active(scenario.duration):
            text = f"no effect: it begins at '{write_duration(load.start)}', when the run is over"
            yield ("load", name, key_of(LoadSpec, load), "start"), text
