import numpy as np
import pytest

from sim.experiments.running.record import Latencies, Record
from sim.experiments.sizing.counts import counted
from sim.results.histogram import bounds_of, bucket_of
from sim.scenario.measures import MeasureName

MS = 1_000_000


def record(*, waited=0, paths=None, word="degraded", latencies=(), unfinished=(), possible=None, early=0):
    """A run of 100 calls in a pool; `latencies` and `unfinished` in ns."""
    base = dict.fromkeys(["first_attempt", "reserve", "reclaim", "wait", "wait_reserve", "null", "unfinished"], 0)
    row = {
        "pool": "pool",
        "task": "caller",
        "total": False,
        "calls": 100,
        "paths": {**base, **(paths or {})},
        "shares": {"waited": {"count": waited}, "null": {"at_most": possible}},
    }
    pools = {"pool": {"reserve_at_zero_ns": 20 * MS, "waiting_since_warmup": early}}
    document = {"rows": [row], "pools": pools, "verdict": {"word": word}, "duration_ns": 110 * MS, "warmup_ns": 10 * MS}
    buckets, calls = np.unique(bucket_of(np.array([*latencies, *unfinished])), return_counts=True)
    open_ones = bucket_of(np.array(unfinished, dtype=np.int64))
    cut_off = np.array([np.count_nonzero(open_ones == bucket) for bucket in buckets])
    return Record(
        "key", {**document, "replication": 0}, {("pool", "caller"): Latencies(buckets, calls, cut_off)}, {}, 0.0
    )


def said(measure, **more):
    return counted(record(**more), "pool", MeasureName.parse(measure))


def test_calls_that_slept_are_counted_whether_or_not_they_came_back():
    assert said("P(wait)", waited=7, paths={"wait_reserve": 5, "unfinished": 2}) == (7, 7, 100)


def test_a_call_that_was_cut_off_before_it_slept_may_yet_have():
    assert said("P(wait)", waited=7, paths={"wait_reserve": 5, "unfinished": 3}) == (7, 8, 100)


def test_a_call_that_was_cut_off_may_yet_get_null_unless_it_cannot():
    assert said("P(NULL)", paths={"null": 4, "unfinished": 3}) == (4, 7, 100)
    assert said("P(NULL)", paths={"unfinished": 3}, possible=0.0) == (0, 0, 100)


def test_calls_longer_than_the_limit_are_counted_and_those_cut_off_before_it_perhaps():
    found = said("P(latency > 10 ms)", latencies=[1 * MS] * 5 + [20 * MS] * 2, unfinished=[3 * MS, 30 * MS])
    assert found == (3, 4, 9)


def test_calls_that_have_waited_since_the_warm_up_count_as_waits():
    assert said("P(wait)", waited=7, paths={"wait_reserve": 7}, early=300) == (307, 307, 400)
    assert said("P(latency > 10 ms)", latencies=[1 * MS, 20 * MS], early=3) == (4, 4, 5)
    assert said("P(latency > 500 ms)", latencies=[1 * MS, 20 * MS], early=3) == (0, 3, 5)
    assert said("P(NULL)", paths={"null": 4}, early=3) == (4, 7, 103)
    assert said("P(NULL)", early=3, possible=0.0) == (0, 0, 103)
    assert said("P(any wait)", early=1) == (1, 1, 1)


def test_a_call_within_the_bucket_of_the_limit_is_counted_perhaps():
    assert said("P(latency > 10 ms)", latencies=[10 * MS, 1 * MS]) == (0, 1, 2)
    last = int(bounds_of(int(bucket_of(np.array([10 * MS]))[0]))[1])
    assert said(f"P(latency > {last} ns)", latencies=[10 * MS, 1 * MS]) == (0, 0, 2)


@pytest.mark.parametrize("measure", ["P(wait)", "P(NULL)", "P(latency > 10 ms)"])
def test_a_deadlock_breaks_every_target_with_all_calls(measure):
    assert said(measure, word="deadlock", latencies=[1]) == (100, 100, 100)


def test_runs_are_counted_by_what_happened_in_them():
    assert said("P(any wait)", waited=1) == (1, 1, 1)
    assert said("P(any wait)") == (0, 0, 1)
    assert said("P(crawl)", word="crawl") == (1, 1, 1)
    assert said("P(crawl)", word="deadlock") == (1, 1, 1)


def test_time_at_zero_is_counted_in_ms():
    assert said("time at zero") == (20, 20, 100)
