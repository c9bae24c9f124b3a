"""What the published JSON Schema says about a path: which keys are known there and which value is expected.

Error texts are derived from the schema, so that the two cannot disagree.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from sim.scenario.mistakes import Loc
from sim.scenario.names import EXPECTED_BY_PATTERN
from sim.spec import listed

JsonSchema = dict[str, Any]

WHOLE = "a mapping with name, kernel, duration, pools and tasks"
"""What a scenario file is."""

_PYTHON: dict[str, tuple[type, ...]] = {"string": (str,), "object": (dict,), "array": (list,)}
_FEW = 8


@cache
def _schema() -> JsonSchema:
    from sim.scenario.scenario import Scenario  # noqa: PLC0415  scenario imports what uses this module

    return Scenario.model_json_schema()


def known_keys(loc: Loc) -> list[str]:
    """The keys that a mapping at `loc` can have; empty where the author chooses them."""
    return list(dict.fromkeys(key for node in _at(loc) for key in node.get("properties", ())))


def is_choice(loc: Loc) -> bool:
    """Whether the mapping at `loc` has exactly one key, which names the choice."""
    return any(node.get("maxProperties") == 1 for node in _at(loc))


def is_named(loc: Loc) -> bool:
    """Whether the keys of the mapping at `loc` are names that the author chooses."""
    return any("patternProperties" in node for node in _at(loc))


def takes_text_only(loc: Loc) -> bool:
    """Whether the value at `loc` can only be a text, so that what looks like a number is meant as one."""
    kinds = {node.get("type") for node in _at(loc)}
    return kinds == {"string"}


def takes_whole_numbers(loc: Loc) -> bool:
    """Whether the numbers that the value at `loc` can be are whole."""
    return {node.get("type") for node in _at(loc)} & {"integer", "number"} == {"integer"}


def expectation(loc: Loc, found: object = ...) -> str:
    """The value expected at `loc` in a few words, such as ``a whole number from 0 to 1000000``; or nothing.

    Where several kinds of value are possible, those that `found` is of are told.
    """
    if not loc:
        return WHOLE
    nodes = _at(loc)
    alike = [node for node in nodes if isinstance(found, _PYTHON.get(node.get("type", ""), ()))]
    words = dict.fromkeys(text for node in sorted(alike or nodes, key=_rank) if (text := _words(node)))
    return listed(words) if words else ""


def _rank(node: JsonSchema) -> int:
    """Short forms first."""
    return 1 if node.get("type") == "object" else 0


def _at(loc: Loc) -> list[JsonSchema]:
    """The schemas that apply at `loc`, choices expanded."""
    nodes = list(_expanded(_schema()))
    for key in loc:
        nodes = [choice for node in nodes for inner in _under(node, key) for choice in _expanded(inner)]
    return nodes


def _under(node: JsonSchema, key: str | int) -> Iterator[JsonSchema]:
    if isinstance(key, int):
        if "prefixItems" in node and key < len(node["prefixItems"]):
            yield node["prefixItems"][key]
        elif isinstance(node.get("items"), dict):
            yield node["items"]
    elif key in node.get("properties", ()):
        yield node["properties"][key]
    else:
        yield from node.get("patternProperties", {}).values()


def _expanded(node: JsonSchema) -> Iterator[JsonSchema]:
    while "$ref" in node:
        node = _schema()["$defs"][node["$ref"].rpartition("/")[2]]
    choices = [*node.get("anyOf", ()), *node.get("allOf", ())]
    if "properties" not in node and (choices := [*choices, *node.get("oneOf", ())]):
        for choice in choices:
            yield from _expanded(choice)
    else:
        yield node


def _words(node: JsonSchema) -> str:
    """One schema in a few words."""
    match node:
        case {"enum": choices}:
            words = listed(map(str, choices))
        case {"const": only} if isinstance(only, str):
            words = only
        case {"type": "integer"}:
            words = f"a whole number{_range(node)}"
        case {"type": "number"}:
            words = f"a number{_range(node)}"
        case {"type": "boolean"}:
            words = "true or false"
        case {"type": "array"}:
            words = "a list"
        case {"type": "object", "maxProperties": 1, "properties": choices}:
            first = list(choices)[: _FEW if len(choices) <= _FEW else 3]
            words = f"one of {listed(first)}" if len(first) == len(choices) else f"one of {', '.join(first)}, ..."
        case {"type": "object"}:
            words = "a mapping"
        case {"type": "string"}:
            words = EXPECTED_BY_PATTERN.get(node.get("pattern", ""), _text(node))
        case _:
            words = ""
    return words


def _text(node: JsonSchema) -> str:
    if "pattern" in node and node.get("examples"):
        return f"a text such as '{node['examples'][0]}'"
    return "a text"


def _range(node: JsonSchema) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if "exclusiveMaximum" in node and node["type"] == "integer":
        high = node["exclusiveMaximum"] - 1
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f", {low} or more"
    if "exclusiveMinimum" in node:
        return f" above {node['exclusiveMinimum']}"
    return ""
