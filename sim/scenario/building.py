"""From a document to a scenario: the base under a variant, validation, and all mistakes at once."""

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sim.scenario.checks import findings
from sim.scenario.document import Entry, Node
from sim.scenario.explanation import existing, explain, key_mark, value_mark
from sim.scenario.kernel_version import Kernel
from sim.scenario.limits import LimitsSpec
from sim.scenario.loads import LoadSpec
from sim.scenario.machine import MachineSpec
from sim.scenario.memory import MemorySpec
from sim.scenario.mistakes import Mistake, ScenarioError, first_of
from sim.scenario.overrides import merge
from sim.scenario.parts import Parts
from sim.scenario.policy import PolicySpec
from sim.scenario.pools import PoolSpec
from sim.scenario.programs import Located, located
from sim.scenario.scenario import Scenario
from sim.scenario.source import find, read
from sim.scenario.steps import Step
from sim.scenario.tasks import TaskSpec
from sim.units import Duration, PositiveDuration, shown
from sim.workload.devices import Device

MAX_BASES = 20
"""How many scenarios may lie under one."""

_OWN = ("name", "description", "study")
"""What a variant says for itself and never takes from its base."""


def build(root: Node, directory: Path, found: Iterable[Mistake] = ()) -> Scenario:
    """Validate a document whose relative file names start from `directory`.

    Raise a ScenarioError with all mistakes, those that were `found` before among them.
    """
    mistakes = list(found)
    plain = root.plain()
    context = {"directory": directory}
    try:
        scenario = Scenario.model_validate(plain, context=context)
    except ValidationError as error:
        mistakes += explain(error.errors(include_url=False), root)
        if isinstance(plain, dict):
            mistakes += _between_parts(plain, context, root)
    if mistakes:
        raise ScenarioError(first_of(mistakes))
    scenario._root = root  # noqa: SLF001
    scenario._directory = directory  # noqa: SLF001
    return scenario


def build_variant(root: Node, directory: Path) -> Scenario:
    """As `build`, for a document that may name a base."""
    found: list[Mistake] = []
    return build_with_study(on_its_base(root, directory, found), directory, found)


def build_with_study(root: Node, directory: Path, found: Iterable[Mistake] = ()) -> Scenario:
    """As `build`, and look whether the study can be made of the scenario, if it has one."""
    from sim.scenario.study_checks import study_mistakes  # noqa: PLC0415  a study builds scenarios

    scenario = build(root, directory, found)
    if mistakes := study_mistakes(scenario):
        raise ScenarioError(first_of(mistakes))
    return scenario


def on_its_base(root: Node, directory: Path, found: list[Mistake], above: tuple[Path, ...] = ()) -> Node:
    """Lay the document on the one it names as ``base:``, which may have a base itself.

    `above` are the files on the way here; what can be passed over is added to `found`. Raise a ScenarioError if the
    base cannot be read, the files form a circle, or there are too many.
    """
    entry = root.value.get("base") if isinstance(root.value, dict) else None
    if entry is None:
        return root
    name = entry.node.value
    if not isinstance(name, str) or not name:
        text = f"found {shown(entry.node.plain())}; expected the file of another scenario, such as other.yaml"
        raise ScenarioError([Mistake.at(entry.node.mark, ("base",), text)])
    try:
        path = find(name, directory)
    except ScenarioError as error:
        (mistake,) = error.mistakes
        text = f"{shown(name)}: {mistake.text}" if mistake.file else mistake.text
        raise ScenarioError([Mistake.at(entry.node.mark, ("base",), text)]) from None
    if path.resolve() in above:
        chain = " -> ".join(file.name for file in (*above[above.index(path.resolve()) :], path.resolve()))
        raise ScenarioError([Mistake.at(entry.node.mark, ("base",), f"the bases form a circle: {chain}")])
    if len(above) > MAX_BASES:
        text = f"more than {MAX_BASES} bases on top of each other; expected fewer files, or one that says it all"
        raise ScenarioError([Mistake.at(entry.node.mark, ("base",), text)])
    under = on_its_base(read(path, found), path.parent, found, (*above, path.resolve()))
    if not isinstance(under.value, dict):
        return under
    inherited = {key: value for key, value in under.value.items() if key not in _OWN}
    # A null in the study belongs to a variant of it, which removes something then and not now.
    study = {key: value for key, value in root.value.items() if key == "study"}
    over = Node(root.mark, {key: value for key, value in root.value.items() if key not in ("base", "study")})
    merged = merge(_relocated(Node(under.mark, inherited), path.parent, directory), over, found)
    return Node(merged.mark, {**merged.value, **study})


