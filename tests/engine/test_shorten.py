import pytest

from sim.scenario import Scenario

PAGES = 32
BATCH = 8
RESERVE = 4


def flushed(if_null, reserve=RESERVE):
    """32 dirty pages, written 8 at a time by a task whose pool has no more than its reserve."""
    return Scenario.from_mapping(
        {
            "name": "flushed",
            "kernel": "7.1",
            "semantics": {"zero_min": "never_refilled"},
            "duration": "6 s",
            "memory": {
                "ram": "64 MiB",
                "at_start": {"dirty": f"{4 * PAGES} KiB"},
                "dirty_background_ratio": 0,
            },
            "pools": {"pool": {"min_nr": reserve, "backing": {"pages": {}}, "fault_injection": {"probability": 100}}},
            "tasks": {
                "flusher": {
                    "arrivals": {"writeback": {"size": f"{4 * BATCH} KiB"}},
                    "gfp": "GFP_NOWAIT",
                    "steps": [
                        {"alloc": {"pool": "pool", "n": BATCH, "if_null": if_null}},
                        {"hold": "1 ms"},
                        {"free": "pool"},
                    ],
                }
            },
        }
    ).run()


@pytest.mark.parametrize(("if_null", "elements"), [("shorten", PAGES), ("skip", PAGES * RESERVE // BATCH)])
def test_what_a_shortened_batch_has_no_elements_for_is_written_later(if_null, elements):
    document = flushed(if_null).document
    assert document["pools"]["pool"]["frees"] == elements
    assert document["memory"]["vmstat"]["nr_dirty"] == 0


def test_a_batch_that_gets_nothing_stays_dirty():
    document = flushed("shorten", reserve=0).document
    assert document["calls"] > 1
    vmstat = document["memory"]["vmstat"]
    assert vmstat["nr_dirty"] + vmstat["nr_writeback"] == PAGES
