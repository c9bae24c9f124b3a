"""Every word of a picture lies inside it, and legends lie beside the data."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.plots import ccdf, paths, reserve, split

PICTURES = [ccdf, paths, reserve, split]
LONG = [
    ("a-pool-with-a-long-name-that-someone-chose-for-a-device-mapper", f"flusher_of_dirty_pages_of_all_devices_{n}")
    for n in range(3)
]
UNBROKEN = [("p" * 64, "t" * 64)]


def laid_out(drawn):
    """The figure of a picture, every part of it where it will be saved."""
    figure = (drawn[0] if hasattr(drawn, "__len__") else drawn).figure
    figure.draw_without_rendering()
    return figure


def words(figure):
    """The texts that are drawn: matplotlib also keeps the labels of ticks beyond the limits of their axis."""
    axes = [*figure.axes, *(child for axes in figure.axes for child in axes.child_axes)]
    axises = [axis for one in axes for axis in (one.xaxis, one.yaxis)]
    ticks = {tick.label1 for axis in axises for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())}
    drawn = {tick.label1 for axis in axises for tick in axis._update_ticks()}
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text for text in texts if text not in ticks - drawn]


@pytest.mark.parametrize("draw", PICTURES)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"classes": LONG, "warmup_ns": 3_000_000_000},
        {"classes": UNBROKEN},
        {"calls": 0},
        {"calls": 1},
        {"warmup_ns": 20_000_000_000},
    ],
    ids=["plain", "long names", "unbroken names", "empty", "single", "all warm-up"],
)
def test_no_word_is_cut_off(make, draw, options):
    figure = laid_out(draw(make(**options)))
    width, height = figure.bbox.size
    assert len(words(figure)) > 10
    for text in words(figure):
        box = text.get_window_extent()
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        assert inside, (text.get_text(), box)


@pytest.mark.parametrize("draw", [ccdf, paths, reserve])
def test_a_legend_stands_beside_the_data(make, draw):
    figure = laid_out(draw(make(classes=LONG, warmup_ns=3_000_000_000)))
    legends = [axes.get_legend() for axes in figure.axes if axes.get_legend()]
    assert legends
    for legend in legends:
        box = legend.get_window_extent()
        assert not any(box.overlaps(axes.bbox) for axes in figure.axes)


@pytest.mark.parametrize("classes", [3, 12])
def test_the_legend_of_the_split_stands_above_the_bars(make, classes):
    axes = split(make(classes=[("bio", f"writer{number}") for number in range(classes)]))
    laid_out(axes)
    legend = axes.get_legend().get_window_extent()
    assert all(legend.y0 > bar.get_window_extent().y1 for bars in axes.containers for bar in bars)
    assert axes.bbox.x0 <= legend.x0 < legend.x1 <= axes.bbox.x1


@pytest.mark.parametrize(("draw", "panels"), [(ccdf, 1), (paths, 2), (reserve, 3), (split, 1)])
def test_in_a_figure_of_the_readers_own_legends_stand_inside_the_axes(make, draw, panels):
    figure = Figure(figsize=(6.4, 4.8))
    axes = figure.subplots(panels)
    draw(make(), ax=axes)
    laid_out(axes)
    legends = [one.get_legend() for one in np.atleast_1d(axes) if one.get_legend()]
    assert legends
    for legend in legends:
        box, room = legend.get_window_extent(), legend.axes.bbox
        assert room.x0 <= box.x0 < box.x1 <= room.x1


def test_a_second_curve_in_a_picture_of_ours_leaves_the_legend_beside_it(make):
    axes = ccdf(make())
    ccdf(make(seed=8), ax=axes)
    laid_out(axes)
    assert not axes.get_legend().get_window_extent().overlaps(axes.bbox)


@pytest.mark.parametrize("draw", [paths, reserve])
def test_a_long_title_is_broken_into_lines(make, draw):
    title = draw(make(classes=LONG), pool=LONG[0][0])[0].get_title()
    assert max(map(len, title.split("\n"))) <= 64
    assert title.replace("\n", " ").replace("- ", "-").count(LONG[0][0]) == 1
