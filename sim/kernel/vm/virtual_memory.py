"""The memory of a machine, put together: zones, reclaim, writeback, swap and all that hangs on them."""

from collections.abc import Callable, Generator, Iterable, Mapping

import simpy

from sim.kernel.vm.kswapd import KSWAPD_DELAY, Kswapd
from sim.kernel.vm.node import Node, fill
from sim.kernel.vm.oom import OomKiller
from sim.kernel.vm.page_alloc import PageAllocator
from sim.kernel.vm.page_state import PageState
from sim.kernel.vm.processors import Processors, Thread
from sim.kernel.vm.psi import Psi, Resource
from sim.kernel.vm.swap import Swap, Zram
from sim.kernel.vm.throttle import Throttle
from sim.kernel.vm.vmscan import REFERENCED, SWAPPINESS, PageCosts, Vmscan
from sim.kernel.vm.writeback import DIRTY_RATIOS, Writeback
from sim.kernel.vm.zone import Zone


class VirtualMemory:
    """The memory of a machine of `cpus` processors; `allocator` is what a pool's source takes for its memory.

    `at_start`: pages in use when the run begins. `swap_size` in pages, 0 for none; on a device, from which a read takes
    `swap_read_time` ns, unless `zram` is given.
    `dirty_ratios`: background and dirty, in percent. `kswapd_delay` in ns. `oom_delay()` draws the ns that an OOM kill
    takes; None for a machine whose OOM killer is off. Raise a ValueError if what is in use at the start does not fit.
    """

    def __init__(
        self,
        env: simpy.Environment,
        zones: tuple[Zone, ...],
        *,
        kernel: str = "6.12",
        cpus: int = 4,
        hz: int = 250,
        at_start: Mapping[PageState, int] | None = None,
        swap_size: int = 0,
        zram: Zram | None = None,
        swap_read_time: int = 0,
        swappiness: int = SWAPPINESS,
        dirty_ratios: tuple[float, float] = DIRTY_RATIOS,
        referenced: float = REFERENCED,
        costs: PageCosts | None = None,
        kswapd_delay: int = KSWAPD_DELAY,
        oom_delay: Callable[[], int] | None = None,
    ) -> None:
        self.env = env
        self.costs = costs or PageCosts()
        self.node = Node(env, zones, kernel)
        fill(self.node, at_start or {})
        self.processors = Processors(env, cpus)
        self.psi = Psi(hz, int(env.now))
        self.swap = Swap(env, self.node, swap_size, zram=zram, read_time=swap_read_time) if swap_size else None
        self.writeback = Writeback(env, self.node, *dirty_ratios, self.swap)
        self.throttle = Throttle(env, self.node, self.writeback, hz)
        self.node.on_written = self.throttle.written
        self.vmscan = Vmscan(
            env,
            self.node,
            swap=self.swap,
            writeback=self.writeback,
            processors=self.processors,
            psi=self.psi,
            throttle=self.throttle,
            costs=self.costs,
            swappiness=swappiness,
            referenced=referenced,
        )
        self.kswapd = Kswapd(env, self.node, self.vmscan, kswapd_delay)
        self.throttle.wake_kswapd = self.kswapd.wake
        self.oom = OomKiller(env, self.node, oom_delay) if oom_delay else None
        self.allocator = PageAllocator(env, self.node, self.vmscan, self.kswapd, self.oom)

    def claim(self, pages: int) -> None:
        """Pools have taken so many pages for their reserves before the run, from what the kernel has in use then.

        If that is less, it is raised to it. Raise a ValueError if there are not so many.
        """
        more = max(0, pages - self.node.pages[PageState.KERNEL])
        if self.node.grab(more) < more:
            raise ValueError(f"reserves of {pages} pages do not fit into what is free at the start")

    @property
    def will_kill(self) -> bool:
        """Whether a process is being OOM-killed, or soon will be."""
        return self.oom is not None and self.oom.can_help(wanted=self.allocator.failing > 0)

    def wait_for_io(self, thread: Thread, waits: Iterable[simpy.Event]) -> Generator[simpy.Event, None, None]:
        """Wait for each of `waits` in turn, off the processor and stalled on I/O (io_schedule)."""
        stalled = False
        for event in waits:
            if not stalled:
                self.processors.leave(thread)
                self.psi.stalls(Resource.IO, +1, int(self.env.now))
                stalled = True
            yield event
        if stalled:
            self.psi.stalls(Resource.IO, -1, int(self.env.now))

    def read_back(self, thread: Thread, duration: int) -> Generator[simpy.Event, None, None]:
        """Wait `duration` ns for pages that reclaim took too early: a stall on memory besides (swap_read_folio)."""
        self.psi.stalls(Resource.MEMORY, +1, int(self.env.now))
        yield from self.wait_for_io(thread, (self.env.timeout(duration),))
        self.psi.stalls(Resource.MEMORY, -1, int(self.env.now))

    def compute(self, thread: Thread, work: int) -> Generator[simpy.Event, None, None]:
        """Let a task do `work` ns on a processor, as one who gets on with its own affairs."""
        psi, env = self.psi, self.env
        psi.runs(+1, int(env.now))
        yield from self.processors.run(thread, work)
        psi.runs(-1, int(env.now))
