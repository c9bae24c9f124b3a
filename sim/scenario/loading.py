"""Reading a scenario from its file."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sim.scenario.building import build_with_study, on_its_base
from sim.scenario.document import tree
from sim.scenario.mistakes import Mistake, ScenarioError, first_of
from sim.scenario.overrides import Change, apply, parse_set
from sim.scenario.scenario import Scenario
from sim.scenario.source import find, read


def load(name_or_path: str | Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """Read a scenario from a YAML file, or a shipped one by its name.

    `overrides` maps dotted paths to values: ``load("quickstart", {"pools.bio.min_nr": 16})``; a mapping is merged into
    what is there, None removes a key. Raise a ScenarioError that holds every mistake with its line and column.
    """
    return _load(name_or_path, [(path, tree(value)) for path, value in (overrides or {}).items()], [])


def load_each(
    scenarios: Scenario | str | Path | Iterable[Scenario | str | Path], overrides: Mapping[str, Any] | None = None
) -> list[Scenario]:
    """One or several scenarios, files or names, with the same changes to each; as `load` otherwise."""
    several = [scenarios] if isinstance(scenarios, (Scenario, str, Path)) else scenarios
    loaded = [each if isinstance(each, Scenario) else load(each) for each in several]
    return [each.with_(overrides) for each in loaded] if overrides else loaded


def load_with_settings(name_or_path: str | Path, settings: Iterable[str]) -> Scenario:
    """As `load`, with changes written ``path=value`` as on the command line."""
    changes: list[Change] = []
    mistakes: list[Mistake] = []
    for text in settings:
        try:
            changes.append(parse_set(text))
        except ScenarioError as error:
            mistakes += error.mistakes
    return _load(name_or_path, changes, mistakes)


def _load(name_or_path: str | Path, changes: Iterable[Change], found: list[Mistake]) -> Scenario:
    """Load with changes; `found` are the mistakes that were made in writing them."""
    try:
        path = find(name_or_path)
        root = on_its_base(read(path, found), path.parent, found, (path.resolve(),))
    except ScenarioError as error:
        raise ScenarioError(first_of([*found, *error.mistakes])) from None
    return build_with_study(apply(root, changes, found), path.parent, found)
