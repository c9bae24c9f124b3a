"""Changes to a scenario before it is validated: a variant laid over its base, and single values set by path."""

from collections.abc import Iterable

from sim.scenario.document import Entry, Node, parse, tree
from sim.scenario.expectations import is_choice, is_named, takes_text_only
from sim.scenario.mistakes import SET, Loc, Mark, Mistake, ScenarioError, expected, meant
from sim.units import shown

Change = tuple[str, Node]
"""A dotted path and the value to put there."""


def merge(under: Node, over: Node, found: list[Mistake], loc: Loc = ()) -> Node:
    """Lay `over` on `under`: mappings are merged key by key, anything else is replaced, null removes a key.

    Where a mapping is a choice of one key, another choice replaces it. A null that has nothing to remove is added to
    `found`. `loc` is the path of both.
    """
    if not isinstance(under.value, dict) or not isinstance(over.value, dict):
        return over
    if len(over.value) == 1 and not over.value.keys() & under.value.keys() and is_choice(loc):
        return over
    entries: dict[str, Entry] = dict(under.value)
    for key, entry in over.value.items():
        where = (*loc, key)
        if entry.node.value is None:
            if key not in under.value:
                text = f"nothing called '{key}' to remove{expected(under.value, 8)}{meant(key, under.value)}"
                found.append(Mistake.at(entry.mark, where, text))
            entries.pop(key, None)
        elif key in under.value:
            below = under.value[key]
            entries[key] = Entry(entry.mark, merge(below.node, entry.node, found, where))
        else:
            entries[key] = Entry(entry.mark, _without_nulls(entry.node, found, where))
    return Node(over.mark, entries)


def _without_nulls(node: Node, found: list[Mistake], loc: Loc) -> Node:
    """A new part of the tree; there is nothing under it that a null could remove."""
    return merge(Node(node.mark, {}), node, found, loc) if isinstance(node.value, dict) else node


def apply(root: Node, changes: Iterable[Change], found: list[Mistake]) -> Node:
    """Put each value at its path, in order; paths that lead nowhere are added to `found`."""
    for path, value in changes:
        root = _put(root, path.split("."), value, found, ())
    return root


def _put(node: Node, keys: list[str], value: Node, found: list[Mistake], loc: Loc) -> Node:
    """`node`, which is at `loc`, with `value` at the path `keys` below it."""
    if not keys:
        return merge(node, value, found, loc)
    key, *rest = keys
    if isinstance(node.value, list):
        return _put_in_list(node, keys, value, found, loc)
    if not isinstance(node.value, dict):
        text = f"found {shown(node.value)}; expected a mapping that has a key '{key}'"
        found.append(Mistake.at(value.mark, (*loc, key), text))
        return node
    if rest and key in node.value:
        entry = node.value[key]
        inner = _put(entry.node, rest, value, found, (*loc, key))
        return Node(node.mark, {**node.value, key: Entry(entry.mark, inner)})
    if rest and is_named(loc):
        text = f"nothing called '{key}' here{expected(node.value, 8)}{meant(key, node.value)}"
        found.append(Mistake.at(value.mark, (*loc, key), text))
        return node
    for name in reversed(keys):
        value = Node(value.mark, {name: Entry(value.mark, value)})
    return merge(node, Node(node.mark, value.value), found, loc)


def _put_in_list(node: Node, keys: list[str], value: Node, found: list[Mistake], loc: Loc) -> Node:
    items = list(node.value)
    key, *rest = keys
    if not key.isdecimal() or int(key) >= len(items):
        text = f"found {shown(key)}; expected the number of an entry, 0 to {len(items) - 1}"
        found.append(Mistake.at(value.mark, (*loc, key), text))
        return node
    index = int(key)
    items[index] = _put(items[index], rest, value, found, (*loc, index))
    return Node(node.mark, items)


def parse_set(text: str) -> Change:
    """Read the argument of ``--set``: ``path=value``, the value as YAML. Raise a ScenarioError if it is not that."""
    return parse_change(text, Mark(SET))


def parse_change(text: str, mark: Mark) -> Change:
    """Read ``path=value``, the value as YAML, which stands at `mark`. Raise a ScenarioError if it is not that."""
    path, equals, value = text.partition("=")
    path = path.strip()
    if not equals or not path or not all(path.split(".")):
        raise ScenarioError([Mistake.at(mark, (), f"found {shown(text)}; expected path=value")])
    return path, parse_value(value, path, mark)


def parse_value(text: str, path: str, mark: Mark) -> Node:
    """Read a value of the command line as the YAML that could stand at `path`. Raise a ScenarioError if it cannot."""
    found: list[Mistake] = []
    try:
        node = parse(text, mark.file, found)
    except ScenarioError as error:
        found, node = list(error.mistakes), None
    if found:
        raise ScenarioError(Mistake.at(mark, (path,), mistake.text) for mistake in found)
    plain = node.plain() if node else None
    if isinstance(plain, (int, float)) and takes_text_only(tuple(path.split("."))):
        plain = text.strip()
    return tree(plain, mark)
