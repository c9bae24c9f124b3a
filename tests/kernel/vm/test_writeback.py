import pytest

from sim.kernel.vm import PageState, Thread, Watermarks, Zone

CLEAN, DIRTY, WRITEBACK = PageState.CLEAN, PageState.DIRTY, PageState.WRITEBACK
MS = 1_000_000
S = 1_000 * MS


@pytest.fixture
def cached_machine(machine):
    """A machine of 100,000 pages with 50,000 of clean page cache; so many more can be made dirty."""
    return lambda: machine(at_start={CLEAN: 50_000, PageState.KERNEL: 9_840})


@pytest.fixture
def cached(cached_machine):
    return cached_machine()


def dirty(of, pages):
    """Let clean pages become dirty."""
    of.node.move(pages, CLEAN, DIRTY)
    of.memory.writeback.dirtied(pages)
    next(of.memory.writeback.balance_dirty_pages(0), None)


def write(of, rate, *, batch=256, writers=1):
    """Write at so many pages a second in all, batch by batch."""

    def writer():
        while True:
            pages = yield of.memory.writeback.collect(batch)
            yield of.env.timeout(int(pages * writers * S / rate))
            of.memory.writeback.written(pages)

    for _ in range(writers):
        of.start(writer())


def slept(of, pages=1):
    """For how long a task waits that has dirtied so many pages."""
    before = of.env.now

    def task():
        yield from of.memory.writeback.balance_dirty_pages(pages)

    of.end_of(task())
    return of.env.now - before


def waiting(of):
    return of.memory.writeback.backlog.pages


def test_the_limits_are_shares_of_page_cache_and_of_free_pages_beyond_high(cached):
    assert cached.zone.free - 160 + 50_000 == 90_000
    assert cached.memory.writeback.dirty_limits == (9_000, 18_000)


def test_the_limits_count_what_zones_keep_for_others_as_not_to_be_had(machine):
    marks = Watermarks(10, 20, 30)
    low = Zone("DMA", 1_000, marks, {"DMA": 0, "DMA32": 5_000, "Normal": 70_000})
    middle = Zone("DMA32", 20_000, marks, {"DMA32": 0, "Normal": 10_000})
    high = Zone("Normal", 100_000, marks, {"Normal": 0})
    of = machine(zones=(low, middle, high))
    assert of.memory.writeback.dirty_limits[1] == (121_000 - 1_000 - 10_030 - 30) // 5


@pytest.mark.parametrize(("ratios", "limits"), [((20, 20), (9_000, 18_000)), ((50, 10), (4_500, 9_000))])
def test_a_background_limit_that_is_no_lower_than_the_other_is_half_of_it(machine, ratios, limits):
    of = machine(at_start={CLEAN: 50_000, PageState.KERNEL: 9_840}, dirty_ratios=ratios)
    assert of.memory.writeback.dirty_limits == limits


@pytest.mark.parametrize(
    ("kernel", "with_room", "swap_full"),
    [("3.2", 100_000, 80_000), ("3.3", 99_840, 79_840), ("3.13", 99_840, 79_840), ("3.14", 79_840, 79_840)],
)
def test_up_to_3_13_anonymous_memory_counts_while_it_can_be_swapped_and_up_to_3_2_all_that_is_free(
    machine, kernel, with_room, swap_full
):
    of = machine(kernel=kernel, at_start={CLEAN: 50_000, PageState.ANON: 20_000}, swap_size=10)
    assert of.memory.writeback.dirty_limits[1] == with_room // 5
    of.memory.swap.out(of.memory.swap.isolate(10))
    assert of.memory.writeback.dirty_limits[1] == swap_full // 5


def test_what_is_above_the_background_limit_is_handed_out_at_once(cached):
    dirty(cached, 9_000)
    assert waiting(cached) == 0
    dirty(cached, 10)
    assert waiting(cached) == 10


def test_what_is_taken_is_under_writeback_and_clean_when_it_is_written(cached):
    dirty(cached, 9_010)
    batch = cached.memory.writeback.collect(8).value
    assert (batch, cached.pages[DIRTY], cached.pages[WRITEBACK]) == (8, 9_002, 8)
    cached.memory.writeback.written(batch)
    assert (cached.pages[DIRTY], cached.pages[WRITEBACK], cached.pages[CLEAN]) == (9_002, 0, 40_998)


