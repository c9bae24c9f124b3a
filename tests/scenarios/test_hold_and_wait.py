"""Who holds elements and waits for more while memory is gone: what the sources report, and each cure beside it.

Only the latencies of devices are random. All replications of a case end with the same verdict, as they did in five
others.
"""

import pytest

from sim.results.verdict import Verdict, Word

S = 1_000_000_000
REPLICATIONS = range(3)

SMALL_BIOS = {"tasks.flusher.steps.0.alloc.n": 64, "tasks.flusher.arrivals.writeback.size": "256 KiB"}


@pytest.fixture
def runs(summary):
    """The summaries of all replications."""

    def of(name, settings=None):
        return [summary(name, settings, replication=number) for number in REPLICATIONS]

    return of


@pytest.fixture
def witnesses(runs):
    """The tasks of each replication's witness."""

    def of(name):
        return [Verdict.from_mapping(run["verdict"]).witness.tasks for run in runs(name)]

    return of


@pytest.mark.parametrize(
    ("name", "settings", "word"),
    [
        ("dm-crypt-writeback", {}, Word.DEADLOCK),
        ("dm-crypt-writeback", {"pools.page_pool.min_nr": 511}, Word.DEGRADED),
        ("dm-crypt-writeback-mutex", {}, Word.DEGRADED),
        ("dm-crypt-writeback-mutex", {"pools.page_pool.min_nr": 255}, Word.DEADLOCK),
        ("bounce", {}, Word.DEADLOCK),
        ("bioset-parked", {}, Word.DEADLOCK),
        ("bioset-parked", {"pools.array.min_nr": 5}, Word.DEGRADED),
        ("bioset-rescuer", {}, Word.DEGRADED),
        ("bioset-rescuer", {"pools.array.min_nr": 1}, Word.DEGRADED),
    ],
)
def test_each_ends_as_its_source_has_it(runs, name, settings, word):
    assert [run["verdict"]["word"] for run in runs(name, settings)] == [word] * len(REPLICATIONS)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("dm-crypt-writeback", {"tasks.kcryptd.in_flight": 1}),
        ("bounce", SMALL_BIOS),
        ("bounce", {"pools.page_pool.min_nr": 256}),
    ],
)
def test_whose_reserve_is_enough_for_all_at_once_never_sleeps(runs, name, settings):
    for run in runs(name, settings):
        assert [row["sleeps"] for row in run["rows"]] == [0]


def test_two_builders_of_dm_crypt_hold_half_of_the_reserve_each(witnesses):
    for tasks in witnesses("dm-crypt-writeback"):
        assert [holding.n for stuck in tasks for holding in stuck.holds] == [128, 128]


def test_a_bounced_bio_holds_all_64_pages_and_waits_for_itself(witnesses):
    for (stuck,) in witnesses("bounce"):
        assert [(holding.pool, holding.n) for holding in stuck.holds] == [("page_pool", 64)]
        assert (stuck.pool, stuck.n) == ("page_pool", 1)


def test_two_writers_have_parked_a_bio_each_and_want_another(witnesses):
    for tasks in witnesses("bioset-parked"):
        parked = [stuck for stuck in tasks if any(held.pool == "array" for held in stuck.holds)]
        assert len(parked) == 2
        assert all(stuck.pool == "array" for stuck in parked)


@pytest.mark.parametrize("name", ["dm-crypt-writeback-mutex", "bioset-rescuer"])
def test_the_cured_machine_is_out_of_its_crisis_within_a_fifth_of_the_run(runs, name):
    for run in runs(name):
        assert run["memory"]["below_min_share"] < 0.2
        assert run["memory"]["vmstat"]["nr_free_pages"] > 1024


def test_outages_cost_dm_crypt_time_outs_without_the_mutex_only(runs):
    without, cured = ([row for run in runs(name) for row in run["rows"]] for name in ("dm-crypt", "dm-crypt-mutex"))
    assert all(row["timeouts"] > 0 and row["latency"]["max"]["ns"] > 5 * S for row in without)
    assert all(row["timeouts"] == 0 and row["latency"]["max"]["ns"] < S for row in cured)
