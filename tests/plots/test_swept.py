import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.plots.swept import axes_of, in_order, is_even_on_log, swept, swept_axis, text_of
from sim.scenario.axes.short_names import short_names


def axis_for(values, name="pools.bio.min_nr"):
    axes = Figure().subplots()
    swept_axis(axes, swept(pd.Series(values)), name, 5.0)
    axes.figure.draw_without_rendering()
    return axes


def labels(axes):
    return [label.get_text() for label in axes.get_xticklabels() if label.get_text()]


def test_numbers_stand_where_they_belong():
    assert swept(pd.Series([1, 2.5, 8])).places.tolist() == [1, 2.5, 8]


@pytest.mark.parametrize(
    ("values", "places", "unit"),
    [
        (["100 ms", "1 s"], [1e8, 1e9], "ns"),
        (["4 KiB", "264 B"], [4096, 264], "bytes"),
        (["250/s", "1/min"], [250, 1 / 60], "per second"),
    ],
)
def test_quantities_stand_where_they_belong(values, places, unit):
    found = swept(pd.Series(values))
    assert (found.places.tolist(), found.unit) == (places, unit)


@pytest.mark.parametrize("values", [["all", "one"], [True, False], ["5 s", "never"], ["5 s", 3], [1, None]])
def test_others_are_categories_in_the_order_in_which_they_come(values):
    found = swept(pd.Series(values, dtype=object))
    assert found.categories == tuple(map(str, values))
    assert found.places.tolist() == [0, 1]


def test_categories_have_their_own_order():
    column = pd.Series(pd.Categorical(["b", "a"], ["c", "a", "b"]))
    assert swept(column).categories == ("a", "b")


def test_numbers_and_quantities_are_sorted():
    assert in_order(pd.Series([3, 1, 2, 1])) == [1, 2, 3]
    assert in_order(pd.Series(["5 s", "100 ms"])) == ["100 ms", "5 s"]
    assert in_order(pd.Series(["one", "all"])) == ["one", "all"]


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([1, 2, 4, 8, 16], True),
        ([0, 1, 2, 4, 8, 16], True),
        ([1, 2, 3, 4, 5, 6, 7, 8], False),
        ([1, 64], False),
        ([1, 2, 4], False),
        ([-1, 1, 2, 4, 8, 16], False),
    ],
)
def test_numbers_that_double_are_even_on_a_logarithmic_axis(values, log):
    assert is_even_on_log(np.array(values, dtype=float)) is log


def test_a_few_values_have_a_tick_each():
    axes = axis_for([1, 2, 4, 8, 16])
    assert (axes.get_xscale(), labels(axes)) == ("log", ["1", "2", "4", "8", "16"])


def test_zero_has_a_place_beside_numbers_that_double():
    axes = axis_for([0, 1, 2, 4, 8, 16])
    assert labels(axes) == ["0", "1", "2", "4", "8", "16"]
    gaps = np.diff(axes.transData.transform([(value, 0) for value in (0, 1, 2, 4)])[:, 0])
    assert gaps.max() < 1.3 * gaps.min()


def test_ticks_of_quantities_bear_their_units():
    assert labels(axis_for(["10 ms", "100 ms", "1 s", "5 s"])) == ["10 ms", "100 ms", "1 s", "5 s"]


def test_a_tick_that_has_no_room_has_no_label():
    assert labels(axis_for([1, 2, 4, 8, 1000, 1001, 1002])) == ["1", "2", "4", "8", "1,000"]


def test_many_values_have_round_ticks():
    assert set(labels(axis_for(range(1, 41)))) >= {"10", "20", "30", "40"}


def test_an_axis_goes_by_the_last_part_of_its_path_that_tells_it_from_others():
    assert short_names(["pools.bio.min_nr", "pressure.first_attempt"]) == {
        "pools.bio.min_nr": "min_nr",
        "pressure.first_attempt": "first_attempt",
    }
    assert list(short_names(["pools.bio.min_nr", "pools.crypt.min_nr", "a"]).values()) == [
        "bio.min_nr",
        "crypt.min_nr",
        "a",
    ]


def test_the_columns_of_a_summary_that_are_no_measurements_are_axes():
    columns = ["pools.bio.min_nr", "kernel", "point", "subject", "measure", "unit", "value", "low", "high", "runs"]
    assert axes_of(pd.DataFrame(columns=columns)) == ["pools.bio.min_nr", "kernel"]


@pytest.mark.parametrize(
    ("value", "text"), [(16, "16"), (16.0, "16"), (0.1 + 0.2, "0.3"), ("5 s", "5 s"), (True, "True")]
)
def test_values_of_axes_are_written_as_briefly_as_can_be(value, text):
    assert text_of(value) == text
