"""From text to quantity, or to what is wrong with the text.

What is in range is decided by the shape of the text alone, so that the patterns in the published JSON Schema accept
exactly what the loader accepts.
"""

import re
from collections.abc import Mapping

from sim.units.scales import BANDWIDTH_UNITS, DURATION_UNITS, RATE_UNITS, SIZE_UNITS, S

_LONGEST_TEXT = 100
_LONGEST_SHOWN = 56
_LOOSE = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?) *"
    r"(?P<per>/?) *(?P<unit>[^\W\d]+(?: */ *[^\W\d]+)?)"
)


class UnitError(ValueError):
    """A text that is not the quantity it should be; the message says what was found and what was expected."""


def shown(value: object) -> str:
    """Return `value` the way the reader of a YAML file knows it, short enough for one line of an error."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Mapping, list, tuple)):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    if isinstance(value, str):
        return repr(str(value)) if len(value) <= _LONGEST_SHOWN else f"{str(value)[:_LONGEST_SHOWN]!r}..."
    return "a number of more than 30 digits" if isinstance(value, int) and abs(value) > 10**30 else str(value)


def _number(digits: int) -> str:
    """Pattern of a number below 10**digits, decided by its shape alone: the more digits, the smaller an exponent."""
    fraction = r"(?:\.[0-9]{1,40})?"
    plain = f"[0-9]{{1,{digits}}}{fraction}(?:[eE]-[0-9]{{1,2}})?"
    powers = []
    for wholes in (1, 2, 3):
        tens, ones = divmod(digits - wholes, 10)
        exponent = f"0?[0-9]|1[0-{ones}]" if tens else f"0?[0-{ones}]"
        powers.append(f"[0-9]{{{wholes}}}{fraction}[eE][+]?(?:{exponent})")
    return f"(?:{plain}|{'|'.join(powers)})"


def _alternatives(units: Mapping[str, tuple[int, int]], before_unit: str) -> str:
    by_digits: dict[int, list[str]] = {}
    for unit, (_, digits) in units.items():
        by_digits.setdefault(digits, []).append(unit)
    return "|".join(
        f"{_number(d)}{before_unit}(?:{'|'.join(names).replace('/', ' ?/ ?')})" for d, names in by_digits.items()
    )


# In Python `$` also matches before a final newline, elsewhere it does not; the look-ahead makes both agree.
_END = r"(?!\n)$"
_ABOVE_ZERO = "(?=[0-9.]*[1-9])"
_SIZES = "|".join(f"[1-9][0-9]{{0,{digits - 1}}} ?{unit}" for unit, (_, digits) in SIZE_UNITS.items())
_NO_SIZE = f"0{{1,9}} ?(?:{'|'.join(SIZE_UNITS)})"
DURATION_PATTERN = f"^(?:{_alternatives(DURATION_UNITS, ' ?')}){_END}"
POSITIVE_DURATION_PATTERN = f"^{_ABOVE_ZERO}{DURATION_PATTERN[1:]}"
RATE_PATTERN = f"^{_ABOVE_ZERO}(?:{_alternatives(RATE_UNITS, ' ?/ ?')}){_END}"
SIZE_PATTERN = f"^(?:{_SIZES}){_END}"
AMOUNT_PATTERN = f"^(?:{_NO_SIZE}|{_SIZES}){_END}"
BANDWIDTH_PATTERN = f"^{_ABOVE_ZERO}(?:{_alternatives(BANDWIDTH_UNITS, ' ?')}){_END}"


def _split(
    value: object, units: Mapping[str, tuple[int, int]], what: str, example: str, pattern: str
) -> tuple[str, int]:
    """Take a text apart into its number and the factor of its unit, or say what is wrong with it."""
    unfit = UnitError(f"expected {what} with its unit, such as '{example}', not {shown(value)}")
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise unfit
    if re.search(pattern, value):
        unit = value.lstrip("0123456789.eE+- /")
        return value[: -len(unit)].rstrip(" /"), units[unit.replace(" ", "")][0]
    loose = _LOOSE.fullmatch(value)
    if not loose or bool(loose["per"]) == (" " in example):
        raise unfit
    number, per, unit = loose.group("number", "per", "unit")
    unit = unit.replace(" ", "")
    if unit not in units:
        *most, last = [f"{per}{name}" for name in units if name.isascii()]
        hint = " (1 KiB = 1024 B)" if "KiB" in units else ""
        raise UnitError(f"unknown unit '{unit}' in {shown(value)}: expected {', '.join(most)} or {last}{hint}")
    digits = units[unit][1]
    if number.startswith("-"):
        raise UnitError(f"{shown(value)} is negative: expected {what} such as '{example}'")
    if not re.search("[1-9]", number.lower().partition("e")[0]):
        raise UnitError(f"{shown(value)} is zero: expected {what} above zero, such as '{example}'")
    if float(number) >= 10**digits:
        limit = f"1e{digits}{'' if per else ' '}{per}{unit}"
        raise UnitError(f"{shown(value)} is out of range: expected {what} below {limit}")
    if "e" in number.lower() and "KiB" not in units:
        raise UnitError(f"{shown(value)} is too long for an exponent: expected {what} without it, such as '{example}'")
    if "KiB" in units and not number.isdigit():
        raise UnitError(f"{shown(value)} is not whole: expected {what} with its unit, such as '{example}'")
    raise unfit


def _scaled(number: str, factor: int) -> tuple[int, int]:
    """Return number * factor as an exact fraction (numerator, denominator)."""
    mantissa, _, exponent = number.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    power = int(exponent or 0) - len(fraction)
    top = int(whole + fraction) * factor
    return (top * 10**power, 1) if power >= 0 else (top, 10**-power)


def _nanoseconds(value: object, pattern: str) -> int:
    number, factor = _split(value, DURATION_UNITS, "a duration", "5 s", pattern)
    top, bottom = _scaled(number, factor)
    nearest = (2 * top + bottom) // (2 * bottom)
    return max(nearest, 1) if top else 0


def parse_duration(value: str | int) -> int:
    """Read a duration such as ``5 s``, ``80 us``, ``1.5 ms``, ``2 min`` or ``1e-3 s``; or exactly 0.

    Returns nanoseconds, rounded to the nearest; anything above zero is at least 1 ns. Raises `UnitError` for a bare
    number, an unknown unit, a negative value, or 1e9 s (31 years) and more.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == 0:
        return 0
    return _nanoseconds(value, DURATION_PATTERN)


