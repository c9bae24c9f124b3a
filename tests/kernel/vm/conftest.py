"""Small machines, and the handles with which tests bring their memory into a state."""

from collections.abc import Callable, Generator
from typing import Any

import pytest
import simpy

from sim.kernel.gfp import parse_gfp
from sim.kernel.versions import KernelVersion
from sim.kernel.vm import PageState, Thread, VirtualMemory, Watermarks, Zone

MARKS = Watermarks(96, 128, 160)


class Machine:
    """A machine of one zone of `managed` pages, unless `zones` are given, and what is done to it."""

    def __init__(
        self,
        managed: int = 100_000,
        *,
        zones: tuple[Zone, ...] = (),
        marks: Watermarks = MARKS,
        kernel: str = "6.12",
        cpus: int = 1,
        fragmentation: float = 0.0,
        start: int = 0,
        **settings: Any,
    ) -> None:
        self.env = simpy.Environment(start)
        self.version = KernelVersion.parse(kernel)
        self.zone = Zone("Normal", managed, marks, {"Normal": 0}, kernel=kernel, cpus=cpus, fragmentation=fragmentation)
        self.memory = VirtualMemory(self.env, zones or (self.zone,), kernel=kernel, cpus=cpus, **settings)
        self.node = self.memory.node
        self.pages = self.node.pages

    def gfp(self, text: str) -> int:
        return parse_gfp(text, self.version)

    def leave(self, free: int, state: PageState = PageState.KERNEL) -> None:
        """Let exactly `free` pages be free in the zone, none of them on the lists of the processors."""
        self.node.drain()
        self.pages[state] += self.zone.free - free
        self.zone.free = free
        self.node.look()

    def start(self, process: Generator[simpy.Event, Any, Any]) -> simpy.Process:
        return self.env.process(process)

    def end_of(self, process: Generator[simpy.Event, Any, Any]) -> Any:
        """Let a process come to its end, and give what it returns."""
        return self.env.run(self.env.process(process))

    def alloc(self, pages: int, gfp: str, state: PageState = PageState.ANON) -> int:
        """Take pages as a process does that then ends."""
        thread = Thread()
        got: int = self.end_of(self.memory.allocator.alloc(pages, self.gfp(gfp), state, thread))
        self.memory.processors.leave(thread)
        return got

    def at(self, instant: int, action: Callable[..., Any], *args: Any) -> None:
        """Do something later."""
        self.env.timeout(instant - int(self.env.now)).callbacks.append(lambda _: action(*args))

    def run(self, until: int) -> None:
        self.env.run(until=until)


@pytest.fixture(scope="session")
def machine() -> type[Machine]:
    return Machine
