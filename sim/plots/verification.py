"""Theory against the simulator: how far each estimate is from its prediction, in margins of what is equivalent."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sim.plots.estimates import ESTIMATE, INTERVAL
from sim.plots.looks import LineLook
from sim.plots.rows import checked, numbers
from sim.plots.style import picture
from sim.plots.values import written
from sim.plots.wording import caption, say_empty, wrapped

COLUMNS = ("label", "theory", "value", "low", "high", "margin", "verdict")

VERDICTS = {
    "equivalent": LineLook("#0072b2", "-", 1.5, "o"),
    "differs": LineLook("#d55e00", "-", 1.5, "X"),
    "not decided": LineLook("#444444", "-", 1.5, "D"),
    "too rare": LineLook("#8a8a8a", "-", 1.5, "s"),
}
"""How a row is marked, by its verdict; any other as what is not decided."""

_DECIDED = ("equivalent", "differs")
BEYOND = "mempool-sim beyond the edge"
_EDGE = 3.0
_NAME_CHARACTERS = 44
_ROW, _LINE, _AROUND = 0.27, 0.15, 1.3


def verification(frame: pd.DataFrame, *, note: str = "", ax: Axes | None = None) -> Axes:
    """Draw a row per prediction: the estimate and its interval, as far from theory as they are; return the Axes.

    `frame` has the columns label, theory (what it predicts), value, low, high (the estimate and its interval), margin
    (how far from theory is still equivalent, in the unit of theory), verdict (those of VERDICTS, or
    other words for what is not decided) and, if it is known, unit. x is the distance from theory in margins: an
    interval between -1 and 1, in the shaded band, is equivalent. Beyond 3 margins an arrow stands at the edge. A
    prediction that has a margin of 0 is met exactly, and then has nothing to show, or not at all. Raises ValueError for
    a column that is not there.
    """
    rows = checked(frame, COLUMNS)
    rows = rows[(numbers(rows, "margin") > 0) | (numbers(rows, "value") != numbers(rows, "theory"))]
    shown = rows[np.isfinite(numbers(rows, "theory")) & np.isfinite(numbers(rows, "value"))]
    names = [wrapped(str(name), _NAME_CHARACTERS) for name in shown["label"]]
    rooms = [_ROW + _LINE * name.count("\n") for name in names]
    height = _AROUND + max(sum(rooms), 2 * _ROW)
    places = (np.cumsum(rooms) - np.array(rooms) / 2) / _ROW if rooms else np.array([])
    with picture(ax, size=(8.2, height)) as (axes,):
        axes.set_xlim(-_EDGE * 1.08, _EDGE * 1.08)
        axes.set_ylim(max(sum(rooms), 2 * _ROW) / _ROW, 0)
        axes.axvspan(-1, 1, facecolor="0.9", edgecolor="0.6", linewidth=0.8, zorder=0.5)
        axes.axvline(0, color="0.25", linewidth=1.1, zorder=1.5)
        for place, (_, row) in zip(places, shown.iterrows(), strict=True):
            _draw(axes, float(place), row)
        axes.set_yticks(list(places), names)
        ticks = range(-int(_EDGE), int(_EDGE) + 1)
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("simulated - theory, in margins (shaded: equivalent)")
        if not names:
            say_empty(axes, "no prediction")
        left_out = f"{len(rows) - len(shown):,} of {len(rows):,} rows have no value" if len(rows) > len(shown) else ""
        said = [note, "right: simulated, theory ± margin" if names else "", left_out]
        caption(axes, "The simulator against theory", "; ".join(filter(None, said)))
        _legend(axes, shown)
    return axes  # type: ignore[no-any-return]


def look_of(verdict: str) -> LineLook:
    """Return how a verdict is marked."""
    return VERDICTS.get(verdict, VERDICTS["not decided"])


def _fill(verdict: str) -> str:
    return look_of(verdict).color if verdict in _DECIDED else "white"


def in_margins(value: NDArray[np.float64], theory: float, margin: float) -> NDArray[np.float64]:
    """Return how far values are from theory, in margins; infinite where a margin of 0 is missed."""
    off = value - theory
    if margin > 0:
        return off / margin
    return np.where(off == 0, 0.0, np.copysign(np.inf, off))


def _draw(axes: Axes, place: float, row: "pd.Series[Any]") -> None:
    theory, margin, verdict = float(row["theory"]), float(row["margin"]), str(row["verdict"])
    bounds = np.array([float(row[name]) for name in ("value", "low", "high")])
    at, low, high = in_margins(bounds, theory, margin)
    how = look_of(verdict)
    low, high = (float(np.clip(end, *axes.get_xlim())) for end in (low, high))
    if margin > 0 and low < high:
        axes.hlines(place, low, high, color=how.color, linewidth=1.3, gid=INTERVAL, zorder=2.4)
    fill = _fill(verdict)
    if abs(at) > _EDGE:
        edge, arrow = np.copysign(_EDGE, at), ">" if at > 0 else "<"
        axes.plot([edge], [place], arrow, color=how.color, markersize=6, gid=BEYOND, zorder=3)
    else:
        axes.plot(
            [at], [place], how.marker, color=how.color, markerfacecolor=fill, markersize=5.5, gid=ESTIMATE, zorder=3
        )
    unit = str(row.get("unit", ""))
    said = f"{written(bounds[0], unit)}, {written(theory, unit)} ± {written(margin, unit)}"
    axes.text(1.015, place, said, transform=axes.get_yaxis_transform(), va="center", fontsize=8, color="0.2")


def _legend(axes: Axes, rows: pd.DataFrame) -> None:
    seen = list(dict.fromkeys(map(str, rows["verdict"])))
    handles = []
    for verdict in sorted(seen, key=lambda word: [*VERDICTS, word].index(word)):
        how = look_of(verdict)
        style: dict[str, Any] = {"linestyle": "none", "color": how.color, "markerfacecolor": _fill(verdict)}
        handles.append(Line2D([], [], marker=how.marker, markersize=5.5, label=verdict, **style))
    if handles:
        axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0), ncols=len(handles), borderaxespad=3.6)
