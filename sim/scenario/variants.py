"""Variants: one scenario, changed in different ways to be compared.

A file lists them under ``study: variants:``, the command line as ``--variant NAME:PATH=VALUE,PATH=VALUE``, and Python
as a mapping like that of the file.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.scenario.building import build
from sim.scenario.document import Node, tree
from sim.scenario.explanation import key_mark
from sim.scenario.mistakes import Loc, Mark, Mistake, ScenarioError, dotted, expected, first_of, meant
from sim.scenario.names import VARIANT_EXPECTED, VARIANT_PATTERN
from sim.scenario.overrides import Change, apply, parse_change
from sim.scenario.scenario import Scenario
from sim.scenario.splitting import split
from sim.units import shown

VARIANT = "--variant"
_FORM = "NAME:PATH=VALUE,PATH=VALUE"
_ITS_OWN = ("study", "base")


@dataclass(frozen=True)
class Variant:
    """A variant as written: its changes, and where its name stands, which is the `loc` of a file or an option."""

    name: str
    changes: tuple[Change, ...]
    mark: Mark
    loc: Loc = ()


def variants_of(
    scenario: Scenario, written: Iterable[str] | Mapping[str, Mapping[str, Any]] = ()
) -> dict[str, Scenario]:
    """The variants of a scenario by name: those that are `written` or, if there are none, its study's own.

    `written`: texts of the command line, or changes by name, with paths or nested as in a file. A single one is
    compared with the scenario itself, which then comes first under its own name. The variants have no study. Raise a
    ScenarioError with all mistakes, or if there is nothing to compare.
    """
    mistakes: list[Mistake] = []
    if isinstance(written, Mapping):
        found = [_named(name, changes, mistakes) for name, changes in written.items()]
    else:
        found = [_parsed(text, mistakes) for text in written]
    chosen = [variant for variant in found if variant]
    if not chosen and not mistakes:
        chosen = listed_variants(scenario)
    if not any(variant.changes for variant in chosen) and not mistakes:
        text = f"nothing to compare; expected variants under study:, another scenario, or {VARIANT} {_FORM}"
        text += scenario.study.other_verb("compare") if scenario.study else ""
        raise ScenarioError([Mistake(scenario.source, None, None, "", text)])
    if len(chosen) == 1:
        chosen.insert(0, Variant(scenario.name, (), chosen[0].mark, chosen[0].loc))
    made: dict[str, Scenario] = {}
    for variant in chosen:
        if variant.name in made:
            mistakes.append(Mistake.at(variant.mark, variant.loc, "two variants have this name; expected one"))
        try:
            made[variant.name] = changed(scenario, variant)
        except ScenarioError as error:
            made[variant.name] = scenario
            mistakes += error.mistakes
    if mistakes:
        raise ScenarioError(first_of(mistakes))
    return made


def named(scenarios: Sequence[Scenario]) -> dict[str, Scenario]:
    """Scenarios by name; those of one name by their files', or numbered where these are the same too."""
    made: dict[str, Scenario] = {}
    for scenario in scenarios:
        namesakes = sum(other.name == scenario.name for other in scenarios)
        name = Path(scenario.source).stem if namesakes > 1 and scenario.source else scenario.name
        numbered = (name, *(f"{name}-{number}" for number in range(2, len(scenarios) + 1)))
        made[next(free for free in numbered if free not in made)] = scenario
    return made


def baseline_of(variants: Iterable[str], wanted: str | None, option: str = "--baseline") -> str:
    """The variant that the others are compared with: the `wanted` one, else the first.

    Raise a ScenarioError, as of `option`, if there is no such variant.
    """
    names = list(variants)
    if wanted is None:
        return names[0]
    if wanted not in names:
        text = f"no variant is called '{wanted}'{expected(names)}{meant(wanted, names)}"
        raise ScenarioError([Mistake(option, None, None, "", text)])
    return wanted


def changed(scenario: Scenario, variant: Variant) -> Scenario:
    """The scenario with the changes of one variant, without its study.

    Raise a ScenarioError with all mistakes: each where it was written, or, if it shows elsewhere, at the variant.
    """
    own = {node.mark for _, value in variant.changes for node in _nodes(value)}
    found = [mistake for path, value in variant.changes if (mistake := amiss_with_path(path, value.mark))]
    try:
        return build(
            apply(without_study(scenario), variant.changes if not found else (), found), scenario.directory, found
        )
    except ScenarioError as error:
        mistakes = [_placed(mistake, variant, own) for mistake in error.mistakes]
    raise ScenarioError(first_of(mistakes))


def without_study(scenario: Scenario) -> Node:
    """The document of a scenario as those that are made of it have it."""
    root = scenario.document or tree(scenario.to_mapping())
    return Node(root.mark, {key: entry for key, entry in root.value.items() if key != "study"})


def amiss_with_path(path: str, mark: Mark) -> Mistake | None:
    """What is wrong with changing a path that no scenario made of another has; nothing if it is any other path."""
    key = path.partition(".")[0]
    return (
        Mistake.at(mark, (path,), f"{key} cannot be changed here; expected a part of the scenario itself")
        if key in _ITS_OWN
        else None
    )


def _placed(mistake: Mistake, variant: Variant, own: set[Mark]) -> Mistake:
    if mistake.mark in own:
        return replace(mistake, path=dotted((*variant.loc, mistake.path)))
    text = f"{mistake.path}: {mistake.text}" if mistake.path else mistake.text
    return Mistake.at(variant.mark, variant.loc, text)


def _nodes(node: Node) -> Iterator[Node]:
    """A value, all values in it, and its keys."""
    yield node
    if isinstance(node.value, dict):
        for entry in node.value.values():
            yield Node(entry.mark, None)
            yield from _nodes(entry.node)
    elif isinstance(node.value, list):
        for item in node.value:
            yield from _nodes(item)


def listed_variants(scenario: Scenario) -> list[Variant]:
    """The variants under ``study:`` as they are written, with their places in the file."""
    if scenario.study is None:
        return []
    root = scenario.document or tree(scenario.to_mapping())
    found = []
    for name in scenario.study.variants:
        loc = ("study", "variants", name)
        node = root
        for key in loc:
            node = node.child(key) or node
        changes = tuple((path, entry.node) for path, entry in node.value.items())
        found.append(Variant(name, changes, key_mark(root, loc), loc))
    return found


def _parsed(text: str, mistakes: list[Mistake]) -> Variant | None:
    """Read the argument of ``--variant``; what is wrong with it is added to `mistakes`."""
    name, colon, rest = (part.strip() for part in text.partition(":"))
    if not colon:
        wanted = f"expected {_FORM}, or NAME: for the file itself"
        mistakes.append(Mistake(VARIANT, None, None, "", f"found {shown(text)}; {wanted}"))
        return None
    variant = _named(name, {}, mistakes)
    if variant is None:
        return None
    changes: list[Change] = []
    for part in split(rest) if rest else ():
        try:
            changes.append(parse_change(part, variant.mark))
        except ScenarioError as error:
            mistakes += error.mistakes
    return replace(variant, changes=tuple(changes))


def _named(name: str, changes: Mapping[str, Any], mistakes: list[Mistake]) -> Variant | None:
    """The variant with these changes; what is wrong with its name is added to `mistakes`."""
    if not re.fullmatch(VARIANT_PATTERN, name):
        mistakes.append(Mistake(VARIANT, None, None, "", f"found name {shown(name)}; expected {VARIANT_EXPECTED}"))
        return None
    mark = Mark(f"{VARIANT} {name}")
    return Variant(name, tuple((path, tree(value, mark)) for path, value in changes.items()), mark)
