import pytest
import simpy

from sim.kernel import Mempool, Pages
from sim.kernel.call import Path
from sim.kernel.vm import PageState, VirtualMemory, Watermarks, Zone

MS = 1_000_000
MARKS = Watermarks(100, 125, 150)


def call_while_others_free(kernel):
    """A call of a pool that finds no free page, nor anything to reclaim, while somebody else frees pages in time."""
    env = simpy.Environment()
    zone = Zone("Normal", 10_000, MARKS, {"Normal": 0}, kernel=kernel)
    memory = VirtualMemory(env, (zone,), kernel=kernel, swap_size=100_000)
    pages = Pages()
    pool = Mempool(env, 1, pages, kernel=kernel)
    pages.memory = memory.allocator
    node = memory.node
    node.take(node.managed, 0, PageState.ANON, slow=True)
    masks = pool.masks_of("GFP_NOIO")
    assert pool.begin(masks, 0).path is Path.RESERVE
    call = pool.begin(masks, 0)

    def others():
        yield env.timeout(1)
        node.give(1_000, PageState.ANON)

    env.process(others())
    env.run(until=60 * MS)
    return call


def test_a_reclaim_that_frees_nothing_fails_whatever_others_have_freed_meanwhile():
    call = call_while_others_free("6.12")
    assert call.reclaim > 0
    assert (call.path, call.sleeps) == (Path.UNFINISHED, 1)


@pytest.mark.parametrize("kernel", ["3.6", "4.6"])
def test_up_to_4_6_it_looks_again(kernel):
    call = call_while_others_free(kernel)
    assert (call.path, call.sleeps) == (Path.RECLAIM, 0)
