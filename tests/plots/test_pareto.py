import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from sim.plots import pareto
from sim.plots.labels import LABEL
from sim.plots.pareto import FRONT, JOINED, OTHERS, front
from sim.plots.plane import MOST_LABELLED

POINTS = {1: (264, 5e9), 2: (528, 1e9), 4: (1056, 2e9), 8: (2112, 1e6)}


def summary(points=POINTS, unit="ns", measure="p99.9", axes=("pools.bio.min_nr",)):
    rows = []
    for number, (at, (cost, value)) in enumerate(points.items()):
        place = at if isinstance(at, tuple) else (at,)
        rows.append((*place, number, "bio", measure, unit, value, value * 0.8, value * 1.2 or 1e-6))
        rows.append((*place, number, "run", "reserved", "bytes", cost, cost, cost))
    return pd.DataFrame(rows, columns=[*axes, "point", "subject", "measure", "unit", "value", "low", "high"])


def drawn(axes, gid):
    return [tuple(point) for line in axes.lines if line.get_gid() == gid for point in line.get_xydata().tolist()]


def labels(axes):
    return {text.xy: text.get_text() for text in axes.texts if text.get_gid() == LABEL}


def test_points_that_no_other_one_beats_are_joined():
    axes = pareto(summary())
    assert drawn(axes, FRONT) == drawn(axes, JOINED) == [(264, 5e9), (528, 1e9), (2112, 1e6)]
    assert drawn(axes, OTHERS) == [(1056, 2e9)]


def test_the_front_agrees_with_comparing_every_pair():
    draw = np.random.default_rng(5)
    x, y = draw.integers(0, 8, (2, 40)).astype(float)
    beaten = [any(x[b] <= x[a] and y[b] <= y[a] and (x[b] < x[a] or y[b] < y[a]) for b in range(40)) for a in range(40)]
    assert front(x, y).tolist() == [not lost for lost in beaten]


def test_more_is_better_of_a_measure_per_second():
    axes = pareto(
        summary({1: (264, 100.0), 2: (528, 90.0), 4: (1056, 200.0)}, "per second", "calls/s"), measure="calls/s"
    )
    assert drawn(axes, FRONT) == [(264, 100), (1056, 200)]


def test_points_are_labelled_with_the_axes_that_vary():
    assert labels(pareto(summary()))[528, 1e9] == "min_nr 2"
    many = summary({(2, 1, "x"): (528, 1e9), (4, 3, "x"): (1056, 1e6)}, axes=("a.min_nr", "b.count", "c"))
    axes = pareto(many)
    assert labels(axes)[528, 1e9] == "2, 1"
    assert "labels: min_nr, count" in axes.child_axes[0].get_xlabel()


def test_no_label_lies_over_another_or_beyond_the_edge():
    draw = np.random.default_rng(3)
    points = {(n, n % 7): (264.0 * n, 10 ** draw.uniform(4, 9)) for n in range(1, 60)}
    axes = pareto(summary(points, axes=("min_nr", "count")))
    axes.figure.draw_without_rendering()
    # That of an annotation would have its leader in it.
    boxes = [Text.get_window_extent(text) for text in axes.texts if text.get_gid() == LABEL]
    assert len(boxes) > 15
    assert not any(a.overlaps(b) for number, a in enumerate(boxes) for b in boxes[:number])
    assert all(axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1 for box in boxes)


def test_the_subject_of_the_measure_may_be_chosen():
    given = summary()
    other = given[given["measure"] == "p99.9"].assign(subject="crypt", value=7e3)
    axes = pareto(pd.concat([given, other]), subject="crypt")
    assert drawn(axes, FRONT) == [(264, 7e3)]
    assert axes.get_title() == "p99.9 against reserved: crypt"


def test_a_measure_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"no measure 'p50' in this table; there is p99\.9, reserved"):
        pareto(summary(), measure="p50")


def test_a_point_without_a_value_is_left_out():
    given = summary()
    given.loc[given["measure"] == "p99.9", "value"] = [5e9, np.nan, 2e9, 1e6]
    assert drawn(pareto(given), OTHERS) == []
    assert len(drawn(pareto(given), FRONT)) == 3


def test_of_very_many_points_those_of_the_front_are_labelled_first():
    points = {n: (264.0 * n, 1e9 / n if n in {1, 10, 100} else 2e9) for n in range(1, 400)}
    axes = pareto(summary(points))
    assert len(labels(axes)) <= MOST_LABELLED
    assert len(drawn(axes, FRONT)) == 3
    assert set(drawn(axes, FRONT)) <= set(labels(axes))
