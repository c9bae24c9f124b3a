"""Kernel versions, and the semantics that mm/mempool.c had in each.

Every behaviour that ever differed is one named field of `Semantics`, so that a user can override it and compare
policies; `_CHANGES` lists at which release each field changed.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import total_ordering
from typing import Any, ClassVar, Self

FIVE_SECONDS = 5_000_000_000


@total_ordering
@dataclass(frozen=True)
class KernelVersion:
    """A mainline release, "2.6.0" to "2.6.39" or "3.0" to "7.2"; a stable suffix ("6.1.192") is ignored."""

    key: tuple[int, ...]

    _LAST: ClassVar[dict[int, int]] = {3: 19, 4: 20, 5: 19, 6: 19, 7: 2}

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a version. Raise a ValueError if there was no such release or it is newer than 7.2."""
        match = re.fullmatch(r"2\.6\.(0|[1-9]\d?)(?:\.\d+)*|([3-9])\.(0|[1-9]\d?)(?:\.\d+)*", text)
        if match:
            patch, major, minor = match.groups()
            if patch is not None and int(patch) <= 39:
                return cls((2, 6, int(patch)))
            if major is not None and int(minor) <= cls._LAST.get(int(major), -1):
                return cls((int(major), int(minor)))
        raise ValueError(f"unknown kernel {text!r}: expected 2.6.0 to 2.6.39 or 3.0 to 7.2, such as '6.12'")

    def __lt__(self, other: "KernelVersion") -> bool:
        return self.key < other.key

    def __str__(self) -> str:
        return ".".join(map(str, self.key))


class Order(StrEnum):
    """Where an allocation looks first."""

    ALLOC_FIRST = "alloc_first"
    """The kernel: every round asks alloc_fn first and the reserve second."""
    POOL_FIRST = "pool_first"
    """The memory pool of user space: the reserve first, the backing allocator when it is empty."""
    NO_POOL = "no_pool"
    """No mempool at all: the caller's own mask, retried by the page allocator for as long as it may sleep."""


class Reclaim(StrEnum):
    """When an allocation enters direct reclaim for the first time."""

    BEFORE_SLEEP = "before_sleep"
    """3.3+: a second attempt with the full mask precedes the first sleep."""
    AFTER_SLEEP = "after_sleep"
    """2.6.12-3.2: the caller sleeps before it ever reclaims."""
    HALF_EMPTY = "half_empty"
    """2.6.0-2.6.11: once half the reserve is gone, a full attempt in each round, by callers that may enter the
    filesystem (__GFP_FS) and whose first mask was a reduced one."""
    NEVER = "never"
    """A policy argued for in 2016 (N. Brown): the reserve and the sleep, but never reclaim."""


class Wake(StrEnum):
    """Whom a refill wakes."""

    ALL = "all"
    """Every sleeper: the kernel since 2.5.41."""
    ONE = "one"
    """The head of the queue: wake-ups are lost when more wait than min_nr (2.5.1-2.5.40, cured by ca91e95a86)."""
    HAND_OFF = "hand_off"
    """The element goes to the waiter itself, so that no newcomer can take it; callers in bulk look into the reserve
    themselves and are all woken. What a resize adds wakes nobody, as in the kernel. No kernel hands on."""


class Insert(StrEnum):
    """Where a waiter joins the queue; waking starts at the head."""

    HEAD = "head"
    """prepare_to_wait: the kernel since 2.5.41."""
    TAIL = "tail"
    """add_wait_queue_exclusive: 2.5.1-2.5.40, which also woke one."""


class Timer(StrEnum):
    """How the end of a timed sleep is rounded."""

    EXACT = "exact"
    """Up to 4.7: on its very jiffy."""
    WHEEL = "wheel"
    """4.8+: on a bucket border of the hierarchical timer wheel."""


class ZeroMin(StrEnum):
    """What a pool with min_nr = 0 does with a freed element."""

    NEVER_REFILLED = "never_refilled"
    """Up to 6.16: no free refills it or wakes anybody."""
    ONE_ELEMENT = "one_element"
    """6.17+: it behaves as a pool of one."""


