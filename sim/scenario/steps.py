"""The steps of a task's program: what it does, one after the other, each time it has work."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import TypeAliasType

from sim.scenario.names import Name
from sim.spec import NonEmptyListOf, Omittable, RootSpec, Spec, one_of
from sim.units import PositiveDuration
from sim.workload.distributions import Distribution

MAX_ELEMENTS = 10_000
"""The most elements that one step may take or give back."""


class OnNull(StrEnum):
    """What a task does when an allocation that may not sleep gives NULL."""

    FAIL = "fail"
    """It gives up this piece of work: frees what it holds for it and waits for the next."""
    SKIP = "skip"
    """It goes on with the next step, without this element and those of the step that would follow it."""
    SHORTEN = "shorten"
    """As skip; and for each element that it lacks a page of its writeback or swap-out is left for later."""


class RetryAfter(RootSpec[PositiveDuration]):
    """Sleep for this long, then allocate again, as often as it takes."""


IfNull = Annotated[
    OnNull | RetryAfter,
    one_of("answer to NULL", {"retry_after": RetryAfter}, words={word.value: word for word in OnNull}),
]
"""fail, skip, shorten, or ``{retry_after: 10 ms}``."""


class Alloc(Spec):
    """Take elements from a pool (mempool_alloc, or mempool_alloc_bulk).

    Calls that need not wait follow each other at one go: tasks that are to take turns do so by repeat, not by n.
    """

    shorthand: ClassVar[str | None] = "pool"

    pool: Name = Field(description="The pool, by its name under pools.")
    n: int = Field(default=1, ge=1, le=MAX_ELEMENTS, description="How many elements; one call each unless bulk.")
    bulk: bool = Field(
        default=False, description="Take them by one mempool_alloc_bulk, as GFP_KERNEL (kernel 6.19 and later)."
    )
    gfp: Omittable[str] = Field(default=None, min_length=1, description="The mask of this step, instead of the task's.")
    if_null: IfNull = Field(
        default=OnNull.FAIL,
        description="What to do when the call gives NULL: fail (give up this piece of work), skip (go on without), "
        "shorten (go on, and leave a page of the writeback or swap-out for later) or {retry_after: 10 ms}.",
    )


class Free(Spec):
    """Give elements back to their pool (mempool_free, or mempool_free_bulk)."""

    shorthand: ClassVar[str | None] = "pool"

    pool: Name = Field(description="The pool, by its name under pools.")
    n: Omittable[int] = Field(
        default=None, ge=1, le=MAX_ELEMENTS, description="How many, the newest first; all that are held if left out."
    )
    bulk: bool = Field(default=False, description="Give them back by one mempool_free_bulk (kernel 6.19 and later).")


class Io(Spec):
    """Do one request on a device and wait for it; it takes the device's latency, whatever its size."""

    shorthand: ClassVar[str | None] = "device"

    device: Name = Field(description="The device, by its name under devices.")


class Hold(RootSpec[Distribution]):
    """Keep what is held for this long."""


class Sleep(RootSpec[Distribution]):
    """Do nothing for this long."""


class Lock(Spec):
    """Take a mutex, or sleep until it is free; a name that a lock step uses is one mutex for the whole scenario."""

    shorthand: ClassVar[str | None] = "mutex"

    mutex: Name = Field(description="Any name; the first step that uses it declares the mutex.")


class Unlock(Spec):
    """Give a mutex up, to the task that has waited longest."""

    shorthand: ClassVar[str | None] = "mutex"

    mutex: Name = Field(description="The name under which it was locked.")


class Repeat(Spec):
    """Do some steps several times."""

    times: int = Field(ge=1, le=10_000, description="How often.")
    steps: NonEmptyListOf["Step"] = Field(description="The steps, in order; they may repeat others.")


Step = TypeAliasType(
    "Step",
    Annotated[
        Alloc | Io | Hold | Sleep | Free | Lock | Unlock | Repeat,
        one_of(
            "step",
            {
                "alloc": Alloc,
                "io": Io,
                "hold": Hold,
                "sleep": Sleep,
                "free": Free,
                "lock": Lock,
                "unlock": Unlock,
                "repeat": Repeat,
            },
        ),
    ],
)
"""One step: a mapping with one key, which names the verb."""

Repeat.model_rebuild()
