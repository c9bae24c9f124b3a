import numpy as np
import pandas as pd
import pytest

from sim.plots import shares
from sim.plots.estimates import BOUND, ESTIMATE
from sim.plots.looks import MARKERS
from sim.plots.paths import LOOKS

PLAIN = {
    "first_attempt": 0.8,
    "reserve": 0.15,
    "after_reclaim": 0.04998,
    "after_wait": 2e-5,
    "null": 0,
    "unfinished": 0,
}


def rows(variant="wake-all", subject="bio", found=PLAIN):
    return [(variant, subject, path, share, share * 0.8, share * 1.2 or 1e-6) for path, share in found.items()]


def frame(*parts):
    columns = ["variant", "subject", "path", "share", "low", "high"]
    return pd.DataFrame([row for part in parts or (rows(),) for row in part], columns=columns)


def bars(axes):
    """By path: left and width of every bar."""
    return {part.get_label(): [(bar.get_x(), bar.get_width()) for bar in part] for part in axes.containers}


def marks(axes, gid=ESTIMATE):
    return {
        (round(float(line.get_ydata()[0])), line.get_color()): line.get_xdata()[0]
        for line in axes.lines
        if line.get_gid() == gid
    }


def test_the_bars_of_a_variant_join_and_are_the_shares():
    drawn = bars(shares(frame())[0])
    end = 0
    for path, share in PLAIN.items():
        left, width = drawn[LOOKS[path].name][0]
        assert (left, width) == pytest.approx((end, share))
        end += share


def test_each_variant_has_a_bar():
    panels = shares(frame(rows(), rows("wake-one")))
    assert [label.get_text() for label in panels[0].get_yticklabels()] == ["wake-all", "wake-one"]
    assert all(len(drawn) == 2 for drawn in bars(panels[0]).values())


def test_a_rare_path_has_a_mark_on_a_logarithmic_axis():
    _, rare = shares(frame())
    assert rare.get_xscale() == "log"
    assert marks(rare)[0, LOOKS["after_wait"].color] == 2e-5
    assert rare.get_xlim()[0] < 2e-5


def test_a_path_that_one_variant_did_not_take_has_its_upper_bound():
    _, rare = shares(frame(rows(), rows("wake-one", found={**PLAIN, "after_wait": 0})))
    assert marks(rare, BOUND) == {(1, LOOKS["after_wait"].color): 1e-6}
    assert "never seen: the rate is below the mark" in [text.get_text() for text in rare.get_legend().get_texts()]


def test_a_path_that_nobody_took_is_left_out():
    _, rare = shares(frame())
    assert [text.get_text() for text in rare.get_legend().get_texts()] == [
        "after a wait",
        "after reclaim",
        "reserve",
        "first attempt",
    ]


def test_paths_can_be_told_apart_without_colour():
    assert len(MARKERS) >= len(LOOKS)
    every = {path: 1 / len(LOOKS) for path in LOOKS}
    _, rare = shares(frame(rows(found=every)))
    assert len({line.get_marker() for line in rare.lines if line.get_gid() == ESTIMATE}) == len(LOOKS)


def test_an_unknown_path_is_refused():
    with pytest.raises(ValueError, match="'fallback' is no path; expected first_attempt, reserve"):
        shares(frame(rows(found={"fallback": 0.1})))


def test_a_share_without_an_interval_is_a_mark_alone():
    given = frame()
    given[["low", "high"]] = np.nan
    _, rare = shares(given)
    assert len(marks(rare)) == 4
    assert len(rare.collections) == 0


def test_an_empty_frame_says_that_there_is_no_call():
    assert [text.get_text() for text in shares(pd.DataFrame())[0].texts] == ["no call"]
