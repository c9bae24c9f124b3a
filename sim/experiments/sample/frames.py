"""A sample as DataFrames: what every run read, and what all of them together say."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sim.experiments.sample.measure import UNITS
from sim.experiments.sample.sample import Key, Sample


def readings_frame(sample: Sample) -> pd.DataFrame:
    """Return a row per subject, measure and replication, with its unit and value.

    `amount` of `of` is what was counted: calls, or 1 for a value of the run as a whole.
    """
    parts = []
    for key in sample.readings:
        subject, measure = key
        amounts, of = sample.amounts(key)
        columns = {
            "replication": sample.replications,
            "digest": sample.digests,
            "subject": str(subject),
            "measure": str(measure),
            "unit": UNITS[measure.kind],
            "value": sample.values(key),
            "amount": amounts,
            "of": of,
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def estimates_frame(sample: Sample, keys: Sequence[Key], confidence: float) -> pd.DataFrame:
    """Return a row per subject and measure: value, low, high, method, warning and how many runs."""
    rows = []
    for key in keys:
        found = sample.estimate(key, confidence)
        what = (str(key[0]), str(key[1]), UNITS[key[1].kind])
        rows.append((*what, found.value, found.low, found.high, found.method, found.warning or "", sample.runs))
    names = ["subject", "measure", "unit", "value", "low", "high", "method", "warning", "runs"]
    return pd.DataFrame.from_records(rows, columns=names)


def placed(frame: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """Return the frame behind columns that say where it is from."""
    return frame.assign(**values)[[*values, *frame.columns]]
