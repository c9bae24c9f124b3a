"""Numbers with the unit that they were written with, exact, so that they can be compared, spaced and written back."""

import re
from dataclasses import dataclass
from fractions import Fraction

from sim.units import S, shown, write_bandwidth, write_duration, write_rate, write_size
from sim.units.scales import BANDWIDTH_UNITS, DURATION_UNITS, RATE_UNITS, SIZE_UNITS

Dimension = tuple[int, int]
"""The powers of seconds and of bytes: (0, 0) of a plain number, (1, 0) of a duration, (-1, 1) of a bandwidth."""

PLAIN: Dimension = (0, 0)
_DURATION: Dimension = (1, 0)
_RATE: Dimension = (-1, 0)
_SIZE: Dimension = (0, 1)
_BANDWIDTH: Dimension = (-1, 1)
_NAMES = {
    PLAIN: "a number",
    _DURATION: "a duration",
    _RATE: "a rate",
    _SIZE: "a size",
    _BANDWIDTH: "a bandwidth",
}

NUMBER = r"(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,2})?"
_UNITS: dict[str, tuple[Fraction, Dimension]] = {
    **{unit: (Fraction(ns, S), _DURATION) for unit, (ns, _) in DURATION_UNITS.items()},
    **{unit: (Fraction(size), _SIZE) for unit, (size, _) in SIZE_UNITS.items()},
    **{unit: (Fraction(size), _BANDWIDTH) for unit, (size, _) in BANDWIDTH_UNITS.items()},
    **{f"/{unit}": (Fraction(S, ns), _RATE) for unit, (ns, _) in RATE_UNITS.items()},
}
UNIT = "|".join(sorted((unit.replace("/", " ?/ ?") for unit in _UNITS), key=len, reverse=True))
_AMOUNT = re.compile(rf"(?P<sign>[-+]?)(?P<number>{NUMBER}) ?(?P<unit>{UNIT})?")


@dataclass(frozen=True)
class Amount:
    """A number in seconds, bytes or what its dimension makes of them."""

    value: Fraction
    dimension: Dimension = PLAIN

    def __str__(self) -> str:
        """The amount as a scenario would have it."""
        value = written(self)
        return value if isinstance(value, str) else shown(value)

    @property
    def kind(self) -> str:
        """What it is in words: ``a duration``."""
        return _NAMES.get(self.dimension, "a product of units")


def amount_in(text: str) -> Amount | None:
    """The amount that a text is, such as ``4``, ``1e-4``, ``10 ms``, ``250/s`` or ``4 KiB``; None if it is none."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or (found["sign"] and found["unit"]):
        return None
    value = Fraction(found["number"])
    if found["unit"] is None:
        return Amount(-value if found["sign"] == "-" else value)
    factor, dimension = _UNITS[found["unit"].replace(" ", "")]
    return Amount(value * factor, dimension)


def amount_of(value: object) -> Amount | None:
    """The amount that a value of a scenario is, None if it is something else, such as a word."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return amount_in(repr(value))
    return amount_in(value) if isinstance(value, str) else None


def quantity_of(value: object) -> Amount | None:
    """As `amount_of`, but a text that looks like a plain number is none: kernel "6.12"."""
    amount = amount_of(value)
    return None if isinstance(value, str) and amount is not None and amount.dimension == PLAIN else amount


def written(amount: Amount) -> int | float | str:
    """The amount as a value of a scenario: whole nanoseconds and bytes, with a unit; a number as it is."""
    value = amount.value
    if amount.dimension == _DURATION:
        return write_duration(round(value * S))
    if amount.dimension == _RATE:
        return write_rate(float(value))
    if amount.dimension == _SIZE:
        return write_size(round(value))
    if amount.dimension == _BANDWIDTH:
        return write_bandwidth(round(value))
    return int(value) if value.denominator == 1 else float(value)
