from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.errors import KernelBug
from sim.kernel.gfp import DIRECT_RECLAIM, HIGH, IO, KSWAPD_RECLAIM, NOMEMALLOC, NORETRY, NOWARN
from sim.kernel.slab import objects_in
from sim.kernel.slab_cache import Slab

KERNEL = DIRECT_RECLAIM | KSWAPD_RECLAIM | IO


class Blocks:
    """Memory that grants up to a number of blocks, none above an order, and keeps the books."""

    def __init__(self, left=10**9, largest=10, by_order=False, reclaim=700):
        self.left = left
        self.largest = largest
        self.by_order = by_order
        self.asked = []
        self.reclaims = []
        self.back = []
        self.out = Counter()
        self._reclaim = reclaim

    def reclaim(self, gfp, now, kthread, order=0):
        self.reclaims.append((gfp, now, kthread, order))
        return self._reclaim

    def grants(self, gfp, now, order=0):
        self.asked.append((gfp, order))
        granted = self.left > 0 and order <= self.largest
        self.left -= granted
        self.out[order] += granted
        return granted

    def give_back(self, order):
        self.back.append(order)
        self.out[order] -= 1

    def refuses_until(self, now):
        return now + 500

    def level(self, start, end):
        return 0.0

    @property
    def pages_out(self):
        return sum(blocks << order for order, blocks in self.out.items())


def pages_cache(memory):
    """Slabs of 8 pages and 8 objects, of which a CPU holds 2 back and the node keeps 6."""
    slab = Slab(memory, size=4096, cpus=4)
    assert (slab.order, slab.per_slab, slab.cpu_slabs, slab.min_partial) == (3, 8, 2, 6)
    return slab


def take(slab, objects):
    return [slab.alloc(KERNEL, 0) for _ in range(objects)]


def test_objects_are_numbered_and_memory_is_asked_once_per_slab():
    memory = Blocks()
    assert take(Slab(memory, size=256, cpus=1), 48) == list(range(48))
    assert [order for _, order in memory.asked] == [0, 0, 0]


def test_a_slab_runs_dry_per_slab_not_per_object():
    slab = Slab(Blocks(left=1), size=256, cpus=1)
    assert [element is not None for element in take(slab, 18)] == [True] * 16 + [False] * 2


def test_a_refused_attempt_takes_no_number():
    memory = Blocks(left=0)
    slab = Slab(memory)
    assert take(slab, 1) == [None]
    memory.left = 1
    assert take(slab, 2) == [0, 1]


@pytest.mark.parametrize("freed", [3, 15])
def test_a_freed_object_serves_the_next_allocation_without_memory(freed):
    memory = Blocks(left=1)
    slab = Slab(memory, size=256, cpus=1)
    slab.free(take(slab, 16)[freed])
    assert take(slab, 2) == [16, None]


def test_an_object_of_a_slab_that_was_full_serves_when_memory_refuses():
    memory = Blocks(left=3)
    slab = pages_cache(memory)
    objects = take(slab, 24)
    assert take(slab, 1) == [None]
    slab.free(objects[0])
    slab.free(objects[9])
    assert take(slab, 3) == [24, 25, None]


def test_no_slab_goes_back_as_long_as_an_object_of_it_is_in_use():
    memory = Blocks()
    slab = pages_cache(memory)
    for element in take(slab, 160):
        if element % 8:
            slab.free(element)
    assert memory.back == []
    assert slab.free_objects == 140


def test_a_partial_slab_goes_back_with_its_last_object_while_the_node_has_enough():
    """20 slabs: the last is the CPU's, the CPU holds back the one before it, 18 are the node's, of which 5 stay."""
    memory = Blocks()
    slab = pages_cache(memory)
    objects = take(slab, 160)
    for element in objects:
        if element % 8:
            slab.free(element)
    given_back = []
    for element in objects[::8]:
        slab.free(element)
        given_back.append(len(memory.back))
    assert given_back == [*range(1, 14), *[13] * 7]
    assert set(memory.back) == {3}


