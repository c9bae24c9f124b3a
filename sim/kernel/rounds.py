"""The loops of mempool_alloc and mempool_alloc_bulk: rounds of alloc_fn and reserve until the caller has what it wants.

Each is a generator that the pool runs on behalf of a caller. It yields SLEEP to be put on the wait queue, or the ns to
spend in direct reclaim, or the event with which that ends, and is sent the time at which it goes on. It returns when
the call is over.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from sim.kernel.call import SLEEP, Call, Path
from sim.kernel.gfp import DIRECT_RECLAIM
from sim.kernel.jiffies import SECOND
from sim.kernel.versions import Bulk

if TYPE_CHECKING:
    from sim.kernel.mempool import Mempool

Loop = Generator[int | simpy.Event, Any, None]


def rounds(pool: Mempool, call: Call) -> Loop:
    """mempool_alloc, 2.6.0 to 7.2: all its rounds, or, if `call` has made a first one in vain, those after it.

    From 3.3 on a second round follows at once, with the full mask; then the caller sleeps, or gets NULL. A wake-up,
    whatever caused it, leads to another round: alloc_fn first, though an element may lie in the reserve. A caller that
    has no mempool leaves it to the page allocator, which tries again and again: small allocations that may reclaim do
    not fail there (__alloc_pages_slowpath), and between two passes lies a pause of a jiffy (should_reclaim_retry).
    """
    masks, source, kthread, now = call.masks, pool.source, call.kthread, call.now
    tries = masks.before_sleep if call.attempts else (masks.first, *masks.before_sleep)
    while True:
        for mask in tries:
            if pool.takes_first and pool.elements:
                call.now = now
                call.element = pool.take(call)
                pool.taken += 1
                return
            start, carried, failed = now, pool.carried(mask), pool.injects()
            if mask & DIRECT_RECLAIM and not failed and (reclaim := source.reclaim(carried, now, kthread)):
                call.now = now
                now = yield reclaim
                failed = _in_vain(reclaim)
            call.attempts += 1
            spared = pool.min_nr // 2 if masks.spares_half and mask == masks.first else 0
            call.element, path, call.now = pool.round(carried, start, now, call, spared=spared, failed=failed)
            if call.element is not None:
                call.serve(path, barged=bool(pool.wait.woken.turns))
                return
            now = call.now
        if not masks.may_sleep:
            call.path = Path.NULL
            return
        now = yield _pause(pool)
        if call.element is not None:
            call.path, call.now = Path.WAIT_RESERVE, now
            pool.taken += 1
            return
        tries = masks.after_sleep


def bulk_rounds(pool: Mempool, call: Call, elements: list[Any]) -> Loop:
    """mempool_alloc_bulk, 6.19+.

    A round asks alloc_fn for each missing element until it fails once, and then takes all that are still missing from
    the reserve, or none. Only a round with the full mask may end asleep. What alloc_fn gave is kept meanwhile.
    """
    masks, now = call.masks, call.now
    missing = [slot for slot, held in enumerate(elements) if held is None or pool.semantics.bulk is Bulk.CONTIGUOUS]
    missing.reverse()
    call.count, call.missing, call.bulk = len(missing), missing, True
    skip = pool.bulk_fault is not None and pool.bulk_fault.should_fail()
    mask, tries = masks.first, (masks.first, *masks.before_sleep)
    while missing:
        for mask in tries:
            if not skip and not (pool.takes_first and len(missing) <= pool.curr_nr):
                now = yield from _bulk_pass(pool, call, mask, elements, missing, now)
            skip = False
            call.now = now
            if len(missing) <= pool.curr_nr:
                while missing:
                    elements[missing.pop()] = pool.take(call)
            if not missing:
                break
        else:
            now = yield _pause(pool)
            tries = masks.after_sleep
    call.element = elements
    pool.taken += call.count
    if call.path is Path.UNFINISHED:
        call.path = Path.WAIT if call.sleeps else Path.FIRST if mask == masks.first else Path.RECLAIM


def _bulk_pass(
    pool: Mempool, call: Call, mask: int, elements: list[Any], missing: list[int], now: int
) -> Generator[int | simpy.Event, int, int]:
    """Ask alloc_fn for the missing elements until it fails once; gives the time at the end."""
    element: Any = elements
    while missing and element is not None:
        start, carried, failed = now, pool.carried(mask), False
        if mask & DIRECT_RECLAIM and (reclaim := pool.source.reclaim(carried, now, call.kthread)):
            call.now = now
            now = yield reclaim
            failed = _in_vain(reclaim)
        call.attempts += 1
        element = None if failed else pool.source.alloc(carried, now)
        now += pool.costs.attempt
        if pool.tracer is not None:
            pool.tracer.attempt(call, carried, element, start, now)
        if element is not None:
            elements[missing.pop()] = element
    return now


def _pause(pool: Mempool) -> int:
    """What a loop yields when neither alloc_fn nor reserve have anything: SLEEP, or without a pool one jiffy."""
    if not pool.no_pool:
        return SLEEP
    pool.pauses += 1
    return SECOND // pool.clock.hz


def _in_vain(reclaim: int | simpy.Event) -> bool:
    """Whether a reclaim that is over has freed nothing, so that its attempt fails."""
    return isinstance(reclaim, simpy.Event) and reclaim.value is False
