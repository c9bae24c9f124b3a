"""Replication by replication: how far a variant is from the baseline on the same arrivals and outages."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, NullLocator, SymmetricalLogLocator
from numpy.typing import NDArray

from sim.plots.looks import look
from sim.plots.rows import checked, numbers, one_of, only, parts_of, values_of
from sim.plots.style import picture
from sim.plots.values import POINTS, RATIO, linear_limits, log_limits, tick_text, value_axis
from sim.plots.wording import caption, say_empty, wrapped, wrapped_path
from sim.statistics import paired_difference

COLUMNS = ("variant", "subject", "measure", "replication", "value", "difference", "kind")

POINT, MEAN, INTERVAL, NO_DIFFERENCE = (f"mempool-sim {part}" for part in ("pair", "mean", "interval", "no difference"))
_COLUMN = 0.76
_NAME_INCHES, _AROUND = 1.25, 1.9
_CHARACTERS, _LABEL_CHARACTERS = 16, 42
# Beyond so many times the middle difference, a linear axis would flatten all others.
_FAR = 100.0


def pairs(
    frame: pd.DataFrame,
    *,
    subject: str | None = None,
    measure: str | None = None,
    differences: pd.DataFrame | None = None,
    note: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw the difference of every replication from the baseline's, sorted, a column per variant; return the Axes.

    `frame` has the columns variant, subject, measure, replication, value, difference, kind ("ratio": variant /
    baseline) and, if there are any, unit and baseline. A band is the interval of the mean (of ratios, the geometric
    one): that of the frame `differences` (as for `sim.plots.differences`) if it is given, otherwise the 95 % t-interval
    of the points. Without `subject` and `measure` the first of the frame. Raises ValueError for a column that is not
    there and for an unknown subject or measure.
    """
    rows, whose = only(checked(frame, COLUMNS), "subject", subject)
    rows, what = only(rows, "measure", measure)
    rows = rows[np.isfinite(numbers(rows, "difference"))]
    variants = parts_of(rows, "variant")
    size = (min(10.0, max(5.6, _AROUND + _NAME_INCHES * len(variants))), 4.2)
    with picture(ax, size=size) as (axes,):
        ratio = bool(len(rows)) and bool((rows["kind"] == RATIO).all()) and bool((rows["difference"] > 0).all())
        means = {name: _mean(part, differences, whose, what, ratio) for name, part in variants.items()}
        _set_axis(axes, rows, what, ratio, means)
        for number, (name, part) in enumerate(variants.items()):
            _draw(axes, number, numbers(part, "difference"), means[name])
        axes.axhline(1.0 if ratio else 0.0, color="0.25", linewidth=1.1, zorder=1.8, gid=NO_DIFFERENCE)
        axes.set_xticks(range(len(variants)), [wrapped(name, _CHARACTERS) for name in variants])
        axes.set_xlim(-0.5, max(len(variants), 1) - 0.5)
        axes.tick_params(axis="x", length=0)
        axes.grid(visible=False, axis="x")
        if not variants:
            say_empty(axes, "no pair of replications")
        named = one_of(whose, values_of(frame, "subject")) if whose else "no data"
        caption(axes, f"{what or 'Differences'} by replication: {named}", _note(variants, means, note))
    return axes  # type: ignore[no-any-return]


def _mean(
    part: pd.DataFrame, differences: pd.DataFrame | None, subject: str, measure: str, ratio: bool
) -> tuple[float, float, float]:
    """The mean and its interval, NaN if there is none."""
    if differences is not None and len(differences):
        known = differences[
            (differences["variant"].astype(str) == str(part["variant"].iloc[0]))
            & (differences["subject"].astype(str) == subject)
            & (differences["measure"].astype(str) == measure)
        ]
        if len(known):
            row = known.iloc[0]
            return float(row["value"]), float(row["low"]), float(row["high"])
    values = numbers(part, "difference")
    values = np.log(values) if ratio else values
    found = (float(values[0]), np.nan, np.nan)
    if len(values) > 1:
        mean = paired_difference(np.zeros(len(values)), values)
        found = (mean.value, mean.low, mean.high)
    value, low, high = map(float, np.exp(found) if ratio else found)
    return value, low, high


