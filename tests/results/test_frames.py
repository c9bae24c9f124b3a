import pandas as pd
import pytest

from sim.results.calls import PATHS, EventsNotKeptError
from sim.results.frames import EVENTS, SERIES


def test_the_events_have_the_published_columns(finish):
    events = finish().events
    assert tuple(events.columns) == EVENTS
    assert {str(events[name].dtype) for name in ("path", "pool", "task", "gfp")} == {"category"}
    assert tuple(events["path"].cat.categories) == PATHS
    assert events["barged"].dtype == bool


def test_the_events_stand_in_the_order_in_which_they_were_added(finish):
    events = finish(100).events
    assert events["call_ns"].tolist() == [10_000_000_000 * number // 100 for number in range(100)]


def test_an_event_tells_what_kind_of_call_it_was(finish):
    events = finish().events
    kinds = events[["pool", "task", "gfp", "n"]].drop_duplicates().astype(str)
    assert sorted(map(tuple, kinds.to_numpy())) == [
        ("bio", "reader", "GFP_NOWAIT", "4"),
        ("bio", "writer", "GFP_NOIO", "1"),
        ("crypt", "writer", "GFP_NOIO", "1"),
    ]
    assert set(events[events["pool"] == "crypt"]["path"]) == {"wait", "wait_reserve", "unfinished"}


def test_the_events_do_not_depend_on_blocks(finish):
    pd.testing.assert_frame_equal(finish(300, block_rows=7).events, finish(300, block_rows=1000).events)


def test_a_run_without_calls_has_an_empty_frame_of_events(finish):
    events = finish(0).events
    assert len(events) == 0
    assert tuple(events.columns) == EVENTS


def test_streamed_events_are_refused_with_the_way_out(finish):
    with pytest.raises(EventsNotKeptError, match="run it again without streaming to see single calls"):
        _ = finish(streaming=True).events


def test_the_series_has_the_published_columns(finish):
    series = finish().series
    assert tuple(series.columns) == SERIES
    assert len(series) == 20


@pytest.mark.parametrize("streaming", [False, True])
def test_paths_over_time_add_up_to_the_calls(finish, streaming):
    result = finish(streaming=streaming)
    over_time = result.paths_over_time
    assert over_time[list(PATHS)].to_numpy().sum() == 5000
    assert over_time["t_ns"].max() == 10_000_000_000
    assert over_time["null"].sum() == result.summary.query("task == 'reader'")["null"].sum()


def test_paths_over_time_tell_when_calls_began(finish):
    over_time = finish(1000).paths_over_time
    assert (over_time.groupby("t_ns")[list(PATHS)].sum().sum(axis=1) == 1).all()


@pytest.mark.parametrize("streaming", [False, True])
def test_latencies_count_every_call_once(finish, streaming):
    result = finish(streaming=streaming)
    latencies = result.latencies
    longest = latencies[latencies["pool"] == "crypt"].iloc[-1]
    assert latencies["calls"].sum() == 5000
    assert latencies["unfinished"].sum() == result.summary.query("task != 'all'")["unfinished"].sum()
    assert longest["low_ns"] <= result.document["rows"][-1]["latency"]["max"]["ns"] <= longest["high_ns"]
