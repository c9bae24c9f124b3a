import sys

import matplotlib as mpl
import matplotlib.style
import pytest
from matplotlib.figure import Figure

from sim.plots import STYLE, ccdf, paths, reserve, save_all, split

PICTURES = [ccdf, paths, reserve, split]


def settings():
    return {name: mpl.rcParams[name] for name in mpl.rcParams if name != "backend"}


@pytest.mark.parametrize("draw", PICTURES)
def test_settings_are_left_as_they_were(make, draw):
    before = settings()
    draw(make())
    assert settings() == before


def test_settings_are_left_as_they_were_by_a_mistake(make):
    before = settings()
    with pytest.raises(ValueError, match="panels"):
        paths(make(), ax=Figure().subplots())
    assert settings() == before


def test_saving_leaves_settings_and_pyplot_alone(make, tmp_path):
    before = settings()
    loaded = "matplotlib.pyplot" in sys.modules
    save_all(make([("bio", "writer")]), tmp_path)
    assert settings() == before
    assert ("matplotlib.pyplot" in sys.modules) == loaded


@pytest.mark.parametrize("draw", PICTURES)
def test_the_settings_of_the_reader_do_not_change_a_picture(make, draw):
    def look():
        drawn = draw(make())
        axes = drawn if draw in {ccdf, split} else drawn[0]
        axes.figure.draw_without_rendering()
        ticks = [*axes.xaxis.get_major_ticks(), *axes.xaxis.get_minor_ticks(), *axes.yaxis.get_major_ticks()]
        sizes = [(tick.tick1line.get_markersize(), tick.label1.get_fontsize()) for tick in ticks]
        return [*sizes, axes.title.get_fontsize()]

    plain = look()
    sizes = {"xtick.labelsize": 30, "xtick.major.size": 20, "xtick.minor.size": 20, "ytick.major.size": 20}
    with mpl.rc_context({**sizes, "axes.titlesize": 40}):
        assert look() == plain


def test_the_style_sheet_is_one_that_matplotlib_reads():
    with matplotlib.style.context(STYLE):
        assert len(mpl.rcParams["axes.prop_cycle"]) == 7


@pytest.mark.parametrize("draw", [ccdf, split])
def test_a_single_panel_is_drawn_into_the_axes_given_and_returned(make, draw):
    given = Figure().subplots()
    assert draw(make(), ax=given) is given


@pytest.mark.parametrize("draw", [ccdf, paths, reserve, split])
def test_every_picture_has_a_title_and_says_that_it_is_a_single_run(make, draw):
    drawn = draw(make())
    axes = drawn if draw in {ccdf, split} else drawn[0]
    assert axes.get_title()
    assert "demo: single run, seed 7" in axes.child_axes[0].get_xlabel()


def test_a_title_of_the_readers_own_takes_the_place_of_ours(make):
    axes = ccdf(make())
    axes.set_title("mine")
    axes.figure.draw_without_rendering()
    note = axes.child_axes[0].xaxis.label.get_window_extent()
    assert [axes.get_title(loc=side) for side in ("left", "center", "right")] == ["", "mine", ""]
    assert axes.title.get_window_extent().y0 >= note.y1
    assert note.y0 > axes.get_window_extent().y1
