"""A sweep in words: what it shows, its table, and what has to be said beside it."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from sim.experiments.sample.sample import Key
from sim.experiments.sample.subject import RUN
from sim.experiments.sample.wording import absent, bracketed, estimated, few, uncounted
from sim.experiments.sweeps.points import Points, is_told
from sim.results.columns import Table
from sim.results.verdict import Word
from sim.scenario.axes.design import Plan
from sim.scenario.axes.short_names import short_names
from sim.scenario.measures import MeasureName
from sim.statistics import Interval
from sim.units import format_count

MOST_ROWS = 60
"""How many points the table has; all are in summary.csv."""
_MOST_VALUES = 3


def answer(found: Points, keys: Sequence[Key]) -> list[str]:
    """Return what the sweep shows: of each measure from where to where it goes, and how runs ended."""
    told = [*(_extremes(found, key) for key in keys), *absent(found.asked, keys)]
    return [*told, *_endings(found), *_by_theory(found, keys)]


def _extremes(found: Points, key: Key) -> str:
    told = {number: point[key] for number, point in enumerate(found.together) if is_told(point.get(key))}
    subject, measure = key
    what = str(measure) if subject == RUN else f"{measure} of {subject}"
    if not told:
        return f"{what}: too few calls to tell"
    low, high = min(told, key=lambda number: told[number].value), max(told, key=lambda number: told[number].value)
    least, most = (estimated(told[number], measure)[0] for number in (low, high))
    between = f"from {least} to {most}" if least != most else least
    if all(len(words) == 1 for words in found.words):
        return f"{what}: {between} in single runs, which say nothing of how much runs differ"
    apart = found.apart(key)
    if apart is None:
        if len(told) == 1:
            return f"{what}: {_estimate(next(iter(told.values())), key)} at the only point"
        return f"{what}: no difference shown between {format_count(len(told))} points taken together ({between})"
    first, last = min(told), max(told)
    if len(found.varied) == 1 and {low, high} == {first, last} and told[low].high < told[high].low:
        ends = [f"{_estimate(told[number], key)} at {found.where(number)}" for number in (first, last)]
        return f"{what} {'falls' if high == first else 'rises'} from {ends[0]} to {ends[1]}"
    ends = [f"{_estimate(told[number], key)} at {found.where(number)}" for number in apart]
    return f"{what} differs: {ends[0]}, but {ends[1]}"


def _estimate(found: Interval, key: Key) -> str:
    value, interval = estimated(found, key[1])
    return f"{value} {bracketed(interval)}" if interval else value


def _endings(found: Points) -> Iterator[str]:
    """Where runs ended badly: how many points, and the first of them."""
    for word in (Word.DEADLOCK, Word.CRAWL):
        counts = [Counter(words)[word.value] for words in found.words]
        where = [number for number, count in enumerate(counts) if count]
        if not where:
            continue
        always = sum(count == len(words) for count, words in zip(counts, found.words, strict=True))
        named = "; ".join(found.where(number) for number in where[:_MOST_VALUES])
        more = f"; and {format_count(len(where) - _MOST_VALUES)} more" if len(where) > _MOST_VALUES else ""
        of = f"{format_count(len(where))} of {format_count(len(counts))} points, in every run at {format_count(always)}"
        yield f"{word.value} at {of}: {named}{more}"


def _by_theory(found: Points, keys: Sequence[Key]) -> Iterator[str]:
    """How many of the predictions for what is shown lie within the intervals."""
    if not len(found.theory):
        return
    told = {(str(subject), str(measure)): (subject, measure) for subject, measure in keys}
    for name, rows in found.theory.groupby("name", sort=False):
        held = [
            row["value"] in found.estimates[row["point"]][told[row["subject"], row["measure"]]]
            for _, row in rows.iterrows()
            if (row["subject"], row["measure"]) in told
            and told[row["subject"], row["measure"]] in found.estimates[row["point"]]
        ]
        shown = [pair in told for pair in zip(rows["subject"], rows["measure"], strict=True)]
        held_at = set(rows["point"][shown])
        if held:
            within = f"{format_count(sum(held))} of {format_count(len(held))} predictions lie within the intervals"
            yield f"{name} covers {format_count(len(held_at))} point{'s' * (len(held_at) > 1)}: {within}"


def tables(found: Points, keys: Sequence[Key], effects: pd.DataFrame) -> list[Table]:
    """Return a table with a row per point and, unless all combinations were run, what each axis does."""
    percent = f"{100 * found.confidence:g} %"
    several = len({key[0] for key in keys if key[0] != RUN}) > 1
    short = short_names(found.axes)
    rows = []
    for number, point in list(enumerate(found.design.points))[:MOST_ROWS]:
        cells: list[str] = []
        for key in keys:
            there = found.estimates[number].get(key)
            cells.append(_estimate(there, key) if there is not None and is_told(there) else "-")
        rows.append((*(str(point.labels[path]) for path in found.axes), *cells))
    numbers = tuple(_heading(key, several=several) for key in keys)
    shown = [Table(f"At each point, with {percent} intervals", tuple(short.values()), numbers, tuple(rows))]
    return shown + ([_moves(effects)] if len(effects) and found.design.plan is not Plan.GRID else [])


def _heading(key: Key, *, several: bool) -> str:
    return f"{key[0]}\n{key[1]}" if several and key[0] != RUN else str(key[1])


def _moves(effects: pd.DataFrame) -> Table:
    several = len(set(effects["subject"])) > 1
    short = short_names(list(effects["parameter"]))
    rows = [
        (
            short[row["parameter"]],
            f"{row['subject']} {row['measure']}" if several else row["measure"],
            *(text for end in ("low", "high") for text in (str(row[f"{end}_value"]), _effect(row, end))),
        )
        for _, row in effects.iterrows()
    ]
    ends = ("low", "there", "high", "there")
    return Table("What each does by itself", ("varied", "measure"), ends, tuple(rows), together=2)


def _effect(row: "pd.Series[Any]", end: str) -> str:
    """The measure at an end of an axis."""
    value, low, high = (row[f"{end}_effect{bound}"] for bound in ("", "_low", "_high"))
    return estimated(Interval(value, low, high, math.nan, ""), MeasureName.parse(row["measure"]))[0]


def notes(found: Points, keys: Sequence[Key], runs: int) -> list[str]:
    """Return what belongs beside the numbers: how points were chosen, how far intervals hold, what was not told."""
    design, count = found.design, len(found.design.points)
    told = ["Replication i has the same arrivals, holds and outages at every point, as far as these are not varied."]
    if count > 1:
        told.append(
            "Intervals of the table hold one by one; those of the answer hold for all "
            f"{format_count(count)} points at once."
        )
    if runs < 10:
        told.append(few(runs))
    if design.plan is Plan.LATIN_HYPERCUBE:
        drawn, seed = design.drawn or (count, 1)
        once = f", of which {format_count(design.repeated)} fell on others" if design.repeated else ""
        told.append(f"The points are a Latin hypercube of {format_count(drawn)}, seed {seed}{once}.")
    if design.left_out:
        where = " and ".join(design.where)
        several = f"{format_count(design.left_out)} point{'s are' if design.left_out > 1 else ' is'}"
        told.append(f"{several} left out, where not {where}.")
    if worst := max(found.early):
        others = ", and at others no more" if sum(found.early) > worst else ""
        told.append(f"At {found.where(found.early.index(worst))}{others}, {uncounted(worst)}")
    if count > MOST_ROWS:
        told.append(f"The table has the first {MOST_ROWS} of {format_count(count)} points; summary.csv has all.")
    return told + list(_warnings(found, keys))


def _warnings(found: Points, keys: Sequence[Key]) -> Iterator[str]:
    """What intervals rest on: those that differ in a number only are told once, by the first."""
    first: dict[str, tuple[str, str]] = {}
    alike = Counter[str]()
    for number, point in enumerate(found.estimates):
        for key in keys:
            if key in point and (warning := point[key].warning) is not None:
                kind = f"{key[1]} {re.sub(r'[0-9][0-9.,]*', '#', warning)}"
                alike[kind] += 1
                if kind not in first:
                    first[kind] = f"{key[1]} at {found.where(number)}", warning
    for kind, (where, warning) in first.items():
        others = alike[kind] - 1
        yield f"{where}{f' (alike at {format_count(others)} more)' if others else ''}: {warning}"
