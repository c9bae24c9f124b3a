"""The names of what can be measured of a run, as tables show them and studies, targets and options write them.

| name | what it is |
|---|---|
| `P(wait)` | the share of calls that slept |
| `fallback` | the share of calls that the backing did not serve at once |
| `P(NULL)` | the share of calls that got NULL |
| `P(latency > 10 ms)` | the share of calls that took longer |
| `p50`, `p99`, `p99.9` | a quantile of the latency |
| `longest` | the longest latency |
| `mean wait` | asleep, and looking in vain between two sleeps: mean of all calls |
| `last wait` | when the last wait after the warm-up ended, to 0.1 % of the run; its end if one lasts, 0 if none was |
| `wasted wakes` | wake-ups per call after which there was nothing to take |
| `time-out wakes` | the share of wake-ups that the time-out brought, not a free |
| `fairness` | Jain's index of what each task waited in all: 1 if all alike, k / n if k of n did all the waiting |
| `waiters` | calls that wait, mean over time |
| `outstanding` | elements that callers hold, mean over the ends of the intervals of the series |
| `calls/s`, `requests/s` | how many a second, of a pool and of a device |
| `time at zero` | the share of the time in which the reserve was empty |
| `P(any wait)`, `P(deadlock)`, `P(crawl)` | the share of runs in which it happened |
| `PSI io`, `PSI memory` | the share of the time in which a task stalled, as /proc/pressure counts it |
| `allocstalls/s` | direct reclaims begun a second, as /proc/vmstat counts them |
| `hung tasks` | tasks that khungtaskd would report: asleep for more than 120 s without a switch; of longer runs |
| `reserved` | the memory that the reserve takes |
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from sim.scenario.explanation import reworded
from sim.scenario.mistakes import refused
from sim.spec import nearest
from sim.units import UnitError, parse_duration, shown, write_duration

_LONGEST = 100
_INSIDE = re.compile(r"p *\( *(.*?) *\)", re.IGNORECASE)
_ABOVE = re.compile(r"latency *(?:>|above|over) *(.*)", re.IGNORECASE)
_QUANTILE = re.compile(r"p *(?P<p>[0-9]+(?:\.[0-9]+)?)|(?P<share>[0-9]+(?:\.[0-9]+)?) *%", re.IGNORECASE)
_CROWDED = re.compile(r"p *99(9{1,6})", re.IGNORECASE)


class Kind(Enum):
    """What can be measured; a latency above a limit and a quantile need an argument to be a measure."""

    WAIT = "wait"
    FALLBACK = "fallback"
    NULL = "null"
    LATENCY_ABOVE = "latency_above"
    QUANTILE = "quantile"
    LONGEST = "longest"
    MEAN_WAIT = "mean_wait"
    LAST_WAIT = "last_wait"
    WASTED_WAKES = "wasted_wakes"
    TIMEOUT_WAKES = "timeout_wakes"
    FAIRNESS = "fairness"
    WAITERS = "waiters"
    OUTSTANDING = "outstanding"
    CALLS_RATE = "calls_rate"
    REQUESTS_RATE = "requests_rate"
    TIME_AT_ZERO = "time_at_zero"
    ANY_WAIT = "any_wait"
    DEADLOCK = "deadlock"
    CRAWL = "crawl"
    PSI_IO = "psi_io"
    PSI_MEMORY = "psi_memory"
    ALLOCSTALLS = "allocstalls"
    HUNG_TASKS = "hung_tasks"
    RESERVED = "reserved"


NAMES = {
    Kind.WAIT: "P(wait)",
    Kind.FALLBACK: "fallback",
    Kind.NULL: "P(NULL)",
    Kind.LONGEST: "longest",
    Kind.MEAN_WAIT: "mean wait",
    Kind.LAST_WAIT: "last wait",
    Kind.WASTED_WAKES: "wasted wakes",
    Kind.TIMEOUT_WAKES: "time-out wakes",
    Kind.FAIRNESS: "fairness",
    Kind.WAITERS: "waiters",
    Kind.OUTSTANDING: "outstanding",
    Kind.CALLS_RATE: "calls/s",
    Kind.REQUESTS_RATE: "requests/s",
    Kind.TIME_AT_ZERO: "time at zero",
    Kind.ANY_WAIT: "P(any wait)",
    Kind.DEADLOCK: "P(deadlock)",
    Kind.CRAWL: "P(crawl)",
    Kind.PSI_IO: "PSI io",
    Kind.PSI_MEMORY: "PSI memory",
    Kind.ALLOCSTALLS: "allocstalls/s",
    Kind.HUNG_TASKS: "hung tasks",
    Kind.RESERVED: "reserved",
}
"""The names of the measures without an argument."""

_ALIASES = {
    "waits": Kind.WAIT,
    "waited": Kind.WAIT,
    "fallbacks": Kind.FALLBACK,
    "fallback rate": Kind.FALLBACK,
    "null rate": Kind.NULL,
    "max": Kind.LONGEST,
    "longest latency": Kind.LONGEST,
    "timeouts": Kind.TIMEOUT_WAKES,
    "time outs": Kind.TIMEOUT_WAKES,
    "jain": Kind.FAIRNESS,
    "in use": Kind.OUTSTANDING,
    "allocstall": Kind.ALLOCSTALLS,
    "hung": Kind.HUNG_TASKS,
    "calls per second": Kind.CALLS_RATE,
    "throughput": Kind.CALLS_RATE,
    "requests per second": Kind.REQUESTS_RATE,
    "iops": Kind.REQUESTS_RATE,
    "empty": Kind.TIME_AT_ZERO,
    "deadlocks": Kind.DEADLOCK,
    "crawls": Kind.CRAWL,
    "reserved memory": Kind.RESERVED,
    "reserve": Kind.RESERVED,
    "memory": Kind.RESERVED,
    "median": Kind.QUANTILE,
}
_EXAMPLES = "expected a measure such as p99.9, P(wait), fallback or P(latency > 10 ms)"


@dataclass(frozen=True)
class MeasureName:
    """A measure by name. `argument`: nanoseconds of a latency above a limit, 0 to 1 of a quantile, else 0."""

    kind: Kind
    argument: float = 0.0

    @classmethod
    def parse(cls, text: str) -> "MeasureName":
        """Read a measure, in the way that `str` writes it or one like it: ``p(Latency>10ms)``, ``99.9 %``, ``null``.

        Raise a ScenarioError without a place, which names the nearest measure.
        """
        if len(text) > _LONGEST:
            raise refused(f"found {shown(text)}; {_EXAMPLES}")
        words = " ".join(text.split())
        if above := _ABOVE.fullmatch(_bare(words)):
            return cls(Kind.LATENCY_ABOVE, _limit(above[1]))
        if quantile := _QUANTILE.fullmatch(words):
            return cls(Kind.QUANTILE, _share(words, quantile["p"] or quantile["share"]))
        kind = _KINDS.get(_folded(words))
        if kind is None:
            near = nearest(_folded(words), _NEAR)
            hint = f"; did you mean '{_NEAR[near]}'?" if near else ""
            raise refused(f"unknown measure {shown(words)}; {_EXAMPLES}{hint}")
        return cls(kind, 0.5) if kind is Kind.QUANTILE else cls(kind)

    def __str__(self) -> str:
        """The measure as tables show it."""
        if self.kind is Kind.LATENCY_ABOVE:
            return f"P(latency > {write_duration(int(self.argument))})"
        if self.kind is Kind.QUANTILE:
            percent = (Decimal(repr(self.argument)) * 100).normalize()
            return f"p{percent:f}"
        return NAMES[self.kind]


def _bare(words: str) -> str:
    """What stands inside of P( ), or all of it."""
    inside = _INSIDE.fullmatch(words)
    return inside[1] if inside else words


def _folded(words: str) -> str:
    """A spelling without what people write in different ways: case, P( ), what is between two words."""
    return re.sub(r" */ *", "/", re.sub("[_-]", " ", _bare(words).casefold()))


_KINDS = {**{_folded(name): kind for kind, name in NAMES.items()}, **_ALIASES}
_NEAR = {
    **{_folded(name): name for name in NAMES.values()},
    **{name: name for name in ("p50", "p90", "p99", "p99.9")},
    "latency > 10 ms": "P(latency > 10 ms)",
}


def _limit(text: str) -> int:
    try:
        return parse_duration(0 if text == "0" else text)
    except UnitError as error:
        raise refused(reworded(str(error))) from None


def _share(words: str, percent: str) -> float:
    share = Decimal(percent) / 100
    if 0 < float(share) < 1:
        return float(share)
    crowded = _CROWDED.fullmatch(words)
    hint = f"; did you mean 'p99.{crowded[1]}'?" if crowded else ""
    if share == 1:
        hint = "; did you mean 'longest'?"
    raise refused(f"found {shown(words)}; expected a quantile above p0 and below p100, such as p99.9{hint}")
