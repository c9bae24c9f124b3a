"""The quantities as types for the models of a scenario."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypeAliasType

from sim.units.reading import (
    AMOUNT_PATTERN,
    BANDWIDTH_PATTERN,
    DURATION_PATTERN,
    POSITIVE_DURATION_PATTERN,
    RATE_PATTERN,
    SIZE_PATTERN,
    UnitError,
    parse_amount,
    parse_bandwidth,
    parse_duration,
    parse_positive_duration,
    parse_rate,
    parse_size,
    shown,
)
from sim.units.writing import write_bandwidth, write_duration, write_rate, write_size

_LARGEST_NUMBER = 1e15
_SMALLEST_NUMBER = 1e-9


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
_NOTHING_OR_SIZE = {
    "description": "A size with its unit (B, KiB, MiB, GiB), or 0.",
    "anyOf": [_text(AMOUNT_PATTERN, "A size with its unit.", "4 KiB", "0 B"), {"const": 0}],
}
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
Amount = TypeAliasType("Amount", Annotated[int, _Quantity("size", parse_amount, write_size, _NOTHING_OR_SIZE)])
"""Bytes, 0 or more; written ``4 KiB``."""
Bandwidth = TypeAliasType(
    "Bandwidth",
    Annotated[
        int,
        _Quantity(
            "bandwidth",
            parse_bandwidth,
            write_bandwidth,
            _text(BANDWIDTH_PATTERN, "A rate of memory with its unit.", "500 MB/s", "64 KiB/s"),
        ),
    ],
)
"""Bytes per second, above 0; written ``500 MB/s``."""
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
