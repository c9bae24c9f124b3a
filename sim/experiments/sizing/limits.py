"""Why no size can help, from what runs of the largest size measured, and from what the programs allow."""

from collections.abc import Iterator

from sim.experiments.sizing.evidence import Evidence
from sim.experiments.sizing.range import Range
from sim.kernel.versions import Order, Reclaim, Semantics
from sim.results.columns import number, percentage
from sim.results.verdict import Word
from sim.scenario import Scenario
from sim.scenario.deadlock_advice import deadlocks
from sim.scenario.mistakes import dotted
from sim.units import format_count, format_duration

BUSY = 0.9
"""A device that serves this share of what it can serve at once, and has requests waiting, is the limit."""
MOST_OF_IT = 0.5
"""A part of the time in mempool_alloc that takes this share of it is what it goes into."""
BEHIND = 0.01
"""Work that this share of the arrivals has not come to is falling behind."""


def reasons(
    scenario: Scenario, pool: str, sizes: Range, size: int, evidence: Evidence, *, of_latency: bool
) -> list[str]:
    """Return sentences that say why a larger reserve than `size`, which failed, would not help, or that it might.

    `scenario` has that size, and `evidence` is from its runs; `of_latency`: whether a target is about latency.
    """
    found = [
        *_deadlock(scenario, evidence),
        *_never_empty(sizes, size, evidence),
        *(() if evidence.stuck else _device(evidence)),
        *(() if evidence.stuck else _behind(evidence)),
        *(_time(scenario.semantics_of(pool), evidence) if of_latency and not evidence.stuck else ()),
    ]
    if evidence.never_empty or (sizes.enough and size == sizes.most):
        return found
    empty = f"With {format_count(size)} the reserve was empty for {_percent(evidence.empty_share)} of the time"
    return [*found, f"{empty}: {'that alone is no proof against more' if found else 'more might help'}."]


def _deadlock(scenario: Scenario, evidence: Evidence) -> Iterator[str]:
    if evidence.stuck is None:
        return
    count, (replication, why) = format_count(evidence.words[Word.DEADLOCK]), evidence.stuck
    yield f"{count} of {_runs(evidence)} ended in a deadlock; replication {replication}: {_closed(why)}"
    for loc, text in deadlocks(scenario):
        yield f"What the programs allow, at {dotted(loc)}: {_closed(text)}"


def _never_empty(sizes: Range, size: int, evidence: Evidence) -> Iterator[str]:
    if evidence.never_empty:
        least = f"it never held fewer than {format_count(evidence.least or 0)}"
        yield f"With {format_count(size)} the reserve was never empty in {_runs(evidence)} ({least}): more is not used."
    elif sizes.enough and size == sizes.most:
        yield f"{format_count(size)} is as many as all tasks together can hold at once: more is not used."


def _device(evidence: Evidence) -> Iterator[str]:
    for name, busy in evidence.devices.items():
        served, queued = busy.in_service / evidence.runs, busy.queued / evidence.runs
        if busy.depth and served >= BUSY * busy.depth and queued > 0:
            yield (
                f"The device {name} is the limit: it serves {number(served)} of the {busy.depth} requests that it can "
                f"serve at once, and {number(queued)} wait for it, each with what it holds."
            )


def _behind(evidence: Evidence) -> Iterator[str]:
    left = evidence.offered - evidence.begun
    if evidence.offered and left > BEHIND * evidence.offered:
        share = _percent(left / evidence.offered)
        yield f"Arrivals exceed what is served: {share} of them had not been begun at the end of the run."
    elif evidence.calls and evidence.unfinished > BEHIND * evidence.calls:
        share = _percent(evidence.unfinished / evidence.calls)
        yield f"Arrivals exceed what is served: {share} of the calls were still waiting at the end of the run."


def _time(semantics: Semantics, evidence: Evidence) -> Iterator[str]:
    for part, what, why in (
        ("reclaim", "Direct reclaim takes", _when_reclaimed(semantics)),
        ("operations", "Attempts and takes are", "a reserve does not shorten them."),
    ):
        if evidence.part(part) >= MOST_OF_IT:
            each = format_duration(evidence.times[part] / evidence.calls)
            share = _percent(evidence.part(part))
            yield f"{what} {share} of the time in mempool_alloc, {each} a call on average: {why}"


def _when_reclaimed(semantics: Semantics) -> str:
    if semantics.order is Order.NO_POOL:
        return "there is no reserve to look at (order: no_pool)."
    if semantics.order is Order.POOL_FIRST:
        return "the reserve is asked first, and it was empty."
    if semantics.reclaim is Reclaim.HALF_EMPTY:
        return "this kernel reclaims as soon as half the reserve is gone (semantics: {order: pool_first} would not)."
    return "who found the reserve empty reclaims before looking at it again (semantics: {order: pool_first} would not)."


def _runs(evidence: Evidence) -> str:
    return f"{format_count(evidence.runs)} runs"


def _percent(share: float) -> str:
    return f"{percentage(share)} %"


def _closed(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
