"""A sweep as an xarray Dataset, a dimension per axis."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import xarray as xr

ESTIMATE = "estimate"
_TOLD = "told"


def dataset_of(frame: pd.DataFrame, axes: Sequence[str], values: Sequence[str], along: str) -> "xr.Dataset":
    """Return `frame` as a Dataset: a variable per measure with its unit, dimensions subject, `axes` and `along`.

    `frame` has the columns subject, measure, unit, `axes`, and `values`, which are put along the dimension `along`
    unless they are a single one, whose rows the column `along` tells apart. What was not run is NaN.
    """
    import xarray as xr  # noqa: PLC0415  it takes half a second, and only who asks for a Dataset needs it

    index = ["subject", *axes]
    if len(values) == 1:
        index, long = [*index, along], frame
    else:
        long = frame.melt([*index, "measure", "unit"], list(values), along, _TOLD)
        index, values = [*index, along], [_TOLD]
    order = {name: list(dict.fromkeys(long[name])) for name in index}
    arrays = {}
    for measure, rows in long.groupby("measure", sort=False):
        array = rows.set_index(index)[values[0]].to_xarray().reindex(order)
        arrays[str(measure)] = array.assign_attrs(unit=str(rows["unit"].iloc[0]))
    return xr.Dataset(arrays)
