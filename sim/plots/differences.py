"""How variants differ from the baseline, measure by measure: values, their intervals, and the line of no difference."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.plots.estimates import Estimates, draw
from sim.plots.looks import LineLook, look
from sim.plots.rows import checked, listed, numbers, parts_of, values_of
from sim.plots.style import Panels, picture
from sim.plots.values import POINTS, RATIO, finite, log_limits, signed, value_axis, with_interval, written
from sim.plots.wording import caption, say_empty, wrapped

COLUMNS = ("variant", "baseline", "subject", "measure", "unit", "kind", "value", "low", "high", "decided")
MOST_ROWS = 40
"""How many differences have room in one picture."""

NO_DIFFERENCE = "mempool-sim no difference"
_NAME_CHARACTERS = 26
_WIDTH = 7.6
# In inches: a row, what else a panel takes, and what stands around all panels.
_LINE, _PANEL, _AROUND = 0.21, 0.5, 0.7
# In rows: what a further line of a name takes.
_MORE_LINES = 0.65


class Panel(NamedTuple):
    """Rows that share an axis, in `unit`; `log`: that of ratios."""

    rows: pd.DataFrame
    unit: str

    @property
    def log(self) -> bool:
        """Whether these are ratios."""
        return self.unit == RATIO


def differences(
    frame: pd.DataFrame,
    *,
    subject: str | None = None,
    measures: Sequence[str] | None = None,
    note: str = "",
    ax: Axes | Sequence[Axes] | Panels | None = None,
) -> Panels:
    """Draw how each variant differs from the baseline: a row per subject, measure and variant; return the Axes.

    `frame` has the columns variant, baseline, subject, measure, unit, kind ("ratio": variant / baseline, otherwise
    variant - baseline), value, low, high (the interval; infinite where there is no bound), decided. Undecided ones are
    hollow. All ratios share the first Axes, on a logarithmic axis; differences have one for each measure. `subject` and
    `measures` choose; of many rows the first 40 are shown. `ax` are as many Axes as that takes. Raises ValueError for a
    column that is not there, for an unknown subject or measure, and for another number of Axes.
    """
    rows = _chosen(checked(frame, COLUMNS), subject, measures)
    shown = rows.head(MOST_ROWS)
    panels = panels_of(shown)
    variants = values_of(rows, "variant")
    heights = [_PANEL + _LINE * _places([name for name, _ in _names(panel, len(variants) > 1)])[-1] for panel in panels]
    heights = heights or [1.4]
    with picture(ax, heights=heights, size=(_WIDTH, sum(heights) + _AROUND), sharex=False) as axes:
        # The first look is the baseline's, in other pictures.
        looks = {name: look(number) for number, name in enumerate(variants, start=1)}
        for panel, where in zip(panels, axes, strict=False):
            _draw(where, panel, looks)
        if not panels:
            say_empty(axes[0], "no difference to show")
            axes[0].set_xticks([])
            axes[0].set_yticks([])
        _describe(axes, shown, len(rows), variants, note)
    return axes


def panels_of(rows: pd.DataFrame) -> list[Panel]:
    """Return the rows that share an axis, ratios first."""
    ratios = rows[rows["kind"] == RATIO]
    others = [
        Panel(part, POINTS if unit == "share" else unit)
        for part in parts_of(rows[rows["kind"] != RATIO], "measure").values()
        for unit in [str(part["unit"].iloc[0])]
    ]
    return [*([Panel(ratios, RATIO)] if len(ratios) else []), *others]


def _chosen(rows: pd.DataFrame, subject: str | None, measures: Sequence[str] | None) -> pd.DataFrame:
    wanted = {"subject": None if subject is None else [subject], "measure": measures}
    for column, names in wanted.items():
        for name in names or ():
            if name not in values_of(rows, column):
                raise ValueError(f"no {column} '{name}' in this table; there is {listed(values_of(rows, column))}")
        rows = rows if names is None else rows[rows[column].astype(str).isin(list(names))]
    found: pd.DataFrame = rows[np.isfinite(numbers(rows, "value"))]
    return found


def _names(panel: Panel, several: bool) -> list[tuple[str, "pd.Series[Any] | None"]]:
    """The names of a panel's rows from its top, those of measures without a row if there are `several` variants."""
    of_subjects = len(values_of(panel.rows, "subject")) > 1
    found: list[tuple[str, pd.Series[Any] | None]] = []
    for subject, about in parts_of(panel.rows, "subject").items():
        for measure, part in parts_of(about, "measure").items():
            name = wrapped(f"{measure}, {subject}" if of_subjects else measure, _NAME_CHARACTERS)
            # The label of the axis names the one measure of other panels.
            if several and (panel.log or of_subjects):
                found.append((name, None))
            for _, row in part.iterrows():
                found.append((wrapped(str(row["variant"]), _NAME_CHARACTERS) if several else name, row))
    return found


