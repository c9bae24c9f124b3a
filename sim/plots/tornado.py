"""Which parameter matters most: how far a measure moves when each alone goes from its low value to its high one."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.plots.paths import Look, fill, patch
from sim.plots.rows import checked, numbers
from sim.plots.style import picture
from sim.plots.swept import text_of
from sim.plots.values import RATIO, finite, is_wide, linear_limits, log_limits, value_axis, written
from sim.plots.wording import caption, legend, say_empty, wrapped_path

COLUMNS = ("parameter", "low_value", "high_value", "low_effect", "high_effect")
MOST_BARS = 20

LOW, HIGH = Look("at its low end", "#9ecae8"), Look("at its high end", "#e69f00", "///")
INTERVAL, BASELINE = "mempool-sim interval", "mempool-sim baseline"
_ROW, _AROUND = 0.44, 1.5
_NAME_CHARACTERS = 28
_THICK = 0.6


def tornado(
    effects: pd.DataFrame,
    *,
    measure: str = "",
    unit: str = "",
    baseline: float | None = None,
    at: str = "nothing is changed",
    note: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a bar per parameter from the measure at its low value to that at its high one, the longest first.

    Return the Axes. `effects` has the columns parameter, low_value and high_value (of the parameter), low_effect and
    high_effect (the measure there) and, for intervals, low_effect_low, low_effect_high,
    high_effect_low, high_effect_high. Bars start at `baseline`, the measure where nothing is changed or what `at` says:
    of ratios (`unit` "ratio") 1 unless given, otherwise 0. `unit` as for `sim.plots.values.written`. The first 20 bars
    are shown. Raises ValueError for a column that is not there.
    """
    rows = checked(effects, COLUMNS)
    rows = rows[np.isfinite(numbers(rows, "low_effect")) & np.isfinite(numbers(rows, "high_effect"))]
    start = (1.0 if unit == RATIO else 0.0) if baseline is None else baseline
    low, high = numbers(rows, "low_effect"), numbers(rows, "high_effect")
    log = is_wide(low, high, [start]) or (unit == RATIO and bool((np.append(low, high) > 0).all()))
    order = np.argsort(-_span(low, high, start, log=log), kind="stable")[:MOST_BARS]
    shown = rows.iloc[order]
    names = [wrapped_path(str(name), _NAME_CHARACTERS) for name in shown["parameter"]]
    lines = max((name.count("\n") + 1 for name in names), default=1)
    with picture(ax, size=(7.6, _AROUND + max(_ROW, 0.16 * lines + 0.1) * max(len(names), 2))) as (axes,):
        _set_axis(axes, shown, unit, measure, start, log=log)
        for place, (_, row) in enumerate(shown.iterrows()):
            _draw(axes, place, row, start)
        axes.axvline(start, color="0.25", linewidth=1.1, gid=BASELINE, zorder=2.5)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        if not names:
            say_empty(axes, "no effect")
        left_out = (
            f"{len(rows) - len(shown):,} of {len(rows):,} parameters are not shown" if len(rows) > len(shown) else ""
        )
        unchanged = f"line: {at}, {written(start, unit)}"
        title = f"What moves {measure or 'the measure'} most"
        caption(axes, title, "; ".join(filter(None, [note, unchanged, left_out])))
        legend(axes, [patch(LOW), patch(HIGH)] if names else [])
    return axes  # type: ignore[no-any-return]


def _span(low: NDArray[np.float64], high: NDArray[np.float64], start: float, *, log: bool) -> NDArray[np.float64]:
    """How far the ends of each bar are apart, on the axis."""
    ends = np.stack([low, high, np.full(len(low), start)])
    span: NDArray[np.float64] = np.ptp(np.log(ends) if log else ends, axis=0)
    return span


def _set_axis(axes: Axes, rows: pd.DataFrame, unit: str, measure: str, start: float, *, log: bool) -> None:
    ends = np.append(finite(numbers(rows, "low_effect"), numbers(rows, "high_effect")), start)
    bounds = finite(*(numbers(rows, f"{end}_effect_{bound}") for end in ("low", "high") for bound in ("low", "high")))
    if log:
        low, high = log_limits(ends, bounds)
        # Room for the values beside the bars.
        room = (high / low) ** 0.16
        limits = (low / room, high * room)
    else:
        low, high = linear_limits(ends, bounds)
        limits = (low - 0.16 * (high - low), high + 0.16 * (high - low))
    value_axis(axes.xaxis, unit, measure, limits, log=log)


def _draw(axes: Axes, place: int, row: "pd.Series[Any]", start: float) -> None:
    effects = {end: float(row[f"{end}_effect"]) for end in ("low", "high")}
    # Bars to one side of the baseline would hide each other.
    one_side = (effects["low"] - start) * (effects["high"] - start) > 0
    for end, look, off in (("low", LOW, -0.25), ("high", HIGH, 0.25)):
        effect = effects[end]
        y = place + off * _THICK * one_side
        axes.barh(y, effect - start, _THICK / (2 if one_side else 1), start, **fill(look), zorder=2)
        bounds = np.array([float(row.get(f"{end}_effect_{bound}", np.nan)) for bound in ("low", "high")])
        low, high = np.clip(bounds, *axes.get_xlim())
        outer = [effect]
        if np.isfinite(low) and np.isfinite(high):
            axes.hlines(y, low, high, color="0.1", linewidth=1.3, gid=INTERVAL, zorder=3)
            outer += [low, high]
        right = effect > start or (effect == start and _is_right(end, effects, start))
        at = max(outer) if right else min(outer)
        axes.annotate(
            text_of(row[f"{end}_value"]),
            (at, y),
            (4 if right else -4, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            fontsize=8,
        )


def _is_right(end: str, effects: dict[str, float], start: float) -> bool:
    """Whether an end that changes nothing is written at the right: the side that the other end leaves free."""
    other = effects["high" if end == "low" else "low"]
    return other < start if other != start else end == "high"
