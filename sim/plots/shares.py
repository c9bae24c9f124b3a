"""Where the elements of each variant came from: shares that add up to all calls, and beside them the rare ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.plots.estimates import draw, estimates_of, has_bound, never_seen
from sim.plots.looks import MARKERS, LineLook
from sim.plots.paths import LOOKS, fill, patch
from sim.plots.rows import checked, numbers, one_of, only, parts_of, values_of
from sim.plots.scales import percent_axis
from sim.plots.style import Panels, picture
from sim.plots.values import log_limits, value_axis, written
from sim.plots.wording import caption, legend, say_empty, wrapped

COLUMNS = ("variant", "subject", "path", "share", "low", "high")

_LEAST_LABELLED = 0.12
_NAME_CHARACTERS = 24
_ROW, _LINE, _AROUND = 0.62, 0.16, 1.5
_SPREAD = 0.7
# A mark in the colour of the first attempt's bar would be lost on white paper.
_MARK_COLORS = {"first_attempt": "#8a8a8a"}


def shares(
    frame: pd.DataFrame, *, subject: str | None = None, note: str = "", ax: Sequence[Axes] | Panels | None = None
) -> Panels:
    """Draw the share of calls by path, a bar per variant, and beside it each share on a logarithmic axis.

    Return both Axes. `frame` has the columns variant, subject, path (those of `sim.results.summary.SHARES` but
    "fallback"), share (0 to 1), low and high (its interval, NaN if there is none). A path that no call took is shown by
    an upper bound, if it has one and another variant's calls took it. Without `subject` the first one of the frame.
    `ax` are two Axes. Raises ValueError for a column that is not there, an unknown subject or path.
    """
    rows, whose = only(checked(frame, COLUMNS), "subject", subject)
    for path in values_of(rows, "path"):
        if path not in LOOKS:
            raise ValueError(f"{path!r} is no path; expected {', '.join(LOOKS)}")
    rows = rows[np.isfinite(numbers(rows, "share"))]
    variants = parts_of(rows, "variant")
    names = [wrapped(name, _NAME_CHARACTERS) for name in variants]
    lines = max((name.count("\n") + 1 for name in names), default=1)
    seen = [path for path in LOOKS if (numbers(rows[rows["path"].astype(str) == path], "share") > 0).any()]
    height = _AROUND + max(_ROW, _LINE * lines + 0.1) * max(len(names), 2)
    with picture(ax, heights=(5, 6), size=(9.2, height), across=True) as panels:
        bars, rare = panels
        _draw_bars(bars, [_shares(part) for part in variants.values()])
        _draw_rare(rare, list(variants.values()), seen)
        for axes in panels:
            axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
            axes.set_yticks(range(len(names)), names)
            axes.tick_params(axis="y", length=0)
            axes.grid(visible=False, axis="y")
        rare.tick_params(axis="y", labelleft=False)
        if not names:
            say_empty(bars, "no call")
        named = f": {one_of(whose, values_of(frame, 'subject'))}" if whose else ""
        caption(bars, f"Where the elements came from{named}", note, characters=70, title_characters=36)
        bound = [never_seen(sideways=True)] if has_bound(rare) else []
        legend(rare, [*((patch(LOOKS[path]), _mark(path)) for path in reversed(seen)), *bound])
    return panels


def _shares(part: pd.DataFrame) -> dict[str, float]:
    return dict(zip(map(str, part["path"]), map(float, numbers(part, "share")), strict=True))


def _draw_bars(axes: Axes, variants: list[dict[str, float]]) -> None:
    left = np.zeros(len(variants))
    for path, how in LOOKS.items():
        share = np.array([found.get(path, 0.0) for found in variants])
        drawn = axes.barh(np.arange(len(variants)), share, 0.62, left, label=how.name, **fill(how))
        labels = [written(value, "share") if value >= _LEAST_LABELLED else "" for value in share]
        for text in axes.bar_label(drawn, labels, label_type="center", fontsize=8):
            text.set_bbox(
                {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"} if text.get_text() else None
            )
        left += share
    axes.set_xlim(0, 1)
    percent_axis(axes.xaxis)
    axes.set_xlabel("share of calls")


def _draw_rare(axes: Axes, variants: list[pd.DataFrame], seen: list[str]) -> None:
    """Draw each share with its interval, in every row one path above the other in the order of the legend."""
    parts = [(row, part[part["path"].astype(str) == path], path) for row, part in enumerate(variants) for path in seen]
    found = {(row, path): estimates_of(part.head(1), "share") for row, part, path in parts if len(part)}
    every = [number for one in found.values() for number in one.shown]
    low, high = log_limits(every, [bound for one in found.values() for bound in one.low])
    value_axis(axes.xaxis, "share", "share of calls, one by one", (low, max(1.6, high)), log=True)
    order = list(reversed(seen))
    for (row, path), one in found.items():
        y = row + _SPREAD * ((order.index(path) + 0.5) / len(order) - 0.5)
        draw(axes, np.array([y]), one, look_of(path), sideways=True, size=5)
    for row in range(1, len(variants)):
        axes.axhline(row - 0.5, color="0.85", linewidth=0.8)


def look_of(path: str) -> LineLook:
    """Return how the share of a path is marked."""
    number = list(LOOKS).index(path)
    return LineLook(_MARK_COLORS.get(path, LOOKS[path].color), "-", 1.5, MARKERS[number])


def _mark(path: str) -> Line2D:
    style: dict[str, Any] = {"linestyle": "none", "marker": look_of(path).marker, "color": look_of(path).color}
    return Line2D([], [], markersize=5, **style)