def test_what_is_dirty_for_30_s_is_handed_out_when_the_5_s_clock_finds_it(cached):
    cached.at(2 * S, dirty, cached, 100)
    cached.at(8 * S, dirty, cached, 50)
    cached.run(35 * S)
    assert waiting(cached) == 0
    cached.run(35 * S + 1)
    assert waiting(cached) == 100
    cached.run(40 * S + 1)
    assert waiting(cached) == 150


def test_the_5_s_clock_alone_finds_what_is_old(cached):
    cached.at(2 * S, dirty, cached, 100)
    cached.at(33 * S, dirty, cached, 50)
    cached.run(34 * S)
    assert waiting(cached) == 0


def test_what_is_dirty_at_the_start_is_as_old_as_the_run(machine):
    of = machine(at_start={DIRTY: 70})
    of.run(29 * S)
    assert waiting(of) == 0
    of.run(30 * S + 1)
    assert waiting(of) == 70


def test_the_oldest_pages_are_written_first(cached):
    dirty(cached, 100)
    cached.at(20 * S, dirty, cached, 9_000)
    cached.run(20 * S + 1)
    assert cached.memory.writeback.collect(100).value == 100
    cached.memory.writeback.written(100)
    cached.run(31 * S)
    assert waiting(cached) == 0


def test_a_batch_that_is_given_up_is_dirty_again_and_young(cached):
    dirty(cached, 100)
    cached.run(30 * S + 1)
    cached.memory.writeback.unwritten(cached.memory.writeback.collect(60).value)
    assert (cached.pages[DIRTY], cached.pages[WRITEBACK], waiting(cached)) == (100, 0, 40)
    cached.run(60 * S)
    assert waiting(cached) == 40
    cached.run(65 * S)
    assert waiting(cached) == 100


def test_ages_are_kept_of_as_many_pages_as_are_dirty(cached):
    dirty(cached, 9_300)
    cached.run(S)
    dirty(cached, 50)
    for most in (200, 70, 30):
        cached.memory.writeback.collect(most)
    cached.memory.writeback.unwritten(70)
    assert sum(pages for _, pages in cached.memory.writeback._ages) == cached.pages[DIRTY]


def test_who_needs_clean_pages_has_all_that_are_dirty_now_written(cached):
    dirty(cached, 500)
    cached.memory.writeback.wakeup_flusher_threads()
    assert waiting(cached) == 500
    dirty(cached, 100)
    assert waiting(cached) == 500
    cached.memory.writeback.collect(500)
    assert waiting(cached) == 0


def test_dirty_pages_are_not_handed_out_twice(cached):
    dirty(cached, 9_500)
    cached.memory.writeback.wakeup_flusher_threads()
    cached.memory.writeback.wakeup_flusher_threads()
    assert waiting(cached) == 9_500
    assert sum(cached.memory.writeback.collect(1_000).value for _ in range(10)) == 9_500


@pytest.mark.parametrize("pages", [0, 9_001, 13_500])
def test_up_to_the_middle_of_the_limits_nobody_waits(cached, pages):
    dirty(cached, pages)
    assert slept(cached, 1_000) == 0


def test_pages_under_writeback_count_as_dirty(cached):
    dirty(cached, 13_501)
    cached.memory.writeback.collect(4_000)
    assert slept(cached) > 0


def test_beyond_it_a_task_waits_as_long_as_its_share_of_the_bandwidth_asks(cached_machine):
    """At the set point, the middle of the upper half, each dirtier gets its share exactly, before it more, then less.

    Half-way to either side it is an eighth, the cube of a half.
    """
    for dirtied, factor in ((15_750, 1), (14_625, 9 / 8), (16_875, 7 / 8)):
        of = cached_machine()
        writeback = of.memory.writeback
        writeback.bandwidth, writeback.dirtiers = 10_000.0, 4
        dirty(of, dirtied)
        assert slept(of, 100) == pytest.approx(40 * MS / factor, rel=1e-6)


