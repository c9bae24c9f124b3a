from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from sim.kernel.call import Path
from sim.plots import paths
from sim.plots.paths import LOOKS, intervals_of

SERVED = {
    "first attempt": ["first_attempt"],
    "reserve": ["reserve"],
    "after reclaim": ["reclaim"],
    "after a wait": ["wait", "wait_reserve"],
    "NULL": ["null"],
    "unfinished": ["unfinished"],
}


GAP = "no call began"


def all_stairs(axes):
    return {patch.get_label(): patch.get_data() for patch in axes.patches if isinstance(patch, StepPatch)}


def stairs(axes):
    """Those that show calls."""
    return {label: data for label, data in all_stairs(axes).items() if label != GAP}


def counted(events, edges, names):
    chosen = events["call_ns"][events["path"].isin(names)]
    return np.histogram(chosen, bins=edges)[0]


def test_the_stack_is_the_shares_of_the_events_that_began_in_an_interval(make):
    result = make()
    shares, _ = paths(result)
    below = 0
    for name, data in stairs(shares).items():
        calls = counted(result.events, data.edges, result.events["path"].cat.categories)
        with np.errstate(invalid="ignore"):
            share = counted(result.events, data.edges, SERVED[name]) / calls
        assert data.values - data.baseline == pytest.approx(share, nan_ok=True)
        assert np.all(data.baseline[calls > 0] == pytest.approx((below + 0 * share)[calls > 0]))
        below = data.values
    assert below == pytest.approx(np.where(calls > 0, 1, np.nan), nan_ok=True)
    assert list(stairs(shares)) == list(SERVED)


def test_the_fallback_rate_is_the_share_served_by_the_reserve(make):
    result = make()
    (data,) = stairs(paths(result)[1]).values()
    calls = counted(result.events, data.edges, result.events["path"].cat.categories)
    with np.errstate(invalid="ignore"):
        rate = counted(result.events, data.edges, ["reserve", "wait_reserve"]) / calls
    assert np.nanmax(rate) > 0
    assert data.values == pytest.approx(rate, nan_ok=True)


def test_an_interval_without_calls_leaves_a_gap(make):
    shares, fallback = paths(make())
    for data in (*stairs(shares).values(), *stairs(fallback).values()):
        middle = (data.edges[:-1] + data.edges[1:]) / 2
        assert np.isnan(data.values[(middle > 9.3e9) & (middle < 11.7e9)]).all()
        assert not np.isnan(data.values[middle < 8.7e9]).any()


def test_a_gap_is_hatched_and_explained(make):
    panels = paths(make())
    for axes in panels:
        data = all_stairs(axes)[GAP]
        middle = (data.edges[:-1] + data.edges[1:]) / 2
        assert not np.isnan(data.values[(middle > 9.3e9) & (middle < 11.7e9)]).any()
        assert np.isnan(data.values[middle < 8.7e9]).all()
        (patch,) = (patch for patch in axes.patches if patch.get_label() == GAP)
        assert patch.get_hatch()
    assert GAP in [text.get_text() for text in panels[0].get_legend().get_texts()]


def test_without_a_gap_none_is_explained(make):
    def add(log, classes, calls):
        for tick in range(2000):
            log.short(tick * 10_000_000, 1000, log.kind(*classes[0], "GFP_NOIO"), Path.FIRST, 1)

    panels = paths(make(add=add))
    assert GAP not in [text.get_text() for text in panels[0].get_legend().get_texts()]
    assert all(GAP not in all_stairs(axes) for axes in panels)


def test_intervals_are_as_long_as_each_other_within_a_tick(make):
    ticks = make().paths_over_time["t_ns"].unique()
    tick_ns = ticks[1] - ticks[0]
    for most in (3, 7, 150, 199):
        lengths = np.diff(intervals_of(make().paths_over_time, most).edges_ns)
        assert len(lengths) <= most
        assert np.ptp(lengths) <= tick_ns


def test_intervals_cover_the_whole_run_on_one_time_axis(make):
    shares, fallback = paths(make(calls=30_000))
    for axes in (shares, fallback):
        edges = next(iter(stairs(axes).values())).edges
        assert (edges[0], edges[-1]) == (0, 20_000_000_000)
        assert len(edges) == 201
        assert axes.get_xlim() == (0, 20_000_000_000)
    assert fallback.get_xlabel() == "time at which the call began (s)"
    assert fallback.xaxis.get_major_formatter()(5_000_000_000) == "5"


