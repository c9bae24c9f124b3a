import numpy as np
import pandas as pd
import pytest

from sim.plots import pairs
from sim.plots.pairs import INTERVAL, MEAN, NO_DIFFERENCE, POINT
from sim.statistics import paired_difference, paired_ratio


def frame(before, after, *, kind="difference", unit="share", variant="wake-one", measure="P(wait)", subject="bio"):
    before, after = np.array(before, dtype=float), np.array(after, dtype=float)
    return pd.DataFrame(
        {
            "variant": variant,
            "baseline": "wake-all",
            "subject": subject,
            "measure": measure,
            "unit": unit,
            "kind": kind,
            "replication": range(len(before)),
            "baseline_value": before,
            "value": after,
            "difference": after / before if kind == "ratio" else after - before,
        }
    )


BEFORE, AFTER = [0.1, 0.2, 0.15, 0.3], [0.12, 0.18, 0.25, 0.31]


def points(axes):
    return [line.get_ydata().tolist() for line in axes.lines if line.get_gid() == POINT]


def means(axes):
    return [mean.get_segments()[0][0, 1] for mean in axes.collections if mean.get_gid() == MEAN]


def intervals(axes):
    bands = [band for band in axes.collections if band.get_gid() == INTERVAL]
    return [(band.get_paths()[0].vertices[:, 1].min(), band.get_paths()[0].vertices[:, 1].max()) for band in bands]


def null(axes):
    return [line.get_ydata()[0] for line in axes.lines if line.get_gid() == NO_DIFFERENCE]


def note(axes):
    return axes.child_axes[0].get_xlabel().replace("\n", " ")


def test_the_differences_stand_sorted_beside_each_other():
    axes = pairs(frame(BEFORE, AFTER))
    assert points(axes) == [sorted(after - before for before, after in zip(BEFORE, AFTER, strict=True))]
    (line,) = [line for line in axes.lines if line.get_gid() == POINT]
    assert np.all(np.diff(line.get_xdata()) > 0)


def test_line_and_band_are_the_mean_and_its_interval():
    axes = pairs(frame(BEFORE, AFTER))
    found = paired_difference(BEFORE, AFTER)
    assert means(axes) == pytest.approx([found.value])
    assert intervals(axes)[0] == pytest.approx((found.low, found.high))
    assert null(axes) == [0]


def test_of_ratios_they_are_the_geometric_mean_on_a_logarithmic_axis():
    axes = pairs(frame(BEFORE, AFTER, kind="ratio", unit="ns", measure="p99"))
    found = paired_ratio(BEFORE, AFTER)
    assert means(axes) == pytest.approx([found.value])
    assert intervals(axes)[0] == pytest.approx((found.low, found.high))
    assert (null(axes), axes.get_yscale()) == ([1], "log")


def test_the_interval_of_a_frame_of_differences_goes_first():
    columns = ["variant", "subject", "measure", "value", "low", "high"]
    known = pd.DataFrame([("wake-one", "bio", "P(wait)", 0.03, -0.01, 0.07)], columns=columns)
    axes = pairs(frame(BEFORE, AFTER), differences=known)
    assert means(axes) == [0.03]
    assert intervals(axes) == [(-0.01, 0.07)]


def test_a_single_pair_has_no_interval():
    axes = pairs(frame([0.1], [0.2]))
    assert (means(axes), intervals(axes)) == ([0.1], [])
    assert note(axes).endswith("line: mean")


def test_the_first_measure_of_the_first_subject_is_shown():
    parts = [frame(BEFORE, AFTER), frame(BEFORE, AFTER, measure="p99"), frame(BEFORE, AFTER, subject="crypt")]
    axes = pairs(pd.concat(parts))
    assert axes.get_title() == "P(wait) by replication: bio, one of 2 subjects"
    assert len(points(axes)) == 1
    assert pairs(pd.concat(parts), measure="p99").get_title().startswith("p99")


def test_a_replication_without_a_value_is_left_out():
    axes = pairs(frame(BEFORE, [*AFTER[:3], np.nan]))
    assert len(points(axes)[0]) == 3
    assert "a mark is one of 3 replications, sorted" in note(axes)


def test_differences_of_very_unlike_size_have_an_axis_that_shows_all_of_them():
    axes = pairs(frame([0.0] * 8, [1e-5, 2e-5, -1e-5, 3e-5, 1e-5, 0, 2e-5, 0.5]))
    assert axes.get_yscale() == "symlog"
    low, high = axes.get_ylim()
    assert low < -1e-5 < 0.5 < high


def test_no_difference_at_all_is_drawn_at_zero():
    axes = pairs(frame(BEFORE, BEFORE))
    assert points(axes) == [[0, 0, 0, 0]]
    low, high = axes.get_ylim()
    assert low < 0 < high


def test_each_variant_has_a_column_of_its_own():
    axes = pairs(pd.concat([frame(BEFORE, AFTER, variant=name) for name in ("wake-one", "hand-off")]))
    assert [label.get_text() for label in axes.get_xticklabels()] == ["wake-one", "hand-off"]
    columns = [np.round(line.get_xdata()) for line in axes.lines if line.get_gid() == POINT]
    assert [column.tolist() for column in columns] == [[0] * 4, [1] * 4]


def test_an_empty_frame_says_that_there_is_no_pair():
    assert [text.get_text() for text in pairs(pd.DataFrame()).texts] == ["no pair of replications"]
