"""Every word of a picture lies inside it, and legends lie beside the data."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.plots import ccdf, memory, paths, phase, reserve, split

PICTURES = [ccdf, memory, paths, reserve, split]
LONG = [
    ("a-pool-with-a-long-name-that-someone-chose-for-a-device-mapper", f"flusher_of_dirty_pages_of_all_devices_{n}")
    for n in range(3)
]
WRITERS = [("bio", f"writer{number}") for number in range(12)]
UNBROKEN = [("p" * 64, "t" * 64)]
ZONES = [
    {"name": name, "managed": 30_000, "min": 200, "low": 201, "high": 202, "lowmem_reserve": 0}
    for name in ("DMA", "DMA32", "Normal")
]


@pytest.fixture
def make(make, pages):
    """Results whose machine has memory, as every picture but that of the memory can do without."""

    def with_memory(memory=None, **options):
        return make(memory=memory or pages(), **options)

    return with_memory


def laid_out(drawn):
    """The figure of a picture, every part of it where it will be saved."""
    figure = (drawn[0] if hasattr(drawn, "__len__") else drawn).figure
    figure.draw_without_rendering()
    return figure


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
def test_no_word_is_cut_off(make, draw, options, all_inside):
    all_inside(laid_out(draw(make(**options))), least=10)


def table(columns, rows, name="min_nr"):
    verdicts = ["served", "crawl", "crawl"]
    runs = [(x, y, verdict) for x in columns for y in rows for verdict in verdicts]
    return pd.DataFrame(runs, columns=[name, "dirty", "verdict"])


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        ([1], [0.1]),
        ([], []),
        (range(40), range(40)),
        ([10**9, 10**12], [0.123456789]),
        ([word for name in LONG for word in name], [name for name, _ in UNBROKEN]),
    ],
    ids=["one", "none", "many", "long numbers", "long names"],
)
def test_no_word_of_a_phase_diagram_is_cut_off(columns, rows, all_inside):
    all_inside(laid_out(phase(table(columns, rows), x="min_nr", y="dirty")))
    name = LONG[0][0]
    figure = laid_out(phase(table(columns, rows, name=name), x=name, y="dirty"))
    all_inside(figure)
    (axes,) = figure.axes
    assert axes.get_legend() is None or not axes.get_legend().get_window_extent().overlaps(axes.bbox)


@pytest.mark.parametrize("zones", [None, ZONES], ids=["apart", "close together"])
def test_the_names_of_the_watermarks_do_not_overlap(make, pages, zones):
    (free, *_) = memory(make(memory=pages(zones) if zones else None))
    laid_out(free)
    boxes = [text.get_window_extent() for text in free.texts]
    assert len(boxes) == 3
    assert boxes[0].y1 <= boxes[1].y0 < boxes[1].y1 <= boxes[2].y0
    assert not any(box.overlaps(free.get_legend().get_window_extent()) for box in boxes)


@pytest.mark.parametrize("draw", [ccdf, memory, paths, reserve])
def test_a_legend_stands_beside_the_data(make, draw):
    figure = laid_out(draw(make(classes=LONG, warmup_ns=3_000_000_000)))
    legends = [axes.get_legend() for axes in figure.axes if axes.get_legend()]
    assert legends
    for legend in legends:
        box = legend.get_window_extent()
        assert not any(box.overlaps(axes.bbox) for axes in figure.axes)


@pytest.mark.parametrize("classes", [WRITERS[:3], WRITERS, LONG], ids=["three", "twelve", "long names"])
def test_the_legend_of_the_split_stands_above_the_bars(make, classes):
    axes = split(make(classes=classes))
    laid_out(axes)
    legend = axes.get_legend().get_window_extent()
    assert all(legend.y0 > bar.get_window_extent().y1 for bars in axes.containers for bar in bars)
    assert axes.bbox.x0 <= legend.x0 < legend.x1 <= axes.bbox.x1


@pytest.mark.parametrize(("draw", "panels"), [(ccdf, 1), (memory, 6), (paths, 2), (reserve, 3), (split, 1)])
def test_in_a_figure_of_the_readers_own_legends_stand_inside_the_axes(make, draw, panels):
    figure = Figure(figsize=(6.4, 4.8 if panels < 6 else 9))
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


@pytest.mark.parametrize("draw", [memory, paths, reserve])
def test_a_long_title_is_broken_into_lines(make, draw):
    title = draw(make(classes=LONG), pool=LONG[0][0])[0].get_title()
    assert max(map(len, title.split("\n"))) <= 64
    assert title.replace("\n", " ").replace("- ", "-").count(LONG[0][0]) == 1