def _places(names: Sequence[str]) -> list[float]:
    """Where the rows of these names stand, and where the next one would: 1 apart, more if a name has several lines."""
    rooms = [1 + _MORE_LINES * name.count("\n") for name in names]
    tops = np.append(0.0, np.cumsum(rooms))
    return [*(float(top + room / 2) for top, room in zip(tops, rooms, strict=False)), float(tops[-1])]


def _draw(axes: Axes, panel: Panel, looks: dict[str, LineLook]) -> None:
    value, low, high = (numbers(panel.rows, name) for name in ("value", "low", "high"))
    limits = log_limits([*value, 1.0], [*low, *high]) if panel.log else _around(value, low, high)
    what = "variant / baseline" if panel.log else f"{panel.rows['measure'].iloc[0]}: variant - baseline"
    value_axis(axes.xaxis, panel.unit, what, limits, log=panel.log)
    axes.axvline(1.0 if panel.log else 0.0, color="0.25", linewidth=1.1, gid=NO_DIFFERENCE, zorder=2)
    names = _names(panel, len(looks) > 1)
    *places, bottom = _places([name for name, _ in names])
    for place, (_, row) in zip(places, names, strict=True):
        if row is not None:
            _draw_row(axes, place, row, panel.unit, looks[str(row["variant"])])
    axes.set_yticks(places, [name for name, _ in names])
    for (_, row), tick in zip(names, axes.get_yticklabels(), strict=True):
        tick.set_fontweight("bold" if row is None else "normal")
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.set_ylim(bottom, 0)


def _around(*values: NDArray[np.float64]) -> tuple[float, float]:
    """Limits that show all values and the line of no difference."""
    found = np.append(finite(*values), 0.0)
    low, high = float(found.min()), float(found.max())
    margin = 0.08 * (high - low) or 1.0
    return low - margin, high + margin


def _draw_row(axes: Axes, y: float, row: "pd.Series[Any]", unit: str, how: LineLook) -> None:
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    one = Estimates(np.array([value]), np.array([low]), np.array([high]), rates=False)
    draw(axes, np.array([y]), one, how, hollow=np.array([not row["decided"]]), sideways=True)
    limits = axes.get_xlim()
    for bound, edge, arrow in ((low, limits[0], "<"), (high, limits[1], ">")):
        if np.isinf(bound):
            axes.plot([edge], [y], arrow, color=how.color, markersize=4, clip_on=False)
    axes.text(1.015, y, _said(value, low, high, unit), transform=axes.get_yaxis_transform(), va="center", fontsize=8)


def _said(value: float, low: float, high: float, unit: str) -> str:
    if unit == RATIO:
        return with_interval(value, low, high, unit)
    if low == high == value:
        return signed(value, unit) if value else f"{written(0, unit)}, the same in every run"
    return f"{signed(value, unit)} [{signed(low, unit)}, {signed(high, unit)}]".replace(" points,", ",").replace(
        " points]", "]"
    )


def _describe(axes: Panels, shown: pd.DataFrame, of: int, variants: list[str], note: str) -> None:
    baselines = values_of(shown, "baseline")
    against = f" against {baselines[0]}" if len(baselines) == 1 else ""
    who = variants[0] if len(variants) == 1 else "Variants"
    subjects = values_of(shown, "subject")
    whose = f": {subjects[0]}" if len(subjects) == 1 else ""
    left_out = f"{of - len(shown):,} of {of:,} differences are not shown" if of > len(shown) else ""
    hollow = "hollow: no difference is shown" if not shown["decided"].all() else ""
    said = "; ".join(filter(None, [note, hollow, left_out]))
    caption(axes[0], f"{who}{against}{whose}", said)