def test_the_wait_grows_as_the_limit_comes_near(cached):
    cached.memory.writeback.bandwidth = 10_000.0
    waits = []
    for more in (13_600, 1_000, 1_000, 1_000, 1_000):
        dirty(cached, more)
        waits.append(slept(cached, 100))
    assert waits == sorted(set(waits))
    assert waits[0] >= 5 * MS


def test_a_pause_is_never_longer_than_200_ms(cached):
    cached.memory.writeback.bandwidth = 1.0
    dirty(cached, 17_000)
    assert slept(cached, 1_000) == 200 * MS


def test_at_the_limit_nobody_goes_on_until_there_is_room(cached):
    dirty(cached, 18_000)
    cached.at(450 * MS, cached.node.move, 2_000, DIRTY, CLEAN)
    assert slept(cached) >= 600 * MS


def test_who_waits_has_pages_written(cached):
    dirty(cached, 13_600)
    slept(cached)
    assert waiting(cached) == 13_600 - 9_000


def test_the_bandwidth_follows_what_is_written(cached):
    dirty(cached, 14_000)
    write(cached, 2_000)
    cached.run(2 * S)
    assert cached.memory.writeback.bandwidth == pytest.approx(2_000 + 23_600 * (1 - 1 / 15) ** 9, rel=0.2)


def test_the_bandwidth_does_not_fall_because_there_was_nothing_to_write(cached):
    dirty(cached, 11_000)
    write(cached, 25_600)
    cached.run(10 * S)
    assert waiting(cached) == 0
    dirty(cached, 3_000)
    cached.run(10 * S + 100 * MS)
    assert cached.memory.writeback.bandwidth == pytest.approx(25_600, rel=0.01)


def dirtier(of, rate, told):
    """Dirties so many pages a second if it is let, in batches of a millisecond."""
    thread, memory = Thread(), of.memory
    memory.writeback.dirtiers += 1
    batch = rate // 1_000
    while True:
        before = of.env.now
        got = 0
        while got < batch:
            some = yield from memory.allocator.alloc(batch - got, of.gfp("GFP_KERNEL"), DIRTY, thread)
            memory.writeback.dirtied(some)
            got += some
        memory.processors.leave(thread)
        told.append((of.env.now, batch))
        yield from memory.writeback.balance_dirty_pages(batch)
        if of.env.now < before + MS:
            yield of.env.timeout(before + MS - of.env.now)


@pytest.fixture(scope="module")
def throttled(machine):
    """Two dirtiers, each far faster than the device, for a minute; the samples of dirty pages and limits."""
    of = machine(200_000, at_start={PageState.KERNEL: 60_000, CLEAN: 60_000}, cpus=4)
    told, samples = [], []
    for _ in range(2):
        of.start(dirtier(of, 100_000, told))
    write(of, 8_000, writers=4)

    def sample():
        while True:
            yield of.env.timeout(10 * MS)
            samples.append((of.env.now, of.pages[DIRTY] + of.pages[WRITEBACK], of.memory.writeback.dirty_limits[1]))

    of.start(sample())
    of.run(60 * S)
    return of, told, samples


def test_dirty_pages_stay_below_the_limit_whatever_the_dirtiers_could_do(throttled):
    _, _, samples = throttled
    assert all(pages <= limit + 200 for _, pages, limit in samples)
    assert max(pages / limit for now, pages, limit in samples if now > 20 * S) < 1


def test_in_the_long_run_they_dirty_what_the_device_writes(throttled):
    _, told, _ = throttled
    rate = sum(batch for now, batch in told if now > 20 * S) / 40
    assert rate == pytest.approx(8_000, rel=0.02)


def test_the_estimate_of_the_bandwidth_settles_at_the_devices(throttled):
    of, _, _ = throttled
    assert of.memory.writeback.bandwidth == pytest.approx(8_000, rel=0.05)


def test_pages_are_conserved_under_dirtiers(throttled):
    of, _, _ = throttled
    assert of.node.imbalance() == 0
    assert sum(pages for _, pages in of.memory.writeback._ages) == of.pages[DIRTY]
