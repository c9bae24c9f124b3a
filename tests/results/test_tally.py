import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel.call import Path
from sim.results.calls import CALL, Kind
from sim.results.tally import SUMMED, Tallies, Tally, by_class

KINDS = (Kind("bio", "writer", "GFP_NOIO"), Kind("bio", "reader", "GFP_NOIO"), Kind("bio", "writer", "GFP_NOWAIT"))


def calls(*rows: dict) -> dict[str, np.ndarray]:
    return {name: np.array([row.get(name, 0) for row in rows], dtype=CALL[name]) for name in CALL.names}


def tallied(*rows: dict) -> Tally:
    tally = Tally()
    tally.add(calls(*rows))
    return tally


row = st.fixed_dictionaries(
    {
        "latency_ns": st.integers(0, 10**12),
        "path": st.sampled_from([int(path) for path in Path]),
        "sleeps": st.integers(0, 3),
        "wakes": st.integers(0, 2**32 - 1),
        "asleep_ns": st.integers(0, 10**12),
    }
)


@given(st.lists(row, max_size=8), st.lists(row, max_size=8))
def test_merging_two_tallies_is_tallying_all_their_calls(one, other):
    merged, whole = tallied(*one), tallied(*one, *other)
    merged.merge(tallied(*other))
    for name in ("calls", "waited", "shortest_ns", "longest_ns", "total", "latencies", "unfinished"):
        assert getattr(merged, name) == getattr(whole, name)
    assert (merged.paths == whole.paths).all()


@given(st.lists(row, min_size=1, max_size=8))
def test_a_tally_sums_every_column(rows):
    tally = tallied(*rows)
    assert tally.total == {name: sum(row.get(name, 0) for row in rows) for name in SUMMED}
    assert tally.longest_ns == max(row["latency_ns"] for row in rows)
    assert tally.shortest_ns == min(row["latency_ns"] for row in rows)


def test_a_call_that_slept_twice_waited_once():
    assert tallied({"sleeps": 2}, {"sleeps": 1}, {}).waited == 2


def test_unfinished_calls_are_counted_among_all_and_apart():
    tally = tallied({"latency_ns": 5, "path": Path.UNFINISHED}, {"latency_ns": 6, "path": Path.WAIT})
    assert (len(tally.latencies), len(tally.unfinished)) == (2, 1)


def test_calls_are_split_by_pool_and_class_in_their_order():
    mixed = calls(*({"kind": kind, "call_ns": number} for number, kind in enumerate([1, 0, 2, 1, 0])))
    split = {pair: part["call_ns"].tolist() for pair, part in by_class(mixed, KINDS)}
    assert split == {("bio", "writer"): [1, 2, 4], ("bio", "reader"): [0, 3]}


def test_who_slept_and_who_got_null_is_counted_over_the_whole_run():
    tallies = Tallies(duration_ns=1000, warmup_ns=100, ticks=10)
    rows = [
        {"call_ns": 5, "sleeps": 2, "latency_ns": 700, "path": Path.WAIT},
        {"call_ns": 5, "latency_ns": 900, "path": Path.RECLAIM},
        {"call_ns": 200, "sleeps": 1, "latency_ns": 300, "path": Path.UNFINISHED},
        {"call_ns": 200, "path": Path.NULL},
    ]
    tallies.add(calls(*rows), KINDS)
    tallies.add(calls({"path": Path.NULL}), KINDS)
    assert (tallies.calls, tallies.slept, tallies.nulls, tallies.longest_slept_ns) == (5, 2, 2, 700)


def test_calls_that_began_in_the_warm_up_are_not_tallied_but_seen_over_time():
    tallies = Tallies(duration_ns=1000, warmup_ns=100, ticks=10)
    tallies.add(calls({"call_ns": 99}, {"call_ns": 100}, {"call_ns": 950, "path": Path.NULL}), KINDS)
    over_time = tallies.paths_over_time["bio", "writer"]
    assert tallies.of["bio", "writer"].calls == 2
    assert over_time[:, Path.FIRST].tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert over_time[9, Path.NULL] == 1


def test_the_intervals_cover_a_duration_that_they_do_not_divide():
    tallies = Tallies(duration_ns=1003, ticks=10)
    tallies.add(calls({"call_ns": 1002}), KINDS)
    assert (tallies.tick_ns, tallies.ticks) == (101, 10)
    assert tallies.paths_over_time["bio", "writer"][-1].sum() == 1


def test_a_run_shorter_than_its_intervals_has_one_per_nanosecond():
    assert Tallies(duration_ns=3, ticks=1000).ticks == 3
