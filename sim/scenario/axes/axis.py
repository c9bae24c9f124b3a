"""An axis of a sweep: a path into the scenario and the values that it takes there.

The values are written in a small language, of which the command line takes ``--vary PATH=VALUES``:

| text | values |
|---|---|
| `1,2,8` or `one,all` | as they stand; brackets and quotes hold a value together |
| `1..8`, `1,3..9`, `1,2,4..64` | a pattern, continued to its end |
| `0:1:11`, `1 ms:10 s:5:log` | so many from one end to the other, at equal distances or ratios |
| `0:1`, `1 ms:10 s:log` | anything between, for a Latin hypercube |
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.scenario.axes.amount import PLAIN, Amount, amount_in, amount_of, quantity_of, written
from sim.scenario.axes.spacing import MAX_VALUES, continued, even, logarithmic, once_each, whole
from sim.scenario.document import Node, tree
from sim.scenario.expectations import takes_whole_numbers
from sim.scenario.mistakes import NOWHERE, VARY, Loc, Mark, Mistake, ScenarioError, placed, refused
from sim.scenario.names import PATH_PATTERN
from sim.scenario.overrides import parse_value
from sim.scenario.splitting import split
from sim.units import shown

_DOTS = re.compile(r"(?P<start>.*?) *\.\.\.? *(?P<end>.*)")
_ONLY_DOTS = ("..", "...")
_FORM = "PATH=VALUES, such as pools.bio.min_nr=1,2,4..64"


@dataclass(frozen=True)
class Span:
    """The range that an axis was written as; `log`: its values are spread by their ratios."""

    low: Amount
    high: Amount
    log: bool
    whole: bool


@dataclass(frozen=True)
class Axis:
    """A path and its values, plain data as `Scenario.with_` takes them; of a mere range, `span`, there may be none.

    `marks` tell where each value was written, `loc` what mistakes are prefixed with.
    """

    path: str
    values: tuple[Any, ...]
    span: Span | None = None
    marks: tuple[Mark, ...] = field(default=(), compare=False, repr=False)
    loc: Loc = field(default=(), compare=False, repr=False)

    @property
    def mark(self) -> Mark:
        """Where the axis was written."""
        return self.marks[0] if self.marks else NOWHERE

    @property
    def text(self) -> str:
        """The values as ``--vary`` takes them."""
        if not self.values and self.span:
            return f"{self.span.low}:{self.span.high}{':log' if self.span.log else ''}"
        return ",".join(map(_text, self.values))

    @property
    def is_ordered(self) -> bool:
        """Whether its values are numbers or quantities of one kind; so are those of a range."""
        amounts = [quantity_of(value) for value in self.values]
        return None not in amounts and len({amount.dimension for amount in amounts if amount}) < 2

    def node(self, value: Any) -> Node:
        """A value of the axis, as it stands where it was written."""
        for known, mark in zip(self.values, self.marks, strict=False):
            if known is value or known == value:
                return tree(value, mark)
        return tree(value, self.mark)


def parse_vary(text: str) -> Axis:
    """Read the argument of ``--vary``. Raise a ScenarioError, placed there, if it is not ``PATH=VALUES``."""
    path, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not values or not re.fullmatch(PATH_PATTERN, path):
        raise ScenarioError([Mistake(VARY, None, None, "", f"found {shown(text)}; expected {_FORM}")])
    return read_axis(path, tree(values, Mark(VARY)), ())


def read_axis(path: str, node: Node, loc: Loc) -> Axis:
    """The axis with the values that are written as `node`: a list of anything, a text of the small language, a value.

    Raise a ScenarioError, placed at the node.
    """
    if isinstance(node.value, list):
        return _listed(path, node.value, loc)
    if not isinstance(node.value, str):
        return Axis(path, (node.plain(),), None, (node.mark,), loc)
    try:
        return _read(path, node.value.strip(), node.mark, loc)
    except ScenarioError as error:
        raise ScenarioError(placed(error, node.mark, (*loc, path))) from None


def _listed(path: str, nodes: Sequence[Node], loc: Loc) -> Axis:
    values = tuple(node.plain() for node in nodes)
    if len(values) > MAX_VALUES:
        raise ScenarioError([Mistake.at(nodes[0].mark, (*loc, path), _too_many(len(values)))])
    for index, value in enumerate(values):
        if value in values[:index]:
            text = f"found {shown(value)} twice; expected each value once"
            raise ScenarioError([Mistake.at(nodes[index].mark, (*loc, path), text)])
    return Axis(path, values, None, tuple(node.mark for node in nodes), loc)


def _read(path: str, text: str, mark: Mark, loc: Loc) -> Axis:
    items = split(text)
    if len(items) == 1 and text.startswith("["):
        whole_list = parse_value(text, path, mark)
        if isinstance(whole_list.value, list) and whole_list.value:
            return _listed(path, whole_list.value, loc)
    if len(items) == 1 and (span := _span(text, path)):
        values = () if span.count is None else tuple(map(written, span.values))
        return Axis(path, values, span.span, (mark,) * max(len(values), 1), loc)
    values = tuple(_expanded(items, path, mark))
    if len(values) > MAX_VALUES:
        raise refused(_too_many(len(values)))
    for index, value in enumerate(values):
        if value in values[:index]:
            raise refused(f"found {shown(value)} twice; expected each value once")
    return Axis(path, values, None, (mark,) * len(values), loc)


def _expanded(items: Sequence[str], path: str, mark: Mark) -> Iterable[Any]:
    """The values of a text's parts, in their order."""
    values: list[Any] = []
    run: list[Amount] = []
    ahead = iter(items)
    for item in ahead:
        if not item:
            raise refused("found nothing between two commas; expected a value, or quotes around what is empty")
        pattern = _pattern(item, next(ahead, "") if item in _ONLY_DOTS else "", run)
        span = None if pattern else _span(item, path)
        if pattern:
            start, end = pattern
            if start is not None:
                values.append(written(start))
                run = [*run, start] if run and run[-1].dimension == start.dimension else [start]
            values += map(written, continued(run, end))
            run = []
        elif span:
            values += map(written, span.values)
            run = []
        else:
            value = parse_value(item, path, mark).plain()
            values.append(value)
            amount = amount_of(value)
            alike = amount is not None and (not run or run[-1].dimension == amount.dimension)
            run = [] if amount is None else [*run, amount] if alike else [amount]
    return values


