from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.kernel.call import Path
from sim.plots import ccdf
from sim.plots.scales import ZERO_NS
from sim.results.histogram import bounds_of, bucket_of


def curves(axes):
    """Label to line, for the curves alone."""
    return {line.get_label(): line for line in axes.lines if line.get_gid() == "mempool-sim curve"}


def at(line, x):
    """The height of a step function at x."""
    xs, ys = line.get_data()
    assert line.get_drawstyle() == "steps-post"
    return ys[np.searchsorted(xs, x, side="right") - 1]


def marks(axes):
    """Label to place of the marks, as written along the upper edge."""
    (top,) = axes.child_axes
    return dict(zip([text.get_text() for text in top.get_xticklabels()], top.get_xticks(), strict=True))


def note(axes):
    (top,) = axes.child_axes
    return top.get_xlabel()


def single(latency_ns, path=Path.FIRST):
    def add(log, classes, calls):
        for pool, task in classes:
            log.short(0, latency_ns, log.kind(pool, task, "GFP_NOIO"), path, 1)

    return add


def test_a_curve_is_the_share_of_events_above_x(make):
    result = make([("bio", "writer")])
    (line,) = curves(ccdf(result)).values()
    latency = result.events["latency_ns"].to_numpy()
    for percent in (5, 50, 90, 99, 99.9):
        end = bounds_of(bucket_of(np.array([np.percentile(latency, percent)])))[1][0]
        assert at(line, end) == pytest.approx(np.mean(latency > end))


def test_a_curve_begins_at_all_calls(make):
    (line,) = curves(ccdf(make([("bio", "writer")]))).values()
    assert at(line, 800) == 1


def test_every_class_has_a_curve_that_names_it_and_its_calls(make):
    result = make()
    counts = result.events.groupby(["pool", "task"], observed=True).size()
    expected = {f"{pool} / {task}, {count} calls" for (pool, task), count in counts.items()}
    assert set(curves(ccdf(result))) == expected


def test_a_streamed_run_has_the_same_curves(make):
    kept, streamed = (curves(ccdf(make(streaming=streaming))) for streaming in (False, True))
    assert list(kept) == list(streamed)
    for label, line in kept.items():
        assert np.array_equal(line.get_data(), streamed[label].get_data())


def test_the_warm_up_is_left_out(make):
    result = make([("bio", "writer")], warmup_ns=4_000_000_000)
    (label,) = curves(ccdf(result))
    assert label == f"bio / writer, {(result.events['call_ns'] >= 4_000_000_000).sum():,} calls"


def test_pool_and_task_choose_the_curves(make):
    result = make()
    assert [label.split(",")[0] for label in curves(ccdf(result, pool="bio"))] == ["bio / writer", "bio / reader"]
    assert [label.split(",")[0] for label in curves(ccdf(result, task="reader"))] == ["bio / reader"]


def test_an_unknown_pool_is_refused_with_the_names_there_are(make):
    with pytest.raises(ValueError, match="no pool 'boi' in this result; there is bio, crypt"):
        ccdf(make(), pool="boi")


def test_an_unknown_task_is_refused_with_the_names_there_are(make):
    with pytest.raises(ValueError, match="no task 'w' in this result; there is writer, reader"):
        ccdf(make(), task="w")


@pytest.mark.parametrize(("hz", "jiffy_ns"), [(100, 10_000_000), (250, 4_000_000), (300, 1e9 / 300), (1000, 1_000_000)])
def test_a_jiffy_of_the_scenario_and_100_ms_and_5_s_are_marked(make, hz, jiffy_ns):
    axes = ccdf(make(hz=hz))
    expected = {"1 jiffy": jiffy_ns, "100 ms": 100_000_000, "5 s": 5_000_000_000}
    assert marks(axes) == expected
    lines = [line.get_xdata()[0] for line in axes.lines if line.get_gid() == "mempool-sim mark"]
    assert lines == list(expected.values())


def test_a_finished_curve_falls_to_zero(make):
    (line,) = curves(ccdf(make([("bio", "writer")], add=single(5000)))).values()
    assert line.get_ydata()[-1] == 0


