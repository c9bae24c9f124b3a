import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from sim.plots import curves
from sim.plots.curves import BAND

COLUMNS = ["variant", "subject", "latency_ns", "share", "low", "high", "at_most"]
STEPS = [(1000, 0.5, 0.4, 0.6), (2_000_000, 1e-3, 5e-4, 2e-3), (5_100_000_000, 0.0, 0.0, 1e-4)]


def rows(variant="wake-all", subject="bio", steps=STEPS, unfinished=0.0):
    return [(variant, subject, ns, share, low, high, share + unfinished) for ns, share, low, high in steps]


def frame(*parts):
    return pd.DataFrame([row for part in parts or (rows(),) for row in part], columns=COLUMNS)


def lines(axes):
    return [line for line in axes.lines if line.get_gid() == "mempool-sim curve"]


def bands(axes):
    return [band for band in axes.collections if band.get_gid() == BAND]


def note(axes):
    return axes.child_axes[0].get_xlabel().replace("\n", " ")


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_curve_falls_to_the_share_above_each_latency():
    (line,) = lines(curves(frame()))
    assert line.get_xdata().tolist() == [0.5, 1000, 2_000_000, 5_100_000_000]
    assert line.get_ydata().tolist() == [1, 0.5, 1e-3, 0]
    assert line.get_drawstyle() == "steps-post"


def test_the_band_lies_between_low_and_high_and_goes_on_beyond_the_last_latency():
    axes = curves(frame())
    (band,) = bands(axes)
    (path,) = band.get_paths()
    at = {x: sorted(path.vertices[path.vertices[:, 0] == x, 1]) for x in (1000, 5_100_000_000, 1e15)}
    assert (at[1000][0], at[1000][-1]) == (0.4, 0.6)
    assert at[1e15][-1] == 1e-4
    assert at[1e15][0] < axes.get_ylim()[0]


def test_the_band_has_the_colour_of_its_curve():
    axes = curves(frame(rows(), rows("wake-one")))
    assert [to_hex(band.get_facecolor()[0]) for band in bands(axes)] == [
        to_hex(line.get_color()) for line in lines(axes)
    ]


def test_a_variant_without_a_band_is_said_to_have_none():
    alone = [(ns, share, np.nan, np.nan) for ns, share, _, _ in STEPS]
    axes = curves(frame(rows(), rows("one run", steps=alone)))
    assert legend(axes)[:2] == ["wake-all", "one run (no band)"]
    assert "no band: a single run does not tell how much others differ" in note(axes)
    assert len(bands(axes)) == 1


def test_unfinished_calls_leave_the_end_of_a_curve_open_and_are_marked():
    steps = [(1000, 0.5, 0.4, 0.6), (2_000_000_000, 0.0, 0.0, 1e-4)]
    part = rows(steps=steps)
    part[-1] = (*part[-1][:-1], 1e-3)
    axes = curves(frame(part))
    assert lines(axes)[0].get_ydata().tolist() == [1, 0.5, 0.5]
    assert "call cut off by the end of the run" in legend(axes)
    (upper,) = [line for line in axes.lines if line.get_gid() == "mempool-sim upper curve"]
    assert upper.get_ydata()[-1] == 1e-3


def test_latencies_of_zero_are_shown_at_the_axis_own_place_of_zero():
    (line,) = lines(curves(frame(rows(steps=[(0, 0.5, 0.4, 0.6), (1000, 0.0, 0.0, 0.1)]))))
    assert line.get_xdata()[1] == 0.1


def test_a_jiffy_100_ms_and_5_s_are_marked():
    top = curves(frame(), hz=100).child_axes[0]
    marks = {text.get_text(): at for at, text in zip(top.get_xticks(), top.get_xticklabels(), strict=True)}
    assert marks == {"1 jiffy": 1e7, "100 ms": 1e8, "5 s": 5e9}


def test_the_first_subject_is_shown_and_the_title_says_that_there_are_others():
    axes = curves(frame(rows(), rows(subject="bio/writer")))
    assert axes.get_title().replace("\n", " ").endswith("bio, one of 2 subjects")
    assert len(lines(axes)) == 1


def test_another_subject_may_be_chosen_if_it_is_there():
    given = frame(rows(), rows(subject="bio/writer", steps=STEPS[1:]))
    assert len(lines(curves(given, subject="bio/writer"))[0].get_xdata()) == 3
    with pytest.raises(ValueError, match="no subject 'crypt' in this table; there is bio, bio/writer"):
        curves(given, subject="crypt")


def test_the_first_seven_variants_are_shown_and_told_apart_without_colour():
    axes = curves(frame(*(rows(f"v{number}") for number in range(9))))
    assert len({(line._dash_pattern[0], str(line._dash_pattern)) for line in lines(axes)}) == 7
    assert "7 of 9 variants shown" in note(axes)


def test_a_frame_without_a_column_says_which_there_are():
    with pytest.raises(ValueError, match="no column 'low' in this table; there is variant, subject"):
        curves(frame().drop(columns="low"))


def test_the_note_of_the_caller_is_told():
    assert note(curves(frame(), note="20 replications, seed 1")) == "20 replications, seed 1; HZ=250"
