"""How large the reserve must be: what was measured at each size, against the target."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sim.plots.estimates import Estimates, draw, estimates_of, has_bound, never_seen
from sim.plots.looks import LineLook
from sim.plots.rows import checked, listed, numbers, parts_of, values_of
from sim.plots.style import Panels, picture
from sim.plots.swept import Swept, swept_axis, thinned
from sim.plots.values import is_wide, linear_limits, log_limits, value_axis, written
from sim.plots.wording import caption, legend, say_empty, top_of, wrapped
from sim.scenario.targets import Target
from sim.units import format_count, format_size

COLUMNS = ("min_nr", "target", "value", "low", "high", "bound", "decision")

DECISIONS = {
    "meets": LineLook("#0072b2", "-", 1.5, "o"),
    "fails": LineLook("#d55e00", "-", 1.5, "X"),
    "open": LineLook("#444444", "-", 1.5, "D"),
}
"""How a size is marked, by what was decided of it."""

TARGET, CHOSEN, CURVE = (f"mempool-sim {part}" for part in ("target", "chosen size", "curve"))
_WORDS = {"meets": "meets the target", "fails": "fails it", "open": "cannot be told"}
_LABEL_CHARACTERS = 30
_PANEL, _AROUND, _INCHES = 2.6, 1.4, 5.0


def sizing(
    curve: pd.DataFrame,
    target: str | None = None,
    *,
    chosen: int | None = None,
    note: str = "",
    ax: Axes | Sequence[Axes] | Panels | None = None,
) -> Panels:
    """Draw what was measured at each min_nr against `target`, or against every target of the frame; return the Axes.

    `curve` has the columns min_nr, target (such as "P(wait) <= 1e-4"), value, low, high, bound (in the unit of value;
    that of "p99.9 <= 10 ms" may be a duration or the share of calls that may take longer), decision ("meets", "fails"
    or "open") and, if they are known, reserved_bytes, which the upper axis shows. A line marks the `chosen`
    size, by default the smallest that meets every target. `ax` are as many Axes as there are targets. Raises ValueError
    for a column that is not there, a target that is none, an unknown one or decision, and another number of Axes.
    """
    rows = checked(curve, COLUMNS)
    for decision in values_of(rows, "decision"):
        if decision not in DECISIONS:
            raise ValueError(f"{decision!r} is no decision; expected {', '.join(DECISIONS)}")
    targets = parts_of(rows, "target")
    if target is not None and target not in targets:
        raise ValueError(f"no target '{target}' in this table; there is {listed(list(targets))}")
    shown = targets if target is None else {target: targets[target]}
    size = smallest(rows) if chosen is None else chosen
    count = max(len(shown), 1)
    with picture(ax, heights=[1] * count, size=(7.6, _AROUND + _PANEL * count + (0.4 if count == 1 else 0))) as panels:
        sizes = Swept(numbers(rows, "min_nr"), "")
        for axes, (name, part) in zip(panels, shown.items(), strict=False):
            swept_axis(axes, sizes, "min_nr", _INCHES, log=True)
            _draw(axes, part.sort_values("min_nr", kind="stable"), name)
            if size is not None:
                label = _size_text(rows, size)
                axes.axvline(size, color="0.2", linestyle=(0, (6, 2, 1, 2)), linewidth=1.3, gid=CHOSEN, label=label)
            _legend(axes, part)
        if not shown:
            say_empty(panels[0], "no size was tried")
        for axes in panels[:-1]:
            axes.set_xlabel("")
        memory = _mark_memory(panels[0], rows) if len(rows) else ""
        shaded = "shaded: beyond the target" if shown else ""
        title = "No size meets every target" if size is None and len(rows) else "How large min_nr must be"
        caption(panels[0], title, "; ".join(filter(None, [note, shaded, memory])))
    return panels


def smallest(rows: pd.DataFrame) -> int | None:
    """Return the smallest size that meets every target, None if there is none."""
    targets = set(values_of(rows, "target"))
    for size in np.unique(numbers(rows, "min_nr")):
        mine = rows[numbers(rows, "min_nr") == size]
        if targets and set(mine["target"].astype(str)) == targets and (mine["decision"].astype(str) == "meets").all():
            return int(size)
    return None


def asked(target: str, bounds: NDArray[np.float64]) -> tuple[str, str]:
    """Return what is measured for a target, and its unit: of a quantile whose bound is a share, the rate that it is."""
    read = Target.parse(target)
    if read.share is not None and (bounds < 1).all():
        return str(read.as_rate), "share"
    return str(read.measure), read.unit


def _draw(axes: Axes, part: pd.DataFrame, target: str) -> None:
    found, bounds = estimates_of(part), numbers(part, "bound")
    what, unit = asked(target, bounds)
    shown = np.append(found.shown, bounds)
    log = is_wide(shown)
    ends = np.append(found.low, found.high)
    limits = log_limits(shown, ends) if log else linear_limits(shown, ends)
    value_axis(axes.yaxis, unit, what, limits, log=log, characters=_LABEL_CHARACTERS)
    at = numbers(part, "min_nr")
    axes.plot(at, found.line, color="0.72", linestyle="-", linewidth=1.2, zorder=1.8, gid=CURVE)
    decisions = part["decision"].astype(str).to_numpy()
    for decision, how in DECISIONS.items():
        mine = decisions == decision
        some = Estimates(found.value[mine], found.low[mine], found.high[mine])
        draw(axes, at[mine], some, how, hollow=np.full(int(mine.sum()), decision == "open"), size=6)
    if len(bounds):
        bound = float(bounds[0])
        axes.axhspan(bound, limits[1], facecolor="0.93", edgecolor="none", zorder=0.5)
        label = wrapped(
            f"target: {target}" + (f" ({written(bound, unit)})" if unit == "share" and "%" not in target else "")
        )
        axes.axhline(bound, color="black", linestyle=(0, (5, 3)), linewidth=1.1, zorder=2, gid=TARGET, label=label)


def _size_text(rows: pd.DataFrame, size: int) -> str:
    reserved = numbers(rows[numbers(rows, "min_nr") == size], "reserved_bytes")
    memory = f", {format_size(float(reserved[0]))}" if len(reserved) and np.isfinite(reserved[0]) else ""
    return f"min_nr = {format_count(size)}{memory}"


def _mark_memory(axes: Axes, rows: pd.DataFrame) -> str:
    """Write what the reserve takes above the sizes, and return what explains it."""
    known = rows[np.isfinite(numbers(rows, "reserved_bytes"))].drop_duplicates("min_nr").sort_values("min_nr")
    if not len(known):
        return ""
    at = numbers(known, "min_nr")
    texts = [format_size(size) for size in numbers(known, "reserved_bytes")]
    top_of(axes).set_xticks(list(at), thinned(axes, at, texts, _INCHES))
    return "above: the memory that the reserve takes"


def _legend(axes: Axes, part: pd.DataFrame) -> None:
    handles: list[Any] = [line for line in axes.lines if line.get_gid() in {TARGET, CHOSEN}]
    for decision in (name for name in DECISIONS if name in values_of(part, "decision")):
        how = DECISIONS[decision]
        fill = "white" if decision == "open" else how.color
        style: dict[str, Any] = {"linestyle": "none", "color": how.color, "markerfacecolor": fill, "markersize": 6}
        handles.append(Line2D([], [], marker=how.marker, label=_WORDS[decision], **style))
    legend(axes, [*handles, *([never_seen()] if has_bound(axes) else [])])