def _relocated(node: Node, origin: Path, directory: Path) -> Node:
    """The document with its CSV files named as seen from `directory` instead of from `origin`."""
    if origin == directory:
        return node
    if isinstance(node.value, list):
        return Node(node.mark, [_relocated(item, origin, directory) for item in node.value])
    if not isinstance(node.value, dict):
        return node
    entries = {}
    for key, entry in node.value.items():
        inner = _relocated(entry.node, origin, directory)
        if isinstance(inner.value, str) and (key == "csv" or (key == "file" and "unit" in node.value)):
            inner = Node(inner.mark, os.path.relpath(origin / inner.value, directory))
        entries[key] = Entry(entry.mark, inner)
    return Node(node.mark, entries)


def _between_parts(plain: dict[str, Any], context: dict[str, Any], root: Node) -> Iterator[Mistake]:
    """What is wrong between those parts of the document that are right in themselves."""
    parts = Parts(
        kernel=_valid(Kernel, plain.get("kernel"), context),
        duration=_valid(PositiveDuration, plain.get("duration"), context),
        warmup=_valid(Duration, plain.get("warmup", 0), context),
        limits=_valid(LimitsSpec, plain.get("limits", {}), context),
        machine=_valid(MachineSpec, plain.get("machine", {}), context),
        semantics=_valid(PolicySpec, plain.get("semantics", {}), context),
        squeezed=plain.get("pressure", "none") != "none",
        has_memory="memory" in plain,
        memory=_valid(MemorySpec, plain.get("memory"), context),
        load=_section(LoadSpec, plain.get("load", {}), context),
        pools=_section(PoolSpec, plain.get("pools"), context),
        devices=_section(Device, plain.get("devices", {}), context),
        tasks=_section(TaskSpec, plain.get("tasks"), context),
        steps={
            name: tuple(_well_formed(task, ("tasks", name, "steps"), context))
            for name, task in _mapping(plain, "tasks").items()
        },
        masks={
            name: task["gfp"]
            for name, task in _mapping(plain, "tasks").items()
            if isinstance(task, dict) and isinstance(task.get("gfp"), str) and task["gfp"]
        },
    )
    for found in findings(parts):
        loc = existing(root, found.loc)
        mark = key_mark(root, loc) if found.of_key else value_mark(root, loc)
        yield Mistake.at(mark, loc, found.text)


def _well_formed(task: Any, loc: tuple[str, ...], context: dict[str, Any]) -> Iterator[Located]:
    steps = task.get("steps") if isinstance(task, dict) else None
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        if (valid := _valid(Step, step, context)) is not None:
            for where, inner in located([valid], loc):
                yield (*loc, index, *where[len(loc) + 1 :]), inner


def _valid(kind: Any, value: Any, context: dict[str, Any]) -> Any:
    """The value as validated by itself, or None."""
    try:
        return _adapter(kind).validate_python(value, context=context)
    except ValidationError:
        return None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _section(kind: Any, value: Any, context: dict[str, Any]) -> dict[str, Any] | None:
    """The parts of a section, each valid or None; None for a section that is not even a mapping."""
    return {name: _valid(kind, part, context) for name, part in value.items()} if isinstance(value, dict) else None


def _mapping(plain: dict[str, Any], key: str) -> Mapping[str, Any]:
    value = plain.get(key)
    return value if isinstance(value, dict) else {}
