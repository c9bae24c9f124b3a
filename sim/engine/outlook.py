"""Whether memory that is refused will come free, as the graph rule of a deadlock asks."""

from collections.abc import Iterator
from typing import Protocol

from sim.engine.load import Load
from sim.engine.worker import Worker
from sim.kernel import Mempool
from sim.kernel.memory import NEVER
from sim.kernel.vm import PageState, VirtualMemory
from sim.units import format_count


class Outlook(Protocol):
    """Whether memory that is refused comes free: by itself, or by what a worker does as long as nothing holds it up."""

    def frees_itself(self) -> bool:
        """Whether it does, whatever becomes of the workers."""
        ...

    def freed_by(self, worker: Worker) -> bool:
        """Whether it does by this worker, one that holds something or writes pages."""
        ...

    def refuses_for_good(self, pool: Mempool, now: int) -> bool:
        """Whether memory that refuses the pool at `now` (ns) does so for good unless one of the above changes that."""
        ...

    def remark(self) -> str:
        """What memory waits for, to be said of a deadlock: ``no page is clean``; empty if there is nothing to say."""
        ...


class Schedule:
    """Memory under open-loop pressure: whatever workers do, a schedule decides when it comes free.

    `instead_of`: the outlook of memory that is looked at as if it were so; it still tells what that waits for.
    """

    def __init__(self, instead_of: Outlook | None = None) -> None:
        self._instead_of = instead_of

    def frees_itself(self) -> bool:
        """A schedule is nothing to build on: it may refuse for ever."""
        return False

    def freed_by(self, worker: Worker) -> bool:
        """It does not heed workers."""
        return False

    def refuses_for_good(self, pool: Mempool, now: int) -> bool:
        """Whether the schedule says so."""
        return pool.source.refuses_until(now) == NEVER

    def remark(self) -> str:
        """It waits for nothing."""
        return self._instead_of.remark() if self._instead_of else ""


class PagesToCome:
    """The outlook of a run with `memory` of its own under `load`.

    Memory comes free if a page can be dropped, or compressed, if a page is only lent and nobody would take it again at
    once, or if somebody may be killed; and by a worker that holds an element or a page, or writes pages, if there are
    any to write.
    """

    def __init__(self, memory: VirtualMemory, load: Load) -> None:
        self._memory = memory
        self._load = load

    def frees_itself(self) -> bool:
        """Whether it does, whatever becomes of the workers."""
        memory = self._memory
        pages, swap = memory.node.pages, memory.swap
        to_drop = not memory.node.refusing.runs or pages[PageState.CLEAN] or pages[PageState.SWAPPED]
        to_compress = swap is not None and swap.zram is not None and self._to_swap()
        # An allocator that got less than it wanted takes at once what it gives back.
        lent = self._load.on_loan and not self._load.starved
        return bool(to_drop or to_compress or lent or memory.will_kill)

    def freed_by(self, worker: Worker) -> bool:
        """Whether it does by this worker, unless something holds it up."""
        memory = self._memory
        pages, writing = memory.node.pages, worker.writing
        if worker.batch or any(worker.held):
            return True
        if writing is memory.writeback:
            return pages[PageState.DIRTY] > 0
        return writing is not None and (self._to_swap() or pages[PageState.SWAPPING] > 0)

    def refuses_for_good(self, pool: Mempool, now: int) -> bool:
        """It does: nothing else frees pages."""
        return True

    def _to_swap(self) -> bool:
        swap = self._memory.swap
        return swap is not None and not swap.full and self._memory.node.pages[PageState.ANON] > 0

    def remark(self) -> str:
        """What keeps memory from coming free."""
        return ", ".join(self._remarks())

    def _remarks(self) -> Iterator[str]:
        pages, swap = self._memory.node.pages, self._memory.swap
        clean = pages[PageState.CLEAN] + pages[PageState.SWAPPED]
        yield f"{format_count(clean)} pages are clean, but nobody drops them" if clean else "no page is clean"
        for state, how in (
            (PageState.DIRTY, "dirty"),
            (PageState.WRITEBACK, "under writeback"),
            (PageState.SWAPPING, "on their way to swap"),
        ):
            if pages[state]:
                yield f"{format_count(pages[state])} are {how}"
        if pages[PageState.ANON]:
            where = "without swap" if swap is None else "with swap full" if swap.full else "to be swapped"
            yield f"{format_count(pages[PageState.ANON])} are anonymous, {where}"
