"""From quantity to text: exactly, so that it reads back the same, or rounded, for reading."""

import math
import re

from sim.units.reading import RATE_PATTERN, parse_rate
from sim.units.scales import BANDWIDTH_UNITS, MIN, MS, NS, RATE_UNITS, SIZE_UNITS, US, H, S

_SHORT_RATE = 8


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
    texts += [f"{per_second * per / S:.15g}/{unit}" for unit, (per, _) in RATE_UNITS.items()]
    exact = [text for text in texts if re.search(RATE_PATTERN, text) and parse_rate(text) == per_second]
    return exact[0] if len(exact[0]) <= _SHORT_RATE else min(exact, key=lambda text: len(text.partition("/")[0]))


def write_size(size: int) -> str:
    """Write bytes exactly, so that `parse_size` returns the same integer."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if size and size % SIZE_UNITS[unit][0] == 0:
            return f"{size // SIZE_UNITS[unit][0]} {unit}"
    return f"{size} B"


def write_bandwidth(per_second: int) -> str:
    """Write bytes per second exactly, so that `parse_bandwidth` returns the same integer: in the shortest way."""
    texts = []
    for unit, (size, digits) in BANDWIDTH_UNITS.items():
        whole, rest = divmod(per_second, size)
        if whole >= 10**digits:
            continue
        decimal = unit in ("kB/s", "MB/s", "GB/s")
        if decimal or not rest:
            fraction = f"{rest:0{len(str(size)) - 1}d}".rstrip("0")
            texts.append(f"{whole}.{fraction} {unit}" if fraction else f"{whole} {unit}")
    return min(texts, key=len)


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
    unit = next((u for u in ("TiB", "GiB", "MiB", "KiB") if size >= SIZE_UNITS[u][0]), "B")
    return f"{float(f'{size / SIZE_UNITS[unit][0]:.{digits}g}'):,.15g} {unit}"