def test_a_curve_whose_longest_call_was_cut_off_ends_open(make):
    axes = ccdf(make([("bio", "writer")], add=single(5_000_000, Path.UNFINISHED)))
    (line,) = curves(axes).values()
    assert line.get_ydata()[-1] == 1
    (cut,) = (line for line in axes.lines if line.get_gid() == "mempool-sim cut-off call")
    assert cut.get_xdata()[0] == pytest.approx(5_000_000, rel=1 / 128)
    assert cut.get_ydata()[0] == 1


def test_a_thin_curve_shows_the_share_if_cut_off_calls_never_end(make):
    result = make([("bio", "writer")])
    (upper,) = (line for line in ccdf(result).lines if line.get_gid() == "mempool-sim upper curve")
    events = result.events
    endless = events["path"] == "unfinished"
    assert endless.sum() > 3
    for x in (10_000, 10**8, 10**9, 3 * 10**9):
        end = bounds_of(bucket_of(np.array([x])))[1][0]
        assert at(upper, end) == pytest.approx(np.mean((events["latency_ns"] > end) | endless))
    assert upper.get_ydata()[-1] == pytest.approx(endless.mean())
    assert upper.get_xdata()[-1] > 100e9


def test_the_legend_explains_cut_off_calls_only_where_there_are_some(make):
    def told(axes):
        return [text.get_text() for text in axes.get_legend().get_texts() if "cut off" in text.get_text()]

    assert told(ccdf(make())) == ["call cut off by the end of the run"]
    assert told(ccdf(make(add=single(1000)))) == []


def test_the_axes_span_some_1_us_to_100_s_and_down_to_one_call(make):
    axes = ccdf(make([("bio", "writer")], add=single(1500)))
    assert axes.get_xlim() == (500, 100e9)
    assert axes.get_ylim() == (0.1, 1.3)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_longer_and_shorter_latencies_widen_the_axis(make):
    assert ccdf(make(add=single(150))).get_xlim()[0] == 50
    assert ccdf(make(add=single(2 * 10**12))).get_xlim()[1] == 1e13


def mostly_at_once(log, classes, calls):
    """Of 10,000 calls, all but one take no time."""
    kind = log.kind(*classes[0], "GFP_NOIO")
    for number in range(9_999):
        log.short(number, 0, kind, Path.RESERVE, 1)
    log.short(9_999, 5_000, kind, Path.RESERVE, 1)


def test_calls_that_took_no_time_are_a_step_clear_of_the_edge(make):
    axes = ccdf(make([("bio", "writer")], add=single(0)))
    (line,) = curves(axes).values()
    assert [at(line, x) for x in (0.9 * ZERO_NS, ZERO_NS)] == [1, 0]
    assert axes.get_xlim()[0] < 0.9 * ZERO_NS
    ticks = dict(zip(axes.get_xticks(), (text.get_text() for text in axes.get_xticklabels()), strict=True))
    assert ticks[ZERO_NS] == "0"


def test_the_label_tells_how_many_took_no_time_and_never_rounds_to_all(make):
    for add, told in ((single(0), "1 call, 100 % took 0 ns"), (mostly_at_once, "10,000 calls, >99.9 % took 0 ns")):
        (label,) = curves(ccdf(make([("bio", "writer")], add=add)))
        assert label.replace("\n", " ") == f"bio / writer, {told}"


def test_no_tick_lies_between_0_and_1_ns(make):
    axes = ccdf(make([("bio", "writer")], add=single(0)))
    assert not [tick for tick in axes.xaxis.get_minorticklocs() if tick < 1]
    assert [tick for tick in axes.get_xticks() if tick < 1] == [ZERO_NS]


@pytest.mark.parametrize(("latency_ns", "labels"), [(1500, 9), (0, 5)])
def test_labels_of_decades_do_not_touch(make, latency_ns, labels):
    axes = ccdf(make([("bio", "writer")], add=single(latency_ns)))
    axes.figure.draw_without_rendering()
    drawn = [tick.label1.get_window_extent() for tick in axes.xaxis._update_ticks() if tick.label1.get_text()]
    assert len(drawn) == labels
    assert all(right.x0 - left.x1 > 3 for left, right in pairwise(sorted(drawn, key=lambda box: box.x0)))


