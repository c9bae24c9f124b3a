"""The `semantics:` key: single behaviours of the mempool, changed against those of the kernel version."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from sim.kernel.versions import Insert, Nomemalloc, Order, Reclaim, Semantics, Timer, Wake, ZeroMin
from sim.scenario.words import OrWord
from sim.spec import Omittable, Spec
from sim.units import PositiveDuration

_BY_NAME = Field(strict=False)


Timeout = Annotated[int | Literal["none"], OrWord("none", PositiveDuration, "a duration such as '5 s'")]
"""Nanoseconds, or ``"none"`` for a sleep that only a free ends."""


class PolicySpec(Spec):
    """Behaviours of the mempool that differ from what the kernel version did; what is left out stays as it was.

    The fields are those of `sim.kernel.versions.Semantics`, and mean the same.
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

    def applied_to(self, semantics: Semantics) -> Semantics:
        """`semantics` with the behaviours that are given here."""
        given = {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}
        if given.get("timeout") == "none":
            given["timeout"] = None
        return replace(semantics, **given)
