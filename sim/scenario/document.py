"""The YAML of a scenario as a tree in which every key and value knows its line and column.

The syntax is ruamel.yaml's (YAML 1.2). The tree is built here from its events, because a scenario may come from
anybody: size, depth and the number of values after expanding aliases are bounded while reading, duplicate keys and tags
are refused, and plain scalars mean what the YAML 1.2 core schema says, so that `no` is a text and 0250 is 250.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.events import MappingEndEvent as MappingEnd

from sim.scenario.mistakes import NOWHERE, Mark, Mistake, ScenarioError

MAX_BYTES = 1 << 20
MAX_DEPTH = 40
MAX_VALUES = 100_000
MAX_DIGITS = 1_000

_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


@dataclass(frozen=True)
class Node:
    """A value of the document: a scalar, a list of nodes, or a mapping from key to `Entry`."""

    mark: Mark
    value: Any
    size: int = 1
    depth: int = 1

    def plain(self) -> Any:
        """The value without its positions."""
        if isinstance(self.value, dict):
            return {key: entry.node.plain() for key, entry in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, key: str | int) -> "Node | None":
        """The node under a key or at an index, if there is one."""
        if isinstance(self.value, dict):
            entry = self.value.get(key)
            return entry.node if entry else None
        if isinstance(self.value, list) and isinstance(key, int) and 0 <= key < len(self.value):
            return self.value[key]  # type: ignore[no-any-return]
        return None


@dataclass(frozen=True)
class Entry:
    """A key of a mapping, by where it stands, and its value."""

    mark: Mark
    node: Node


@dataclass
class _Open:
    """A mapping or list whose end has not come yet."""

    mark: Mark
    anchor: str | None
    mapping: bool
    entries: dict[Any, Entry] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    key: tuple[str, Mark] | None = None
    size: int = 1
    depth: int = 1


def tree(value: object, mark: Mark = NOWHERE, level: int = 1) -> Node:
    """Turn plain Python data into a document whose values all stand at `mark`."""
    if level > MAX_DEPTH:
        raise ScenarioError([Mistake.at(mark, (), f"nested deeper than {MAX_DEPTH} levels")])
    if isinstance(value, Mapping):
        return Node(mark, {str(key): Entry(mark, tree(item, mark, level + 1)) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return Node(mark, [tree(item, mark, level + 1) for item in value])
    if hasattr(value, "dtype") and hasattr(value, "item"):
        return Node(mark, value.item())
    return Node(mark, value)


def parse(text: str, file: str | None, found: list[Mistake]) -> Node | None:
    """Read one YAML document; None if there is none.

    Duplicate keys and tags are added to `found`. Raise a ScenarioError at the first place where the syntax breaks or a
    limit is passed. `file` is the name that mistakes carry.
    """
    builder = _Builder(file, found)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except ScenarioError:
        raise
    except MarkedYAMLError as error:
        builder.stop(_syntax(error, file))
    except YAMLError as error:
        builder.stop(_unprintable(error, text, file))
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError):
        # The scanner trips over a few malformed texts (a huge \U escape, say) instead of refusing them.
        builder.stop(Mistake.at(builder.last, (), "not valid YAML: something after this cannot be read"))
    return builder.root


class _Builder:
    """Puts the tree together from the parser's events."""

    def __init__(self, file: str | None, found: list[Mistake]) -> None:
        self.file = file
        self.root: Node | None = None
        self.mistakes = found
        self.last = Mark(file, 1, 1)
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._values = 0
        self._documents = 0

    def take(self, event: Event) -> None:
        mark = Mark(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        self.last = mark
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self.stop(Mistake.at(mark, (), "a second document starts here; expected one scenario in a file"))
        elif isinstance(event, (MappingEnd, SequenceEndEvent)):
            self._close()
        elif isinstance(event, NodeEvent):
            self._node(event, mark)

    def stop(self, mistake: Mistake) -> None:
        """Give up: what follows cannot be trusted."""
        raise ScenarioError([*self.mistakes, mistake])

    def _node(self, event: Any, mark: Mark) -> None:
        parent = self._open[-1] if self._open else None
        if parent and parent.mapping and parent.key is None:
            self._key(event, mark, parent)
            return
        if not isinstance(event, AliasEvent) and event.ctag is not None:
            self._tag(event, mark)
        if isinstance(event, AliasEvent):
            target = self._anchors.get(event.anchor)
            if target is None:
                self.stop(Mistake.at(mark, self._loc(), f"alias '*{event.anchor}' has no anchor before it"))
            else:
                self._add(Node(mark, target.value, target.size, target.depth))
        elif isinstance(event, ScalarEvent):
            plain = event.implicit[0] and event.style is None
            if plain and not event.value and parent and parent.key:
                # A value that is not there is said to stand wherever the next token does.
                mark = parent.key[1]
            node = Node(mark, scalar(event.value) if plain else str(event.value))
            if event.anchor:
                self._anchors[event.anchor] = node
            self._add(node)
        elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            if len(self._open) >= MAX_DEPTH:
                self._too_deep(mark)
            self._open.append(_Open(mark, event.anchor, isinstance(event, MappingStartEvent)))

    def _key(self, event: Any, mark: Mark, parent: _Open) -> None:
        if not isinstance(event, ScalarEvent):
            self.stop(Mistake.at(mark, self._loc(), "a key that is not a plain word; expected 'key: value'"))
        if event.ctag is not None:
            self._tag(event, mark)
        if event.value == "<<":
            self._mistake(mark, "merge key '<<'; expected the keys themselves, or base: for a variant of another file")
        parent.key = (str(event.value), mark)

    def _tag(self, event: Any, mark: Mark) -> None:
        tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
        self._mistake(mark, f"tag '{tag}'; expected plain YAML, without tags")

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if len(self._open) + node.depth > MAX_DEPTH + 1:
            self._too_deep(node.mark)
        self._values += node.size
        if self._values > MAX_VALUES:
            self.stop(Mistake.at(node.mark, (), f"more than {MAX_VALUES:,} values once its aliases are expanded"))
        parent.size += node.size
        parent.depth = max(parent.depth, node.depth + 1)
        if not parent.mapping:
            parent.items.append(node)
            return
        key, mark = parent.key or ("", node.mark)
        parent.key = None
        if (first := parent.entries.get(key)) is not None:
            self._mistake(mark, f"duplicate key '{key}'; it stands on line {first.mark.line} already", key)
        elif key != "<<":
            parent.entries[key] = Entry(mark, node)

    def _close(self) -> None:
        ended = self._open.pop()
        self._values -= ended.size - 1
        node = Node(ended.mark, ended.entries if ended.mapping else ended.items, ended.size, ended.depth)
        if ended.anchor:
            self._anchors[ended.anchor] = node
        self._add(node)

    def _loc(self) -> tuple[str | int, ...]:
        steps: list[str | int] = []
        for parent in self._open:
            if not parent.mapping:
                steps.append(len(parent.items))
            elif parent.key:
                steps.append(parent.key[0])
        return tuple(steps)

    def _mistake(self, mark: Mark, text: str, *more: str) -> None:
        self.mistakes.append(Mistake.at(mark, (*self._loc(), *more), text))

    def _too_deep(self, mark: Mark) -> None:
        self.stop(Mistake.at(mark, (), f"nested deeper than {MAX_DEPTH} levels"))


def scalar(text: str) -> Any:
    """What a plain scalar means in the YAML 1.2 core schema (section 10.3.2)."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) and len(text) < MAX_DIGITS:
        return int(text)
    if _BASED.fullmatch(text) and len(text) < MAX_DIGITS:
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if infinite := _INFINITE.fullmatch(text):
        return float(f"{infinite[1]}inf")
    return text


def _syntax(error: MarkedYAMLError, file: str | None) -> Mistake:
    mark = error.problem_mark or error.context_mark
    problem = (error.problem or str(error)).strip()
    if "'\\t'" in problem:
        problem = "a tab; expected spaces"
    elif error.context and error.context_mark and error.context_mark.line != mark.line:
        problem = f"not valid YAML: {problem}, {error.context} that starts on line {error.context_mark.line + 1}"
    else:
        problem = f"not valid YAML: {problem}"
    return Mistake(file, mark.line + 1, mark.column + 1, "", problem)


def _unprintable(error: YAMLError, text: str, file: str | None) -> Mistake:
    character = getattr(error, "character", None)
    if character is None:
        return Mistake(file, 1, 1, "", f"not valid YAML: {error}")
    character = character if isinstance(character, str) else chr(character)
    before = text[: max(text.find(character), 0)]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return Mistake(file, line, column, "", f"not valid YAML: character U+{ord(character):04X}; expected printable text")
