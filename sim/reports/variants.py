"""What differs between scenarios, path by path."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_ABSENT = object()
_NOT_RUN = ("name", "description", "study")


def differing(variants: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the dotted paths at which scenarios differ, each with the value that every one of them has there, as text.

    What a run ignores, such as the description, does not count. A list is one value.
    """
    flat = [dict(_flat(scenario)) for scenario in variants.values()]
    paths = dict.fromkeys(path for each in flat for path in each)
    rows = {path: [each.get(path, _ABSENT) for each in flat] for path in paths}
    return {path: [text_of(value) for value in row] for path, row in rows.items() if any(v != row[0] for v in row)}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has to be set in one scenario to have the other, by dotted path; None removes a key."""
    return dict(_changes(before, after, ""))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        here = f"{path}.{key}" if path else key
        if old == new or here in _NOT_RUN:
            continue
        if isinstance(new, Mapping) and new and (old is None or isinstance(old, Mapping)):
            yield from _changes(old or {}, new, here)
        else:
            yield here, new


def text_of(value: Any) -> str:
    """Return a value of a scenario as text: ``10 ms``, ``[{"alloc": "bio"}]``, ``-`` if it is not there."""
    if value is _ABSENT:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _flat(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, entry in value.items():
        here = f"{path}.{key}" if path else key
        if not path and key in _NOT_RUN:
            continue
        if isinstance(entry, Mapping) and entry:
            yield from _flat(entry, here)
        elif entry is not None:
            yield here, entry
