import pytest

from sim.kernel.vm import PageState, Thread

S = 1_000_000_000


@pytest.fixture
def reclaim(machine):
    """A machine whose memory is anonymous but for some page cache, and a direct reclaimer at work on it."""

    def start(gfp, clean=0):
        host = machine(10_000, swap_size=100_000)
        host.leave(50, PageState.ANON)
        host.node.move(clean, PageState.ANON, PageState.CLEAN)
        task = host.start(host.memory.vmscan.direct_reclaim(host.gfp(gfp), Thread(), kthread=True))
        return host, task

    return start


def test_a_reclaimer_cannot_go_on_until_what_it_swaps_out_has_been_submitted(reclaim):
    host, task = reclaim("GFP_KERNEL")
    host.run(10 * S)
    assert task.is_alive
    submitted = host.node.vmstat["pswpout"]
    host.memory.swap.collect(32)
    host.run(11 * S)
    assert host.node.vmstat["pswpout"] > submitted


def test_one_that_may_not_swap_is_not_held_up(reclaim):
    host, task = reclaim("GFP_NOIO", clean=1_000)
    host.run(1 * S)
    assert task.value == 32


def test_kswapd_drops_no_page_cache_while_it_waits_to_submit_a_swap_out(machine):
    host = machine(10_000, swap_size=100_000, swappiness=100)
    host.leave(50, PageState.ANON)
    host.node.move(5_000, PageState.ANON, PageState.CLEAN)
    host.memory.kswapd.wake()
    host.run(1 * S)
    stuck = host.pages[PageState.CLEAN]
    host.run(10 * S)
    assert host.pages[PageState.CLEAN] == stuck > 4_900
    host.memory.swap.collect(32)
    host.run(11 * S)
    assert host.pages[PageState.CLEAN] < stuck
