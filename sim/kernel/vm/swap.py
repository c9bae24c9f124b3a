"""Where anonymous memory goes: a swap area on a device, written by tasks of the scenario, or compressed memory."""

from dataclasses import dataclass

import simpy

from sim.kernel.vm.backlog import Backlog
from sim.kernel.vm.node import Node
from sim.kernel.vm.page_state import PageState

SWAP_CLUSTER_MAX = 32
"""The kernel's batch of reclaim, in pages."""

_SUBMIT = 2_000


@dataclass(frozen=True)
class Zram:
    """Swap in memory: `ratio` pages fit into one. `compress` and `decompress` are ns of processor time a page."""

    ratio: float = 3.0
    compress: int = 8_000
    decompress: int = 4_000


class Swap:
    """A swap area of `size` pages, on a device unless `zram` is given.

    Pages that reclaim hands to a device wait, at most a batch of them, until a task takes them to be written; once they
    are (`written`), the next scan drops them. A reclaimer submits its writes itself, so that it waits until they are
    taken (`Vmscan.submission`). zram writes at once, in the reclaimer's own time, and its pages are kernel memory.
    `used` counts pages of the area that hold something, or will. `read_time`: the ns that a read of up to eight pages
    from a device takes.
    """

    def __init__(
        self, env: simpy.Environment, node: Node, size: int, *, zram: Zram | None = None, read_time: int = 0
    ) -> None:
        self.node = node
        self.size = size
        self.zram = zram
        self.read_time = read_time
        self.used = 0
        self.backlog = Backlog(env, most=SWAP_CLUSTER_MAX)
        self._held = 0

    @property
    def room(self) -> int:
        """How many pages reclaim may hand over now."""
        left = self.size - self.used
        return left if self.zram else min(left, self.backlog.room)

    @property
    def cost(self) -> int:
        """The ns of processor time to hand over a page."""
        return self.zram.compress if self.zram else _SUBMIT

    @property
    def read_cost(self) -> int:
        """The ns of processor time to bring a page back, its reading from a device aside."""
        return self.zram.decompress if self.zram else _SUBMIT

    def isolate(self, pages: int) -> int:
        """A reclaimer begins to swap out up to `pages` pages; gives how many there is room for (add_to_swap).

        zram takes the memory for them now, below all marks if need be, while they become free only as they are done.
        """
        pages = max(0, min(pages, self.room, self.node.pages[PageState.ANON]))
        self.used += pages
        self.node.move(pages, PageState.ANON, PageState.SWAPPING)
        if self.zram:
            self._hold()
        return pages

    def out(self, pages: int) -> int:
        """The reclaimer is done with pages that it has isolated; gives how many are free thereby (swap_writepage)."""
        self.node.count("pswpout", pages)
        if self.zram is None:
            self.backlog.add(pages)
            return 0
        self.node.give(pages, PageState.SWAPPING)
        return pages

    def collect(self, most: int) -> simpy.Event:
        """An event that happens when there is something to write; its value is how many pages, 1 to `most`."""
        return self.backlog.collect(most)

    def written(self, pages: int) -> None:
        """A task has written a batch: its pages go to the tail of their list (folio_rotate_reclaimable)."""
        self.backlog.done(pages)
        self.node.move(pages, PageState.SWAPPING, PageState.SWAPPED)
        self.node.on_written(pages)

    def unwritten(self, pages: int) -> None:
        """A task gave up a batch: its pages wait again."""
        self.backlog.done(pages)
        self.backlog.add(pages)

    def drop(self, pages: int) -> None:
        """What was in so many pages of the area has been read back, or its owner is gone."""
        pages = min(pages, self.used)
        self.used -= pages
        if self.zram:
            self._hold()

    def _hold(self) -> None:
        """Let the memory that zram holds follow what is in it (zs_malloc, zs_free)."""
        assert self.zram is not None
        held = -int(-self.used // self.zram.ratio)
        grown, self._held = held - self._held, held
        if grown > 0:
            self.node.grab(grown)
        elif grown:
            self.node.give(-grown, PageState.KERNEL)
