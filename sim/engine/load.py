"""Who uses memory besides the pools: processes that dirty files, read them, fill memory, or allocate in the kernel.

They move pages by the batch, about a millisecond's worth at a time, and wait where the kernel would let them wait.
"""

from collections.abc import Generator, Mapping
from functools import partial
from typing import Any, Protocol

import simpy

from sim.kernel.gfp import parse_gfp
from sim.kernel.jiffies import SECOND
from sim.kernel.page import PAGE_SIZE
from sim.kernel.vm import PageState, Thread, VirtualMemory
from sim.results.memory import LoadTotals
from sim.scenario.load_estimate import moved
from sim.scenario.loads import AllocatorSpec, DirtierSpec, HogSpec, LoadSpec, ReaderSpec
from sim.spec import key_of

_READAHEAD = 8
"""Pages of a swap area that are read at one go (page-cluster 3)."""

Process = Generator[simpy.Event, Any, None]
Use = Generator[simpy.Event, Any, int]
"""Returns how many pages were used."""


class User(Protocol):
    """A process with one kind of use for memory."""

    over: bool
    """Whether it has come to its end."""
    thread: Thread

    def begin(self) -> None:
        """It comes to life."""

    def step(self, pages: int) -> Use:
        """Use so many pages, however long that takes."""

    def end(self) -> None:
        """It exits."""


