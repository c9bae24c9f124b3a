"""How often the reserve had to serve, against the pressure on memory."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.plots.estimates import draw, estimates_of, has_bound, never_seen
from sim.plots.looks import MOST_TOLD_APART, LineLook, look
from sim.plots.rows import checked, numbers, one_of, only, parts_of, values_of
from sim.plots.scales import percent_axis
from sim.plots.style import picture
from sim.plots.values import is_wide, linear_limits, log_limits, value_axis
from sim.plots.wording import calls, caption, legend, say_empty, wrapped

COLUMNS = ("variant", "subject", "pressure", "calls", "fallbacks", "share", "low", "high")

CURVE = "mempool-sim curve"
# The bars of all variants at one pressure take up so much of the axis, lest they hide each other.
_SPREAD = 0.05


def pressure(frame: pd.DataFrame, *, subject: str | None = None, note: str = "", ax: Axes | None = None) -> Axes:
    """Draw the fallback rate against the pressure when the call began, a line per variant; return the Axes.

    `frame` has the columns variant, subject, pressure (0 to 1, the middle of a bin), calls, fallbacks, share (fallbacks
    / calls), low and high (its interval, NaN if there is none). The axis of the rate is logarithmic if rates spread by
    a factor of 30; no fallback at all is shown by its upper bound. Marks of several variants at one pressure stand side
    by side. Without `subject` the first one of the frame; the first 7 variants are shown. Raises ValueError for a
    column that is not there and for an unknown subject.
    """
    rows, whose = only(checked(frame, COLUMNS), "subject", subject)
    rows = rows[np.isfinite(numbers(rows, "share")) & np.isfinite(numbers(rows, "pressure"))]
    variants = parts_of(rows, "variant")
    shown = dict(list(variants.items())[:MOST_TOLD_APART])
    with picture(ax) as (axes,):
        every = estimates_of(rows, "share")
        log = is_wide(every.shown)
        limits = log_limits(every.shown, every.low) if log else linear_limits(every.shown, every.high, [0.0])
        value_axis(axes.yaxis, "share", "fallback rate", limits, log=log)
        for number, part in enumerate(shown.values()):
            off = _SPREAD * ((number + 0.5) / len(shown) - 0.5)
            _draw(axes, part.sort_values("pressure"), look(number), off)
        axes.set_xlim(-0.045, 1.03)
        percent_axis(axes.xaxis)
        axes.set_xlabel("pressure: chance that a page is refused without direct reclaim")
        if not shown:
            say_empty(axes, "no call")
        left_out = len(variants) - len(shown)
        said = [note, f"{left_out} of {len(variants):,} variants are not shown" if left_out else ""]
        named = f": {one_of(whose, values_of(frame, 'subject'))}" if whose else ""
        caption(axes, f"Fallback rate against memory pressure{named}", "; ".join(filter(None, said)))
        handles = [_handle(name, part, look(number)) for number, (name, part) in enumerate(shown.items())]
        legend(axes, [*handles, *([never_seen()] if has_bound(axes) else [])])
    return axes  # type: ignore[no-any-return]


def _draw(axes: Axes, part: pd.DataFrame, how: LineLook, off: float) -> None:
    at, found = numbers(part, "pressure") + off, estimates_of(part, "share")
    axes.plot(at, found.line, gid=CURVE, **how.line)
    draw(axes, at, found, how)


def _handle(name: str, part: pd.DataFrame, how: LineLook) -> Line2D:
    label = wrapped(f"{name}, {calls(int(numbers(part, 'calls').sum()))}")
    return Line2D([], [], marker=how.marker, markersize=5.5, label=label, **how.line)
