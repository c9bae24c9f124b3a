"""Whether memory that pushes back will come free by what workers do, as the graph rule of a deadlock asks."""

from collections.abc import Container, Iterator

from sim.engine.worker import Worker
from sim.kernel.vm import PageState, VirtualMemory
from sim.units import format_count


class PagesToCome:
    """The outlook of a run with `memory` of its own, in which `workers` write pages and hold elements.

    Memory comes free if a page can be dropped, or compressed, or if somebody who is not stuck writes pages, will write
    those that are dirty or can be swapped, frees an element or a page, or may have somebody killed.
    """

    def __init__(self, memory: VirtualMemory, workers: list[Worker]) -> None:
        self._memory = memory
        self._workers = workers

    def comes(self, stuck: Container[Worker]) -> bool:
        """Whether it does, although the workers in `stuck` do nothing."""
        return self._by_itself() or any(self._by(worker) for worker in self._workers if worker not in stuck)

    def _by_itself(self) -> bool:
        memory = self._memory
        pages, swap = memory.node.pages, memory.swap
        to_drop = not memory.node.refuses or pages[PageState.CLEAN] or pages[PageState.SWAPPED]
        to_compress = swap is not None and swap.zram is not None and self._to_swap()
        return bool(to_drop or to_compress or memory.on_loan or memory.will_kill)

    def _by(self, worker: Worker) -> bool:
        memory = self._memory
        pages, writing = memory.node.pages, worker.writing
        if worker.batch or any(worker.held):
            return True
        if writing is memory.writeback:
            return pages[PageState.DIRTY] > 0
        return writing is not None and (self._to_swap() or pages[PageState.SWAPPING] > 0)

    def _to_swap(self) -> bool:
        swap = self._memory.swap
        return swap is not None and not swap.full and self._memory.node.pages[PageState.ANON] > 0

    def remark(self) -> str:
        """What keeps memory from coming free."""
        return ", ".join(self._remarks())

    def _remarks(self) -> Iterator[str]:
        pages, swap = self._memory.node.pages, self._memory.swap
        yield "no page is clean"
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
