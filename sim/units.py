"""Quantities as people write them: ``5 s``, ``250/s``, ``4 KiB``.

A duration is an integer of nanoseconds everywhere inside the simulator, a rate a float per second, a size an integer of
bytes. This module reads them from text, writes them back, and offers them as types for the scenario models. What is
in range is decided by the shape of the text alone, so that the patterns in the published JSON Schema accept exactly
what the loader accepts.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypeAliasType

NS = 1
US = 1_000
MS = 1_000_000
S = 1_000_000_000
MIN = 60 * S
H = 3_600 * S

# The digits allowed before the decimal point keep every duration below 1e9 s, so that a sum of a clock and a few
# durations still fits a signed 64-bit integer of nanoseconds.
_DURATION_UNITS = {
    "ns": (NS, 18),
    "us": (US, 15),
    "µs": (US, 15),
    "μs": (US, 15),
    "ms": (MS, 12),
    "s": (S, 9),
    "min": (MIN, 7),
    "h": (H, 5),
}
_RATE_UNITS = {"s": (S, 9), "ms": (MS, 6), "us": (US, 3), "min": (MIN, 10), "h": (H, 12)}
_SIZE_UNITS = {"B": (1, 14), "KiB": (1 << 10, 11), "MiB": (1 << 20, 8), "GiB": (1 << 30, 5)}

_LARGEST_NUMBER = 1e15
_SMALLEST_NUMBER = 1e-9
_LONGEST_TEXT = 100
_LONGEST_SHOWN = 56
_SHORT_RATE = 8
_LOOSE = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?) *(?P<per>/?) *(?P<unit>[^\W\d]+)"
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
    return "|".join(f"{_number(d)}{before_unit}(?:{'|'.join(names)})" for d, names in by_digits.items())


# In Python `$` also matches before a final newline, elsewhere it does not; the look-ahead makes both agree.
_END = r"(?!\n)$"
_ABOVE_ZERO = "(?=[0-9.]*[1-9])"
_SIZES = "|".join(f"[1-9][0-9]{{0,{digits - 1}}} ?{unit}" for unit, (_, digits) in _SIZE_UNITS.items())
DURATION_PATTERN = f"^(?:{_alternatives(_DURATION_UNITS, ' ?')}){_END}"
POSITIVE_DURATION_PATTERN = f"^{_ABOVE_ZERO}{DURATION_PATTERN[1:]}"
RATE_PATTERN = f"^{_ABOVE_ZERO}(?:{_alternatives(_RATE_UNITS, ' ?/ ?')}){_END}"
SIZE_PATTERN = f"^(?:{_SIZES}){_END}"


def _split(
    value: object, units: Mapping[str, tuple[int, int]], what: str, example: str, pattern: str
) -> tuple[str, int]:
    """Take a text apart into its number and the factor of its unit, or say what is wrong with it."""
    unfit = UnitError(f"expected {what} with its unit, such as '{example}', not {shown(value)}")
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise unfit
    if re.search(pattern, value):
        unit = value.lstrip("0123456789.eE+- /")
        return value[: -len(unit)].rstrip(" /"), units[unit][0]
    loose = _LOOSE.fullmatch(value)
    if not loose or bool(loose["per"]) != ("/" in example):
        raise unfit
    number, per, unit = loose.group("number", "per", "unit")
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
    number, factor = _split(value, _DURATION_UNITS, "a duration", "5 s", pattern)
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
    number, per = _split(value, _RATE_UNITS, "a rate", "250/s", RATE_PATTERN)
    top, bottom = _scaled(number, S)
    return max(top / (bottom * per), 1e-99)


def parse_size(value: str) -> int:
    """Read a size such as ``264 B``, ``4 KiB`` or ``16 GiB``, a whole number above zero; returns bytes.

    Raises `UnitError` for a bare number, an unknown unit (kB, MB), a fraction, or 1e5 GiB and more.
    """
    number, factor = _split(value, _SIZE_UNITS, "a size", "4 KiB", SIZE_PATTERN)
    return int(number) * factor


def write_duration(ns: int) -> str:
    """Write nanoseconds exactly, so that `parse_duration` returns the same integer."""
    for unit, size, least in (("h", H, H), ("min", MIN, 10 * MIN)):
        if ns >= least and ns % size == 0:
            return f"{ns // size} {unit}"
    for unit, size in (("s", S), ("ms", MS), ("us", US)):
        if ns >= size or ns == 0:
            whole, rest = divmod(ns, size)
            fraction = f"{rest:0{len(str(size)) - 1}d}".rstrip("0")
            return f"{whole}.{fraction} {unit}" if fraction else f"{whole} {unit}"
    return f"{ns} ns"


def write_rate(per_second: float) -> str:
    """Write a rate so that `parse_rate` returns the same float: per second, or in the unit that makes it shorter."""
    texts = [f"{per_second!r}/s".replace(".0/", "/")]
    texts += [f"{per_second * per / S:.15g}/{unit}" for unit, (per, _) in _RATE_UNITS.items()]
    exact = [text for text in texts if re.search(RATE_PATTERN, text) and parse_rate(text) == per_second]
    return exact[0] if len(exact[0]) <= _SHORT_RATE else min(exact, key=lambda text: len(text.partition("/")[0]))


def write_size(size: int) -> str:
    """Write bytes exactly, so that `parse_size` returns the same integer."""
    for unit in ("GiB", "MiB", "KiB"):
        if size % _SIZE_UNITS[unit][0] == 0:
            return f"{size // _SIZE_UNITS[unit][0]} {unit}"
    return f"{size} B"


def format_duration(ns: float, digits: int = 3) -> str:
    """Write nanoseconds for reading, rounded to `digits` significant digits: ``5.12 s``, ``74 us``."""
    if not math.isfinite(ns):
        return str(ns)
    units = [("ns", NS, 1000), ("us", US, 1000), ("ms", MS, 1000), ("s", S, 120), ("min", MIN, 60), ("h", H, math.inf)]
    rounded = [(float(f"{ns / size:.{digits}g}"), unit, limit) for unit, size, limit in units]
    value, unit = next((value, unit) for value, unit, limit in rounded if abs(value) < limit)
    return f"{value:,.15g} {unit}"


def format_count(count: int) -> str:
    """Write a count with its thousands apart: ``1,234,567``."""
    return f"{count:,}"


def format_share(share: float, digits: int = 3) -> str:
    """Write a share of 0 to 1 in percent: ``12.3 %``."""
    return f"{share * 100:.{digits}g} %"


def format_rate(per_second: float, digits: int = 3) -> str:
    """Write a rate for reading, rounded to `digits` significant digits: ``250/s``."""
    return f"{float(f'{per_second:.{digits}g}'):,.15g}/s"


def format_size(size: float, digits: int = 3) -> str:
    """Write bytes for reading, rounded to `digits` significant digits: ``1.5 MiB``."""
    unit = next((u for u in ("GiB", "MiB", "KiB") if size >= _SIZE_UNITS[u][0]), "B")
    return f"{float(f'{size / _SIZE_UNITS[unit][0]:.{digits}g}'):,.15g} {unit}"


@dataclass(frozen=True, eq=False)
class _Quantity:
    """What makes an ``Annotated`` type of a way to read, a way to write and a JSON Schema."""

    kind: str
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    schema: JsonSchemaValue

    def _validate(self, value: Any) -> Any:
        try:
            return self.read(value)
        except UnitError as error:
            raise PydanticCustomError(self.kind, "{message}", {"message": str(error)}) from None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._validate, serialization=core_schema.plain_serializer_function_ser_schema(self.write)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return dict(self.schema)


def _real(value: Any, what: str, low: float, high: float) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise UnitError(f"expected {what}, not {shown(value)}")
    return float(value)


def _whole(value: Any, what: str, low: int) -> int:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and value > _LARGEST_NUMBER:
        raise UnitError(f"expected a whole number up to 1e15, not {shown(value)}")
    if not number or not value >= low or value % 1:
        raise UnitError(f"expected {what}, not {shown(value)}")
    return int(value)


def _text(pattern: str, description: str, *examples: str) -> JsonSchemaValue:
    return {"type": "string", "pattern": pattern, "description": description, "examples": list(examples)}


_ZERO_OR_TEXT = {
    "description": "A duration with its unit (ns, us, ms, s, min, h), or 0.",
    "anyOf": [_text(DURATION_PATTERN, "A duration with its unit.", "5 s", "80 us", "1.5 ms"), {"const": 0}],
}
_POSITIVE_TEXT = _text(
    POSITIVE_DURATION_PATTERN, "A duration above zero with its unit (ns, us, ms, s, min, h).", "5 s", "80 us"
)
_ONE_TO_MANY = {"type": "integer", "minimum": 1, "maximum": int(_LARGEST_NUMBER)}

Duration = TypeAliasType(
    "Duration", Annotated[int, _Quantity("duration", parse_duration, write_duration, _ZERO_OR_TEXT)]
)
"""Nanoseconds, 0 or more; written ``5 s``."""
PositiveDuration = TypeAliasType(
    "PositiveDuration", Annotated[int, _Quantity("duration", parse_positive_duration, write_duration, _POSITIVE_TEXT)]
)
"""Nanoseconds, above 0; written ``5 s``."""
Rate = TypeAliasType(
    "Rate",
    Annotated[
        float,
        _Quantity("rate", parse_rate, write_rate, _text(RATE_PATTERN, "A rate above zero with its unit.", "250/s")),
    ],
)
"""Events per second, above 0; written ``250/s``."""
Size = TypeAliasType(
    "Size",
    Annotated[
        int, _Quantity("size", parse_size, write_size, _text(SIZE_PATTERN, "A size with its unit.", "264 B", "4 KiB"))
    ],
)
"""Bytes, above 0; written ``4 KiB``."""
Probability = Annotated[
    float,
    _Quantity(
        "probability",
        lambda value: _real(value, "a probability between 0 and 1", 0, 1),
        float,
        {"type": "number", "minimum": 0, "maximum": 1},
    ),
]
"""A float between 0 and 1."""
PositiveNumber = Annotated[
    float,
    _Quantity(
        "number",
        lambda value: _real(value, "a number from 1e-9 to 1e15", _SMALLEST_NUMBER, _LARGEST_NUMBER),
        float,
        {"type": "number", "minimum": _SMALLEST_NUMBER, "maximum": _LARGEST_NUMBER},
    ),
]
"""A float above 0, not so small that dividing a duration by it would overflow."""
Count = Annotated[
    int,
    _Quantity(
        "count", lambda value: _whole(value, "a whole number, 0 or more", 0), int, {**_ONE_TO_MANY, "minimum": 0}
    ),
]
"""A whole number, 0 or more; ``1e6`` is one too."""
PositiveCount = Annotated[
    int, _Quantity("count", lambda value: _whole(value, "a whole number, 1 or more", 1), int, _ONE_TO_MANY)
]
"""A whole number, 1 or more."""