def parse_positive_duration(value: str) -> int:
    """Read a duration above zero, in nanoseconds; otherwise as `parse_duration`."""
    return _nanoseconds(value, POSITIVE_DURATION_PATTERN)


def parse_rate(value: str) -> float:
    """Read a rate such as ``250/s``, ``0.5/ms`` or ``10/min``, above zero; returns events per second.

    Anything above zero is at least 1e-99 per second. Raises `UnitError` as `parse_duration` does.
    """
    number, per = _split(value, RATE_UNITS, "a rate", "250/s", RATE_PATTERN)
    top, bottom = _scaled(number, S)
    return max(top / (bottom * per), 1e-99)


def parse_size(value: str) -> int:
    """Read a size such as ``264 B``, ``4 KiB`` or ``16 GiB``, a whole number above zero; returns bytes.

    Raises `UnitError` for a bare number, an unknown unit (kB, MB), a fraction, or 1e5 GiB and more.
    """
    return _bytes(value, SIZE_PATTERN)


def parse_amount(value: str | int) -> int:
    """Read a size that may be nothing: ``0 B``, or exactly 0; otherwise as `parse_size`."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == 0:
        return 0
    return _bytes(value, AMOUNT_PATTERN)


def _bytes(value: object, pattern: str) -> int:
    number, factor = _split(value, SIZE_UNITS, "a size", "4 KiB", pattern)
    return int(number) * factor


def parse_bandwidth(value: str) -> int:
    """Read a rate of memory such as ``1 GB/s``, ``1.5 MB/s`` or ``64 KiB/s``, above zero; returns bytes per second.

    kB, MB and GB are powers of 1000, KiB, MiB and GiB of 1024. Rounded to the nearest; anything above zero is at least
    1 byte per second. Raises `UnitError` as `parse_duration` does, and for 1e6 GB/s and more.
    """
    number, factor = _split(value, BANDWIDTH_UNITS, "a bandwidth", "500 MB/s", BANDWIDTH_PATTERN)
    top, bottom = _scaled(number, factor)
    return max((2 * top + bottom) // (2 * bottom), 1)
