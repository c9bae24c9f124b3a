"""A scenario in parts, for checks that concern more than one of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sim.kernel.versions import Semantics
from sim.scenario.limits import LimitsSpec
from sim.scenario.loads import AllocatorSpec, LoadSpec
from sim.scenario.machine import MachineSpec
from sim.scenario.memory import MemorySpec
from sim.scenario.mistakes import Loc
from sim.scenario.policy import PolicySpec, semantics_with
from sim.scenario.pools import PoolSpec
from sim.scenario.programs import Located
from sim.scenario.steps import Alloc
from sim.scenario.tasks import TaskSpec
from sim.workload.devices import Device


@dataclass(frozen=True)
class Finding:
    """Something wrong at a path. `of_key`: the key at its end is to blame, not the value."""

    loc: Loc
    text: str
    of_key: bool = False


@dataclass(frozen=True)
class Parts:
    """A scenario in parts; None stands for a part with mistakes of its own.

    `squeezed` tells whether there is any pressure, `has_memory` whether there is a `memory:`, right or wrong;
    `semantics` is empty if none were given. `load`, `pools`, `devices` or `tasks` is None when the whole section is
    amiss. `steps`: for each task the steps that are well-formed, with their paths, those inside repeats too. `masks`:
    the gfp mask that each task gives, if it gives one.
    """

    kernel: str | None
    duration: int | None
    warmup: int | None
    limits: LimitsSpec | None
    machine: MachineSpec | None
    semantics: PolicySpec | None
    squeezed: bool
    has_memory: bool
    memory: MemorySpec | None
    load: Mapping[str, LoadSpec | None] | None
    pools: Mapping[str, PoolSpec | None] | None
    devices: Mapping[str, Device | None] | None
    tasks: Mapping[str, TaskSpec | None] | None
    steps: Mapping[str, tuple[Located, ...]]
    masks: Mapping[str, str]

    @property
    def all_steps(self) -> Iterator[Located]:
        """The well-formed steps of all tasks."""
        for steps in self.steps.values():
            yield from steps

    @property
    def all_masks(self) -> Iterator[tuple[Loc, str]]:
        """The gfp masks of tasks, allocators and steps, right or wrong, with their paths."""
        yield from ((("tasks", name, "gfp"), mask) for name, mask in self.masks.items())
        for name, load in self.sound_load:
            if isinstance(load, AllocatorSpec):
                yield ("load", name, "allocator", "gfp"), load.gfp
        yield from (((*loc, "alloc", "gfp"), s.gfp) for loc, s in self.all_steps if isinstance(s, Alloc) and s.gfp)

    @property
    def sound_tasks(self) -> Iterator[tuple[str, TaskSpec]]:
        """The tasks without mistakes of their own, by name."""
        for name, task in (self.tasks or {}).items():
            if task is not None:
                yield name, task

    @property
    def sound_load(self) -> Iterator[tuple[str, LoadSpec]]:
        """The load without mistakes of its own, by name."""
        for name, load in (self.load or {}).items():
            if load is not None:
                yield name, load

    def semantics_of(self, pool: str) -> Semantics | None:
        """What the mempool `pool` does; None if that cannot be known."""
        spec = (self.pools or {}).get(pool)
        if self.kernel is None or self.semantics is None or spec is None:
            return None
        return semantics_with(self.kernel, self.semantics, spec.semantics)
