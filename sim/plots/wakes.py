"""What ended the sleeps of each variant: an element that came back, a wake-up for nothing, or the time-out."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from sim.plots.breakdown import breakdown
from sim.plots.paths import PALE, Look
from sim.plots.style import Panels

LOOKS = {
    "served": Look("a free, and served", PALE),
    "vain": Look("a free, in vain", "#e69f00", "///"),
    "timeout": Look("the time-out", "#d55e00", "xxx"),
}
"""By cause, from the left of a bar to its right."""


def wakes(
    frame: pd.DataFrame, *, subject: str | None = None, note: str = "", ax: Sequence[Axes] | Panels | None = None
) -> Panels:
    """Draw the share of sleeps by what ended them, a bar per variant, and beside it each on a logarithmic axis.

    Return both Axes. `frame` has the columns variant, subject, cause ("served": a free woke the call and it got its
    element, "vain": there was nothing to take, "timeout"), share (0 to 1) of the sleeps that ended, low and high (its
    interval, NaN if there is none). A cause that was never seen is shown by an upper bound, if it has one and another
    variant has it. Without `subject` the first one of the frame. `ax` are two Axes. Raises ValueError for a column that
    is not there, an unknown subject or cause.
    """
    return breakdown(
        frame,
        LOOKS,
        column="cause",
        title="What ended the sleeps",
        of="sleeps",
        nothing="no sleep ended",
        subject=subject,
        note=note,
        ax=ax,
    )