def test_free_slabs_that_a_cpu_holds_back_go_as_it_drains_its_list():
    """20 slabs, freed one after the other: each odd one makes the CPU give two to the node, which keeps the first 6."""
    memory = Blocks()
    slab = pages_cache(memory)
    given_back = []
    for element in take(slab, 160):
        slab.free(element)
        given_back.append(len(memory.back))
    assert given_back[::8] == [0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12]
    assert slab.free_objects == 8 * 8


def test_the_node_s_partial_slabs_serve_before_memory_is_asked():
    memory = Blocks()
    slab = pages_cache(memory)
    for element in take(slab, 160):
        if element % 8:
            slab.free(element)
    memory.left = 0
    assert None not in take(slab, 140)
    assert take(slab, 1) == [None]


def test_a_cpu_takes_several_slabs_of_the_node_at_once():
    """Half of what it holds back at most, and one, besides the one that it allocates from."""
    slab = pages_cache(Blocks())
    for element in take(slab, 72)[:64:8]:
        slab.free(element)
    assert (len(slab._held_back), len(slab._partial)) == (2, 6)
    take(slab, 2)
    assert (len(slab._held_back), len(slab._partial)) == (0, 6)
    take(slab, 1)
    assert (len(slab._held_back), len(slab._partial)) == (2, 3)


def test_the_slab_that_a_cpu_held_back_last_serves_first():
    slab = pages_cache(Blocks())
    objects = take(slab, 24)
    slab.free(objects[0])
    slab.free(objects[8])
    new = take(slab, 2)
    assert [slab._home[element] for element in new] == [slab._home[objects[9]], slab._home[objects[1]]]


