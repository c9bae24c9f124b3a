"""The outcome of one operation, derived from the events of a recording or of a simulation alike."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sim.conformance.event import Event, Kind
from sim.conformance.script import Operation, Verb
from sim.kernel.gfp import DIRECT_RECLAIM, IO, NOMEMALLOC, NORETRY, NOWARN

SLEPT_NS = 1_000_000
"""An attempt that took longer than this slept inside alloc_fn; others take microseconds."""


class Mask(StrEnum):
    """What an attempt's mask is beside the caller's."""

    REDUCED = "reduced"
    FULL = "full"
    ONLY = "only"
    """The reduced mask is the full one: the caller asked for neither direct reclaim nor I/O."""
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of an operation; None where it does not apply or was not reached.

    `verb`: the script's, or "skipped" (an empty slot was to be freed, or the kernel lacks the call), or
    "never_started".
    `src`: "alloc_fn", "reserve", "null" or "never_returned". `attempts`: "reduced:fail", "full:ok", ..., in order.
    `wakes`: what woke the caller, "free" or "timeout", in order; `timeout_jiffies`: relative jiffies of the time-outs.
    `curr_before`, `curr_after`: the reserve when the operation was called and when it had returned. `waiters`,
    `waiters_after`: length of the wait queue at those times; `queue_head_first`: the waiting tasks, newest first.
    `dst`: "reserve" or "free_fn". `call_ns` and `ret_ns` count from the pool's creation. `slept_in_alloc_fn`: an
    attempt slept.
    """

    op: int
    verb: str
    src: str | None = None
    attempts: tuple[str, ...] | None = None
    wakes: tuple[str, ...] | None = None
    curr_before: int | None = None
    curr_after: int | None = None
    elem: int | None = None
    dst: str | None = None
    waiters: int | None = None
    waiters_after: int | None = None
    queue_head_first: tuple[int, ...] | None = None
    n: int | None = None
    rc: int | None = None
    min_after: int | None = None
    call_ns: int | None = None
    ret_ns: int | None = None
    timeout_jiffies: tuple[int, ...] = ()
    slept_in_alloc_fn: bool = False


def full_mask(gfp: int) -> int:
    """The mask of every attempt but the first: the caller's plus NOMEMALLOC, NORETRY and NOWARN (mempool_alloc)."""
    return gfp | NOMEMALLOC | NORETRY | NOWARN


def reduced_mask(gfp: int) -> int:
    """The mask of the first attempt: the full one that may neither reclaim directly nor start I/O (mempool_alloc)."""
    return full_mask(gfp) & ~(DIRECT_RECLAIM | IO)


def mask_class(gfp: int, mask: int) -> Mask:
    """How an attempt's `mask` relates to the caller's `gfp`."""
    full, reduced = full_mask(gfp), reduced_mask(gfp)
    if mask == full:
        return Mask.ONLY if full == reduced else Mask.FULL
    return Mask.REDUCED if mask == reduced else Mask.OTHER


def outcomes(ops: Sequence[Operation], events: Iterable[Event]) -> dict[int, Outcome]:
    """The outcome of every operation of a script, by its id; `events` end before the rescue."""
    own: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        own[event.op].append(event)
    return {op.id: _outcome(op, own[op.id]) for op in ops}


def _outcome(op: Operation, events: list[Event]) -> Outcome:
    first = {event.kind: event for event in reversed(events)}
    outcome = Outcome(op=op.id, verb="never_started")
    if Kind.SKIP in first:
        outcome = Outcome(op=op.id, verb="skipped")
    elif Kind.CALL in first:
        outcome = _allocation(op, first[Kind.CALL], first.get(Kind.RET), events)
    elif Kind.FREE_CALL in first:
        outcome = _free(op, first[Kind.FREE_CALL], first.get(Kind.FREE_RET))
    elif Kind.RESIZE_CALL in first:
        outcome = _resize(op, first[Kind.RESIZE_CALL], first.get(Kind.RESIZE_RET))
    elif Kind.SNAP in first:
        outcome = _snap(op, first[Kind.SNAP], events)
    return outcome


def _allocation(op: Operation, call: Event, ret: Event | None, events: list[Event]) -> Outcome:
    attempts = [event for event in events if event.kind is Kind.ATTEMPT]
    wakes = [event for event in events if event.kind is Kind.WAKING]
    return Outcome(
        op=op.id,
        verb=Verb.PREALLOC if call.preallocated else Verb.ALLOC,
        src=ret.src if ret else "never_returned",
        attempts=tuple(f"{mask_class(call.gfp, attempt.gfp)}:{'ok' if attempt.ok else 'fail'}" for attempt in attempts),
        wakes=tuple(cause(wake) for wake in wakes),
        curr_before=call.curr_nr,
        curr_after=ret.curr_nr if ret else None,
        elem=ret.elem if ret else None,
        call_ns=call.t_ns,
        ret_ns=ret.t_ns if ret else None,
        timeout_jiffies=tuple(wake.jiffy for wake in wakes if cause(wake) == "timeout"),
        slept_in_alloc_fn=any(attempt.dur_ns > SLEPT_NS for attempt in attempts),
    )


def cause(waking: Event) -> str:
    """What a `waking` event comes from: "timeout" (the timer's softirq), "free" (a task), or "other"."""
    if waking.ctx == "softirq":
        return "timeout"
    return "free" if waking.by >= 0 else "other"


def _free(op: Operation, call: Event, ret: Event | None) -> Outcome:
    return Outcome(
        op=op.id,
        verb=Verb.FREE,
        curr_before=call.curr_nr,
        curr_after=ret.curr_nr if ret else None,
        elem=call.elem,
        dst=ret.dst if ret else None,
        waiters=call.waiters,
        call_ns=call.t_ns,
        ret_ns=ret.t_ns if ret else None,
    )


def _resize(op: Operation, call: Event, ret: Event | None) -> Outcome:
    return Outcome(
        op=op.id,
        verb=Verb.RESIZE,
        curr_before=call.curr_nr,
        curr_after=ret.curr_nr if ret else None,
        waiters=call.waiters,
        waiters_after=ret.waiters if ret else None,
        n=call.n,
        rc=ret.rc if ret else None,
        min_after=ret.min_nr if ret else None,
        call_ns=call.t_ns,
        ret_ns=ret.t_ns if ret else None,
    )


def _snap(op: Operation, snap: Event, events: list[Event]) -> Outcome:
    waiters = [event for event in events if event.kind is Kind.WAITER]
    return Outcome(
        op=op.id,
        verb=Verb.SNAP,
        curr_before=snap.curr_nr,
        waiters=snap.waiters,
        queue_head_first=tuple(event.who for event in sorted(waiters, key=lambda event: event.pos)),
        call_ns=snap.t_ns,
    )