class Load:
    """The processes of `loads` on `memory`, in a run of `duration` ns.

    `totals`: what each load has done so far. `on_loan`: pages of allocators, which they free whatever happens.
    `starved`: those of them who got less than they wanted when they last asked.
    """

    def __init__(self, memory: VirtualMemory, loads: Mapping[str, LoadSpec], duration: int) -> None:
        self.totals = {
            name: LoadTotals(key_of(LoadSpec, load), load.count, round(moved(load, duration) / PAGE_SIZE))
            for name, load in loads.items()
        }
        self.on_loan = 0
        self.starved: set[object] = set()
        self.memory = memory
        self._loads = loads
        self._underway: dict[User, tuple[LoadTotals, int]] = {}

    def start(self) -> None:
        """Start the processes."""
        memory = self.memory
        readers = (load for load in self._loads.values() if isinstance(load, ReaderSpec))
        working_set = sum(load.count * load.working_set for load in readers) // PAGE_SIZE
        gfp_kernel = parse_gfp("GFP_KERNEL", memory.node.version)
        for name, load in self._loads.items():
            for _ in range(load.count):
                user: User
                match load:
                    case DirtierSpec():
                        user = Dirtier(memory, gfp_kernel)
                    case ReaderSpec():
                        user = Reader(memory, gfp_kernel, working_set)
                    case HogSpec():
                        user = Hog(memory, gfp_kernel, load.size // PAGE_SIZE)
                    case AllocatorSpec():
                        lifetime = round(load.working_set * SECOND / load.rate)
                        user = Allocator(memory, parse_gfp(load.gfp, memory.node.version), lifetime, self)
                memory.env.process(self._paced(user, load, self.totals[name]))

    def close(self, now: int) -> None:
        """The run is over at `now` (ns): what processes are not through with counts as far as it has got."""
        for totals, begun in self._underway.values():
            totals.longest_ns = max(totals.longest_ns, now - begun)

    def _paced(self, user: User, load: LoadSpec, totals: LoadTotals) -> Process:
        """Let `user` use memory at the rate of `load`; time lost in waiting is not made up for."""
        env, processors, batch, period = self.memory.env, self.memory.processors, load.batch, load.period
        if load.start:
            yield env.timeout(load.start)
        user.begin()
        while not user.over and (load.stop is None or env.now < load.stop):
            begun = int(env.now)
            self._underway[user] = totals, begun
            used = yield from user.step(batch)
            del self._underway[user]
            totals.pages += used
            took = int(env.now) - begun
            totals.longest_ns = max(totals.longest_ns, took)
            if took < period:
                processors.leave(user.thread)
                yield env.timeout(period - took)
        processors.leave(user.thread)
        user.end()


class Dirtier:
    """Writes new pages of files, and is slowed down as dirty pages pile up (generic_perform_write)."""

    def __init__(self, memory: VirtualMemory, gfp: int) -> None:
        self.over = False
        self.thread = Thread()
        self._memory = memory
        self._gfp = gfp

    def begin(self) -> None:
        """One more dirties pages."""
        self._memory.writeback.dirtiers += 1

    def end(self) -> None:
        """One less does."""
        self._memory.writeback.dirtiers -= 1

    def step(self, pages: int) -> Use:
        """Dirty `pages`, then wait as balance_dirty_pages says."""
        memory = self._memory
        left = pages
        while left:
            got = yield from memory.allocator.alloc(left, self._gfp, PageState.DIRTY, self.thread)
            memory.writeback.dirtied(got)
            yield from memory.compute(self.thread, got * memory.costs.fault)
            left -= got
        yield from memory.wait_for_io(self.thread, memory.writeback.balance_dirty_pages(pages))
        return pages


class Reader:
    """Reads a working set of `pages_in_set` pages of files again and again; what is not cached is read in.

    All readers share one working set and the page cache is all theirs: so a page is missing with the share of the set
    that the clean pages fall short of. What it is read from is not modelled: it takes memory, not time.
    """

    def __init__(self, memory: VirtualMemory, gfp: int, pages_in_set: int) -> None:
        self.over = False
        self.thread = Thread()
        self._memory = memory
        self._set = max(1, pages_in_set)
        self._gfp = gfp
        self._missed = 0.0

    def begin(self) -> None:
        """Nothing to prepare."""

    def end(self) -> None:
        """What it has read stays in the page cache."""

    def step(self, pages: int) -> Use:
        """Read `pages`."""
        memory = self._memory
        cached = memory.node.pages[PageState.CLEAN]
        self._missed += pages * max(0.0, 1 - cached / self._set)
        while self._missed >= 1:
            got = yield from memory.allocator.alloc(int(self._missed), self._gfp, PageState.CLEAN, self.thread)
            yield from memory.compute(self.thread, got * memory.costs.fault)
            self._missed -= got
        return pages


class Hog:
    """Fills `size` pages of its own, then goes on writing to them in turn, which brings back what was swapped out."""

    def __init__(self, memory: VirtualMemory, gfp: int, size: int) -> None:
        self.over = False
        self.thread = Thread()
        self.size = size
        self.touched = 0
        self._memory = memory
        self._gfp = gfp
        self._faults = 0.0
        if memory.oom:
            memory.oom.victims.append(self)

    @property
    def rss(self) -> int:
        """All that it has touched, swap included."""
        return self.touched

    def kill(self) -> None:
        """End it, and free its share of all anonymous memory, in memory and in swap (exit_mmap)."""
        memory = self._memory
        swapped = self.touched * memory.swap.owned // self._of_all() if memory.swap else 0
        memory.node.give(self.touched - swapped, PageState.ANON)
        if memory.swap:
            memory.swap.give_up(swapped)
        self.touched, self.over = 0, True

    def begin(self) -> None:
        """Nothing to prepare."""

    def end(self) -> None:
        """Its memory is freed."""
        self.kill()

    def step(self, pages: int) -> Use:
        """Write to the next `pages`: new ones first, later those that it has, of which some may be swapped out."""
        memory = self._memory
        new = min(pages, self.size - self.touched)
        wanted = pages
        while new > 0 and not self.over:
            got = yield from memory.allocator.alloc(new, self._gfp, PageState.ANON, self.thread)
            if self.over:
                memory.node.give(got, PageState.ANON)
                return wanted - pages
            self.touched += got
            new -= got
            pages -= got
            yield from memory.compute(self.thread, got * memory.costs.fault)
        if pages and memory.swap and not self.over:
            yield from self._fault_in(pages)
        return wanted

    def _fault_in(self, pages: int) -> Process:
        """Write to pages that it has; those that are swapped out are read back (do_swap_page)."""
        memory, swap = self._memory, self._memory.swap
        assert swap is not None
        self._faults += pages * swap.away / self._of_all()
        while self._faults >= 1:
            wanted = int(self._faults)
            got = yield from memory.allocator.alloc(wanted, self._gfp, PageState.ANON, self.thread)
            brought = 0 if self.over else swap.read_back(got)
            memory.node.give(got - brought, PageState.ANON)
            self._faults -= got
            if not brought:
                return
            memory.node.count("pswpin", brought)
            if swap.read_time:
                yield from memory.read_back(self.thread, -(-brought // _READAHEAD) * swap.read_time)
            yield from memory.compute(self.thread, brought * (memory.costs.fault + swap.read_cost))
            if self.over:
                return

    def _of_all(self) -> int:
        """All anonymous memory that somebody owns, in memory or in swap; at least 1."""
        swap = self._memory.swap
        return max(1, self._memory.node.pages[PageState.ANON] + (swap.owned if swap else 0))


class Allocator:
    """A part of the kernel that allocates pages and frees each after `lifetime` ns; what it does not get it lacks."""

    def __init__(self, memory: VirtualMemory, gfp: int, lifetime: int, load: Load) -> None:
        self.over = False
        self.thread = Thread()
        self._memory = memory
        self._gfp = gfp
        self._lifetime = lifetime
        self._load = load

    def begin(self) -> None:
        """Nothing to prepare."""

    def end(self) -> None:
        """What it has taken is freed in its time."""

    def step(self, pages: int) -> Use:
        """Allocate `pages`; others free them when their time has come, whatever this one waits for."""
        memory = self._memory
        left = pages
        while left:
            got = yield from memory.allocator.alloc(left, self._gfp, PageState.KERNEL, self.thread)
            if not got:
                self._load.starved.add(self)
                return pages - left
            self._load.on_loan += got
            memory.env.timeout(self._lifetime).callbacks.append(partial(self._free, got))
            left -= got
        self._load.starved.discard(self)
        return pages

    def _free(self, pages: int, _: simpy.Event) -> None:
        self._load.on_loan -= pages
        self._memory.node.give(pages, PageState.KERNEL)
