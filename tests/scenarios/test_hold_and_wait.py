"""Who holds elements and waits for more while memory is gone: what the sources report, and each cure beside it.

Only the latencies of devices are random. All replications of a case end with the same verdict, as they did in five
others.
"""

from functools import cache

import pytest

import sim
from sim.results.verdict import Word

S = 1_000_000_000
REPLICATIONS = range(3)

SMALL_BIOS = {"tasks.flusher.steps.0.alloc.n": 64, "tasks.flusher.arrivals.writeback.size": "256 KiB"}


@cache
def _runs(name, settings):
    return [sim.load(name).with_(dict(settings)).run(replication=number) for number in REPLICATIONS]


def runs(name, settings=None):
    return _runs(name, tuple((settings or {}).items()))


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
def test_each_ends_as_its_source_has_it(name, settings, word):
    assert [result.verdict.word for result in runs(name, settings)] == [word] * len(REPLICATIONS)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("dm-crypt-writeback", {"tasks.kcryptd.in_flight": 1}),
        ("bounce", SMALL_BIOS),
        ("bounce", {"pools.page_pool.min_nr": 256}),
    ],
)
def test_whose_reserve_is_enough_for_all_at_once_never_sleeps(name, settings):
    for result in runs(name, settings):
        assert [row["sleeps"] for row in result.document["rows"]] == [0]


def test_two_builders_of_dm_crypt_hold_half_of_the_reserve_each():
    for result in runs("dm-crypt-writeback"):
        held = [holding.n for stuck in result.verdict.witness.tasks for holding in stuck.holds]
        assert held == [128, 128]


def test_a_bounced_bio_holds_all_64_pages_and_waits_for_itself():
    for result in runs("bounce"):
        (stuck,) = result.verdict.witness.tasks
        assert [(holding.pool, holding.n) for holding in stuck.holds] == [("page_pool", 64)]
        assert (stuck.pool, stuck.n) == ("page_pool", 1)


def test_two_writers_have_parked_a_bio_each_and_want_another():
    for result in runs("bioset-parked"):
        parked = [stuck for stuck in result.verdict.witness.tasks if any(held.pool == "array" for held in stuck.holds)]
        assert len(parked) == 2
        assert all(stuck.pool == "array" for stuck in parked)


@pytest.mark.parametrize("name", ["dm-crypt-writeback-mutex", "bioset-rescuer"])
def test_the_cured_machine_is_out_of_its_crisis_within_a_fifth_of_the_run(name):
    for result in runs(name):
        assert result.document["memory"]["below_min_share"] < 0.2
        assert result.memory["free"].iloc[-1] > 1024


def test_outages_cost_dm_crypt_time_outs_without_the_mutex_only():
    without, cured = (
        [row for result in runs(name) for row in result.document["rows"]] for name in ("dm-crypt", "dm-crypt-mutex")
    )
    assert all(row["timeouts"] > 0 and row["latency"]["max"]["ns"] > 5 * S for row in without)
    assert all(row["timeouts"] == 0 and row["latency"]["max"]["ns"] < S for row in cured)
