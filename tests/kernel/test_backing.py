import pytest

from sim.kernel.backing import Own, Pages, kmalloc
from sim.kernel.gfp import DIRECT_RECLAIM, KSWAPD_RECLAIM
from sim.kernel.mempool import Mempool
from sim.kernel.slab_cache import Slab


class Ledger:
    """Memory that grants a given number of requests, and counts them."""

    by_order = False

    def __init__(self, granted=10**9, reclaim=700):
        self.left = granted
        self.asked = []
        self.reclaims = []
        self.orders = []
        self.back = []
        self._reclaim = reclaim

    def reclaim(self, gfp, now, kthread, order=0):
        self.reclaims.append((gfp, now, kthread))
        return self._reclaim

    def grants(self, gfp, now, order=0):
        self.asked.append((gfp, now))
        self.orders.append(order)
        self.left -= 1
        return self.left >= 0

    def give_back(self, order):
        self.back.append(order)

    def refuses_until(self, now):
        return now

    def level(self, start, end):
        return 0.0


def test_pages_take_blocks_of_their_order_and_give_them_back():
    memory = Ledger()
    pages = Pages(memory, order=2)
    pages.free(pages.alloc(KSWAPD_RECLAIM, 0))
    assert (memory.orders, memory.back) == ([2], [2])


def test_pages_ask_memory_for_every_element():
    memory = Ledger(granted=2)
    pages = Pages(memory)
    assert [pages.alloc(KSWAPD_RECLAIM, now) for now in (10, 20, 30, 40)] == [0, 1, None, None]
    assert memory.asked == [(KSWAPD_RECLAIM, now) for now in (10, 20, 30, 40)]


def test_pages_enter_reclaim_at_every_attempt():
    memory = Ledger()
    assert Pages(memory).reclaim(DIRECT_RECLAIM, 5, kthread=True) == 700
    assert memory.reclaims == [(DIRECT_RECLAIM, 5, True)]


def test_an_order_is_not_negative():
    with pytest.raises(ValueError, match=r"order\(=-1\) must be >= 0"):
        Pages(order=-1)


def test_without_pressure_memory_is_plenty():
    assert [Pages().alloc(0, 0), Slab().alloc(0, 0), kmalloc().alloc(0, 0)] == [0, 0, 0]


@pytest.mark.parametrize("size", [0, -8])
def test_an_element_has_a_size(size):
    with pytest.raises(ValueError, match=rf"size\(={size}\) must be > 0 bytes"):
        Slab(size=size)
    with pytest.raises(ValueError, match=rf"size\(={size}\) must be > 0 bytes"):
        kmalloc(size=size)


@pytest.mark.parametrize(
    ("size", "cache"),
    [
        (1, 8),
        (8, 8),
        (9, 16),
        (64, 64),
        (65, 96),
        (96, 96),
        (97, 128),
        (129, 192),
        (192, 192),
        (193, 256),
        (300, 512),
        (8192, 8192),
    ],
)
def test_kmalloc_takes_its_elements_from_the_cache_of_the_next_size_class(size, cache):
    source = kmalloc(size=size)
    assert isinstance(source, Slab)
    assert source.size == cache


@pytest.mark.parametrize(("size", "order"), [(8193, 2), (16384, 2), (16385, 3), (65536, 4)])
def test_kmalloc_beyond_8_kib_takes_pages(size, order):
    source = kmalloc(size=size)
    assert isinstance(source, Pages)
    assert source.order == order


def test_own_functions_are_called_with_mask_and_pool_data(bench):
    asked, freed = [], []

    def alloc_fn(gfp_mask, pool_data):
        asked.append((gfp_mask, pool_data))
        return {"number": len(asked)}

    pool = Mempool(bench.env, 1, Own(alloc_fn, lambda element, pool_data: freed.append((element, pool_data)), "data"))
    element = bench.ask(pool, KSWAPD_RECLAIM).element
    pool.free(element)
    assert asked[1][1] == "data"
    assert freed == [({"number": 2}, "data")]


def test_an_element_may_be_false_in_a_condition(bench):
    pool = Mempool(bench.env, 1, Own(lambda gfp_mask, pool_data: (), lambda element, pool_data: None))
    assert bench.ask(pool).element == ()


def test_own_reclaim_time_is_spent_before_alloc_fn_is_asked(bench):
    asked = []

    def alloc_fn(gfp_mask, pool_data):
        asked.append(int(bench.env.now))
        return "page" if gfp_mask & DIRECT_RECLAIM else None

    own = Own(alloc_fn, lambda element, pool_data: None, reclaim_time=lambda gfp, now, kthread: 5_000_000)
    pool = Mempool(bench.env, 0, own)
    asked.clear()
    bench.env.run(bench.env.process(pool.alloc("GFP_NOIO")))
    assert asked == [0, 5_001_000]


def test_own_functions_need_no_reclaim_time():
    assert Own(lambda gfp, data: 1, lambda element, data: None).reclaim(DIRECT_RECLAIM, 0, False) == 0
