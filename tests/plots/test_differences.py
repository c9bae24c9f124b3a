import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.plots import differences
from sim.plots.differences import MOST_ROWS, NO_DIFFERENCE
from sim.plots.estimates import ESTIMATE, INTERVAL

COLUMNS = ["variant", "baseline", "subject", "measure", "unit", "kind", "value", "low", "high", "decided"]


def ratio(variant, value, low, high, decided=True, measure="p99", subject="bio"):
    return (variant, "wake-all", subject, measure, "ns", "ratio", value, low, high, decided)


def less(variant, value, low, high, decided=True, measure="P(wait)", unit="share", subject="bio"):
    return (variant, "wake-all", subject, measure, unit, "difference", value, low, high, decided)


def frame(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def marks(axes):
    """By y: where the estimate is, and whether it is filled."""
    drawn = [line for line in axes.lines if line.get_gid() == ESTIMATE]
    return {line.get_ydata()[0]: (line.get_xdata()[0], line.get_markerfacecolor() != "white") for line in drawn}


def bars(axes):
    drawn = [bar for bar in axes.collections if bar.get_gid() == INTERVAL]
    return [tuple(bar.get_segments()[0][:, 0]) for bar in drawn]


def names(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def said(axes):
    return [text.get_text() for text in axes.texts]


def test_a_row_shows_the_value_and_its_interval():
    (axes,) = differences(frame(ratio("wake-one", 1.8, 1.5, 2.1)))
    assert list(marks(axes).values()) == [(1.8, True)]
    assert bars(axes) == [(1.5, 2.1)]
    assert said(axes) == ["1.8x [1.5x, 2.1x]"]


def test_what_is_not_decided_is_hollow():
    (axes,) = differences(frame(ratio("a", 1.1, 0.9, 1.3, decided=False), ratio("b", 2, 1.5, 3)))
    assert [filled for _, filled in marks(axes).values()] == [False, True]
    assert "hollow: no difference is shown" in axes.child_axes[0].get_xlabel()


def test_the_line_of_no_difference_is_at_1_of_ratios_and_at_0_of_differences():
    panels = differences(frame(ratio("a", 1.1, 0.9, 1.3), less("a", 0.1, 0.05, 0.2)))
    lines = [line.get_xdata()[0] for axes in panels for line in axes.lines if line.get_gid() == NO_DIFFERENCE]
    assert lines == [1, 0]
    assert [axes.get_xscale() for axes in panels] == ["log", "linear"]


def test_ratios_share_an_axis_and_differences_have_one_for_each_measure():
    rows = [ratio("a", 1.1, 1, 1.2, measure=name) for name in ("p99", "p99.9")]
    rows += [less("a", 0.1, 0, 0.2, measure=name) for name in ("P(wait)", "fallback")]
    panels = differences(frame(*rows))
    assert [axes.get_xlabel() for axes in panels] == [
        "variant / baseline",
        "P(wait): variant - baseline (percentage points)",
        "fallback: variant - baseline (percentage points)",
    ]
    assert names(panels[0]) == ["p99", "p99.9"]


def test_with_several_variants_rows_bear_their_names_below_that_of_the_measure():
    (axes,) = differences(frame(ratio("a", 1.1, 1, 1.2), ratio("b", 1.3, 1.2, 1.4)))
    assert names(axes) == ["p99", "a", "b"]
    assert [label.get_fontweight() for label in axes.get_yticklabels()] == ["bold", "normal", "normal"]
    places = axes.get_yticks()
    assert list(marks(axes)) == list(places[1:])


def test_a_bound_that_there_is_not_is_an_arrow_at_the_edge():
    (axes,) = differences(frame(ratio("a", 1.1, 0.9, np.inf, decided=False)))
    edge = axes.get_xlim()[1]
    assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() == ">"] == [edge]
    assert bars(axes) == [(0.9, edge)]
    assert said(axes) == ["1.1x [0.9x, ?]"]


def test_shares_differ_by_percentage_points():
    (axes,) = differences(frame(less("a", -0.0012, -0.002, -0.0004)))
    assert said(axes) == ["-0.12 points [-0.2, -0.04]"]


def test_durations_that_differ_have_their_unit():
    (axes,) = differences(frame(less("a", 3e6, 1e6, 5e6, measure="longest", unit="ns")))
    assert said(axes) == ["+3 ms [+1 ms, +5 ms]"]
    assert axes.get_xlabel() == "longest: variant - baseline (ms)"


def test_what_is_the_same_in_every_run_is_said_to_be():
    (axes,) = differences(frame(less("a", 0, 0, 0, decided=False)))
    assert said(axes) == ["0 points, the same in every run"]


def test_a_difference_of_0_is_no_bound():
    (axes,) = differences(frame(less("a", 0, 0, 0.1, decided=False)))
    assert list(marks(axes).values()) == [(0, False)]


def test_subject_and_measures_choose():
    given = frame(ratio("a", 1.1, 1, 1.2), ratio("a", 2, 1, 3, measure="p50"), ratio("a", 3, 2, 4, subject="crypt"))
    (axes,) = differences(given, subject="bio", measures=["p50"])
    assert names(axes) == ["p50"]
    assert names(differences(given)[0]) == ["p99, bio", "p50, bio", "p99, crypt"]
    with pytest.raises(ValueError, match="no measure 'p9' in this table; there is p99, p50"):
        differences(given, measures=["p9"])


def test_of_many_differences_the_first_are_shown_and_the_others_counted():
    many = frame(*(ratio("a", 1.1, 1, 1.2, measure=f"m{number}") for number in range(MOST_ROWS + 5)))
    (axes,) = differences(many)
    assert len(marks(axes)) == MOST_ROWS
    assert "5 of 45 differences are not shown" in axes.child_axes[0].get_xlabel()


def test_axes_given_must_be_as_many_as_there_are_panels():
    given = frame(ratio("a", 1.1, 1, 1.2), less("a", 0.1, 0, 0.2))
    two = Figure().subplots(2)
    assert list(differences(given, ax=two)) == list(two)
    with pytest.raises(ValueError, match="ax has 1 Axes, but this picture has 2 panels"):
        differences(given, ax=Figure().subplots())


def test_an_empty_frame_says_that_there_is_no_difference():
    (axes,) = differences(pd.DataFrame())
    assert said(axes) == ["no difference to show"]
