"""The mempool: a reserve of elements behind an allocator that may fail (mm/mempool.c).

An allocation asks the backing allocator first and the reserve second; if both have nothing, it asks once more with
reclaim allowed, and then sleeps until a free puts an element back or five seconds pass. A free refills the reserve
first, whoever had got the element, and wakes the sleepers. What differs from kernel to kernel is in `Semantics`.
"""

import warnings
from collections.abc import Callable, Generator
from typing import Any

import simpy

from sim.kernel.backing import Own, Source
from sim.kernel.call import Call, Costs, Masks, Path
from sim.kernel.errors import KernelBug, KernelWarning, NotInThisKernel, PoolCreationError
from sim.kernel.fault import FaultAttr
from sim.kernel.gauge import Gauge
from sim.kernel.gfp import DIRECT_RECLAIM, NOMEMALLOC, ZERO, masks, parse_gfp
from sim.kernel.jiffies import Clock
from sim.kernel.progress import Progress
from sim.kernel.rounds import bulk_rounds, rounds
from sim.kernel.runqueue import Cpu, RunQueue
from sim.kernel.tracer import Tracer
from sim.kernel.versions import Bulk, KernelVersion, Nomemalloc, Order, Reclaim, Semantics, Wake, ZeroMin, semantics_of
from sim.kernel.waitqueue import WaitQueue

NOT_TRIED = -1
"""In place of a time: a call has not been through its first round."""

_FIRST, _RESERVE, _UNFINISHED = Path.FIRST, Path.RESERVE, Path.UNFINISHED


