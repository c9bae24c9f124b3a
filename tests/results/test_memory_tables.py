from dataclasses import replace

import pytest

from sim.results.memory_tables import memory_tables
from sim.results.table import tables

ZONE = {"name": "Normal", "managed": 4_194_304, "min": 4096, "low": 8290, "high": 12_484, "lowmem_reserve": 0}


@pytest.fixture
def rows(finish, closed_loop):
    """The rows of the tables of load, free pages, reclaim and stalls, of a run with these changes to its record."""

    def of(**changes):
        document = finish(10, memory=replace(closed_loop, **changes)).document
        return [table.rows for table in memory_tables(document)]

    return of


def test_load_is_held_against_what_it_would_do_at_its_rate(rows):
    assert rows()[0] == (("hogs", "hog", "2", "410", "102", "25", "3.21 s"),)


def test_without_load_there_is_no_such_table(rows):
    assert len(rows(load={})) == len(rows()) - 1


def test_free_pages_stand_beside_the_watermarks_of_the_only_zone(rows):
    assert rows(zones=[ZONE])[1] == (("Normal", "4,194,304", "4,096", "8,290", "12,484", "60", "155", "100", "100"),)


def test_free_pages_of_several_zones_are_told_of_all_together(rows):
    assert rows()[1] == (
        ("DMA32", "200", "25", "31", "37", "-", "-", "-", "-"),
        ("Normal", "600", "75", "94", "113", "-", "-", "-", "-"),
        ("(all)", "800", "100", "125", "150", "60", "155", "20", "40"),
    )


def test_what_a_zone_keeps_from_others_has_a_column(rows):
    low = {"name": "DMA32", "managed": 200, "min": 25, "low": 31, "high": 37, "lowmem_reserve": 16_384}
    assert [row[4:6] for row in rows(zones=[low, ZONE])[1]] == [("37", "16,384"), ("12,484", "0"), ("12,521", "16,384")]


def test_reclaim_is_told_of_kswapd_and_of_callers(rows):
    assert rows()[2] == (
        ("kswapd", "25 %", "1", "320", "160", "50"),
        ("direct", "0.025 tasks", "3", "128", "64", "50"),
    )


def test_what_was_not_counted_is_left_open(rows):
    assert rows(vmstat={})[2] == (
        ("kswapd", "25 %", "1", "-", "-", "-"),
        ("direct", "0.025 tasks", "-", "-", "-", "-"),
    )


def test_a_scan_that_never_was_has_no_efficiency(rows):
    assert rows(vmstat={"pgscan_kswapd": 0, "pgsteal_kswapd": 0})[2][0][3:] == ("0", "0", "-")


def test_stalls_are_told_as_in_proc_and_as_a_share_of_the_run(rows):
    assert rows()[3][0] == ("memory", "some", "13.29", "2.50", "0.50", "1.25 s", "12.5")
    assert [row[:2] for row in rows()[3]] == [
        ("memory", "some"),
        ("memory", "full"),
        ("io", "some"),
        ("io", "full"),
    ]


def test_a_record_without_rows_or_zones_is_shown_as_such(rows):
    free, reclaim, stalls = rows(rows=[], zones=[], vmstat={}, pressure={}, load={})
    assert free == (("(all)", "0", "0", "0", "0", "-", "-", "-", "-"),)
    assert [row[1] for row in reclaim] == ["-", "-"]
    assert stalls == ()


def test_only_a_run_with_memory_has_these_tables(finish, closed_loop):
    without, within = tables(finish(10).document), tables(finish(10, memory=closed_loop).document)
    assert [table.title for table in within[: len(without)]] == [table.title for table in without]
    assert len(within) == len(without) + 4
