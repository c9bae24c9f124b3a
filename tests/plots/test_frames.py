"""Every picture of an experiment stands frames that are empty, lacking, extreme or full of long names."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.plots import (
    against,
    bottleneck,
    curves,
    differences,
    heat,
    lines,
    pairs,
    pareto,
    pressure,
    shares,
    sizing,
    tornado,
    verification,
    wakes,
)

LONG = [
    "the-kernel-of-6.12-with-one-pool-per-device-that-wakes-one-waiter",
    "v" * 60,
    "alloc first, as it always was, with a time-out of 5 s",
]
PATHS = ["first_attempt", "reserve", "after_reclaim", "after_wait", "null", "unfinished"]
AXIS = "pools.a-pool-with-a-long-name-that-someone-chose.min_nr"
ESTIMATES = ["share", "value", "low", "high", "at_most", "difference", "low_effect", "high_effect", "theory"]


def of_variants(names, **columns):
    parts = [pd.DataFrame({"variant": name, "subject": "bio", **columns}) for name in names]
    return pd.concat(parts, ignore_index=True)


def interval(values):
    values = np.array(values, dtype=float)
    return {"low": values * 0.5, "high": np.where(values > 0, values * 1.5, 1e-6)}


def frames(names):
    """The picture of each kind: its function, a frame, and options."""
    taken = [0.7, 0.3, 1e-5, 0, 0, 0]
    falling = np.array([0.5, 1e-2, 1e-5, 0.0])
    found = np.array([1.8, -0.02, 0.3])
    named = [*names, *LONG][:3]
    sweep = {"point": range(6), "subject": "bio", "measure": "p99.9", "unit": "ns"}
    values = np.array([5e9, 1e8, 3e7, 2e6, 1e6, 1e6])
    summary = pd.DataFrame({AXIS: [1, 2, 4] * 2, "wake": ["all"] * 3 + ["one"] * 3, **sweep, "value": values})
    summary = summary.assign(wake=summary["wake"].map({"all": names[0], "one": names[-1] + "2"}), **interval(values))
    cost = summary.assign(measure="reserved", unit="bytes", value=[264.0 * n for n in range(1, 7)])
    measured = {"measure": ["p99", "P(wait)", "longest"], "unit": ["ns", "share", "ns"]}
    kinds = {"kind": ["ratio", "difference", "difference"], "value": found, "low": found - 0.1, "high": found + 0.1}
    return {
        curves: (
            of_variants(names, latency_ns=[900, 1e5, 4e7, 5e9], share=falling, **interval(falling), at_most=falling),
            {},
        ),
        differences: (
            of_variants(names, baseline=names[0] + "0", **measured, **kinds, decided=[True, False, True]),
            {},
        ),
        pairs: (
            of_variants(
                names,
                measure="P(wait)",
                unit="share",
                kind="difference",
                baseline=names[0] + "0",
                replication=range(4),
                value=falling,
                difference=falling - 0.1,
            ),
            {},
        ),
        shares: (
            of_variants(names, path=PATHS, share=taken, **interval(taken)),
            {},
        ),
        wakes: (
            of_variants(
                names, cause=["served", "vain", "timeout"], share=[0.7, 0.3, 1e-5], **interval([0.7, 0.3, 1e-5])
            ),
            {},
        ),
        bottleneck: (
            of_variants(names, measure=["outstanding", "waiters"], value=[12.5, 1e-3]),
            {},
        ),
        pressure: (
            of_variants(
                names,
                pressure=[0, 0.05, 0.5, 0.95],
                calls=1000,
                fallbacks=1,
                share=falling[::-1],
                **interval(falling[::-1]),
            ),
            {},
        ),
        lines: (summary, {"x": AXIS}),
        heat: (summary, {"x": AXIS, "y": "wake"}),
        pareto: (pd.concat([summary, cost], ignore_index=True), {}),
        against: (pd.concat([summary, cost], ignore_index=True), {"x": "reserved", "measure": "p99.9"}),
        tornado: (
            pd.DataFrame(
                {"parameter": named, "low_value": 1, "high_value": "5 s", "low_effect": found, "high_effect": 1.0}
            ),
            {"measure": names[0]},
        ),
        sizing: (
            pd.DataFrame({"min_nr": [1, 2, 4, 8], "target": "P(wait) <= 1e-4", "value": falling, "bound": 1e-4}).assign(
                **interval(falling), decision=["fails", "open", "meets", "meets"], reserved_bytes=[264, 528, 1056, 2112]
            ),
            {},
        ),
        verification: (
            pd.DataFrame({"label": named, "theory": 1.0, "value": [1.0, 1.1, 9.0], "low": 0.9, "high": 1.2}).assign(
                margin=[0.2, 0.05, 0.0], verdict=["equivalent", "not decided", "differs"], unit="share"
            ),
            {},
        ),
    }


PICTURES = list(frames(["a"]))


def laid_out(drawn):
    axes = drawn[0] if isinstance(drawn, np.ndarray) else drawn
    figure = axes.figure
    figure.draw_without_rendering()
    return figure


def seen(drawn):
    """What a picture shows: its words, and the points of its lines."""
    panels = list(drawn) if isinstance(drawn, np.ndarray) else [drawn]
    lines = [str(np.asarray(line.get_xydata())) for axes in panels for line in axes.lines]
    return [[text.get_text() for axes in panels for text in axes.texts], lines, panels[0].get_title()]


@pytest.mark.parametrize("names", [["a"], LONG], ids=["one", "long names"])
@pytest.mark.parametrize("draw", PICTURES)
def test_no_word_is_cut_off(draw, names, all_inside):
    frame, options = frames(names)[draw]
    figure = laid_out(draw(frame, note="of-a-scenario: 20 replications each, seed 1, 95 % intervals", **options))
    all_inside(figure, least=4, slack=1)


@pytest.mark.parametrize("draw", PICTURES)
def test_an_empty_frame_is_said_to_show_nothing(draw, all_inside):
    _, options = frames(["a"])[draw]
    figure = laid_out(draw(pd.DataFrame(), **options))
    assert any(text.get_text().startswith("no ") for axes in figure.axes for text in axes.texts)
    all_inside(figure, least=0, slack=1)


@pytest.mark.parametrize("draw", PICTURES)
def test_a_frame_without_rows_is_empty_even_if_it_has_columns(draw):
    frame, options = frames(["a"])[draw]
    assert seen(draw(frame.head(0), **options)) == seen(draw(pd.DataFrame(), **options))


@pytest.mark.parametrize("value", [np.nan, 0.0, 1e30, 1e-30], ids=["NaN", "zero", "huge", "tiny"])
@pytest.mark.parametrize("draw", PICTURES)
def test_values_that_are_lacking_or_extreme_are_drawn(draw, value):
    frame, options = frames(["a", "b"])[draw]
    changed = frame.copy()
    for column in set(ESTIMATES) & set(frame.columns):
        if frame[column].dtype.kind == "f":
            changed[column] = value
    laid_out(draw(changed, **options))


@pytest.mark.parametrize("bound", [np.nan, np.inf], ids=["none", "infinite"])
@pytest.mark.parametrize("draw", [draw for draw in PICTURES if draw is not tornado])
def test_an_interval_may_lack_a_bound(draw, bound):
    frame, options = frames(["a", "b"])[draw]
    low = -bound if draw is differences else 0.0
    laid_out(draw(frame.assign(high=bound, low=bound if np.isnan(bound) else low), **options))


@pytest.mark.parametrize("draw", PICTURES)
def test_a_frame_need_not_be_numbered_from_zero(draw):
    frame, options = frames(["a", "b"])[draw]
    numbered = frame.set_index(pd.Index([7] * len(frame)))
    assert seen(draw(numbered, **options)) == seen(draw(frame, **options))


@pytest.mark.parametrize("draw", PICTURES)
def test_the_frame_is_left_as_it_was(draw):
    frame, options = frames(["a", "b"])[draw]
    before = frame.copy()
    draw(frame, **options)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("draw", [curves, pairs, pressure, lines, heat, pareto, tornado, verification])
def test_the_axes_given_are_drawn_into_and_returned(draw):
    axes = Figure(layout="constrained").subplots()
    frame, options = frames(["a", "b"])[draw]
    assert draw(frame, ax=axes, **options) is axes


@pytest.mark.parametrize("draw", [curves, lines, pareto, shares, sizing])
def test_a_legend_stands_beside_the_data(draw):
    frame, options = frames(["a", "b"])[draw]
    figure = laid_out(draw(frame, **options))
    for axes in figure.axes:
        if axes.get_legend():
            box = axes.get_legend().get_window_extent()
            assert not any(box.overlaps(other.bbox) for other in figure.axes)
