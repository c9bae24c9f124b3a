import pytest

from sim.kernel import Mempool, Pages
from sim.kernel.vm import PageState, Thread

MS = 1_000_000
S = 1_000 * MS


class Hog:
    """A process of so many anonymous pages."""

    def __init__(self, of, rss):
        self._of, self.rss, self.killed_at = of, rss, None
        of.node.move(rss, PageState.KERNEL, PageState.ANON)

    def kill(self):
        self.killed_at = self._of.env.now
        self._of.node.give(self.rss, PageState.ANON)
        self.rss = 0


@pytest.fixture
def exhausted(machine):
    """A machine with nothing to reclaim and three hogs; the memory of one that is killed is free after 300 ms."""

    def make(**settings):
        of = machine(**{"oom_delay": lambda: 300 * MS, **settings})
        of.leave(60)
        hogs = [Hog(of, rss) for rss in (1_000, 3_000, 2_000)]
        if of.memory.oom:
            of.memory.oom.victims += hogs
        return of, hogs

    return make


def wants(of, gfp="GFP_KERNEL", pages=1):
    return of.start(of.memory.allocator.alloc(pages, of.gfp(gfp), PageState.KERNEL, Thread()))


def test_the_largest_dies_and_its_memory_is_free_after_the_delay(exhausted):
    of, hogs = exhausted()
    task = wants(of)
    of.run(S)
    assert [hog.killed_at for hog in hogs] == [None, 300 * MS, None]
    assert task.value == 1
    assert of.node.vmstat["oom_kill"] == 1
    assert of.node.free + of.node.pcp_count == 60 + 3_000 - 1


@pytest.mark.parametrize(("dirty", "passes"), [(37, 17), (36, 1)])
def test_it_takes_seventeen_passes_in_vain_where_reclaim_might_do(exhausted, dirty, passes):
    """MIN is 96, and 60 pages are free; nobody writes what is dirty."""
    of, _ = exhausted()
    of.node.move(dirty, PageState.KERNEL, PageState.DIRTY)
    wants(of)
    while "oom_kill" not in of.node.vmstat:
        of.env.step()
    assert of.node.vmstat["allocstall"] == passes


def test_others_may_free_what_is_wanted_while_the_victim_is_dying(exhausted):
    of, _ = exhausted(oom_delay=lambda: 10 * S)
    task = wants(of)
    of.at(S, of.node.give, 200, PageState.KERNEL)
    of.run(S + 4 * MS)
    assert of.node.vmstat["oom_kill"] == 1
    assert not task.is_alive


@pytest.mark.parametrize("gfp", ["GFP_NOFS", "GFP_NOIO"])
def test_who_may_not_enter_the_filesystem_has_nobody_killed(exhausted, gfp):
    of, hogs = exhausted()
    task = wants(of, gfp)
    of.run(5 * S)
    assert task.is_alive
    assert all(hog.killed_at is None for hog in hogs)


def test_while_one_is_dying_nobody_else_is_killed_whoever_asks(exhausted):
    of, hogs = exhausted()
    for _ in range(5):
        wants(of, pages=10)
    of.run(S)
    assert sum(hog.killed_at is not None for hog in hogs) == 1


def test_one_after_the_other_dies_if_that_is_not_enough(exhausted):
    of, hogs = exhausted()
    for hog in hogs:
        hog._of.node.move(hog.rss - 5, PageState.ANON, PageState.KERNEL)
        hog.rss = 5
    hogs[1].rss, hogs[2].rss = 7, 6
    of.node.move(3, PageState.KERNEL, PageState.ANON)
    task = wants(of)
    of.run(5 * S)
    dead = sorted(hog.killed_at for hog in hogs)
    assert [hog.killed_at for hog in hogs] == [dead[2], dead[0], dead[1]]
    assert dead[1] - dead[0] >= 300 * MS
    assert task.is_alive


def test_a_pool_never_has_anybody_killed(exhausted):
    of, hogs = exhausted()
    pages = Pages()
    pool = Mempool(of.env, 1, pages)
    pages.memory = of.memory.allocator
    for _ in range(4):
        pool.begin(pool.masks_of("GFP_KERNEL"), 0)
    of.run(60 * S)
    assert of.node.vmstat["allocstall"] > 30
    assert all(hog.killed_at is None for hog in hogs)


def test_without_an_oom_killer_nobody_dies(exhausted):
    of, hogs = exhausted(oom_delay=None)
    task = wants(of)
    of.run(5 * S)
    assert task.is_alive
    assert all(hog.killed_at is None for hog in hogs)


def test_with_nobody_to_kill_the_caller_goes_on_trying(exhausted):
    of, hogs = exhausted()
    of.memory.oom.victims.clear()
    task = wants(of)
    of.run(S)
    assert task.is_alive
    of.node.give(1_000, PageState.ANON)
    of.run(2 * S)
    assert not task.is_alive
    assert all(hog.killed_at is None for hog in hogs)


def test_memory_will_come_of_a_kill_once_somebody_has_reclaimed_in_vain(exhausted):
    of, _ = exhausted()
    assert not of.memory.will_kill
    wants(of)
    of.run(1)
    assert of.memory.will_kill
    of.run(64 * MS + 1)
    of.memory.oom.victims.clear()
    assert of.memory.will_kill
    of.run(S)
    assert not of.memory.will_kill


def test_nobody_will_be_killed_for_who_may_not_ask_for_it(exhausted):
    of, _ = exhausted()
    wants(of, "GFP_NOIO")
    of.run(S)
    assert not of.memory.will_kill
