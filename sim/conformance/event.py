"""What happened to a pool, one event after the other: the vocabulary that recordings and simulations share.

A recorded kernel and the simulator tell their story in the same words, so that the same code derives the outcome of an
operation, and checks the rules, on both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

CONTROLLER = -2
"""The task that creates and destroys the pool."""
NO_OPERATION = -1
"""`Event.op` of an event that belongs to no operation of the script."""


class Kind(StrEnum):
    """The kinds of events (`ev` in a recording)."""

    CREATE_CALL = "create_call"
    CREATE_RET = "create_ret"
    START = "start"
    CALL = "call"
    ATTEMPT = "attempt"
    RET = "ret"
    SLEEP = "sleep"
    WAKING = "waking"
    RUN = "run"
    FREE_CALL = "free_call"
    FREE_FN = "free_fn"
    FREE_RET = "free_ret"
    RESIZE_CALL = "resize_call"
    RESIZE_RET = "resize_ret"
    SNAP = "snap"
    WAITER = "waiter"
    SKIP = "skip"
    TASK_END = "task_end"
    RESCUE = "rescue"
    FORCED_WAKE = "forced_wake"
    SCRIPT_END = "script_end"
    CLEANUP = "cleanup"
    DESTROY_CALL = "destroy_call"
    DESTROY_RET = "destroy_ret"
    END = "end"


class EventError(ValueError):
    """A record that is not an event of this vocabulary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event.

    `t_ns` counts from the call of mempool_create, `jiffy` from the jiffy in which that happened. `curr_nr` and `min_nr`
    are the pool's when the event was logged, so after the step that it reports. What the kinds carry besides:

    create_call `n`; create_ret `rc` (0, or -1: NULL); start `jiffies`, absolute.
    call `gfp`, `slot`, `waiters`, `preallocated` for mempool_alloc_preallocated (no attempt follows that one);
    attempt (one call of alloc_fn, at its start) `gfp`, `n` (0 at creation), `ok`, `elem`, `dur_ns`;
    ret `src` ("alloc_fn", "reserve", "null"), `elem`, `attempts`, `dur_ns`.
    sleep `preempt` (True: preempted, not asleep); waking `by` (a task, or -1) and `ctx` ("task", or "softirq": the
    timer); run. All three belong to the operation that waits.
    free_call `elem`, `slot`, `waiters`; free_fn `elem`; free_ret `elem`, `dst` ("reserve", "free_fn").
    resize_call `n`, `waiters`; resize_ret `n`, `rc`, `waiters`; snap `waiters`; waiter `pos` (0 = head), `who` (a
    task), `exclusive`; skip `slot`: an empty slot was to be freed, or the kernel lacks the call.
    """

    seq: int
    t_ns: int
    jiffy: int
    task: int
    op: int
    kind: Kind
    curr_nr: int
    min_nr: int
    gfp: int = 0
    n: int = 0
    ok: bool = False
    elem: int = -1
    dur_ns: int = 0
    src: str = ""
    attempts: int = 0
    slot: int = -1
    waiters: int = 0
    preallocated: bool = False
    preempt: bool = False
    state: int = 2
    by: int = -1
    ctx: str = ""
    dst: str = ""
    rc: int = 0
    jiffies: int = 0
    pos: int = 0
    who: int = -1
    exclusive: bool = False

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read a line of a recording. Raise an EventError that names the field at fault."""
        try:
            kind = Kind(record["ev"])
            values: dict[str, Any] = {name: convert(record[key]) for key, name, convert in _COMMON}
            values |= {name: convert(record[key]) for key, name, convert in _OWN if key in record}
        except KeyError as error:
            raise EventError(f"an event without {error.args[0]!r}") from None
        except (TypeError, ValueError) as error:
            raise EventError(str(error)) from None
        return cls(kind=kind, **values)

    def record(self) -> dict[str, Any]:
        """The event as a line of a recording."""
        line: dict[str, Any] = {key: getattr(self, name) for key, name, _ in _COMMON} | {"ev": str(self.kind)}
        own = {key: getattr(self, name) for key, name, _ in _OWN if getattr(self, name) != _DEFAULTS[name]}
        return line | ({**own, "gfp": hex(self.gfp)} if "gfp" in own else own)


def _number(value: object) -> int:
    if isinstance(value, int):
        return int(value)
    raise ValueError(f"{value!r} where a whole number belongs")


def _flag(value: object) -> bool:
    return bool(_number(value))


def _mask(value: object) -> int:
    return int(value, 16) if isinstance(value, str) else _number(value)


_COMMON = (
    ("seq", "seq", _number),
    ("t", "t_ns", _number),
    ("j", "jiffy", _number),
    ("task", "task", _number),
    ("op", "op", _number),
    ("curr", "curr_nr", _number),
    ("min", "min_nr", _number),
)
_OWN = (
    ("gfp", "gfp", _mask),
    ("n", "n", _number),
    ("ok", "ok", _flag),
    ("elem", "elem", _number),
    ("dur", "dur_ns", _number),
    ("src", "src", str),
    ("attempts", "attempts", _number),
    ("slot", "slot", _number),
    ("nw", "waiters", _number),
    ("pre", "preallocated", _flag),
    ("preempt", "preempt", _flag),
    ("state", "state", _number),
    ("by", "by", _number),
    ("ctx", "ctx", str),
    ("dst", "dst", str),
    ("rc", "rc", _number),
    ("jiffies", "jiffies", _number),
    ("pos", "pos", _number),
    ("who", "who", _number),
    ("wq_flags", "exclusive", _flag),
)
_DEFAULTS = {name: Event.__dataclass_fields__[name].default for _, name, _ in _OWN}


def before_rescue(events: Iterable[Event], rescue_ns: int | None = None) -> tuple[Event, ...]:
    """The events that count: those before `rescue` and, where `rescue_ns` is given, before that time.

    At the rescue the controller forces the backing to succeed and wakes every sleeper, neither of which the pool does.
    """
    kept = []
    for event in events:
        if event.kind is Kind.RESCUE or (rescue_ns is not None and event.t_ns >= rescue_ns):
            break
        kept.append(event)
    return tuple(kept)