class Mempool:
    """A memory pool on a SimPy environment whose clock counts integer nanoseconds.

    `min_nr`: how many elements the reserve is to hold; it is filled at creation. `source`: the alloc_fn/free_fn pair.
    `kernel`: the version that is mirrored; `semantics` overrides what it did. `clock`: jiffies and HZ.
    `wakeup_latency` draws the ns from a wake-up to running (6 us if not given); with a `cpu` the woken run one after
    the other. `fault` and `bulk_fault`: fail_mempool_alloc and fail_mempool_alloc_bulk of 6.19+.

    Fields as in the kernel: `min_nr`, `curr_nr`, `elements` (a stack, last in first out), `wait`.
    Raise a PoolCreationError if the source cannot fill the reserve, a NotInThisKernel for a `fault` before 6.19, a
    ValueError for a negative min_nr.
    """

    def __init__(
        self,
        env: simpy.Environment,
        min_nr: int,
        source: Source,
        *,
        kernel: str = "6.12",
        semantics: Semantics | None = None,
        clock: Clock | None = None,
        costs: Costs | None = None,
        wakeup_latency: Callable[[], int] = lambda: 6_000,
        cpu: Cpu | None = None,
        fault: FaultAttr | None = None,
        bulk_fault: FaultAttr | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        if min_nr < 0:
            raise ValueError(f"min_nr(={min_nr}) must be >= 0")
        self.env = env
        self.version = KernelVersion.parse(kernel)
        self.semantics = semantics or semantics_of(self.version)
        self.source = source
        self.costs = costs or Costs()
        self.clock = clock or Clock()
        order = self.semantics.order
        self.no_pool = order is Order.NO_POOL
        self.takes_first = order is Order.POOL_FIRST
        self.fault, self.bulk_fault = (None, None) if self.no_pool else (fault, bulk_fault)
        self.tracer, self.cpu = tracer, cpu
        self.taken = 0
        self.pauses = 0
        """How often a call that has no pool has paused, to ask the page allocator again."""
        self.frees = 0
        self.blocked: dict[Call, None] = {}
        self._masks: dict[int | str, Masks] = {}
        self._slack = 1 if self.semantics.zero_min is ZeroMin.ONE_ELEMENT and not self.no_pool else 0
        self._while_reserve = self.semantics.nomemalloc is Nomemalloc.WHILE_RESERVE
        self.plain = (
            order is Order.ALLOC_FIRST
            and self.semantics.reclaim is not Reclaim.HALF_EMPTY
            and fault is None
            and not self._while_reserve
        )
        """Whether a call begins with a `round` that needs no more than its mask."""
        self._attempt_cost, self._take_cost = self.costs.attempt, self.costs.take
        if (fault or bulk_fault) and not self.semantics.fault_injection:
            raise NotInThisKernel(f"kernel {self.version} has no fail_mempool_alloc: it came with 6.19")
        self.progress = Progress(self)
        woken = RunQueue(env, self.progress, wakeup_latency, cpu, ahead=not isinstance(source, Own))
        self.wait = WaitQueue(env, self.semantics, self.clock, woken, tracer)
        self.min_nr = 0 if self.no_pool else min_nr
        self.elements: list[Any] = []
        self._fill()
        self.reserve = Gauge(self.curr_nr, int(env.now))
        self.waiters = Gauge(0, int(env.now))

    @property
    def curr_nr(self) -> int:
        """How many elements the reserve holds."""
        return len(self.elements)

    @property
    def outstanding(self) -> int:
        """How many elements callers hold."""
        return self.taken - self.frees

    @property
    def most(self) -> int:
        """How many elements frees fill the reserve up to: min_nr, or one if that is 0 from 6.17 on."""
        return self.min_nr or self._slack

    @property
    def is_saturated(self) -> bool:
        """Whether the reserve holds its min_nr (mempool_is_saturated)."""
        return self.curr_nr >= self.min_nr

    def alloc(self, gfp: int | str = "GFP_KERNEL", *, kthread: bool = False) -> Generator[simpy.Event, Any, Any]:
        """An element, or None if `gfp` may not sleep and there is none: `element = yield from pool.alloc(gfp)`.

        Takes the simulated time that the attempts, the reclaim and the sleep take (mempool_alloc). The wait is
        uninterruptible: a process that is interrupted in it leaves a call behind that may yet take an element.
        """
        return (yield from self._wait_for(self.begin(self.masks_of(gfp), int(self.env.now), kthread)))

    def alloc_bulk(self, elements: list[Any], *, kthread: bool = False) -> Generator[simpy.Event, Any, list[Any]]:
        """Fill the empty slots of `elements`, all or none of them from the reserve (mempool_alloc_bulk, 6.19+).

        The mask is GFP_KERNEL. 6.19-7.1 skip slots that hold something; 7.2 fills all. Elements got from alloc_fn are
        kept while it sleeps for the rest. Warns if more are asked than min_nr. Raise a NotInThisKernel before 6.19.
        """
        yield from self._wait_for(self.begin_bulk(elements, int(self.env.now), kthread))
        return elements

    def alloc_preallocated(self) -> Any:
        """An element of the reserve, or None; never asks alloc_fn, never sleeps (mempool_alloc_preallocated, 6.8+)."""
        if not self.semantics.preallocated:
            raise NotInThisKernel(f"kernel {self.version} has no mempool_alloc_preallocated: it came with 6.8")
        if not self.elements:
            return None
        self.taken += 1
        return self.pop(int(self.env.now))

    def free(self, element: Any, now: int | None = None) -> None:
        """Give an element back: to the reserve if it is short of its target, else to free_fn (mempool_free).

        Only a refill wakes sleepers. `now` is the caller's own time if that runs ahead of the environment's clock.
        Raise a KernelBug for None before 2.6.23, where it crashed; later kernels ignore it.
        """
        if element is None:
            if not self.semantics.free_null:
                raise KernelBug(f"mempool_free(NULL) crashes kernel {self.version}: it is ignored from 2.6.23 on")
            return
        self.frees += 1
        if len(self.elements) < (self.min_nr or self._slack):
            if now is None:
                now = int(self.env.now)
            if self.wait.sleepers:
                self._refill_and_wake([element], now)
            else:
                self.push(element, now)
        else:
            self.source.free(element)

    def free_bulk(self, elements: list[Any], now: int | None = None) -> int:
        """Refill the reserve from the front of `elements`, with one wake-up, and say how many it took (6.19+).

        The caller disposes of the rest: free_fn is not called for them (mempool_free_bulk). Raise a NotInThisKernel
        before 6.19.
        """
        self._needs_bulk()
        room = (self.min_nr or self._slack) - len(self.elements)
        taken = elements[: max(0, room)]
        self.frees += len(elements)
        if taken:
            self._refill_and_wake(taken, int(self.env.now) if now is None else now)
        return len(taken)

    def resize(self, new_min_nr: int, gfp: int | str = "GFP_KERNEL") -> Generator[simpy.Event, Any, int]:
        """Change min_nr; shrinking frees from the top of the stack, growing fills by alloc_fn (mempool_resize).

        Growing stops at the first failure and gives 0 all the same; later frees fill up. It wakes nobody: sleepers
        learn of it at the next refill or time-out. `gfp` counts up to 4.0; from 4.1 on it is GFP_KERNEL. The -ENOMEM
        of a new array that cannot be had is not modelled. Raise a KernelBug if `new_min_nr` <= 0.
        """
        if new_min_nr <= 0:
            raise KernelBug(f"mempool_resize to {new_min_nr}: BUG_ON(new_min_nr <= 0)")
        if self.no_pool:
            return 0
        while self.curr_nr > new_min_nr:
            self.source.free(self.pop(int(self.env.now)))
        growing = new_min_nr > self.min_nr
        self.min_nr = new_min_nr
        if not self.semantics.resize_takes_gfp:
            gfp = "GFP_KERNEL"
        mask = parse_gfp(gfp, self.version) if isinstance(gfp, str) else gfp
        while growing and self.curr_nr < self.min_nr:
            start = int(self.env.now)
            if mask & DIRECT_RECLAIM and (reclaim := self.source.reclaim(mask, start, False)):
                reclaim = self.env.timeout(reclaim) if isinstance(reclaim, int) else reclaim
                if (yield reclaim) is False:
                    break
            element = self._fill_attempt(mask, start)
            if element is None:
                break
            if self.curr_nr < self.min_nr:
                self.push(element, int(self.env.now))
            else:
                self.source.free(element)
        return 0

    def destroy(self) -> None:
        """Give the reserve back to free_fn (mempool_destroy). Sleepers are not woken.

        Raise a KernelBug up to 3.2 if an element of the reserve is still out: they BUG unless curr_nr equals min_nr.
        """
        if self.semantics.destroy_needs_full_reserve and self.curr_nr != self.min_nr:
            raise KernelBug(f"mempool_destroy with curr_nr {self.curr_nr} != min_nr {self.min_nr} BUGs up to 3.2")
        self.min_nr = self._slack = 0
        while self.elements:
            self.source.free(self.pop(int(self.env.now)))

    def masks_of(self, gfp: int | str) -> Masks:
        """The masks of a call with `gfp`, a mask or its name in this kernel.

        Warns, once for a mask, of __GFP_ZERO from 3.18 on and of __GFP_NOMEMALLOC in 4.6 and 4.7, where the kernel
        would moreover retry without a pause.
        """
        known = self._masks.get(gfp)
        if known is None:
            mask = parse_gfp(gfp, self.version) if isinstance(gfp, str) else gfp
            known = self._masks[gfp] = Masks.of(mask, self.semantics)
            if mask & ZERO and self.semantics.warns_on_zero:
                warnings.warn("mempool_alloc with __GFP_ZERO: elements of the reserve are not zeroed", KernelWarning, 3)
            if mask & NOMEMALLOC and self.semantics.nomemalloc is Nomemalloc.WHILE_RESERVE:
                warnings.warn("mempool_alloc with __GFP_NOMEMALLOC warns in 4.6 and 4.7", KernelWarning, 3)
        return known

    def begin(self, masks: Masks, now: int, kthread: bool = False, after: int = NOT_TRIED) -> Call:
        """Start an allocation at the caller's own time `now`; if the call has a `done` event afterwards, it blocked.

        `after`: when the first `round` ended, if the caller has made it by itself and in vain.
        """
        call = Call(masks, now, kthread)
        if after == NOT_TRIED and self.plain:
            element, path, after = self.round(masks.first, now, now, call)
            if element is not None:
                call.attempts, call.now, call.element = 1, after, element
                call.serve(path, barged=bool(self.wait.woken.turns))
                return call
        if after != NOT_TRIED:
            call.attempts, call.now = 1, after
        call.loop = rounds(self, call)
        self.progress.start(call)
        return call

    def begin_bulk(self, elements: list[Any], now: int, kthread: bool = False) -> Call:
        """Start a bulk allocation, as `begin`; `call.element` becomes the list."""
        self._needs_bulk()
        if len(elements) > self.min_nr and not self.no_pool:
            warnings.warn(f"mempool_alloc_bulk of {len(elements)} from a reserve of {self.min_nr}", KernelWarning, 3)
        call = Call(self.masks_of("GFP_KERNEL"), now, kthread)
        call.loop = bulk_rounds(self, call, elements)
        self.progress.start(call)
        return call

    def carried(self, mask: int) -> int:
        """The mask of an attempt that begins now: in 4.6 and 4.7 the reserve decides on __GFP_NOMEMALLOC."""
        return mask | NOMEMALLOC if self._while_reserve and self.elements else mask

    def injects(self) -> bool:
        """Whether fail_mempool_alloc fails the attempt that begins now, so that alloc_fn is not asked (6.19+)."""
        return self.fault is not None and self.fault.should_fail()

    def round(
        self, mask: int, start: int, now: int, call: Call | None = None, *, spared: int = 0, failed: bool = False
    ) -> tuple[Any, Path, int]:
        """One round of mempool_alloc: alloc_fn first and the reserve second.

        The attempt carries `mask`, began at `start` and is decided at `now`. `spared`: how many elements of the reserve
        the call leaves to others. `failed`: the attempt has failed already, by fault injection or since its reclaim has
        freed nothing. Gives the element or None, where it came from (FIRST for alloc_fn, RESERVE, or UNFINISHED), and
        the time at the end of the round.
        """
        elements = self.elements
        element = None if failed else self.source.alloc(mask, now)
        after = now + self._attempt_cost
        if self.tracer is not None:
            self.tracer.attempt(call, mask, element, start, after)
        if element is not None:
            self.taken += 1
            return element, _FIRST, after
        if len(elements) <= spared:
            return None, _UNFINISHED, after
        self.taken += 1
        return self.pop(after), _RESERVE, after + self._take_cost

    def take(self, call: Call) -> Any:
        """The newest element of the reserve, for a call that is thereby served."""
        now = call.now
        element = self.pop(now)
        call.serve(_RESERVE, barged=bool(self.wait.woken.turns))
        call.now = now + self._take_cost
        return element

    def pop(self, now: int) -> Any:
        """Take the newest element of the reserve (remove_element). Raise a KernelBug if it is empty."""
        if not self.elements:
            raise KernelBug("remove_element from an empty reserve: BUG_ON(curr_nr < 0)")
        element = self.elements.pop()
        self.reserve.set(len(self.elements), now)
        return element

    def push(self, element: Any, now: int) -> None:
        """Put an element into the reserve (add_element). Raise a KernelBug if it is full."""
        if len(self.elements) >= (self.min_nr or self._slack):
            raise KernelBug(f"add_element to a full reserve of {len(self.elements)}: BUG_ON(curr_nr >= min_nr)")
        self.elements.append(element)
        self.reserve.set(len(self.elements), now)

    def _fill(self) -> None:
        """Fill the reserve at creation, or give back what came and fail (mempool_create_node, mempool_init_node)."""
        mask = masks(self.version)["GFP_KERNEL"]
        while len(self.elements) < (self.min_nr or self._slack):
            element = self._fill_attempt(mask, int(self.env.now))
            if element is None:
                while self.elements:
                    self.source.free(self.elements.pop())
                raise PoolCreationError(f"no memory for a reserve of {self.min_nr or self._slack} elements")
            self.elements.append(element)

    def _fill_attempt(self, mask: int, start: int) -> Any:
        element = self.source.alloc(mask, int(self.env.now))
        if self.tracer is not None:
            self.tracer.attempt(None, mask, element, start, int(self.env.now))
        return element

    def _refill_and_wake(self, elements: list[Any], now: int) -> None:
        hand_off = self.semantics.wake is Wake.HAND_OFF
        for element in elements:
            if not (hand_off and self.wait.hand_over(element, now)):
                self.push(element, now)
        if self.elements:
            self.wait.wake(now)

    def _wait_for(self, call: Call) -> Generator[simpy.Event, Any, Any]:
        """Let the simulated time pass that the call takes, whether it blocked or merely cost something."""
        if call.done is not None:
            yield call.done
        elif call.now > self.env.now:
            yield self.env.timeout(call.now - int(self.env.now))
        return call.element

    def _needs_bulk(self) -> None:
        if self.semantics.bulk is Bulk.ABSENT:
            raise NotInThisKernel(f"kernel {self.version} has no mempool_alloc_bulk: it came with 6.19")
