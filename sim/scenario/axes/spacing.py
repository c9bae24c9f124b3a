"""Many values from a few: a pattern that is continued, or a range that is divided evenly."""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from sim.scenario.axes.amount import PLAIN, Amount
from sim.scenario.mistakes import refused

MAX_VALUES = 1_000
"""The most values of an axis."""
_DIGITS = 6


def continued(given: Sequence[Amount], end: Amount) -> list[Amount]:
    """The values that follow the `given` ones up to `end`: 1..4 counts, 1,3..9 adds, 1,2,4..64 multiplies.

    One plain number counts in ones; two have a difference that stays; three and more have a difference or a ratio.
    Raise a ScenarioError if they have neither, or if `end` is not among the values.
    """
    first, last = given[0], given[-1]
    shown = ", ".join(map(str, given))
    if end.dimension != last.dimension:
        raise refused(f"'{last}..{end}' goes from {last.kind} to {end.kind}; expected both alike")
    if len(given) == 1 and last.dimension != PLAIN:
        raise refused(f"'{last}..{end}' does not say its steps; expected two or more values before '..'")
    values = [amount.value for amount in given]
    differences = {after - before for before, after in pairwise(values)}
    ratios = {after / before for before, after in pairwise(values) if before > 0 and after > 0}
    if len(given) == 1:
        step, factor = Fraction(1 if end.value > last.value else -1), None
    elif len(differences) == 1:
        step, factor = differences.pop(), None
    elif len(ratios) == 1 and min(values) > 0:
        step, factor = Fraction(0), ratios.pop()
    else:
        raise refused(f"{shown} have neither a constant difference nor a constant ratio; expected one before '..'")
    rising = (factor > 1) if factor is not None else step > 0
    beyond = end.value < last.value if rising else end.value > last.value
    if (step == 0 and factor is None) or end.value == last.value or beyond:
        raise refused(f"{shown} and so on never come to {end}; expected an end that lies ahead")
    return [Amount(value, first.dimension) for value in _walked(last, end, step, factor, shown)]


def _walked(last: Amount, end: Amount, step: Fraction, factor: Fraction | None, shown: str) -> list[Fraction]:
    found: list[Fraction] = []
    before, value = last.value, last.value
    toward = 1 if end.value > last.value else -1
    while (end.value - value) * toward > 0:
        if len(found) >= MAX_VALUES:
            raise refused(f"more than {MAX_VALUES:,} values from {shown} to {end}; expected fewer")
        before, value = value, value + step if factor is None else value * factor
        found.append(value)
    if value != end.value:
        hits = f"{Amount(before, last.dimension)} or {Amount(value, last.dimension)}"
        raise refused(f"{shown} and so on miss {end}; expected them to end with {hits}")
    return found


def even(low: Amount, high: Amount, count: int) -> list[Amount]:
    """`count` values from `low` to `high` at equal distances, both ends among them."""
    step = (high.value - low.value) / (count - 1)
    return [Amount(low.value + step * index, low.dimension) for index in range(count)]


def logarithmic(low: Amount, high: Amount, count: int) -> list[Amount]:
    """`count` values from `low` to `high` at equal ratios, both ends among them; those between have six digits."""
    between = [rounded(at_share(low, high, index / (count - 1)), _DIGITS) for index in range(1, count - 1)]
    return [low, *between, high]


def at_share(low: Amount, high: Amount, share: float) -> Amount:
    """The value at a share of 0 to 1 of the way from `low` to `high`, on a logarithmic scale."""
    start, stop = math.log(low.value), math.log(high.value)
    return Amount(Fraction(math.exp(start + (stop - start) * share)), low.dimension)


def rounded(amount: Amount, digits: int) -> Amount:
    """The amount with so many significant digits."""
    return Amount(Fraction(f"{float(amount.value):.{digits - 1}e}"), amount.dimension)


def whole(amount: Amount) -> Amount:
    """The nearest whole number, the higher of two."""
    return Amount(Fraction(math.floor(amount.value + Fraction(1, 2))), amount.dimension)


def once_each(amounts: Sequence[Amount]) -> Iterator[Amount]:
    """The amounts without those that were there already, such as after rounding."""
    return iter(dict.fromkeys(amounts))