def test_the_node_s_slabs_serve_in_the_order_in_which_they_came_the_last_that_was_held_back_first():
    slab = pages_cache(Blocks())
    objects = take(slab, 56)
    for element in objects[:48:8]:
        slab.free(element)
    new = take(slab, 6)
    homes = [next(old // 8 for old in objects if slab._home.get(old) is slab._home[element]) for element in new]
    # Held back: 4 and 5. The node got 1 and 0, then 3 and 2; with the first of a batch two come along.
    assert homes == [5, 4, 1, 3, 0, 2]


def test_what_is_not_in_use_cannot_be_freed():
    slab = Slab()
    element = take(slab, 1)[0]
    slab.free(element)
    with pytest.raises(KernelBug, match="kmem_cache_free of object 0, which is not in use"):
        slab.free(element)


def test_only_a_dry_cache_enters_reclaim():
    memory = Blocks()
    slab = Slab(memory, size=256, cpus=1)
    assert slab.reclaim(KERNEL, 5, kthread=True) == 700
    assert memory.reclaims == [(KERNEL, 5, True, 0)]
    take(slab, 1)
    assert slab.reclaim(KERNEL, 0, kthread=False) == 0


def test_a_free_object_in_any_list_spares_reclaim():
    slab = pages_cache(Blocks())
    objects = take(slab, 40)
    assert slab.reclaim(KERNEL, 0, kthread=False) == 700
    slab.free(objects[0])
    assert slab.reclaim(KERNEL, 0, kthread=False) == 0
    slab.free(objects[8])
    slab.free(objects[16])
    take(slab, 1)
    assert (slab._held_back, len(slab._partial)) == ([], 2)
    assert slab.reclaim(KERNEL, 0, kthread=False) == 0


def test_a_slab_refuses_as_long_as_memory_does_unless_an_object_is_free():
    slab = Slab(Blocks(left=1), 4096)
    taken = take(slab, slab.per_slab)
    assert slab.refuses_until(10) == 510
    slab.free(taken[0])
    assert slab.refuses_until(10) == 10


def test_memory_that_does_not_go_by_order_is_asked_for_the_preferred_one_alone():
    memory = Blocks(largest=0)
    slab = pages_cache(memory)
    assert slab.reclaim(KERNEL, 0, kthread=False) == 700
    assert take(slab, 1) == [None]
    assert memory.asked == [(KERNEL, 3)]
    assert [order for *_, order in memory.reclaims] == [3]


def test_without_a_large_block_the_smallest_slab_serves_with_the_caller_s_flags():
    memory = Blocks(largest=0, by_order=True)
    slab = pages_cache(memory)
    assert [slab.alloc(HIGH, 0), slab.alloc(HIGH, 0)] == [0, 1]
    assert memory.asked == [(HIGH | NOWARN | NORETRY, 3), (HIGH, 0)] * 2


def test_a_large_block_is_asked_for_without_reclaim():
    memory = Blocks(by_order=True)
    slab = pages_cache(memory)
    assert slab.reclaim(KERNEL, 0, kthread=False) == 0
    assert take(slab, 8) == list(range(8))
    assert memory.asked == [(IO | NOWARN | NORETRY | NOMEMALLOC, 3)]
    assert memory.reclaims == []


def test_reclaim_is_for_the_smallest_slab_and_the_large_one_is_not_asked_for_again():
    memory = Blocks(largest=0, by_order=True)
    slab = pages_cache(memory)
    assert slab.reclaim(KERNEL, 5, kthread=True) == 700
    assert memory.reclaims == [(KERNEL, 5, True, 0)]
    memory.largest = 10
    assert take(slab, 1) == [0]
    assert memory.asked == [(IO | NOWARN | NORETRY | NOMEMALLOC, 3), (KERNEL, 0)]


def test_if_no_slab_is_smaller_there_is_one_attempt():
    memory = Blocks(left=0, by_order=True)
    slab = Slab(memory, size=256, cpus=1)
    slab.reclaim(KERNEL, 0, kthread=False)
    take(slab, 1)
    slab.alloc(HIGH, 0)
    assert memory.asked == [(KERNEL, 0), (HIGH, 0)]


@pytest.mark.parametrize("elements", [0, 1, 16, 17, 40])
def test_the_pages_for_elements_are_those_that_a_new_cache_takes(elements):
    slab = Slab(size=1024, cpus=4)
    take(slab, elements)
    assert slab.pages_for(elements) == slab.pages


def test_small_slabs_go_back_as_what_they_were():
    memory = Blocks(largest=0, by_order=True)
    slab = pages_cache(memory)
    for element in take(slab, 40):
        slab.free(element)
    assert set(memory.back) == {0}
    assert memory.pages_out == slab.pages == 40 - len(memory.back)


@st.composite
def histories(draw):
    """What is done to a cache, and to its memory: it has blocks of any order, or small ones only, or none.

    A number frees one of the objects in use.
    """
    return draw(
        st.lists(st.one_of(*[st.just("alloc")] * 4, st.sampled_from(["large", "small", "none"]), st.integers(0, 999)))
    )


@settings(derandomize=True, max_examples=300)
@given(
    history=histories(),
    size=st.sampled_from([64, 1000, 4096, 20000]),
    cpus=st.sampled_from([1, 16]),
    by_order=st.booleans(),
    runs=st.integers(1, 30),
)
def test_no_page_and_no_object_is_lost(history, size, cpus, by_order, runs):
    memory = Blocks(by_order=by_order)
    slab = Slab(memory, size=size, cpus=cpus)
    used, served = [], 0
    for act in history:
        for _ in range(runs):
            if act == "alloc":
                free, asks = slab.free_objects, len(memory.asked)
                element = slab.alloc(HIGH, 0)
                assert element == (None if element is None else served)
                assert (len(memory.asked) == asks) == bool(free)
                if element is not None:
                    used.append(element)
                    served += 1
            elif isinstance(act, int) and used:
                slab.free(used.pop(act % len(used)))
        if act in ("large", "small", "none"):
            memory.left, memory.largest = (0 if act == "none" else 10**9), (slab.smallest if act == "small" else 10)
        room = sum(blocks * objects_in(order, size) for order, blocks in memory.out.items())
        assert slab.free_objects + len(used) == room
        assert slab.pages == memory.pages_out
        assert len(slab._home) == len(used)
    for element in used:
        slab.free(element)
    assert sum(memory.out.values()) <= slab.min_partial + slab.cpu_slabs + 1
