"""Where the elements of each variant came from: shares that add up to all calls, and beside them the rare ones."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from sim.plots.breakdown import breakdown
from sim.plots.paths import LOOKS
from sim.plots.style import Panels


def shares(
    frame: pd.DataFrame, *, subject: str | None = None, note: str = "", ax: Sequence[Axes] | Panels | None = None
) -> Panels:
    """Draw the share of calls by path, a bar per variant, and beside it each share on a logarithmic axis.

    Return both Axes. `frame` has the columns variant, subject, path (those of `sim.results.summary.SHARES` but
    "fallback"), share (0 to 1), low and high (its interval, NaN if there is none). A path that no call took is shown by
    an upper bound, if it has one and another variant's calls took it. Without `subject` the first one of the frame.
    `ax` are two Axes. Raises ValueError for a column that is not there, an unknown subject or path.
    """
    return breakdown(
        frame,
        LOOKS,
        column="path",
        title="Where the elements came from",
        of="calls",
        nothing="no call",
        subject=subject,
        note=note,
        ax=ax,
    )
