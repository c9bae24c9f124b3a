import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from sim.plots import heat

COLUMNS = ["size", "load", "subject", "measure", "unit", "value", "low", "high"]
FOUR = {(1, 0.1): 1e-2, (1, 0.5): 1.0, (4, 0.1): 1e-4, (4, 0.5): 1e-3}


def summary(values=FOUR, unit="share", measure="P(wait)"):
    rows = [(x, y, "bio", measure, unit, value, value * 0.8, value * 1.2 or 1e-6) for (x, y), value in values.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def draw(given=None, **options):
    return heat(summary() if given is None else given, x="size", y="load", **options)


def texts(axes):
    return {text.get_position(): text.get_text() for text in axes.texts}


def looks(axes):
    """By column and row: colour and hatch."""
    cells = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_fill()]
    return {
        (round(cell.get_x() + 0.5), round(cell.get_y() + 0.5)): (to_hex(cell.get_facecolor()), cell.get_hatch())
        for cell in cells
    }


def lightness(axes):
    weights = np.array([0.2126, 0.7152, 0.0722])
    return {
        place: float(weights @ [int(color[i : i + 2], 16) for i in (1, 3, 5)])
        for place, (color, _) in looks(axes).items()
    }


def note(axes):
    return axes.child_axes[0].get_xlabel().replace("\n", " ")


def bar(axes):
    return axes.figure.axes[1]


def test_each_cell_bears_its_value():
    assert texts(draw()) == {(0, 0): "1 %", (0, 1): "100 %", (1, 0): "0.01 %", (1, 1): "0.1 %"}


def test_the_more_the_lighter():
    found = lightness(draw())
    assert found[1, 0] < found[1, 1] < found[0, 0] < found[0, 1]


@pytest.mark.parametrize(("values", "scale"), [(FOUR, "log"), ({(1, 0.1): 0.2, (4, 0.5): 0.4}, "linear")])
def test_colours_are_logarithmic_if_values_spread_far(values, scale):
    assert bar(draw(summary(values))).get_yscale() == scale


def test_the_bar_has_the_unit():
    axes = draw(summary({(1, 0.1): 2e6, (4, 0.5): 4e6}, unit="ns", measure="p99"))
    assert bar(axes).get_ylabel() == "p99 (ms)"


def test_what_never_happened_is_dotted_with_its_bound():
    axes = draw(summary({**FOUR, (4, 0.1): 0.0}))
    assert looks(axes)[1, 0] == ("#ffffff", "...")
    assert texts(axes)[1, 0] == "<0.0001 %"
    assert note(axes) == "dotted: never seen, below the bound"


def test_a_pair_without_a_value_is_hatched():
    axes = draw(summary({place: value for place, value in FOUR.items() if place != (4, 0.1)}))
    assert (1, 0) not in texts(axes)
    assert note(axes) == "hatched: no value"


def test_in_a_fine_grid_nothing_is_written():
    axes = draw(summary({(x, y): 0.1 + x * y for x in range(20) for y in range(20)}))
    assert texts(axes) == {}


def test_values_that_are_all_alike_have_one_colour():
    assert len(set(looks(draw(summary(dict.fromkeys(FOUR, 0.3)))).values())) == 1


def test_a_share_that_is_the_same_everywhere_has_a_bar_of_shares():
    low, high = bar(draw(summary({(1, 0.1): 1.0, (4, 0.5): 1.0}))).get_ylim()
    assert (low, high) == (0, 1)


def test_a_pair_that_has_several_values_is_refused():
    with pytest.raises(ValueError, match=r"several values at size = 1 and load = 0\.1; choose the rows of one"):
        draw(pd.concat([summary(), summary()]))