def test_no_label_breaks_between_a_number_and_its_calls(make):
    classes = [("p" * length, "writer") for length in range(12, 19)]
    for label in curves(ccdf(make(classes))):
        assert not label.startswith("calls")
        assert "\ncalls" not in label


def test_ticks_are_durations_and_percentages(make):
    axes = ccdf(make())
    x, y = axes.xaxis.get_major_formatter(), axes.yaxis.get_major_formatter()
    assert [x(10**power) for power in (3, 4, 5, 6, 9, 11, 12)] == [
        "1 us",
        "10 us",
        "100 us",
        "1 ms",
        "1 s",
        "100 s",
        "1,000 s",
    ]
    assert [y(share) for share in (1, 0.1, 1e-3, 1e-7)] == ["100 %", "10 %", "0.1 %", "0.00001 %"]


def test_of_many_classes_the_slowest_have_curves_and_the_others_share_one(make):
    def add(log, classes, calls):
        for number, (pool, task) in enumerate(classes):
            log.short(0, 1000 * (number + 1), log.kind(pool, task, "GFP_NOIO"), Path.FIRST, 1)

    labels = list(curves(ccdf(make([(f"p{number}", "t") for number in range(10)], add=add))))
    assert labels == [*(f"p{number} / t, 1 call" for number in range(4, 10)), "4 other classes, 4 calls"]


def test_curves_differ_in_dashes_as_well_as_in_colour(make):
    lines = curves(ccdf(make([(f"p{number}", "t") for number in range(10)]))).values()
    assert len({line.get_color() for line in lines}) == 7
    assert len({str(line._dash_pattern) for line in lines}) == 7


def test_where_curves_coincide_the_lower_ones_show_beside_the_upper(make):
    widths = [
        line.get_linewidth() for line in curves(ccdf(make([(f"p{number}", "t") for number in range(7)]))).values()
    ]
    assert widths == sorted(set(widths), reverse=True)


def test_a_curve_of_what_may_yet_come_is_thin(make):
    axes = ccdf(make())
    upper = [line.get_linewidth() for line in axes.lines if line.get_gid() == "mempool-sim upper curve"]
    assert len(upper) == 3
    assert max(upper) < 0.7 * min(line.get_linewidth() for line in curves(axes).values())


def test_it_says_that_it_is_a_single_run(make):
    told = "demo: single run, seed 7 (others differ), 20 s simulated, the first 1 s left out, HZ=250"
    assert note(ccdf(make(warmup_ns=10**9))) == told


def test_a_second_result_lies_over_the_first(make):
    axes = Figure().subplots()
    for seed, least_ns in ((1, 1000), (2, 300)):
        returned = ccdf(make([("bio", "writer")], seed=seed, add=single(least_ns)), label=f"seed {seed}", ax=axes)
        assert returned is axes
    assert list(curves(axes)) == ["seed 1: bio / writer, 1 call", "seed 2: bio / writer, 1 call"]
    assert len({line.get_color() for line in curves(axes).values()}) == 2
    assert note(axes).split("\n") == [
        f"demo: single run, seed {seed} (others differ), 20 s simulated, HZ=250" for seed in (1, 2)
    ]
    assert list(marks(axes)) == ["1 jiffy", "100 ms", "5 s"]
    assert axes.get_xlim() == (50, 100e9)


def test_many_decades_are_labelled_where_units_change(make):
    ticks = ccdf(make([("bio", "writer")], add=single(0))).get_xticks()
    assert [tick for tick in ticks if 1 <= tick <= 10**11] == [1, 10**3, 10**6, 10**9]


def test_an_empty_run_says_so(make):
    axes = ccdf(make(calls=0))
    assert [text.get_text() for text in axes.texts] == ["no call"]
    assert curves(axes) == {}
