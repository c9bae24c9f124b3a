"""How a measure changes along one axis of a sweep: a line with a band for each combination of the other axes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.plots.estimates import Estimates, draw, estimates_of, has_bound, never_seen
from sim.plots.groups import groups_of, handle_of
from sim.plots.looks import LineLook, look
from sim.plots.rows import checked, numbers, one_of, only, parts_of, values_of
from sim.plots.style import picture
from sim.plots.swept import Swept, axes_of, swept, swept_axis
from sim.plots.values import is_wide, linear_limits, log_limits, value_axis
from sim.plots.wording import caption, legend, say_empty, wrapped
from sim.scenario.axes.short_names import short_names

COLUMNS = ("subject", "measure", "unit", "value", "low", "high")

CURVE, BAND, THEORY = (f"mempool-sim {part}" for part in ("curve", "band", "theory"))
_THEORY_DASHES = ("-", (0, (4, 2)), (0, (1, 1)))
_INCHES = 5.0
_LABEL_CHARACTERS = 40
_SPREAD = 0.5


def lines(
    summary: pd.DataFrame,
    *,
    x: str,
    measure: str | None = None,
    subject: str | None = None,
    by: str | None = None,
    theory: pd.DataFrame | None = None,
    log: bool | None = None,
    note: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a measure over the axis `x` of a sweep, with a band for its interval; return the Axes.

    `summary` has a column per axis, and subject, measure, unit, value, low, high (NaN or infinite if there is no such
    bound). Numbers, or texts such as "5 s" or "64 KiB", stand where they belong, on a logarithmic axis if they are more
    even there; others are categories side by side. There is a line for each combination of the other axes, or of the
    values of `by`; if each has but one x, as in a Latin hypercube, marks alone. A rate of what never happened is shown
    by its upper bound. `theory` has columns x, value and name, and is drawn above the rest. `log` says whether y is
    logarithmic; otherwise it is if values spread by a factor of 30. Without `measure` and `subject` the first of the
    frame. Raises ValueError for a column that is not there, an unknown subject or measure, and if a line has several
    values at one x.
    """
    rows = checked(summary, (*COLUMNS, x, *([by] if by else ())))
    rows, what = only(rows, "measure", measure)
    there = values_of(rows, "subject")
    rows, whose = only(rows, "subject", subject)
    rows = rows[np.isfinite(numbers(rows, "value")) & rows[x].notna()].reset_index(drop=True)
    groups = groups_of(rows, x, by)
    shown = groups.parts
    with picture(ax) as (axes,):
        found = swept(rows[x])
        _set_axis(axes, rows, what, theory, log=log)
        swept_axis(axes, found, x, _INCHES)
        for number, part in enumerate(shown.values()):
            off = _SPREAD * ((number + 0.5) / len(shown) - 0.5) if found.categories else 0.0
            _draw(axes, found, part, look(number), off, joined=groups.joined and not found.categories)
        if theory is not None and len(theory):
            _draw_theory(axes, checked(theory, ("x", "value", "name")), found)
        if not len(rows):
            say_empty(axes, "no value")
        said = [note, groups.said, _left_out(summary, rows, what, whose)]
        over = short_names(axes_of(rows)).get(x, x)
        title = f"{what or 'Nothing'} over {over}{f': {one_of(whose, there)}' if whose else ''}"
        caption(axes, title, "; ".join(filter(None, said)))
        _legend(axes, list(shown))
    return axes  # type: ignore[no-any-return]


def _set_axis(axes: Axes, rows: pd.DataFrame, what: str, theory: pd.DataFrame | None, *, log: bool | None) -> None:
    every = estimates_of(rows)
    expected = numbers(theory, "value") if theory is not None else np.array([])
    unit = str(rows["unit"].iloc[0]) if len(rows) else ""
    log = is_wide(every.shown) if log is None else log
    bounds = np.concatenate([every.low, every.high, expected])
    limits = log_limits(every.shown, bounds) if log else linear_limits(every.shown, bounds)
    value_axis(axes.yaxis, unit, what, limits, log=log, characters=_LABEL_CHARACTERS)


def _draw(axes: Axes, found: Swept, part: pd.DataFrame, how: LineLook, off: float, *, joined: bool) -> None:
    at = found.places[part.index.to_numpy()] + off
    order = np.argsort(at, kind="stable")
    at = at[order]
    value, low, high = (numbers(part, name)[order] for name in ("value", "low", "high"))
    one = Estimates(value, low, high)
    if not joined or len(at) < 2:
        draw(axes, at, one, how)
        return
    bottom, top = sorted(axes.get_ylim())
    axes.plot(at, one.line, gid=CURVE, **how.line)
    there = np.isfinite(low) | np.isfinite(high)
    lower, upper = (
        np.where(there, np.clip(np.nan_to_num(end, nan=edge), bottom, top), np.nan)
        for end, edge in ((low, bottom), (high, top))
    )
    axes.fill_between(at, lower, upper, color=how.color, alpha=0.18, linewidth=0, gid=BAND)
    for end in (lower, upper):
        axes.plot(at, end, color=how.color, linestyle="-", linewidth=0.5, alpha=0.6)
    draw(axes, at, one, how, bars=False)


def _draw_theory(axes: Axes, theory: pd.DataFrame, found: Swept) -> None:
    for number, (name, part) in enumerate(parts_of(theory, "name").items()):
        at = _places(part["x"], found)
        order = np.argsort(at, kind="stable")
        style: dict[str, Any] = {"color": "black", "linewidth": 1.1, "zorder": 3.5, "gid": THEORY}
        style["linestyle"] = _THEORY_DASHES[number % len(_THEORY_DASHES)]
        if found.categories:
            style |= {"linestyle": "none", "marker": "_", "markersize": 22}
        axes.plot(at[order], numbers(part, "value")[order], label=wrapped(name), **style)


def _places(column: "pd.Series[Any]", found: Swept) -> "np.ndarray[Any, Any]":
    """Where values of `column` stand on the axis that was `found`; NaN for a category that it has not."""
    if not found.categories:
        return swept(column).places
    place: dict[str, float] = {name: float(number) for number, name in enumerate(found.categories)}
    return np.array([place.get(str(value), np.nan) for value in column])


def _left_out(summary: pd.DataFrame, rows: pd.DataFrame, what: str, whose: str) -> str:
    """How many points of the sweep have no value."""
    if not len(summary):
        return ""
    mine = summary[(summary["measure"].astype(str) == what) & (summary["subject"].astype(str) == whose)]
    missing = len(mine) - len(rows)
    return f"{missing:,} of {len(mine):,} points have no value" if missing else ""


def _legend(axes: Axes, labels: Sequence[str]) -> None:
    theory = [line for line in axes.lines if line.get_gid() == THEORY]
    joined = any(line.get_gid() == CURVE for line in axes.lines)
    named = [(number, label) for number, label in enumerate(labels) if label or theory]
    handles = [handle_of(number, label or "simulated", joined=joined) for number, label in named]
    legend(axes, [*handles, *theory, *([never_seen()] if has_bound(axes) else [])])
