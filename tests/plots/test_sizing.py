import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.plots import sizing
from sim.plots.estimates import BOUND, ESTIMATE
from sim.plots.sizing import CHOSEN, DECISIONS, TARGET, asked, smallest

WAIT, SLOW = "P(wait) <= 1e-4", "p99.9 <= 10 ms"
SIZES = [(1, 0.1, "fails"), (4, 1e-3, "fails"), (8, 9e-5, "open"), (16, 1e-6, "meets"), (32, 0.0, "meets")]


def rows(target=WAIT, sizes=SIZES, bound=1e-4):
    return [
        (size, target, value, value * 0.8, value * 1.2 or 1e-6, bound, decision, 20, 264 * size)
        for size, value, decision in sizes
    ]


def frame(*parts):
    columns = ["min_nr", "target", "value", "low", "high", "bound", "decision", "runs", "reserved_bytes"]
    return pd.DataFrame([row for part in parts or (rows(),) for row in part], columns=columns)


def marks(axes, gid=ESTIMATE):
    return {
        (float(x), float(y)): (line.get_marker(), line.get_markerfacecolor())
        for line in axes.lines
        if line.get_gid() == gid
        for x, y in line.get_xydata()
    }


def at(axes, gid):
    where = [line for line in axes.lines if line.get_gid() == gid]
    return [line.get_xdata()[0] if gid == CHOSEN else line.get_ydata()[0] for line in where]


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_what_was_decided_of_a_size_is_seen_without_colour():
    (axes,) = sizing(frame())
    found = marks(axes)
    assert found[1, 0.1][0] == DECISIONS["fails"].marker
    assert found[8, 9e-5] == (DECISIONS["open"].marker, "white")
    assert found[16, 1e-6][0] == DECISIONS["meets"].marker
    assert len({look.marker for look in DECISIONS.values()}) == 3


def test_what_never_happened_at_a_size_is_a_bound():
    (axes,) = sizing(frame())
    assert list(marks(axes, BOUND)) == [(32, 1e-6)]


def test_the_target_is_a_line():
    (axes,) = sizing(frame())
    assert at(axes, TARGET) == [1e-4]
    assert legend(axes)[0] == "target: P(wait) <= 1e-4 (0.01 %)"


def test_the_smallest_size_that_meets_the_target_is_marked_with_what_it_costs():
    (axes,) = sizing(frame())
    assert at(axes, CHOSEN) == [16]
    assert legend(axes)[1] == "min_nr = 16, 4.12 KiB"


def test_the_smallest_size_meets_every_target():
    slow = [(size, value, "meets" if size == 32 else "open") for size, value, _ in SIZES]
    assert smallest(frame(rows(), rows(SLOW, slow, 1e-3))) == 32
    assert smallest(frame(rows(sizes=SIZES[:3]))) is None
    assert smallest(frame(rows(), rows(SLOW, SIZES[:2]))) is None


def test_another_size_may_be_chosen():
    (axes,) = sizing(frame(), chosen=8)
    assert at(axes, CHOSEN) == [8]


def test_it_is_said_if_no_size_will_do():
    (axes,) = sizing(frame(rows(sizes=SIZES[:3])))
    assert axes.get_title() == "No size meets every target"
    assert at(axes, CHOSEN) == []


def test_each_target_has_a_panel_unless_one_is_chosen():
    given = frame(rows(), rows(SLOW, SIZES, 1e-3))
    assert [axes.get_ylabel() for axes in sizing(given)] == ["P(wait)", "P(latency > 10 ms)"]
    assert [axes.get_ylabel() for axes in sizing(given, SLOW)] == ["P(latency > 10 ms)"]
    with pytest.raises(ValueError, match="no target 'p50' in this table; there is P"):
        sizing(given, "p50")


def test_the_upper_axis_shows_the_memory():
    (axes,) = sizing(frame())
    labels = [label.get_text() for label in axes.child_axes[0].get_xticklabels()]
    assert labels == ["264 B", "1.03 KiB", "2.06 KiB", "4.12 KiB", "8.25 KiB"]


@pytest.mark.parametrize(
    ("target", "bound", "found"),
    [
        (WAIT, 1e-4, ("P(wait)", "share")),
        (SLOW, 1e-3, ("P(latency > 10 ms)", "share")),
        (SLOW, 1e7, ("p99.9", "ns")),
        ("longest <= 1 s", 1e9, ("longest", "ns")),
        ("wasted wakes <= 5", 5, ("wasted wakes", "per call")),
        ("P(latency > 1 ms) <= 1e-3", 1e-3, ("P(latency > 1 ms)", "share")),
    ],
)
def test_a_quantile_whose_bound_is_a_share_is_the_rate_that_it_is(target, bound, found):
    assert asked(target, np.array([bound])) == found


def test_what_is_beyond_the_target_is_shaded():
    (axes,) = sizing(frame())
    (beyond,) = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert (beyond.get_y(), beyond.get_y() + beyond.get_height()) == pytest.approx((1e-4, axes.get_ylim()[1]))


def test_a_bound_in_percent_is_not_written_twice():
    (axes,) = sizing(frame(rows("fallback <= 5 %", bound=0.05)))
    assert legend(axes)[0] == "target: fallback <= 5 %"


def test_an_unknown_decision_is_refused():
    with pytest.raises(ValueError, match="'maybe' is no decision; expected meets, fails, open"):
        sizing(frame(rows(sizes=[(1, 0.1, "maybe")])))


def test_axes_given_are_drawn_into():
    two = Figure().subplots(2)
    assert list(sizing(frame(rows(), rows(SLOW)), ax=two)) == list(two)
