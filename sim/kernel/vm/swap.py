"""Where anonymous memory goes: a swap area on a device, written by tasks of the scenario, or compressed memory."""

from dataclasses import dataclass

import simpy

from sim.kernel.vm.backlog import Backlog
from sim.kernel.vm.node import Node
from sim.kernel.vm.page_state import PageState

SWAP_CLUSTER_MAX = 32
"""The kernel's batch of reclaim, in pages."""

_SUBMIT = 2_000
"""The ns of processor time that a page costs on its way to or from a device, its I/O aside; not measured."""


@dataclass(frozen=True)
class Zram:
    """Swap in memory: `ratio` pages fit into one. `compress` and `decompress` are ns of processor time a page."""

    ratio: float = 3.0
    compress: int = 8_000
    decompress: int = 4_000


class Swap:
    """A swap area of `size` pages, on a device unless `zram` is given.

    Pages that a reclaimer hands to a device wait, at most a batch of them, until a task takes them to be written; once
    they are (`written`), the next scan drops them. A reclaimer submits its writes itself, so that it waits until they
    are taken. zram writes at once, in the reclaimer's own time, and its pages are kernel memory.
    `used` counts pages of the area that hold something, or will; `held` are the pages of memory that zram has taken for
    them. `read_time`: the ns that a read of up to eight pages from a device takes.

    What has been given up by its owner while it is on its way there is dropped once it has arrived.
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
        self._given_up = 0
        self.held = 0

    @property
    def full(self) -> bool:
        """Whether all of the area is taken."""
        return self.used >= self.size

    @property
    def room(self) -> int:
        """How many pages a reclaimer may hand over now; what others have in hand meanwhile may come on top of it."""
        left = self.size - self.used
        return left if self.zram else min(left, self.backlog.room)

    @property
    def owned(self) -> int:
        """Pages of the area whose owner is alive."""
        return self.used - self._given_up

    @property
    def away(self) -> int:
        """Pages that are in the area and nowhere else: to be read back when their owner needs them."""
        return self.used - self.node.pages[PageState.SWAPPING] - self.node.pages[PageState.SWAPPED]

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
        What it finds no memory for stays where it is.
        """
        pages = max(0, min(pages, self.room, self.node.pages[PageState.ANON]))
        if self.zram:
            pages = self._stored(pages, self.zram.ratio)
        self.used += pages
        self.node.move(pages, PageState.ANON, PageState.SWAPPING)
        return pages

    def out(self, pages: int) -> int:
        """The reclaimer is done with pages that it has isolated; gives how many are free thereby (swap_writepage)."""
        self.node.count("pswpout", pages)
        if self.zram is None:
            self.backlog.add(pages)
            return 0
        self._arrived(pages)
        self.node.give(pages, PageState.SWAPPING)
        return pages

    def collect(self, most: int) -> simpy.Event:
        """An event that happens when there is something to write; its value is how many pages, 1 to `most`."""
        return self.backlog.collect(most)

    def written(self, pages: int) -> None:
        """A task has written a batch: its pages go to the tail of their list (folio_rotate_reclaimable)."""
        self.backlog.done(pages)
        gone = self._arrived(pages)
        self.node.give(gone, PageState.SWAPPING)
        self.node.move(pages - gone, PageState.SWAPPING, PageState.SWAPPED)
        self.node.on_written(pages)

    def unwritten(self, pages: int) -> None:
        """A task gave up a batch: its pages wait again."""
        self.backlog.done(pages)
        self.backlog.add(pages)

    def read_back(self, most: int) -> int:
        """Up to `most` pages of the area are in memory again, and in use; gives how many (swap_free)."""
        pages = min(most, self.away)
        self._drop(pages)
        return pages

    def give_up(self, pages: int) -> None:
        """Drop the share of a dead owner: `pages` of the `owned`, both stored and on their way."""
        cached = self.node.pages[PageState.SWAPPED]
        away, written = pages * self.away // max(1, self.owned), pages * cached // max(1, self.owned)
        left = pages - away - written
        on_the_way = min(left, self.node.pages[PageState.SWAPPING] - self._given_up)
        left -= on_the_way
        more = min(left, self.away - away)
        away, written = away + more, written + left - more
        self._given_up += on_the_way
        self.node.give(written, PageState.SWAPPED)
        self._drop(away + written)

    def _arrived(self, pages: int) -> int:
        """So many pages have been written; drop from the area what nobody owns any more, and give how many that is."""
        gone = min(pages, self._given_up)
        self._given_up -= gone
        self._drop(gone)
        return gone

    def _drop(self, pages: int) -> None:
        self.used -= pages
        if self.zram and (surplus := self.held - -int(-self.used // self.zram.ratio)) > 0:
            self.held -= surplus
            self.node.give(surplus, PageState.KERNEL)

    def _stored(self, pages: int, ratio: float) -> int:
        """Take the memory for so many compressed pages, as far as there is any; gives for how many (zs_malloc)."""
        needed = -int(-(self.used + pages) // ratio) - self.held
        if needed > 0:
            self.held += self.node.grab(needed)
        return max(0, min(pages, int(self.held * ratio) - self.used))
