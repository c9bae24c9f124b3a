"""Turns the errors of the scenario models into mistakes: in plain words, at the line and column to blame."""

import re
from collections.abc import Iterable
from typing import Any, get_args

from pydantic_core import ErrorDetails, core_schema

from sim.scenario.document import Node
from sim.scenario.expectations import expectation, known_keys
from sim.scenario.mistakes import Loc, Mark, Mistake, expected, meant
from sim.scenario.names import EXPECTED_BY_PATTERN, NAME_EXPECTED
from sim.spec import nearest
from sim.units import shown

_BUILTIN = frozenset(get_args(core_schema.ErrorType))
_KEY = "[key]"
_ABOUT_KEY = {"extra_forbidden", "cross_key"}
_MAYBE_KEY = {"unknown_choice", "choices"}
_NOT = re.compile(r"(?P<where>.*: )?expected (?P<expected>.*?),? (?:not|found) (?P<found>.*)", re.DOTALL)


def explain(errors: Iterable[ErrorDetails], root: Node) -> list[Mistake]:
    """The mistakes behind the errors of validating `root`, in the order of the file."""
    errors = list(errors)
    misspelt = {
        (*error["loc"][:-1], nearest(str(error["loc"][-1]), known_keys(error["loc"][:-1])))
        for error in errors
        if error["type"] == "extra_forbidden"
    }
    mistakes = [_explain(error, root) for error in errors if error["type"] != "missing" or error["loc"] not in misspelt]
    return sorted(dict.fromkeys(mistakes), key=lambda m: (m.file or "", m.line or 0, m.column or 0))


def _explain(error: ErrorDetails, root: Node) -> Mistake:
    loc: Loc = error["loc"]
    kind, value = error["type"], error["input"]
    if loc[-1:] == (_KEY,):
        loc = loc[:-1]
        wanted = EXPECTED_BY_PATTERN.get(error.get("ctx", {}).get("pattern", ""), NAME_EXPECTED)
        return Mistake.at(key_mark(root, loc), loc, f"found name {shown(loc[-1])}; expected {wanted}")
    if kind == "missing":
        wanted = expectation(loc)
        text = f"missing key '{loc[-1]}'" + (f"; expected {wanted}" if wanted else "")
        return Mistake.at(key_mark(root, loc[:-1]), loc, text)
    if kind == "extra_forbidden":
        names = known_keys(loc[:-1])
        hint = meant(loc[-1], names)
        text = f"unknown key {shown(loc[-1])}{expected(names, 8 if hint else 20)}{hint}"
        return Mistake.at(key_mark(root, loc), loc, text)
    loc = existing(root, loc)
    about_key = kind in _ABOUT_KEY or (kind in _MAYBE_KEY and bool(loc) and _mentions(value, loc[-1]))
    mark = key_mark(root, loc) if about_key else value_mark(root, loc)
    return Mistake.at(mark, loc, _text(kind, error["msg"], value, loc, error.get("ctx", {})))


def _mentions(value: Any, key: str | int) -> bool:
    return isinstance(value, str) and str(key) in value


def _text(kind: str, message: str, value: Any, loc: Loc, ctx: dict[str, Any]) -> str:
    if kind in ("cross", "cross_key"):
        return message
    if kind == "empty":
        return f"found nothing; expected {expectation(loc)}"
    if kind == "choices" and value == "nothing":
        return f"found an empty mapping; expected {expectation(loc, {})}"
    if kind == "too_short":
        return f"found {ctx.get('actual_length', 0)} entries; expected at least {ctx.get('min_length', 1)}"
    if _is_builtin(kind):
        return f"found {shown(value)}; expected {expectation(loc, value)}{_nearest_word(kind, value, ctx)}"
    return reworded(message)


def _is_builtin(kind: str) -> bool:
    """Whether the error is pydantic's own, whose text speaks of types and patterns, and not one of our models'."""
    return kind in _BUILTIN


def _nearest_word(kind: str, value: Any, ctx: dict[str, Any]) -> str:
    if kind not in ("literal_error", "enum") or not isinstance(value, str):
        return ""
    return meant(value, re.findall(r"'([^']*)'", str(ctx.get("expected", ""))))


def reworded(message: str) -> str:
    """A unit's or a choice's own message in the order that mistakes have: what was found; what is expected; a hint."""
    if (match := _NOT.fullmatch(message)) is not None:
        found = re.sub("^one of ", "a list of ", match["found"])
        return f"{match['where'] or ''}found {found}; expected {match['expected']}"
    return message.replace(": expected", "; expected").replace(": did you mean", "; did you mean")


def existing(root: Node, loc: Loc) -> Loc:
    """The part of `loc` that stands in the document; the rest belongs to a short form or a default."""
    node = root
    for depth, key in enumerate(loc):
        child = node.child(key)
        if child is None:
            return loc[:depth]
        node = child
    return loc


def value_mark(root: Node, loc: Loc) -> Mark:
    """Where the value at `loc` stands, or the nearest one around it."""
    node = root
    for key in loc:
        node = node.child(key) or node
    return node.mark


def key_mark(root: Node, loc: Loc) -> Mark:
    """Where the key at the end of `loc` stands, or the list entry, or the document itself."""
    if not loc:
        return root.mark
    parent = root
    for key in loc[:-1]:
        parent = parent.child(key) or parent
    entry = parent.value.get(loc[-1]) if isinstance(parent.value, dict) else None
    return entry.mark if entry else value_mark(root, loc)