def _unit(rows: pd.DataFrame) -> str:
    unit = str(rows["unit"].iloc[0]) if len(rows) and "unit" in rows.columns else ""
    return POINTS if unit == "share" else unit


def _set_axis(
    axes: Axes, rows: pd.DataFrame, what: str, ratio: bool, means: dict[str, tuple[float, float, float]]
) -> None:
    values = numbers(rows, "difference")
    ends = np.array([bound for mean in means.values() for bound in mean])
    baselines = values_of(rows, "baseline") if "baseline" in rows.columns else []
    baseline = baselines[0] if len(baselines) == 1 else "baseline"
    if ratio:
        label = f"{what}: variant / {baseline}"
        value_axis(axes.yaxis, RATIO, label, log_limits([*values, 1.0], ends), log=True, characters=_LABEL_CHARACTERS)
        return
    label, unit = f"{what}: variant - {baseline}", _unit(rows)
    sizes = np.abs(values[values != 0])
    if len(sizes) and sizes.max() > _FAR * np.median(sizes):
        _symmetric(axes.yaxis, unit, label, values, sizes)
        return
    limits = linear_limits(*(np.append(part, 0.0) for part in (values, ends)))
    value_axis(axes.yaxis, unit, label, limits, characters=_LABEL_CHARACTERS)


def _symmetric(axis: Axis, unit: str, label: str, values: NDArray[Any], sizes: NDArray[Any]) -> None:
    """A logarithmic axis to both sides of 0, linear about it, for differences some of which are far larger."""
    linear = 10.0 ** np.floor(np.log10(np.quantile(sizes, 0.25)))
    axis.axes.set_yscale("symlog", linthresh=linear, linscale=0.6)
    most = 2 * max(float(sizes.max()), linear)
    axis.axes.set_ylim(-most if (values < 0).any() else -linear, most if (values > 0).any() else linear)
    axis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=linear))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: _signed_tick(value, unit)))
    axis.set_label_text(wrapped_path(f"{label} (percentage points)" if unit == POINTS else label, _LABEL_CHARACTERS))


def _signed_tick(value: float, unit: str) -> str:
    if value == 0:
        return "0"
    return f"{'+' if value > 0 else '-'}{tick_text(abs(value), unit)}"


def _draw(axes: Axes, number: int, values: NDArray[Any], mean: tuple[float, float, float]) -> None:
    # The first look is the baseline's, in other pictures.
    how = look(number + 1)
    ordered = np.sort(values)
    across = number + _COLUMN * ((np.arange(len(ordered)) + 0.5) / max(len(ordered), 1) - 0.5)
    size = float(np.clip(60 / max(len(ordered), 1), 2, 4.5))
    ends = (number - _COLUMN / 2, number + _COLUMN / 2)
    low, high = np.clip(mean[1:], *axes.get_ylim())
    if np.isfinite(low) and np.isfinite(high):
        axes.fill_between(ends, low, high, color=how.color, alpha=0.22, linewidth=0, zorder=1.5, gid=INTERVAL)
    axes.hlines(mean[0], *ends, color=how.color, linewidth=1.6, zorder=1.9, gid=MEAN)
    style: dict[str, Any] = {"markerfacecolor": "white", "color": how.color, "linestyle": "none"}
    axes.plot(across, ordered, marker=how.marker, markersize=size, gid=POINT, zorder=3, **style)


def _note(variants: dict[str, pd.DataFrame], means: dict[str, tuple[float, float, float]], note: str) -> str:
    runs = {len(part) for part in variants.values()}
    said = [note]
    if runs:
        number = f"{min(runs):,}" if len(runs) == 1 else f"{min(runs):,} to {max(runs):,}"
        said.append(f"a mark is one of {number} replications, sorted")
        banded = any(np.isfinite(low) for _, low, _ in means.values())
        said.append("line and band: mean and its interval" if banded else "line: mean")
    return "; ".join(filter(None, said))
