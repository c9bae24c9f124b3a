"""What the points of a sweep must satisfy, such as ``pools.bio.min_nr * 4 KiB <= 1 MiB``.

    comparison = sum ("<=" | ">=" | "<" | ">" | "==" | "!=") sum
    sum        = product (("+" | "-") product)*
    product    = factor (("*" | "/") factor)*
    factor     = "-" factor | "(" sum ")" | number with or without a unit | 'text' | path

Numbers are exact and keep their units: a size divided by a duration is compared with a bandwidth.
"""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from sim.scenario.axes.amount import NUMBER, UNIT, Amount, amount_in
from sim.scenario.mistakes import NOWHERE, Loc, Mark, ScenarioError, placed, refused
from sim.units import shown

MAX_LENGTH = 500
MAX_DEPTH = 20
_TOKEN = re.compile(
    rf"(?P<amount>{NUMBER}(?: ?(?:{UNIT})(?![A-Za-z0-9_.]))?)(?![A-Za-z0-9_.])"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<path>[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*)"
    r"|(?P<sign><=|>=|==|!=|[-+*/()<>])"
)
_COMPARED: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}
_FORM = "a comparison such as pools.bio.min_nr * 4 KiB <= 1 MiB"
_FACTOR = "a number, a path or '('"

Value = Amount | str
"""An amount, or a text such as a word."""
Lookup = Callable[[str], Value]
"""Gives the value at a path, or raises a ScenarioError without a place."""
_Term = Callable[[Lookup], Value]


@dataclass(frozen=True)
class Constraint:
    """A comparison between two terms; `paths` are those that it reads."""

    text: str
    paths: tuple[str, ...]
    _left: _Term
    _sign: str
    _right: _Term
    mark: Mark = NOWHERE
    loc: Loc = ()

    @classmethod
    def parse(cls, text: str, mark: Mark = NOWHERE, loc: Loc = ()) -> "Constraint":
        """Read a comparison that stands at `mark` and `loc`. Raise a ScenarioError, placed there, if it is none."""
        try:
            if len(text) > MAX_LENGTH:
                raise refused(f"found {len(text):,} characters; expected at most {MAX_LENGTH}")
            return replace(_Reader(text).comparison(), mark=mark, loc=loc)
        except ScenarioError as error:
            raise ScenarioError(placed(error, mark, loc)) from None

    def holds(self, lookup: Lookup) -> bool:
        """Whether it holds where `lookup` gives the values.

        Raise a ScenarioError, placed where it was written, if units do not agree or `lookup` does not know a path.
        """
        try:
            return self._holds(lookup)
        except ScenarioError as error:
            raise ScenarioError(placed(error, self.mark, self.loc)) from None

    def _holds(self, lookup: Lookup) -> bool:
        left, right = self._left(lookup), self._right(lookup)
        if isinstance(left, str) or isinstance(right, str):
            if isinstance(left, str) and isinstance(right, str) and self._sign in ("==", "!="):
                return (left == right) is (self._sign == "==")
            raise refused(f"{_told(left)} {self._sign} {_told(right)} in {shown(self.text)}; expected two numbers")
        _alike(left, right, self._sign, self.text)
        return _COMPARED[self._sign](left.value, right.value)


class _Reader:
    """Goes through the tokens of one comparison, from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.paths: list[str] = []
        self._tokens = list(_tokens(text))
        if not self._tokens:
            raise refused(f"found {shown(text)}; expected {_FORM}")
        self._next = 0
        self._depth = 0

    def comparison(self) -> Constraint:
        left = self._sum()
        sign = self._take(*_COMPARED)
        if sign is None:
            raise self._unexpected(f"one of {' '.join(_COMPARED)}")
        right = self._sum()
        if self._next < len(self._tokens):
            raise self._unexpected("the end of the comparison")
        return Constraint(self.text, tuple(dict.fromkeys(self.paths)), left, sign, right)

    def _sum(self) -> _Term:
        term = self._product()
        while sign := self._take("+", "-"):
            term = _calculated(term, sign, self._product(), self.text)
        return term

    def _product(self) -> _Term:
        term = self._factor()
        while sign := self._take("*", "/"):
            term = _calculated(term, sign, self._factor(), self.text)
        return term

    def _factor(self) -> _Term:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refused(f"brackets deeper than {MAX_DEPTH} in {shown(self.text)}; expected fewer")
        if self._take("-"):
            term = _calculated(_constant(None), "-", self._factor(), self.text)
        elif self._take("("):
            term = self._sum()
            if not self._take(")"):
                raise self._unexpected("')'")
        else:
            term = self._single()
        self._depth -= 1
        return term

    def _single(self) -> _Term:
        kind, token = self._tokens[self._next] if self._next < len(self._tokens) else ("end", "")
        if kind not in ("amount", "text", "path"):
            raise self._unexpected(_FACTOR)
        self._next += 1
        if kind == "path":
            self.paths.append(token)
            return lambda lookup: lookup(token)
        return _constant(token[1:-1] if kind == "text" else amount_in(token))

    def _take(self, *signs: str) -> str | None:
        """The next token, if it is one of `signs`."""
        if self._next < len(self._tokens) and self._tokens[self._next] in [("sign", sign) for sign in signs]:
            self._next += 1
            return self._tokens[self._next - 1][1]
        return None

    def _unexpected(self, wanted: str) -> Exception:
        there = self._next < len(self._tokens)
        found = shown(self._tokens[self._next][1]) if there else "the end"
        return refused(f"found {found} in {shown(self.text)}; expected {wanted}")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            word = re.match(r"=|[^\s()<>]+", text[at:])
            wanted = "'=='" if text[at] == "=" else _FORM
            raise refused(f"found {shown(word[0] if word else text[at])} in {shown(text)}; expected {wanted}")
        yield found.lastgroup, found[0]
        at = found.end()


def _constant(value: Value | None) -> _Term:
    """A term that is the same everywhere; None is a zero of any unit."""
    return lambda _: _ZERO if value is None else value


_ZERO = Amount(Fraction(0))


def _calculated(left: _Term, sign: str, right: _Term, text: str) -> _Term:
    return lambda lookup: _calculate(left(lookup), sign, right(lookup), text)


def _calculate(left: Value, sign: str, right: Value, text: str) -> Amount:
    if isinstance(left, str) or isinstance(right, str):
        raise refused(f"{_told(left)} {sign} {_told(right)} in {shown(text)}; expected two numbers")
    if sign in "+-":
        _alike(left, right, sign, text)
        dimension = right.dimension if left.value == 0 else left.dimension
        return Amount(left.value + right.value if sign == "+" else left.value - right.value, dimension)
    turn = 1 if sign == "*" else -1
    if turn < 0 and right.value == 0:
        raise refused(f"a division by zero in {shown(text)}; expected a divisor that is never zero")
    seconds, size = (left.dimension[axis] + turn * right.dimension[axis] for axis in (0, 1))
    return Amount(left.value * right.value if turn > 0 else left.value / right.value, (seconds, size))


def _alike(left: Amount, right: Amount, sign: str, text: str) -> None:
    """Refuse what has different units; zero has any."""
    if left.dimension != right.dimension and left.value != 0 and right.value != 0:
        raise refused(f"{left.kind} {sign} {right.kind} in {shown(text)}; expected two of one unit")


def _told(value: Value) -> str:
    return shown(value) if isinstance(value, str) else value.kind
