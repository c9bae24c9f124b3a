import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle

from sim.plots import tornado
from sim.plots.tornado import BASELINE, INTERVAL, MOST_BARS

COLUMNS = ["parameter", "low_value", "high_value", "low_effect", "high_effect"]
EFFECTS = [("kernel", "2.6.34", "7.1", 11e6, 9e6), ("min_nr", 2, 64, 40e6, 2e6), ("limit", "1 s", "5 s", 10e6, 14e6)]


def frame(rows=EFFECTS):
    return pd.DataFrame(rows, columns=COLUMNS)


def draw(rows=EFFECTS, **options):
    return tornado(frame(rows), **{"unit": "ns", "measure": "p99.9", "baseline": 10e6, **options})


def names(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def bars(axes):
    found = [patch for bar in axes.containers for patch in bar if isinstance(patch, Rectangle)]
    return [(round(bar.get_y() + bar.get_height() / 2), bar.get_x(), bar.get_x() + bar.get_width()) for bar in found]


def test_the_longest_bar_stands_first():
    assert names(draw()) == ["min_nr", "limit", "kernel"]


def test_bars_go_from_the_baseline_to_the_effects():
    assert bars(draw())[:2] == [(0, 10e6, 40e6), (0, 10e6, 2e6)]


def test_the_value_of_the_parameter_stands_at_the_end_of_its_bar():
    assert [(text.xy, text.get_text()) for text in draw().texts][:2] == [((40e6, 0), "2"), ((2e6, 0), "64")]


def test_ratios_are_logarithmic_about_1():
    axes = tornado(frame([("a", 1, 2, 0.25, 1), ("b", 1, 2, 1, 3)]), unit="ratio")
    assert axes.get_xscale() == "log"
    assert [line.get_xdata()[0] for line in axes.lines if line.get_gid() == BASELINE] == [1]
    assert names(axes) == ["a", "b"]


def test_intervals_lie_over_the_bars():
    ends = {"low_effect_low": 35e6, "low_effect_high": 46e6, "high_effect_low": 1e6, "high_effect_high": 3e6}
    axes = tornado(frame(EFFECTS[1:2]).assign(**ends), unit="ns", baseline=10e6)
    drawn = [tuple(bar.get_segments()[0][:, 0]) for bar in axes.collections if bar.get_gid() == INTERVAL]
    assert drawn == [(35e6, 46e6), (1e6, 3e6)]
    assert [text.xy[0] for text in axes.texts] == [46e6, 1e6]


def test_the_two_ends_can_be_told_apart_without_colour():
    hatches = {patch.get_hatch() for bar in draw().containers for patch in bar}
    assert len(hatches) == 2


def test_of_many_parameters_the_first_are_shown():
    axes = draw([(f"p{n}", 0, 1, 10e6 - n * 1e5, 10e6) for n in range(MOST_BARS + 3)])
    assert names(axes)[0] == f"p{MOST_BARS + 2}"
    assert "3 of 23 parameters are not shown" in axes.child_axes[0].get_xlabel().replace("\n", " ")


def test_a_parameter_without_an_effect_is_left_out():
    assert names(draw([*EFFECTS[:1], ("x", 0, 1, np.nan, 1)])) == ["kernel"]


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="no column 'high_effect' in this table; there is parameter, low_value"):
        tornado(frame().drop(columns="high_effect"))


def test_bars_to_one_side_of_the_baseline_do_not_hide_each_other():
    axes = draw([("a", 1, 2, 20e6, 30e6)])
    boxes = [bar.get_bbox() for bar in axes.patches if isinstance(bar, Rectangle)]
    assert boxes[0].y1 <= boxes[1].y0
    assert [text.xy[0] for text in axes.texts] == [20e6, 30e6]


def test_the_value_that_changes_nothing_stands_on_the_side_that_the_other_leaves_free():
    axes = draw([("a", 1, 2, 10e6, 30e6), ("b", 1, 2, 5e6, 10e6)])
    assert [(text.get_text(), text.get_ha()) for text in axes.texts] == [
        ("1", "right"),
        ("2", "left"),
        ("1", "right"),
        ("2", "left"),
    ]
