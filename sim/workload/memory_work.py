"""Work that memory makes for a task: what has to be written out before its pages are free."""

from typing import Annotated

from pydantic import AfterValidator, Field

from sim.kernel.page import PAGE_SIZE
from sim.spec import Spec, mistake
from sim.units import Size, write_size


def _whole_pages(size: int) -> int:
    if size % PAGE_SIZE:
        raise mistake("pages", f"expected a multiple of 4 KiB, not '{write_size(size)}'")
    return size


PagesSize = Annotated[Size, AfterValidator(_whole_pages)]
"""Bytes, a multiple of a page."""


class Writeback(Spec):
    """Dirty page cache is to be written: work is there whenever the kernel wants some of it clean."""

    size: PagesSize = Field(description="The most that one piece of work writes; a multiple of 4 KiB.")

    def expected_count(self, duration_ns: int) -> float | None:
        """Return None: how much there is to write depends on what is made dirty."""
        return None


class SwapOut(Spec):
    """Anonymous memory is to be swapped out: work is there whenever reclaim has chosen some."""

    size: PagesSize = Field(description="The most that one piece of work writes; a multiple of 4 KiB.")

    def expected_count(self, duration_ns: int) -> float | None:
        """Return None: how much is swapped out depends on how scarce memory gets."""
        return None


MemoryWork = Writeback | SwapOut
"""Either of them."""
