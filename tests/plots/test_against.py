import numpy as np
import pandas as pd
import pytest

from sim.plots import against
from sim.plots.against import JOINED, POINTS
from sim.plots.estimates import INTERVAL
from sim.plots.labels import LABEL

SIZE, WAKE = "pools.bio.min_nr", "semantics.wake"
# The wait falls, the stalls rise and fall again: not in the order of either measure.
FOUND = {4: (2e8, 650.0), 1: (8e8, 600.0), 64: (1e7, 700.0), 256: (2e6, 300.0)}


def summary(found=FOUND, wakes=("all",), other="bio"):
    rows = []
    for wake in wakes:
        for size, (wait, stalls) in found.items():
            point = len(rows) // 2
            rows.append((size, wake, point, other, "mean wait", "ns", wait, wait * 0.9, wait * 1.1))
            rows.append((size, wake, point, "run", "allocstalls/s", "per second", stalls, stalls - 5, stalls + 5))
    columns = [SIZE, WAKE, "point", "subject", "measure", "unit", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def drawn(axes, gid):
    return [line.get_xydata().tolist() for line in axes.lines if line.get_gid() == gid and len(line.get_xdata())]


def held(*given, **options):
    return against(*given, x="mean wait", measure="allocstalls/s", **options)


def test_points_are_joined_in_the_order_of_the_axis():
    axes = held(summary())
    in_order = [list(FOUND[size]) for size in sorted(FOUND)]
    assert drawn(axes, JOINED) == [in_order]
    assert sorted(drawn(axes, POINTS)[0]) == sorted(in_order)
    assert axes.get_xscale() == "log"
    assert {text.get_text() for text in axes.texts if text.get_gid() == LABEL} == {f"min_nr {size}" for size in FOUND}


def test_both_intervals_are_drawn():
    bars = [part for part in held(summary()).collections if part.get_gid() == INTERVAL]
    segments = [segment.tolist() for part in bars for segment in part.get_segments()]
    wait, stalls = FOUND[64]
    assert [[wait, stalls - 5], [wait, stalls + 5]] in segments
    assert [[pytest.approx(wait * 0.9), stalls], [pytest.approx(wait * 1.1), stalls]] in segments


def test_there_is_a_line_for_each_value_of_another_axis():
    axes = held(summary(wakes=("all", "one")), along=SIZE)
    assert len(drawn(axes, JOINED)) == 2
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["wake = all", "wake = one"]


def test_points_that_have_nothing_in_common_are_marks_alone():
    frame = summary()
    frame[WAKE] = [name for name in "abcd" for _ in range(2)]
    axes = held(frame, along=SIZE)
    assert not drawn(axes, JOINED)
    assert len(drawn(axes, POINTS)[0]) == len(FOUND)


def test_categories_are_not_joined():
    frame = summary({1: (2e8, 650.0)}, wakes=("all", "one", "hand_off"))
    axes = held(frame)
    assert not drawn(axes, JOINED)
    assert {text.get_text() for text in axes.texts if text.get_gid() == LABEL} == {
        f"wake {name}" for name in ("all", "one", "hand_off")
    }


def test_a_point_at_zero_is_seen():
    axes = held(summary({**FOUND, 512: (0.0, 200.0)}))
    left, right = axes.get_xlim()
    assert left < 0 < right


def test_the_line_breaks_at_what_never_happened():
    frame = summary()
    rare = frame.assign(measure=frame["measure"].replace("allocstalls/s", "P(wait)"), unit="share")
    rare.loc[rare["measure"] == "P(wait)", ["value", "low", "high"]] = [[0.3, 0.2, 0.4], [0.1, 0.05, 0.2]] + [
        [0.0, 0.0, 0.01]
    ] * 2
    axes = against(rare, x="mean wait", measure="P(wait)")
    (line,) = [line for line in axes.lines if line.get_gid() == JOINED]
    assert np.isnan(line.get_ydata()).tolist() == [False, False, True, True]
    assert "never seen: the rate is below the mark" in [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_mark_that_is_left_out_is_not_explained():
    frame = summary(wakes=[f"way-{number}" for number in range(9)])
    frame = frame.assign(unit="share")
    left_out = (frame[WAKE] == "way-2") & (frame["measure"] == "allocstalls/s")
    frame.loc[left_out, ["value", "low"]] = 0.0
    axes = held(frame, along=SIZE)
    assert "way-2" not in " ".join(text.get_text() for text in axes.get_legend().get_texts())
    assert "never" not in " ".join(text.get_text() for text in axes.get_legend().get_texts())


def test_an_axis_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"no column 'pools\.boi\.min_nr'"):
        held(summary(), along="pools.boi.min_nr")


def test_several_points_at_one_value_are_refused():
    with pytest.raises(ValueError, match=r"several values at pools\.bio\.min_nr = 4"):
        held(pd.concat([summary(), summary().assign(point=lambda frame: frame["point"] + 9)]), along=SIZE)


def test_the_title_says_whose_both_are():
    assert held(summary()).get_title() == "allocstalls/s of run against mean wait of bio"
    assert held(summary(other="run")).get_title() == "allocstalls/s against mean wait: run"


def test_the_same_subject_is_taken_if_it_has_both():
    frame = summary(other="run")
    first = frame[frame["measure"] == "mean wait"].assign(subject="aio", value=1.0)
    assert drawn(held(pd.concat([first, frame])), JOINED) == drawn(held(frame), JOINED)


def test_an_unknown_measure_is_refused():
    with pytest.raises(ValueError, match="no measure 'PSI io' in this table; there is mean wait, allocstalls/s"):
        against(summary(), x="PSI io", measure="mean wait")


def test_an_empty_frame_says_that_there_is_no_point():
    assert [text.get_text() for text in held(pd.DataFrame()).texts] == ["no point"]
