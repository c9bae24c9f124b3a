"""Configurations whose answers are known: what `verify` runs when it is given no scenario.

Each is as small as a scenario can be and as long as its margin asks for. Operations, wake-ups and reclaim take no time,
as in theory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.kernel.versions import Insert, Order, Wake

if TYPE_CHECKING:
    from sim.scenario import Scenario

HOLD_MS = 10
"""The mean hold of all of them."""

_EXPONENTIAL = {"exponential": {"mean": f"{HOLD_MS} ms"}}
_HOLDS: Mapping[str, Any] = {
    "exp": _EXPONENTIAL,
    "const": {"constant": f"{HOLD_MS} ms"},
    # exp(sigma**2 / 2) times the median is the mean.
    "lognormal": {"lognormal": {"median": "6065307 ns", "sigma": 1.0}},
    "pareto": {"pareto": {"minimum": "6 ms", "alpha": 2.5}},
}
_QUEUE = {"order": Order.POOL_FIRST.value, "wake": Wake.HAND_OFF.value, "insert": Insert.TAIL.value, "timeout": "none"}
"""A plain queue: first come, first served, and each element freed goes to the first in it."""
_HAND_OFF = {"wake": Wake.HAND_OFF.value}
"""In the kernel every free would wake half of the tasks of a closed loop, for the same mean."""
_WARMUP = 50
"""In mean holds."""


@dataclass(frozen=True)
class Known:
    """A scenario whose answer is known, and how near to it a measure has to be, relative to it, if not as usual."""

    scenario: "Scenario"
    margins: Mapping[str, float] = field(default_factory=dict)


def known() -> tuple[Known, ...]:
    """Return the configurations: all theories, at several sizes, loads and distributions of holds."""
    from sim.scenario import Scenario  # noqa: PLC0415  what is known is known without it

    return tuple(Known(Scenario.from_mapping(mapping), margins) for mapping, margins in _mappings())


def _mappings() -> Iterator[tuple[dict[str, Any], dict[str, float]]]:
    """Scenarios with their margins; as long as it takes for each to be five standard errors or so."""
    for min_nr, load, holds in ((2, 1, 3_000), (8, 5, 3_000), (16, 12, 1_800)):
        for shape, hold in _HOLDS.items():
            yield _open(f"b-{min_nr}-{load}-{shape}", min_nr, load, holds, hold=hold), {}
    waits = {"gfp": "GFP_NOIO"}
    yield _open("c-8-5-queue", 8, 5, 5_000, **waits, semantics=_QUEUE), {}
    yield _open("c-8-5-kernel", 8, 5, 5_000, **waits), {}
    yield _open("c-16-12-kernel", 16, 12, 4_500, **waits), {}
    for min_nr, load, fails, holds in ((4, 50, 0.5, 400), (4, 10, 0.5, 2_000), (8, 20, 0.9, 1_600)):
        independent = _open(f"iid-{min_nr}-{load}-{fails:g}", min_nr, load, holds, pressure=_constant(fails))
        yield independent, {"fallback": 0.01}
    bursty = dict.fromkeys(("fallback", "P(NULL)", "time at zero"), 0.1)
    for min_nr, good, holds, margins in ((2, 20, 4_500, bursty), (4, 20, 6_000, bursty), (8, 4, 4_000, {})):
        alternating = _open(f"on-off-{min_nr}-10-{good}-2", min_nr, 10, holds, pressure=_on_off(good, 2))
        yield alternating, margins
    slow = {"calls/s": 0.015, "mean wait": 0.15}
    for min_nr, tasks, think, holds in ((16, 64, 1, 350), (32, 64, 1, 250), (32, 128, 3, 220)):
        yield _closed(f"repair-{min_nr}-{tasks}-{think}", min_nr, tasks, think, holds), slow
    yield _open("never-fails", 2, 10, 50, **waits, pressure="none"), {}


def _constant(fails: float) -> dict[str, Any]:
    return {"constant": {"first_attempt": fails, "with_reclaim": fails, "reclaim_latency": 0}}


def _on_off(good: float, bad: float) -> dict[str, Any]:
    """Sojourns in mean holds."""
    means = {"good": good, "bad": bad}
    sojourns = {name: {"exponential": {"mean": f"{mean * HOLD_MS} ms"}} for name, mean in means.items()}
    return {"on_off": {**sojourns, "start": "stationary"}}


def _open(
    name: str,
    min_nr: int,
    load: float,
    holds: int,
    *,
    hold: Any = None,
    gfp: str = "GFP_NOWAIT",
    pressure: Any = None,
    **more: Any,
) -> dict[str, Any]:
    """One pool that gets `load` calls per mean hold, for so many mean holds after the warm-up."""
    arrivals = {"poisson": {"rate": f"{load / HOLD_MS}/ms"}}
    return _plain(name, min_nr, holds, pressure, hold, more, arrivals=arrivals, in_flight="unlimited", gfp=gfp)


def _closed(name: str, min_nr: int, tasks: int, think: int, holds: int) -> dict[str, Any]:
    """`tasks` that think for `think` mean holds."""
    arrivals = {"closed": {"think": {"exponential": {"mean": f"{think * HOLD_MS} ms"}}}}
    more = {"semantics": _HAND_OFF}
    return _plain(name, min_nr, holds, None, None, more, count=tasks, arrivals=arrivals, gfp="GFP_NOIO")


def _plain(
    name: str, min_nr: int, holds: int, pressure: Any, hold: Any, more: Mapping[str, Any], **task: Any
) -> dict[str, Any]:
    steps = [{"alloc": "pool"}, {"hold": hold or _EXPONENTIAL}, {"free": "pool"}]
    return {
        "name": name,
        "kernel": "6.12",
        "duration": f"{(_WARMUP + holds) * HOLD_MS} ms",
        "warmup": f"{_WARMUP * HOLD_MS} ms",
        "recording": "streaming",
        "machine": {"wakeup_latency": "0 s", "costs": {"attempt": 0, "take": 0, "free": 0}},
        "pressure": pressure or _constant(1.0),
        "pools": {"pool": {"min_nr": min_nr, "backing": {"pages": {}}}},
        "tasks": {"caller": {**task, "steps": steps}},
        **more,
    }
