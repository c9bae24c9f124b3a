import math

import pandas as pd
import pytest

from sim.plots import wakes
from sim.plots.estimates import BOUND, ESTIMATE
from sim.plots.wakes import LOOKS

ALL = {"served": 0.4, "vain": 0.5999, "timeout": 0.0001}
NEVER = {"served": 0.9, "vain": 0.1, "timeout": 0}


def frame(**variants):
    rows = [
        (name, "bio", cause, share, share * 0.8, share * 1.2 or 1e-6)
        for name, found in variants.items()
        for cause, share in found.items()
    ]
    return pd.DataFrame(rows, columns=["variant", "subject", "cause", "share", "low", "high"])


def test_the_bars_of_a_variant_join_and_are_the_shares():
    bars, _ = wakes(frame(all=ALL, one=NEVER))
    drawn = {part.get_label(): [(bar.get_x(), bar.get_width()) for bar in part] for part in bars.containers}
    for row, found in enumerate((ALL, NEVER)):
        end = 0
        for cause, share in found.items():
            assert drawn[LOOKS[cause].name][row] == pytest.approx((end, share))
            end += share
    assert bars.get_xlabel() == "share of sleeps"


def test_a_rare_time_out_has_a_mark_and_one_never_seen_its_bound():
    _, rare = wakes(frame(all=ALL, one=NEVER))
    marks = {line.get_xdata()[0] for line in rare.lines if line.get_gid() == ESTIMATE}
    assert marks == {share for found in (ALL, NEVER) for share in found.values() if share}
    assert [line.get_xdata()[0] for line in rare.lines if line.get_gid() == BOUND] == [1e-6]


def test_an_unknown_cause_is_refused():
    with pytest.raises(ValueError, match="'signal' is no cause; expected served, vain, timeout"):
        wakes(frame(all={"signal": 1.0}))


def test_a_variant_whose_sleeps_never_ended_says_so():
    nothing = dict.fromkeys(ALL, math.nan)
    bars, _ = wakes(frame(all=ALL, none=nothing))
    assert [label.get_text() for label in bars.get_yticklabels()] == ["all", "none"]
    assert [(text.get_text(), text.xy) for text in bars.texts if "no " in text.get_text()] == [
        ("no sleep ended", (0, 1))
    ]
    assert [text.get_text() for text in wakes(pd.DataFrame())[0].texts] == ["no sleep ended"]