def _pattern(item: str, after: str, run: Sequence[Amount]) -> tuple[Amount | None, Amount] | None:
    """What ``4..64`` starts and ends with; the start may stand before the comma: ``4,..64`` or ``4,...,64``."""
    found = _DOTS.fullmatch(item)
    if found is None:
        return None
    start, end = amount_in(found["start"]), amount_in(found["end"] or after)
    if start is None and (found["start"] or not run):
        return None
    if end is None:
        raise refused(f"found {shown(item)}; expected an end to the pattern, as in 1,2,4..64")
    return start, end


@dataclass(frozen=True)
class _Spaced:
    """A range and how many values of it are wanted, if that is said."""

    span: Span
    count: int | None

    @property
    def values(self) -> list[Amount]:
        """The values; whole ones where the field takes these."""
        low, high, count = self.span.low, self.span.high, self.count
        if count is None:
            raise refused("a range without a number of values; expected that too, as in 0:1:11")
        found = logarithmic(low, high, count) if self.span.log else even(low, high, count)
        return list(once_each(list(map(whole, found)) if self.span.whole else found))


def _span(item: str, path: str) -> _Spaced | None:
    """The range that ``low:high:count:log`` is; None for something else that has colons."""
    first, *rest = (part.strip() for part in item.split(":"))
    low = amount_in(first)
    if low is None or not rest:
        return None
    log = rest[-1] in ("log", "lin") and rest.pop() == "log"
    high = amount_in(rest[0]) if rest else None
    if high is None or len(rest) > 2:
        raise refused(f"found {shown(item)}; expected low:high:count, such as 0:1:11, or low:high:count:log")
    if low.dimension != high.dimension:
        raise refused(f"{shown(item)} goes from {low.kind} to {high.kind}; expected both alike")
    if low.value >= high.value:
        raise refused(f"{shown(item)} does not rise; expected the lower end first")
    if log and low.value <= 0:
        raise refused(f"{shown(item)} begins at {low}; expected an end above zero for log")
    count = None
    if len(rest) == 2:
        if not rest[1].isdecimal() or not 2 <= int(rest[1][:9]) <= MAX_VALUES:
            wanted = f"expected how many values, from 2 to {MAX_VALUES:,}"
            raise refused(f"found {shown(rest[1])} in {shown(item)}; {wanted}")
        count = int(rest[1])
    loc = tuple(int(key) if key.isdecimal() else key for key in path.split("."))
    return _Spaced(Span(low, high, log, low.dimension == PLAIN and takes_whole_numbers(loc)), count)


def _text(value: Any) -> str:
    """A value of an axis as it can be typed."""
    if isinstance(value, str) and parse_value(value, "", NOWHERE).plain() == value and len(split(value)) == 1:
        return value
    return json.dumps(value, ensure_ascii=False)


def _too_many(count: int) -> str:
    return f"{count:,} values; expected at most {MAX_VALUES:,}"
