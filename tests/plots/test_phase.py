from enum import Enum

import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.plots import phase
from sim.plots.phase import VERDICTS, Cell, cells_of

RUNS = [
    *((1, 0.5, verdict) for verdict in ("deadlock", "deadlock", "crawl")),
    *((16, 0.5, "degraded") for _ in range(3)),
    *((1, 0.1, verdict) for verdict in ("served", "degraded", "crawl")),
    *((16, 0.1, "served") for _ in range(3)),
]


def table(runs=RUNS):
    return pd.DataFrame(runs, columns=["min_nr", "dirty", "verdict"])


def draw(runs=RUNS, **options):
    return phase(table(runs), x="min_nr", y="dirty", **options)


def colours(axes):
    """By column and row: the colour of the cell."""
    filled = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_facecolor()[3] > 0]
    return {(round(cell.get_x() + 0.5), round(cell.get_y() + 0.5)): to_hex(cell.get_facecolor()) for cell in filled}


def texts(axes):
    return {text.get_position(): text.get_text() for text in axes.texts}


def note(axes):
    (top,) = axes.child_axes
    return top.get_xlabel().replace("\n", " ")


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_cell_has_the_colour_of_its_most_common_verdict():
    found = colours(draw())
    assert found[0, 1] == VERDICTS["deadlock"].color
    assert found[1, 1] == VERDICTS["degraded"].color
    assert found[1, 0] == VERDICTS["served"].color


def test_of_equally_common_verdicts_the_worst_is_shown():
    assert colours(draw())[0, 0] == VERDICTS["crawl"].color
    assert cells_of(table(), "min_nr", "dirty")[2][1, 0.1] == Cell("crawl", 1, 3)


def test_the_share_is_written_where_replications_disagree():
    assert texts(draw()) == {(0, 1): "2/3", (0, 0): "1/3"}


def test_in_a_fine_grid_a_dot_says_that_replications_disagree():
    axes = draw([(x, 0.1, verdict) for x in range(40) for verdict in ("served", "crawl" if x == 7 else "served")])
    assert texts(axes) == {}
    assert [line.get_xydata().tolist() for line in axes.lines] == [[[7, 0]]]
    assert "replications disagree" in legend(axes)


def test_numbers_are_sorted_and_stand_at_equal_distances():
    axes = draw([(256, 1.0, "served"), (1, 0.05, "crawl"), (1000, 0.05, "crawl"), (16, 0.2, "crawl")])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "16", "256", "1,000"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0.05", "0.2", "1"]
    assert list(axes.get_xticks()) == [0, 1, 2, 3]


def test_words_stand_in_the_order_of_the_table():
    axes = draw([("shared", 1, "crawl"), ("private", 1, "served")])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["shared", "private"]


def test_categories_stand_in_their_own_order():
    frame = table([("b", 1, "crawl"), ("a", 1, "served")])
    frame["min_nr"] = pd.Categorical(frame["min_nr"], ["c", "b", "a"])
    axes = phase(frame, x="min_nr", y="dirty")
    assert [label.get_text() for label in axes.get_xticklabels()] == ["b", "a"]


def test_a_cell_without_runs_is_told_from_one_that_was_served():
    axes = draw(RUNS[:9])
    assert set(colours(axes)) == {(0, 0), (0, 1), (1, 1)}
    assert "no run" in legend(axes)


def test_the_legend_has_the_verdicts_that_occur_the_worst_first():
    assert legend(draw()) == ["deadlock", "crawl", "degraded", "served"]
    assert legend(draw(RUNS[3:6])) == ["degraded"]


def test_verdicts_can_be_told_apart_without_colour():
    assert len({look.hatch for look in VERDICTS.values() if look.name in ("served", "degraded", "crawl")}) == 3


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (RUNS, "3 replications per cell; where they disagree, the most common verdict is shown"),
        (RUNS[3:6], "3 replications per cell; they agree in every cell"),
        (RUNS[1:6], "2 to 3 replications per cell; where they disagree"),
        ([RUNS[0]], "1 run per cell: other seeds may end otherwise"),
        ([], "the table has no rows"),
    ],
)
def test_the_number_of_replications_is_told(runs, said):
    assert note(draw(runs)).startswith(said)


def test_the_axes_have_the_names_of_the_columns():
    axes = draw()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("min_nr", "dirty")


def test_a_verdict_may_be_an_enum():
    verdict = Enum("Verdict", {"SERVED": "served", "CRAWL": "crawl"})
    assert colours(draw([(1, 1, verdict.CRAWL)])) == {(0, 0): VERDICTS["crawl"].color}


def test_it_draws_into_the_axes_given():
    axes = Figure().subplots()
    assert draw(ax=axes) is axes


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (table().drop(columns="verdict"), "no column 'verdict' in this table; there is min_nr, dirty"),
        (table().rename(columns={"dirty": "fraction"}), "no column 'dirty' in this table; there is min_nr, fraction"),
        (table([(1, 0.1, "fine")]), "'fine' is no verdict; expected served, degraded, crawl, deadlock"),
        (table([(1, None, "crawl"), (1, 0.1, "crawl")]), "no value in column 'dirty' in 1 of 2 rows"),
        (table([(1, 0.1, None)]), "no value in column 'verdict' in 1 of 1 rows"),
    ],
)
def test_a_table_that_cannot_be_drawn_is_answered_with_why(frame, message):
    with pytest.raises(ValueError, match=message):
        phase(frame, x="min_nr", y="dirty")