class Nomemalloc(StrEnum):
    """When the attempts carry __GFP_NOMEMALLOC, which bars them from the page allocator's emergency reserves."""

    NEVER = "never"
    """Up to 2.6.11."""
    ALWAYS = "always"
    """2.6.12-4.5 and 4.8+."""
    WHILE_RESERVE = "while_reserve"
    """4.6-4.7 (f9054c70d28b, reverted by 4e390b2b2f34): only while the reserve holds an element."""


class Bulk(StrEnum):
    """Whether the kernel has mempool_alloc_bulk, and what array it takes."""

    ABSENT = "absent"
    SPARSE = "sparse"
    """6.19-7.1: slots that are already filled are skipped."""
    CONTIGUOUS = "contiguous"
    """7.2: the whole array is filled from its start."""


_WORDS: dict[str, type[StrEnum]] = {
    "order": Order,
    "reclaim": Reclaim,
    "timer": Timer,
    "wake": Wake,
    "insert": Insert,
    "zero_min": ZeroMin,
    "nomemalloc": Nomemalloc,
    "bulk": Bulk,
}


@dataclass(frozen=True)
class Semantics:
    """What a mempool does, field by field; the defaults are those of 2.6.0.

    `timeout` is in ns, None for a sleep without end. `noretry`: all attempts carry __GFP_NORETRY and __GFP_NOWARN;
    otherwise the first carries __GFP_NOWARN alone. `destroy_needs_full_reserve`: mempool_destroy BUGs unless curr_nr
    equals min_nr. `resize_takes_gfp`: mempool_resize fills with the caller's mask. The last seven say which calls exist
    and what is refused. Closed sets may be given by their words. Raise a ValueError for an unknown one.
    """

    order: Order = Order.ALLOC_FIRST
    reclaim: Reclaim = Reclaim.HALF_EMPTY
    timeout: int | None = None
    timer: Timer = Timer.EXACT
    wake: Wake = Wake.ALL
    insert: Insert = Insert.HEAD
    zero_min: ZeroMin = ZeroMin.NEVER_REFILLED
    nomemalloc: Nomemalloc = Nomemalloc.NEVER
    noretry: bool = False
    bulk: Bulk = Bulk.ABSENT
    preallocated: bool = False
    fault_injection: bool = False
    free_null: bool = False
    destroy_needs_full_reserve: bool = True
    warns_on_zero: bool = False
    resize_takes_gfp: bool = True

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            object.__setattr__(self, name, words(getattr(self, name)))
        if self.timeout is not None and self.timeout <= 0:
            raise ValueError(f"timeout(={self.timeout}) must be > 0 ns, or None for no time-out")

    def override(self, **fields: Any) -> "Semantics":
        """The same semantics but for `fields`: how policies are compared."""
        return replace(self, **fields)


_CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("2.6.12", {"reclaim": Reclaim.AFTER_SLEEP, "nomemalloc": Nomemalloc.ALWAYS, "noretry": True}),
    ("2.6.18", {"timeout": FIVE_SECONDS}),
    ("2.6.23", {"free_null": True}),
    ("3.3", {"reclaim": Reclaim.BEFORE_SLEEP, "destroy_needs_full_reserve": False}),
    ("3.18", {"warns_on_zero": True}),
    ("4.1", {"resize_takes_gfp": False}),
    ("4.6", {"nomemalloc": Nomemalloc.WHILE_RESERVE}),
    ("4.8", {"nomemalloc": Nomemalloc.ALWAYS, "timer": Timer.WHEEL}),
    ("6.8", {"preallocated": True}),
    ("6.17", {"zero_min": ZeroMin.ONE_ELEMENT}),
    ("6.19", {"bulk": Bulk.SPARSE, "fault_injection": True}),
    ("7.2", {"bulk": Bulk.CONTIGUOUS}),
)


def semantics_of(version: KernelVersion | str) -> Semantics:
    """The semantics of mm/mempool.c as released in `version`. Raise a ValueError for an unknown version."""
    if isinstance(version, str):
        version = KernelVersion.parse(version)
    fields: dict[str, Any] = {}
    for since, change in _CHANGES:
        if KernelVersion.parse(since) <= version:
            fields |= change
    return Semantics(**fields)
