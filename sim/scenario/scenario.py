"""The scenario: everything that one run needs, validated and frozen."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import ConfigDict, Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from sim.kernel.versions import Semantics
from sim.scenario.checks import findings
from sim.scenario.document import Node
from sim.scenario.kernel_version import Kernel
from sim.scenario.limits import LimitsSpec
from sim.scenario.loads import LoadSpec
from sim.scenario.machine import MachineSpec
from sim.scenario.memory import MemorySpec
from sim.scenario.names import Named, Title
from sim.scenario.parts import Parts
from sim.scenario.policy import PolicySpec, semantics_with
from sim.scenario.pools import PoolSpec
from sim.scenario.pressure import Pressure
from sim.scenario.programs import located
from sim.scenario.study import StudySpec
from sim.scenario.tasks import TaskSpec
from sim.spec import Omittable, Spec, mistake
from sim.units import Duration, PositiveDuration, write_duration
from sim.workload.devices import Device

if TYPE_CHECKING:
    from sim.results import Result
    from sim.scenario.mistakes import Mistake

_SHOWN = 3


class Scenario(Spec):
    """A machine, its memory, its pools and the tasks that use them, for one run.

    Frozen: `with_` returns a changed copy. Build one with `sim.load` or `from_mapping`; they tell all mistakes at once.
    """

    model_config = ConfigDict(title="mempool-sim scenario")

    name: Title = Field(description="What the scenario is called; also the name of its results folder.")
    description: str = Field(default="", description="One or two sentences: what it shows.")
    kernel: Kernel = Field(description='Which mempool: "2.6.0" to "7.2", in quotes.')
    duration: PositiveDuration = Field(description="How much time is simulated.")
    warmup: Duration = Field(default=0, description="Calls made before this time are left out of the summary.")
    seed: int = Field(default=1, ge=0, lt=1 << 63, description="Same seed, same run.")
    recording: Literal["full", "streaming"] = Field(
        default="full", description="Keep every call, or only histograms (for runs too long to keep)."
    )
    limits: LimitsSpec = Field(default=LimitsSpec(), description="What a run may cost before it is refused.")
    machine: MachineSpec = Field(default=MachineSpec(), description="Clock, processors and the cost of operations.")
    semantics: Omittable[PolicySpec] = Field(
        default=None, description="Behaviours of all pools that differ from those of the kernel version."
    )
    pressure: Pressure = Field(default="none", description="What makes attempts to get memory fail.")
    memory: Omittable[MemorySpec] = Field(
        default=None, description="Instead of pressure: how much memory there is, and how the kernel reclaims it."
    )
    load: Named[LoadSpec] = Field(default={}, description="Who uses memory besides the pools, by name.")
    pools: Named[PoolSpec] = Field(min_length=1, description="The mempools, by name.")
    devices: Named[Device] = Field(default={}, description="The devices that io steps use, by name.")
    tasks: Named[TaskSpec] = Field(min_length=1, description="The classes of tasks, by name.")
    study: Omittable[StudySpec] = Field(
        default=None,
        description="A question that takes many runs; run itself ignores it, and a variant of the file has its own.",
    )

    _root: Node | None = PrivateAttr(None)
    _directory: Path = PrivateAttr(Path())

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        found = findings(
            Parts(
                kernel=self.kernel,
                duration=self.duration,
                warmup=self.warmup,
                limits=self.limits,
                machine=self.machine,
                semantics=self.semantics or PolicySpec(),
                squeezed=self.pressure != "none",
                has_memory=self.memory is not None,
                memory=self.memory,
                load=self.load,
                pools=self.pools,
                devices=self.devices,
                tasks=self.tasks,
                steps={name: tuple(located(t.steps, ("tasks", name, "steps"))) for name, t in self.tasks.items()},
                masks={name: task.gfp for name, task in self.tasks.items()},
            )
        )
        if found:
            raise ValidationError.from_exception_data(
                "scenario",
                [
                    InitErrorDetails(type=mistake("cross_key" if f.of_key else "cross", f.text), loc=f.loc, input=None)
                    for f in found
                ],
            )
        return self

    def __eq__(self, other: object) -> bool:
        """Whether both describe the same run, wherever they were read from."""
        return isinstance(other, Scenario) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """The scenario in a line, as it is shown in a notebook."""
        what = f"kernel {self.kernel}, {write_duration(self.duration)}"
        return f"<Scenario {self.name}: {what}; pools {_few(self.pools)}; tasks {_few(self.tasks)}>"

    __str__ = __repr__

    @property
    def source(self) -> str | None:
        """The file that the scenario was read from, None if it was built from a mapping."""
        return self._root.mark.file if self._root else None

    @property
    def document(self) -> Node | None:
        """The scenario as written, with its positions, None if it did not come through `sim.load` or `from_mapping`."""
        return self._root

    @property
    def directory(self) -> Path:
        """The folder that its relative file names start from."""
        return self._directory

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], directory: str | Path = ".") -> "Scenario":
        """Build a scenario from plain data in the shape of the YAML.

        `directory`: where relative file names start. Raise a ScenarioError with all mistakes.
        """
        from sim.scenario.building import build_variant  # noqa: PLC0415  building imports this module
        from sim.scenario.document import tree  # noqa: PLC0415

        return build_variant(tree(mapping), Path(directory))

    def to_mapping(self) -> dict[str, Any]:
        """The scenario as plain data, ready for JSON, defaults included; `from_mapping` gives an equal one."""
        return self.model_dump(mode="json")

    def with_(self, changes: Mapping[str, Any] | None = None, /, **more: Any) -> "Scenario":
        """A copy with some values changed, validated as a whole.

        `changes` maps dotted paths to values, as ``--set`` does: ``with_({"pools.bio.min_nr": 16}, seed=2)``. A mapping
        is merged into what is there, None removes a key. Raise a ScenarioError with all mistakes.
        """
        from sim.scenario.building import build  # noqa: PLC0415  building imports this module
        from sim.scenario.document import tree  # noqa: PLC0415
        from sim.scenario.overrides import apply  # noqa: PLC0415

        root = self._root or tree(self.to_mapping())
        mistakes: list[Mistake] = []
        values = {**(changes or {}), **more}
        changed = apply(root, [(path, tree(value)) for path, value in values.items()], mistakes)
        return build(changed, self._directory, mistakes)

    def semantics_of(self, pool: str) -> Semantics:
        """What the mempool `pool` does: its kernel's behaviour, changed by the scenario, then by the pool itself."""
        return semantics_with(self.kernel, self.semantics, self.pools[pool].semantics)

    def run(self, *, seed: int | None = None, **options: Any) -> "Result":
        """Simulate it and return the `Result`; `seed` replaces the scenario's own. Options are those of `sim.run`."""
        from sim.engine import run  # noqa: PLC0415  the engine imports numpy and simpy

        return run(self, seed=seed, **options)


def _few(names: Collection[str]) -> str:
    """The names, or of many the first."""
    first = ", ".join(list(names)[:_SHOWN])
    return first if len(names) <= _SHOWN else f"{first}, ... ({len(names):,})"
