"""The `load:` key: who uses memory besides the pools."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from typing_extensions import TypeAliasType

from sim.kernel.page import PAGE_SIZE
from sim.spec import Omittable, Spec, mistake_at, one_of
from sim.units import Bandwidth, Duration, PositiveDuration, S, Size, write_duration

_LEAST_BATCH = 32
_BATCHES_PER_SECOND = 1_000


class _Process(Spec):
    """What all kinds have in common: how fast they are, how many there are, and when they run."""

    rate: Bandwidth = Field(description="How fast each writes, reads or allocates while nothing holds it up.")
    count: int = Field(default=1, ge=1, le=1_000, description="How many of these processes there are.")
    start: Duration = Field(default=0, description="When they begin.")
    stop: Omittable[PositiveDuration] = Field(
        default=None,
        description="When they end; one that waits for memory then ends once it has got it. Left out: never.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.stop is not None and self.stop <= self.start:
            stop, start = write_duration(self.stop), write_duration(self.start)
            raise mistake_at("reversed", f"'{stop}' is not after the start '{start}'", "stop", found=stop)
        return self

    @property
    def batch(self) -> int:
        """The pages that it moves at one go: a millisecond's worth, but at least 32, a batch of the kernel's."""
        return max(_LEAST_BATCH, round(self.rate / PAGE_SIZE / _BATCHES_PER_SECOND))

    @property
    def period(self) -> int:
        """The ns from one batch to the next while nothing holds it up."""
        return round(self.batch * PAGE_SIZE * S / self.rate)

    def active(self, duration: int) -> int:
        """For how many of the `duration` ns of a run it is there."""
        return max(0, min(duration, duration if self.stop is None else self.stop) - self.start)


class DirtierSpec(_Process):
    """A process that writes to files: it makes page cache dirty, and is made to wait at the dirty limits."""


class ReaderSpec(_Process):
    """A process that reads files: it fills the page cache."""

    working_set: Size = Field(description="How much it reads before it begins anew.")


class HogSpec(_Process):
    """A process that takes anonymous memory up to a size, and then goes on writing to it page by page."""

    size: Size = Field(description="How large each grows.")


class AllocatorSpec(_Process):
    """A part of the kernel that allocates pages, and frees each once its working set has gone round."""

    working_set: Size = Field(description="How much each holds; a page is kept for working_set / rate.")
    gfp: str = Field(default="GFP_KERNEL", min_length=1, description="The mask of its allocations.")


LoadSpec = TypeAliasType(
    "LoadSpec",
    Annotated[
        DirtierSpec | ReaderSpec | HogSpec | AllocatorSpec,
        one_of("load", {"dirtier": DirtierSpec, "reader": ReaderSpec, "hog": HogSpec, "allocator": AllocatorSpec}),
    ],
)
"""Any of the users of memory."""
