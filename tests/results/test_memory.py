import json

import numpy as np
import pytest

from sim.results.memory import MEMORY, MemoryNotModelledError, MemoryRecord, memory_of, memory_summary, together


def test_the_frame_of_the_memory_has_a_row_per_interval(finish, closed_loop):
    frame = finish(memory=closed_loop).memory
    assert tuple(frame.columns) == MEMORY
    assert [tuple(row) for row in frame.itertuples(index=False)] == closed_loop.rows


def test_a_run_without_memory_says_null(finish):
    assert finish().document["memory"] is None


def test_free_pages_are_told_by_the_least_and_the_last(closed_loop):
    assert memory_summary(closed_loop, 0)["free"] == {"least": 60, "end": 155}


def test_the_time_below_min_is_that_of_the_intervals_that_end_there(closed_loop):
    assert memory_summary(closed_loop, 0)["below_min_share"] == pytest.approx(0.2)


def test_an_interval_in_which_free_fell_below_min_for_a_moment_has_dipped(closed_loop):
    assert memory_summary(closed_loop, 0)["dipped_share"] == pytest.approx(0.4)


def test_a_long_interval_weighs_more(closed_loop):
    rows = [(10**9, *closed_loop.rows[0][1:]), (4 * 10**9, *closed_loop.rows[4][1:])]
    assert memory_summary(MemoryRecord(rows, closed_loop.zones), 0)["below_min_share"] == pytest.approx(0.75)


def test_the_warm_up_is_left_out_of_the_free_pages_alone(closed_loop):
    whole, later = memory_summary(closed_loop, 0), memory_summary(closed_loop, 5 * 10**9)
    assert later["free"] == {"least": 90, "end": 155}
    assert (later["below_min_share"], later["dipped_share"]) == (0, pytest.approx(0.2))
    for key in ("kswapd_share", "reclaimers_mean", "vmstat", "pressure"):
        assert later[key] == whole[key]


def test_an_interval_in_which_the_warm_up_ends_belongs_to_it(closed_loop):
    assert memory_summary(closed_loop, 4_500_000_000)["free"]["least"] == 90


def test_what_a_zone_keeps_from_others_counts_as_its_mark(closed_loop):
    zones = [{**closed_loop.zones[0], "lowmem_reserve": 25}, closed_loop.zones[1]]
    assert together(zones) == {"min": 125, "low": 150, "high": 175}
    assert memory_summary(MemoryRecord(closed_loop.rows, zones), 0)["below_min_share"] == pytest.approx(0.4)


def test_activity_is_a_mean_over_time(closed_loop):
    memory = memory_summary(closed_loop, 0)
    assert (memory["kswapd_share"], memory["reclaimers_mean"]) == (pytest.approx(0.25), pytest.approx(0.025))


def test_a_run_that_is_all_warm_up_has_no_least(closed_loop):
    memory = memory_summary(closed_loop, 10 * 10**9)
    assert (memory["free"]["least"], memory["below_min_share"]) == (None, None)


def test_a_record_without_rows_has_no_shares():
    memory = memory_summary(MemoryRecord([]), 0)
    assert memory["free"] == {"least": None, "end": None}
    assert memory["kswapd_share"] is None


def test_numbers_of_numpy_become_plain_ones(closed_loop):
    rows = [tuple(map(np.float64, row)) for row in closed_loop.rows]
    zones = [{**closed_loop.zones[1], "managed": np.int64(600), "min": np.int64(75)}]
    memory = memory_summary(MemoryRecord(rows, zones, {"allocstall": np.int64(3)}, closed_loop.pressure), 0)
    assert json.loads(json.dumps(memory)) == memory


def test_asking_a_run_without_memory_for_it_says_what_to_do(finish):
    with pytest.raises(MemoryNotModelledError, match="give its scenario memory: instead of pressure:"):
        memory_of(finish().document)
