"""The latencies of variants over each other: which share of allocations took longer than x, with a band for chance."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from sim.plots.ccdf import Curve, cut_handles, draw_curve, drawn_curves, mark_durations, set_limits
from sim.plots.looks import MOST_TOLD_APART, look
from sim.plots.rows import checked, numbers, one_of, only, parts_of, values_of
from sim.plots.scales import ZERO_NS
from sim.plots.style import picture
from sim.plots.wording import caption, legend, say_empty, wrapped
from sim.scenario.machine import MachineSpec

COLUMNS = ("variant", "subject", "latency_ns", "share", "low", "high", "at_most")

_HZ = MachineSpec.model_fields["hz"].default
BAND, _EDGE = "mempool-sim band", "mempool-sim edge of a band"
_START_NS = 0.5
_ENDLESS_NS = 1e15
_ROUNDING = 1e-12


def curves(
    frame: pd.DataFrame, *, subject: str | None = None, hz: int = _HZ, note: str = "", ax: Axes | None = None
) -> Axes:
    """Draw the share of calls whose latency is above x, a curve and its band per variant; return the Axes.

    `frame` has the columns variant, subject, latency_ns, share (of calls above it, 0 to 1), low and high (its interval,
    which holds for one x at a time; NaN if there is none) and at_most (the share if calls cut off by the end of their
    run go on for ever). Both axes are logarithmic; 1 jiffy (1/`hz` s), 100 ms and 5 s are marked. Without `subject` the
    first one of the frame; the first 7 variants are shown. `note` says of which runs the picture is. Raises ValueError
    for a column that is not there and for an unknown subject.
    """
    rows, chosen = only(checked(frame, COLUMNS), "subject", subject)
    variants = parts_of(rows.dropna(subset=["latency_ns", "share"]), "variant")
    shown = {name: variants[name].sort_values("latency_ns") for name in list(variants)[:MOST_TOLD_APART]}
    found = {name: curve_of(part) for name, part in shown.items()}
    least = min((_least(part) for part in shown.values()), default=1.0)
    banded = {name for name, part in shown.items() if _has_band(part)}
    labels = {name: wrapped(name if name in banded else f"{name} (no band)") for name in shown}
    lines = sum(label.count("\n") + 1 for label in labels.values())
    with picture(ax, size=(7.6, max(4.2, 2 + 0.16 * lines + 0.07 * len(labels)))) as (axes,):
        set_limits(axes, found.values(), least)
        for number, (name, curve) in enumerate(found.items()):
            if name in banded:
                _draw_band(axes, shown[name], look(number).color, 0.4 / (1 + len(shown)))
            draw_curve(axes, curve, labels[name])
        mark_durations(axes, hz)
        if not shown:
            say_empty(axes, "no call")
        axes.set_ylabel("share of calls that took longer")
        axes.set_xlabel("latency of the allocation")
        said = [note, f"HZ={hz}"]
        if len(banded) < len(shown):
            said.append("no band: a single run does not tell how much others differ")
        if len(variants) > len(shown):
            said.append(f"{len(shown)} of {len(variants):,} variants shown, more cannot be told apart")
        title = "Share of allocations that took longer than x"
        whose = f": {one_of(chosen, values_of(frame, 'subject'))}" if chosen else ""
        caption(axes, f"{title}{whose}", "; ".join(filter(None, said)))
        band = Patch(facecolor="0.3", alpha=0.2, linewidth=0, label="band: interval, for one x at a time")
        legend(axes, [*drawn_curves(axes), *([band] if banded else []), *cut_handles(axes)])
    return axes  # type: ignore[no-any-return]


def curve_of(part: pd.DataFrame) -> Curve:
    """Return the curve of one variant's rows, sorted by latency."""
    share, at_most = numbers(part, "share"), numbers(part, "at_most")
    at_most = np.where(np.isnan(at_most), share, at_most)
    ends = np.maximum(numbers(part, "latency_ns"), ZERO_NS)
    cut = np.diff(at_most - share, prepend=0) > _ROUNDING
    first = _START_NS if ends[0] >= 1 else ZERO_NS / 10
    return Curve(
        calls=0,
        at_once=0,
        latency_ns=np.append(first, ends),
        share=np.append(1.0, share),
        at_most=np.append(1.0, at_most),
        cut_ns=ends[cut],
        unfinished=int(cut.sum()),
    )


def _least(part: pd.DataFrame) -> float:
    """The least share that is drawn: the last of the curve, or the bound of its band beyond all that was seen."""
    shares = np.concatenate([numbers(part, "share"), numbers(part, "high")])
    return float(0.9 * np.min(shares, where=shares > 0, initial=1.0))


def _has_band(part: pd.DataFrame) -> bool:
    return bool((np.isfinite(numbers(part, "low")) & np.isfinite(numbers(part, "high"))).any())


def _draw_band(axes: Axes, part: pd.DataFrame, color: str, alpha: float) -> None:
    """Draw the band, also beyond the last latency that was seen, where others may yet lie."""
    ends = np.maximum(numbers(part, "latency_ns"), ZERO_NS)
    bottom = axes.get_ylim()[0] / 10
    low, high = (np.maximum(numbers(part, name), bottom) for name in ("low", "high"))
    # The last bounds hold for all longer latencies.
    x, low, high = np.append(ends, _ENDLESS_NS), np.append(low, low[-1]), np.append(high, high[-1])
    axes.fill_between(x, low, high, step="post", color=color, alpha=alpha, linewidth=0, zorder=1.5, gid=BAND)
    for bound in (low, high):
        axes.plot(x, bound, drawstyle="steps-post", color=color, linestyle="-", linewidth=0.5, alpha=0.6, gid=_EDGE)