def test_few_calls_get_few_intervals(make):
    result = make(calls=100)
    assert len(intervals_of(result.paths_over_time).counts) == 20


def test_joining_intervals_loses_no_call(make):
    result = make()
    for most in (1, 7, 200, 5000):
        assert intervals_of(result.paths_over_time, most).counts.sum() == len(result.events)


def test_the_legend_gives_the_shares_of_the_summary(make):
    result = make([("bio", "writer")], warmup_ns=2_000_000_000)
    legend = paths(result)[0].get_legend()
    row = result.summary.iloc[0]
    texts = dict(text.get_text().split("  ") for text in legend.get_texts() if "  " in text.get_text())
    assert list(texts) == [look.name for look in reversed(LOOKS.values())]
    assert texts["after a wait"] == f"{100 * row['after_wait_share']:.3g} %"
    assert legend.get_title().get_text() == f"{row['calls']:,} calls after the warm-up"


def test_a_path_that_never_occurred_is_told_with_its_bound(make):
    def add(log, classes, calls):
        for number in range(1000):
            log.short(number, 1000, log.kind(*classes[0], "GFP_NOIO"), Path.RESERVE, 1)

    texts = [text.get_text() for text in paths(make(add=add))[0].get_legend().get_texts()]
    assert "NULL  <=0.3 %" in texts
    assert "reserve  100 %" in texts


def test_the_title_says_how_many_pools_are_added_up(make):
    result = make()
    titles = [paths(result, **chosen)[0].get_title() for chosen in ({}, {"pool": "crypt"}, {"task": "writer"})]
    assert [title.replace("\n", " ").split(": ")[1] for title in titles] == [
        "all calls, 2 pools together",
        "crypt, one of 2 pools",
        "writer, 2 pools together",
    ]
    assert paths(make([("bio", "writer")]))[0].get_title() == "Where the elements came from: all calls"


def test_the_warm_up_is_hatched_in_both_panels(make):
    for axes in paths(make(warmup_ns=3_000_000_000)):
        (area,) = (patch for patch in axes.patches if not isinstance(patch, StepPatch))
        assert (area.get_x(), area.get_width()) == (0, 3_000_000_000)
        assert area.get_hatch()


def test_no_warm_up_leaves_no_hatching(make):
    for axes in paths(make()):
        assert all(isinstance(patch, StepPatch) for patch in axes.patches)


def test_pool_and_task_choose_the_calls(make):
    result = make(calls=9000)
    shares, _ = paths(result, pool="bio", task="reader")
    mine = result.events[(result.events["pool"] == "bio") & (result.events["task"] == "reader")]
    data = stairs(shares)["first attempt"]
    calls = counted(mine, data.edges, mine["path"].cat.categories)
    with np.errstate(invalid="ignore"):
        assert data.values == pytest.approx(counted(mine, data.edges, ["first_attempt"]) / calls, nan_ok=True)
    assert "bio / reader" in shares.get_title()


@pytest.mark.parametrize(("share", "written"), [(0, "0 %"), (0.002, "0.2 %"), (0.25, "25 %"), (1, "100 %")])
def test_shares_are_in_percent_and_no_longer_than_need_be(make, share, written):
    for axes in paths(make(calls=20)):
        assert axes.yaxis.get_major_formatter()(share) == written


def test_paths_differ_without_colour():
    def grey(color):
        red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    looks = list(LOOKS.values())
    for lower, upper in pairwise(looks):
        assert abs(grey(lower.color) - grey(upper.color)) > 0.15


def test_a_streamed_run_has_the_same_picture(make):
    kept, streamed = (stairs(paths(make(streaming=streaming))[0]) for streaming in (False, True))
    for name, data in kept.items():
        assert data.values == pytest.approx(streamed[name].values, nan_ok=True)


def test_it_draws_into_two_axes_given(make):
    given = Figure().subplots(2)
    assert list(paths(make(), ax=given)) == list(given)


def test_another_number_of_axes_is_refused(make):
    with pytest.raises(ValueError, match="ax has 1 Axes, but this picture has 2 panels"):
        paths(make(), ax=Figure().subplots())


def test_an_empty_run_says_so(make):
    shares, _ = paths(make(calls=0))
    assert [text.get_text() for text in shares.texts] == ["no call"]
