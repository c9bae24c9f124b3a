from itertools import product

import numpy as np
import pandas as pd
import pytest

from sim.plots import lines
from sim.plots.estimates import BOUND, ESTIMATE
from sim.plots.lines import BAND, CURVE, THEORY

MIN_NR, WAKE = "pools.bio.min_nr", "semantics.wake"


def summary(axes, value=lambda *at: 0.3, subject="bio", measure="P(wait)", unit="share"):
    rows = []
    for point, at in enumerate(product(*axes.values())):
        found = value(*at)
        rows.append((*at, point, subject, measure, unit, found, found * 0.8, found * 1.2 or 1e-6))
    return pd.DataFrame(rows, columns=[*axes, "point", "subject", "measure", "unit", "value", "low", "high"])


def drawn(axes, gid):
    return [np.array(line.get_data()).T.tolist() for line in axes.lines if line.get_gid() == gid]


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()] if axes.get_legend() else []


def note(axes):
    return axes.child_axes[0].get_xlabel().replace("\n", " ")


def test_a_line_goes_through_the_values_in_the_order_of_x():
    axes = lines(summary({MIN_NR: [4, 1, 2]}, lambda size: 0.4 / size), x=MIN_NR)
    assert drawn(axes, CURVE) == [[[1, 0.4], [2, 0.2], [4, 0.1]]]
    assert axes.get_title() == "P(wait) over min_nr: bio"


def test_the_band_is_the_interval():
    axes = lines(summary({MIN_NR: [1, 2]}), x=MIN_NR)
    (band,) = [band for band in axes.collections if band.get_gid() == BAND]
    ends = band.get_paths()[0].vertices
    assert sorted(set(np.round(ends[:, 1], 6))) == [0.24, 0.36]


def test_the_other_axes_make_a_line_each_in_their_order():
    axes = lines(summary({MIN_NR: [16, 2], "limit": ["5 s", "100 ms"], "x": [1, 2]}), x="x")
    assert legend(axes) == [
        "min_nr = 2, limit = 100 ms",
        "min_nr = 2, limit = 5 s",
        "min_nr = 16, limit = 100 ms",
        "min_nr = 16, limit = 5 s",
    ]


def test_an_axis_of_one_value_is_not_named():
    assert legend(lines(summary({MIN_NR: [1, 2], "kernel": ["6.12"]}), x=MIN_NR)) == []


def test_of_many_lines_seven_are_shown_from_the_first_to_the_last():
    axes = lines(summary({MIN_NR: [1, 2], "a": range(20)}), x=MIN_NR)
    assert (legend(axes)[0], legend(axes)[-1], len(legend(axes))) == ("a = 0", "a = 19", 7)
    assert "7 of 20 lines shown" in note(axes)


def test_by_chooses_the_axis_and_two_values_at_one_x_are_refused():
    given = summary({MIN_NR: [1, 2], "a": [0, 1], "b": [0, 1]})
    assert legend(lines(given[given["b"] == 0], x=MIN_NR, by="a")) == ["a = 0", "a = 1"]
    with pytest.raises(ValueError, match=r"several values at pools\.bio\.min_nr = 1 where a = 0; choose the rows"):
        lines(given, x=MIN_NR, by="a")


def test_points_that_differ_in_every_axis_are_marks_alone():
    given = pd.concat([summary({MIN_NR: [at], "a": [at / 10]}) for at in range(1, 9)])
    axes = lines(given, x=MIN_NR)
    assert (len(drawn(axes, CURVE)), len(drawn(axes, ESTIMATE)[0])) == (0, 8)


def test_categories_stand_side_by_side_without_a_line():
    axes = lines(summary({WAKE: ["all", "one"], MIN_NR: [2, 4]}), x=WAKE)
    assert drawn(axes, CURVE) == []
    first, second = (np.array(points)[:, 0] for points in drawn(axes, ESTIMATE))
    assert np.round(first).tolist() == np.round(second).tolist() == [0, 1]
    assert (first < second).all()


def test_what_never_happened_is_a_bound_and_no_part_of_the_line():
    axes = lines(summary({MIN_NR: [1, 2, 4]}, {1: 0.1, 2: 1e-3, 4: 0.0}.get), x=MIN_NR)
    assert drawn(axes, BOUND) == [[[4, 1e-6]]]
    assert np.isnan(drawn(axes, CURVE)[0][2][1])
    assert "never seen: the rate is below the mark" in legend(axes)


def test_theory_lies_over_the_line():
    expected = pd.DataFrame({"x": [1, 2, 4], "value": [0.4, 0.2, 0.1], "name": "Erlang C"})
    axes = lines(summary({MIN_NR: [1, 2, 4]}), x=MIN_NR, theory=expected)
    assert drawn(axes, THEORY) == [[[1, 0.4], [2, 0.2], [4, 0.1]]]
    assert legend(axes) == ["simulated", "Erlang C"]


def test_theory_far_below_does_not_squeeze_what_was_measured():
    expected = pd.DataFrame({"x": [1, 4], "value": [0.4, 1e-30], "name": "theory"})
    axes = lines(summary({MIN_NR: [1, 2, 4]}, lambda size: 0.4 / size**3), x=MIN_NR, theory=expected)
    assert axes.get_ylim()[0] > 1e-5


def test_theory_of_categories_is_a_dash_at_each():
    expected = pd.DataFrame({"x": ["one", "all", "none"], "value": [0.1, 0.2, 0.3], "name": "theory"})
    axes = lines(summary({WAKE: ["all", "one"]}), x=WAKE, theory=expected)
    assert drawn(axes, THEORY)[0][:2] == [[0, 0.2], [1, 0.1]]


@pytest.mark.parametrize(
    ("log", "values", "scale"),
    [
        (None, [0.1, 0.9], "linear"),
        (None, [1e-3, 0.9], "log"),
        (False, [1e-3, 0.9], "linear"),
        (True, [0.1, 0.9], "log"),
    ],
)
def test_y_is_logarithmic_if_values_spread_far_or_if_told_so(log, values, scale):
    axes = lines(summary({MIN_NR: [1, 2]}, lambda size: values[size - 1]), x=MIN_NR, log=log)
    assert axes.get_yscale() == scale


def test_a_band_without_a_bound_goes_to_the_edge():
    given = summary({MIN_NR: [1, 2]}, unit="ns", measure="p99.9").assign(high=np.inf)
    axes = lines(given, x=MIN_NR)
    (band,) = [band for band in axes.collections if band.get_gid() == BAND]
    assert band.get_paths()[0].vertices[:, 1].max() == axes.get_ylim()[1]


def test_points_without_a_value_are_counted():
    given = summary({MIN_NR: [1, 2, 4]})
    given.loc[1, ["value", "low", "high"]] = np.nan
    axes = lines(given, x=MIN_NR)
    assert drawn(axes, CURVE) == [[[1, 0.3], [4, 0.3]]]
    assert "1 of 3 points have no value" in note(axes)


def test_measure_and_subject_choose():
    given = pd.concat([summary({MIN_NR: [1, 2]}), summary({MIN_NR: [1, 2]}, measure="p99", unit="ns", subject="crypt")])
    assert lines(given, x=MIN_NR, measure="p99").get_title() == "p99 over min_nr: crypt"
    with pytest.raises(ValueError, match=r"no measure 'p9' in this table; there is P\(wait\), p99"):
        lines(given, x=MIN_NR, measure="p9")
    with pytest.raises(ValueError, match=r"no column 'min_nr' in this table; there is pools\.bio\.min_nr, point"):
        lines(given, x="min_nr")
