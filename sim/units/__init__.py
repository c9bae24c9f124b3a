"""Quantities as people write them: ``5 s``, ``250/s``, ``4 KiB``, ``500 MB/s``.

A duration is an integer of nanoseconds everywhere inside the simulator, a rate a float per second, a size an integer of
bytes, a bandwidth an integer of bytes per second. This package reads them from text, writes them back, and offers them
as types for the scenario models.
"""

from sim.units.quantities import (
    Amount,
    Bandwidth,
    Count,
    Duration,
    PositiveCount,
    PositiveDuration,
    PositiveNumber,
    Probability,
    Rate,
    Size,
)
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
from sim.units.scales import MIN, MS, NS, US, H, S
from sim.units.writing import (
    format_count,
    format_duration,
    format_rate,
    format_share,
    format_size,
    write_bandwidth,
    write_duration,
    write_rate,
    write_size,
)

__all__ = [
    "AMOUNT_PATTERN",
    "BANDWIDTH_PATTERN",
    "DURATION_PATTERN",
    "MIN",
    "MS",
    "NS",
    "POSITIVE_DURATION_PATTERN",
    "RATE_PATTERN",
    "SIZE_PATTERN",
    "US",
    "Amount",
    "Bandwidth",
    "Count",
    "Duration",
    "H",
    "PositiveCount",
    "PositiveDuration",
    "PositiveNumber",
    "Probability",
    "Rate",
    "S",
    "Size",
    "UnitError",
    "format_count",
    "format_duration",
    "format_rate",
    "format_share",
    "format_size",
    "parse_amount",
    "parse_bandwidth",
    "parse_duration",
    "parse_positive_duration",
    "parse_rate",
    "parse_size",
    "shown",
    "write_bandwidth",
    "write_duration",
    "write_rate",
    "write_size",
]
