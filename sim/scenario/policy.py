"""The `semantics:` key: single behaviours of the mempool, changed against those of the kernel version."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from sim.kernel.versions import (
    Bulk,
    Insert,
    Nomemalloc,
    Order,
    Reclaim,
    Semantics,
    Timer,
    Wake,
    ZeroMin,
    semantics_of,
)
from sim.scenario.words import OrWord
from sim.spec import Omittable, Spec
from sim.units import PositiveDuration

_BY_NAME = Field(strict=False)


Timeout = Annotated[int | Literal["none"], OrWord("none", PositiveDuration, "a duration such as '5 s'")]
"""Nanoseconds, or ``"none"`` for a sleep that only a free ends."""


class PolicySpec(Spec):
    """Behaviours of the mempool that differ from what the kernel version did; what is left out stays as it was.

    The fields are those of `sim.kernel.versions.Semantics`, and mean the same. Four of those are not here, since they
    concern calls that no scenario makes: `preallocated` (mempool_alloc_preallocated), `free_null` (mempool_free of
    NULL), `destroy_needs_full_reserve` (mempool_destroy) and `resize_takes_gfp` (mempool_resize).
    """

    order: Omittable[Annotated[Order, _BY_NAME]] = Field(default=None, description="Where an allocation looks first.")
    reclaim: Omittable[Annotated[Reclaim, _BY_NAME]] = Field(
        default=None, description="When an allocation enters direct reclaim for the first time."
    )
    timeout: Omittable[Timeout] = Field(
        default=None, description="After how long a sleeper looks again by itself, or none."
    )
    timer: Omittable[Annotated[Timer, _BY_NAME]] = Field(
        default=None, description="Whether a sleep ends on its very jiffy or on a bucket border of the timer wheel."
    )
    wake: Omittable[Annotated[Wake, _BY_NAME]] = Field(default=None, description="Whom a refill wakes.")
    insert: Omittable[Annotated[Insert, _BY_NAME]] = Field(default=None, description="Where a waiter joins the queue.")
    zero_min: Omittable[Annotated[ZeroMin, _BY_NAME]] = Field(
        default=None, description="What a pool with min_nr 0 does with a freed element."
    )
    nomemalloc: Omittable[Annotated[Nomemalloc, _BY_NAME]] = Field(
        default=None, description="When the attempts are barred from the page allocator's emergency reserves."
    )
    noretry: Omittable[bool] = Field(
        default=None, description="Whether all attempts carry __GFP_NORETRY; without, a reclaiming one may try harder."
    )
    bulk: Omittable[Annotated[Bulk, _BY_NAME]] = Field(
        default=None, description="Whether there are bulk calls, and whether they skip slots that are filled."
    )
    fault_injection: Omittable[bool] = Field(
        default=None, description="Whether there are fail_mempool_alloc and fail_mempool_alloc_bulk."
    )
    warns_on_zero: Omittable[bool] = Field(
        default=None, description="Whether the kernel warns of a mask with __GFP_ZERO."
    )

    def applied_to(self, semantics: Semantics) -> Semantics:
        """`semantics` with the behaviours that are given here."""
        given = {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}
        if given.get("timeout") == "none":
            given["timeout"] = None
        return replace(semantics, **given)


def semantics_with(kernel: str, *policies: PolicySpec | None) -> Semantics:
    """The semantics of a kernel version, changed by one policy after the other; None changes nothing."""
    semantics = semantics_of(kernel)
    for policy in policies:
        if policy is not None:
            semantics = policy.applied_to(semantics)
    return semantics
