"""The rows of a frame that a picture shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_LISTED = 8


def checked(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return `frame`, with these columns even if it is empty. Raise a ValueError that says which there are if not."""
    if not len(frame):
        return pd.DataFrame(columns=[*frame.columns, *(name for name in columns if name not in frame.columns)])
    for name in columns:
        if name not in frame.columns:
            raise ValueError(f"no column '{name}' in this table; there is {listed(frame.columns)}")
    return frame


def only(frame: pd.DataFrame, column: str, wanted: str | None) -> tuple[pd.DataFrame, str]:
    """Return the rows with `wanted` in `column`, or with its first value, and that value ("" if there are no rows).

    Raise a ValueError that lists the values there are if `wanted` is not among them.
    """
    there = values_of(frame, column)
    if wanted is None:
        wanted = there[0] if there else ""
    elif wanted not in there:
        raise ValueError(f"no {column} '{wanted}' in this table; there is {listed(there)}")
    return frame[frame[column].astype(str) == wanted], wanted


def values_of(frame: pd.DataFrame, column: str) -> list[str]:
    """Return what there is in `column`, as text, each once, in order."""
    return list(dict.fromkeys(map(str, frame[column])))


def one_of(name: str, there: Sequence[str]) -> str:
    """Name the subject of a picture, and say if it is one of several."""
    return f"{name}, one of {len(there):,} subjects" if len(there) > 1 else name


def parts_of(frame: pd.DataFrame, column: str) -> dict[str, pd.DataFrame]:
    """Return the rows of each value of `column`, in order."""
    return {name: frame[frame[column].astype(str) == name] for name in values_of(frame, column)}


def numbers(frame: pd.DataFrame, column: str) -> "NDArray[Any]":
    """Return a column as floats, all NaN if it is not there."""
    if column not in frame.columns:
        return pd.Series(float("nan"), index=frame.index).to_numpy(float)
    return pd.to_numeric(frame[column]).to_numpy(float, na_value=float("nan"))


def listed(names: Sequence[Any] | pd.Index) -> str:
    """Name a few of `names`, and how many more there are."""
    found = [str(name) for name in names]
    several = [*found[:_MOST_LISTED], f"{len(found) - _MOST_LISTED:,} more"] if len(found) > _MOST_LISTED else found
    return ", ".join(several) or "none"
