"""Which pool is the bottleneck: how many elements of each are out, and how many calls wait for it, mean over time."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.plots.looks import MOST_TOLD_APART, look
from sim.plots.paths import Look, patch
from sim.plots.rows import checked, numbers, parts_of, values_of
from sim.plots.stacked import height_of, name_rows, stack
from sim.plots.style import Panels, picture
from sim.plots.wording import caption, legend, say_empty, wrapped

COLUMNS = ("variant", "subject", "measure", "value")
MEASURES = {"outstanding": "elements that callers hold", "waiters": "calls that wait"}
"""What is drawn, from left to right, and what the axis says."""

_HATCHES = ("", "///", "...", "xxx", "\\\\\\", "+++", "ooo")


def bottleneck(frame: pd.DataFrame, *, note: str = "", ax: Sequence[Axes] | Panels | None = None) -> Panels:
    """Draw, side by side, the elements that callers hold and the calls that wait, stacked by pool, a bar per variant.

    Return both Axes. `frame` has the columns variant, subject (the pool), measure ("outstanding" and "waiters") and
    value, the mean over time. Of more pools than can be told apart, those that most calls wait for. `ax` are two Axes.
    Raises ValueError for a column that is not there.
    """
    rows = checked(frame, COLUMNS)
    rows = rows[np.isfinite(numbers(rows, "value"))]
    variants, pools = values_of(rows, "variant"), _most_waited_for(rows)
    with picture(ax, heights=(1, 1), size=(9.2, height_of(variants)), across=True) as panels:
        looks = {pool: Look(pool, look(number).color, _HATCHES[number]) for number, pool in enumerate(pools)}
        for axes, (measure, what) in zip(panels, MEASURES.items(), strict=True):
            found = parts_of(rows[rows["measure"].astype(str) == measure], "variant")
            longest = stack(axes, [_values(found[name]) if name in found else {} for name in variants], looks, "")
            axes.set_xlim(0, 1.05 * longest or 1)
            axes.set_xlabel(f"{what}, mean over time")
        name_rows(panels, variants)
        if not variants:
            say_empty(panels[0], "no pool")
        left_out = len(values_of(rows, "subject")) - len(pools)
        more = f"without {left_out:,} pool{'s' * (left_out > 1)} that fewer wait for" if left_out else ""
        caption(panels[0], "Which pool is waited for", "; ".join(filter(None, [note, more])), characters=70)
        legend(panels[1], [patch(how, wrapped(pool)) for pool, how in looks.items()])
    return panels


def _most_waited_for(rows: pd.DataFrame) -> list[str]:
    """The pools, in the order of the frame; of more than can be told apart, those that most calls wait for."""
    waiting = {
        pool: float(numbers(own[own["measure"].astype(str) == "waiters"], "value").sum())
        for pool, own in parts_of(rows, "subject").items()
    }
    most = sorted(waiting, key=lambda pool: -waiting[pool])[:MOST_TOLD_APART]
    return [pool for pool in waiting if pool in most]


def _values(rows: pd.DataFrame) -> dict[str, float]:
    return dict(zip(map(str, rows["subject"]), map(float, numbers(rows, "value")), strict=True))
