import numpy as np
import pytest

from sim.plots import reserve
from sim.plots.reserve import series_in_intervals
from sim.results.verdict import Verdict, Word


def stairs(axes, label):
    (patch,) = (patch for patch in axes.patches if patch.get_label() == label)
    return patch.get_data()


def series_of(result, pool):
    return result.series[result.series["pool"] == pool]


def test_two_ticks_make_one_interval(make):
    """400 ticks are too many for the picture: their means, least and most are joined in pairs."""
    result = make()
    level, waiters, pressure = reserve(result, pool="crypt")
    frame = series_of(result, "crypt")
    pairs = {name: frame[name].to_numpy().reshape(-1, 2) for name in frame.columns if name != "pool"}
    band, mean = stairs(level, "least to most"), stairs(level, "mean")
    assert band.edges == pytest.approx([0, *pairs["t_ns"][:, 1]])
    assert np.array_equal(band.baseline, pairs["reserve_min"].min(axis=1))
    assert np.array_equal(band.values, pairs["reserve_max"].max(axis=1))
    assert mean.values == pytest.approx(pairs["reserve_mean"].mean(axis=1))
    assert stairs(waiters, "mean").values == pytest.approx(pairs["waiters_mean"].mean(axis=1))
    assert np.array_equal(stairs(waiters, "up to the most").values, pairs["waiters_max"].max(axis=1))
    assert pressure.patches[0].get_data().values == pytest.approx(pairs["pressure"].mean(axis=1))


def test_a_short_last_tick_weighs_less(make):
    frame = series_of(make(), "bio").iloc[:4].copy()
    frame["t_ns"] = [10, 20, 30, 32]
    frame["reserve_mean"] = [1.0, 2.0, 4.0, 0.0]
    edges, columns = series_in_intervals(frame, most=2)
    assert list(edges) == [0, 20, 32]
    assert columns["reserve_mean"] == pytest.approx([1.5, 40 / 12])


def test_few_ticks_are_drawn_as_they_are(make):
    frame = series_of(make(), "bio").iloc[:5]
    edges, columns = series_in_intervals(frame)
    assert list(edges) == [0, *frame["t_ns"]]
    assert list(columns["reserve_min"]) == list(frame["reserve_min"])


def test_min_nr_is_marked(make):
    level = reserve(make(), pool="bio")[0]
    (line,) = (line for line in level.lines if line.get_label() == "min_nr = 2")
    assert list(line.get_ydata()) == [2, 2]
    assert level.get_ylim()[1] > 2


def test_the_panels_share_one_time_axis_in_seconds(make):
    panels = reserve(make())
    assert {axes.get_xlim() for axes in panels} == {(0, 20_000_000_000)}
    assert [axes.get_xlabel() for axes in panels] == ["", "", "simulated time (s)"]
    assert panels[2].xaxis.get_major_formatter()(2_500_000_000) == "2.5"


def test_the_panels_say_what_they_show(make):
    assert [axes.get_ylabel().replace("\n", " ") for axes in reserve(make())] == [
        "elements in the reserve",
        "calls waiting",
        "pressure",
    ]


def test_the_pressure_is_told_as_the_chance_that_a_page_is_refused(make):
    (text,) = reserve(make())[2].get_legend().get_texts()
    assert text.get_text().replace("\n", " ") == "chance that a page is refused without direct reclaim"


def test_without_a_pool_the_one_that_took_the_most_time_is_shown(make):
    result = make()
    assert reserve(result)[0].get_title() == "Reserve, waiters and pressure: bio, one of 2 pools"


def test_the_warm_up_is_hatched_in_every_panel(make):
    for axes in reserve(make(warmup_ns=3_000_000_000)):
        assert [patch.get_width() for patch in axes.patches if patch.get_hatch()] == [3_000_000_000]


def test_the_onset_of_a_deadlock_is_marked_in_every_panel(make):
    panels = reserve(make(verdict=Verdict(Word.DEADLOCK, ("a cycle of 2 tasks",), since_ns=2_500_000_000)))
    marks = [[line for line in axes.lines if list(line.get_xdata()) == [2_500_000_000] * 2] for axes in panels]
    assert [len(lines) for lines in marks] == [1, 1, 1]
    texts = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in panels]
    assert ["deadlock since 2.5 s" in text for text in texts] == [True, False, False]


def test_an_unknown_pool_is_refused(make):
    with pytest.raises(ValueError, match="no pool 'boi'"):
        reserve(make(), pool="boi")


def test_a_line_of_zeros_is_seen_above_the_axis(make):
    assert all(axes.get_ylim()[0] < 0 for axes in reserve(make()))
