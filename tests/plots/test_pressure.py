import numpy as np
import pandas as pd
import pytest

from sim.plots import pressure
from sim.plots.estimates import BOUND, ESTIMATE
from sim.plots.pressure import CURVE

WIDE = [(0.0, 1000, 0), (0.05, 1000, 1), (0.55, 1000, 100), (0.95, 1000, 900)]


def rows(variant="wake-all", bins=WIDE, subject="bio"):
    found = [(at, calls, hits, hits / calls) for at, calls, hits in bins]
    return [
        (variant, subject, at, calls, hits, share, share * 0.5, min(1, share * 1.5) or 3e-3)
        for at, calls, hits, share in found
    ]


def frame(*parts):
    columns = ["variant", "subject", "pressure", "calls", "fallbacks", "share", "low", "high"]
    return pd.DataFrame([row for part in parts or (rows(),) for row in part], columns=columns)


def drawn(axes, gid):
    return [list(zip(*line.get_data(), strict=True)) for line in axes.lines if line.get_gid() == gid]


def test_a_line_goes_through_the_rates():
    (points,) = drawn(pressure(frame()), ESTIMATE)
    assert np.array(points) == pytest.approx(np.array([(0.05, 1e-3), (0.55, 0.1), (0.95, 0.9)]))


def test_no_fallback_is_a_bound_that_the_line_does_not_go_through():
    axes = pressure(frame())
    assert drawn(axes, BOUND) == [[(0, 3e-3)]]
    (line,) = [line for line in axes.lines if line.get_gid() == CURVE]
    assert np.isnan(line.get_ydata()).tolist() == [True, False, False, False]


@pytest.mark.parametrize(("bins", "scale"), [(WIDE, "log"), ([(0.05, 100, 40), (0.95, 100, 80)], "linear")])
def test_the_axis_is_logarithmic_if_rates_spread_far(bins, scale):
    assert pressure(frame(rows(bins=bins))).get_yscale() == scale


def test_marks_of_several_variants_stand_side_by_side():
    axes = pressure(frame(rows(), rows("wake-one")))
    first, second = ([x for x, _ in points] for points in drawn(axes, ESTIMATE))
    assert all(0 < after - before < 0.1 for before, after in zip(first, second, strict=True))
    assert [(before + after) / 2 for before, after in zip(first, second, strict=True)] == pytest.approx(
        [0.05, 0.55, 0.95]
    )


def test_the_legend_tells_how_many_calls_there_were():
    labels = [text.get_text() for text in pressure(frame()).get_legend().get_texts()]
    assert labels == ["wake-all, 4,000 calls", "never seen: the rate is below the mark"]


def test_rates_that_are_all_zero_are_drawn():
    axes = pressure(frame(rows(bins=[(0.0, 10, 0), (0.5, 10, 0)])))
    assert drawn(axes, BOUND) == [[(0, 3e-3), (0.5, 3e-3)]]


def test_an_empty_frame_says_that_there_is_no_call():
    assert [text.get_text() for text in pressure(pd.DataFrame()).texts] == ["no call"]
