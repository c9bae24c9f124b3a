"""The `tasks:` key: who allocates, when, and with which program."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.steps import Step
from sim.scenario.words import OrWord
from sim.spec import NonEmptyListOf, Spec
from sim.workload.arrivals import Arrivals

InFlight = Annotated[
    int | Literal["unlimited"],
    OrWord("unlimited", Annotated[int, Field(ge=1, le=1_000_000)], "a whole number, 1 or more,"),
]
"""How many requests a task works on at once."""


class TaskSpec(Spec):
    """A class of equal tasks, each with arrivals of its own; what arrives while a task is busy waits its turn."""

    count: int = Field(default=1, ge=1, le=1_000_000, description="How many tasks of this class there are.")
    kind: Literal["user", "kthread"] = Field(
        default="user",
        description="Kernel threads are not throttled in direct reclaim (5.16 and later), user tasks are.",
    )
    memalloc: bool = Field(
        default=False,
        description="A task that frees memory (PF_MEMALLOC), such as kswapd, loop or a swap writer: "
        "it may not reclaim, and may take the last pages where the kernel lets it.",
    )
    arrivals: Arrivals = Field(
        description="When each task has work: poisson, periodic, closed, at or csv; or writeback or swap_out."
    )
    in_flight: InFlight = Field(
        default=1, description="How many pieces of work each task has in hand at once; the others wait. Or unlimited."
    )
    gfp: str = Field(
        default="GFP_NOIO", min_length=1, description="The mask of its allocations, such as GFP_NOIO|__GFP_HIGH."
    )
    steps: NonEmptyListOf[Step] = Field(description="What a task does each time it has work, in order.")
