import numpy as np
import pandas as pd
import pytest

from sim.plots import verification
from sim.plots.estimates import ESTIMATE, INTERVAL
from sim.plots.verification import BEYOND, VERDICTS, in_margins

COLUMNS = ["label", "theory", "value", "low", "high", "margin", "verdict", "unit"]
ROWS = [
    ("Erlang B: P(NULL)", 0.2, 0.202, 0.198, 0.206, 0.01, "equivalent", "share"),
    ("Erlang C: mean wait", 1e6, 1.5e6, 0.8e6, 2.2e6, 5e5, "not decided", "ns"),
    ("on/off: P(wait)", 0.02, 0.5, 0.4, 0.6, 0.002, "differs", "share"),
]


def draw(rows=ROWS, **options):
    return verification(pd.DataFrame(rows, columns=COLUMNS), **options)


def marks(axes, gid=ESTIMATE):
    return [(line.get_xdata()[0], line.get_markerfacecolor()) for line in axes.lines if line.get_gid() == gid]


def test_an_estimate_stands_as_far_from_theory_as_it_is_in_margins():
    assert [at for at, _ in marks(draw(ROWS[:2]))] == pytest.approx([0.2, 1.0])


def test_the_interval_is_in_margins_too():
    axes = draw(ROWS[:1])
    (bar,) = [bar.get_segments()[0][:, 0] for bar in axes.collections if bar.get_gid() == INTERVAL]
    assert bar == pytest.approx([-0.2, 0.6])


def test_what_is_not_decided_is_hollow():
    assert [fill for _, fill in marks(draw(ROWS[:2]))] == [VERDICTS["equivalent"].color, "white"]


def test_what_is_far_off_is_an_arrow_at_the_edge():
    axes = draw(ROWS[2:])
    assert marks(axes) == []
    assert [at for at, _ in marks(axes, BEYOND)] == [3]


@pytest.mark.parametrize(("value", "off"), [(1.0, 0.0), (1.1, np.inf), (0.9, -np.inf)])
def test_without_a_margin_a_prediction_is_met_exactly_or_not_at_all(value, off):
    assert in_margins(np.array([value]), 1.0, 0.0).tolist() == [off]
    axes = draw([("calls", 1.0, value, 0.8, 1.2, 0.0, "equivalent" if off == 0 else "differs", "")])
    assert len(axes.collections) == 0


def test_the_numbers_stand_at_the_right():
    assert [text.get_text() for text in draw().texts] == [
        "20.2 %, 20 % ± 1 %",
        "1.5 ms, 1 ms ± 500 us",
        "50 %, 2 % ± 0.2 %",
    ]


def test_verdicts_can_be_told_apart_without_colour():
    assert len({look.marker for look in VERDICTS.values()}) == len(VERDICTS)


def test_rows_without_a_value_are_counted():
    axes = draw([*ROWS, ("no theory", np.nan, np.nan, np.nan, np.nan, np.nan, "", "")])
    assert len(axes.get_yticklabels()) == 3
    assert "1 of 4 rows have no value" in axes.child_axes[0].get_xlabel().replace("\n", " ")


def test_a_verdict_of_other_words_is_drawn_as_not_decided():
    axes = draw([(*ROWS[0][:6], "who knows", "share")])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["who knows"]
    assert marks(axes)[0][1] == "white"
