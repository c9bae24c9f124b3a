"""The pictures of a sweep: which there are goes by how many axes it has and how its points were chosen."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from sim.experiments.outcome import Picture
from sim.experiments.sample.subject import RUN
from sim.scenario.axes.design import Plan
from sim.scenario.axes.short_names import short_names

MOST_SHOWN = 6
"""How many measures have pictures of their own."""
_MOST_LINES = 3
"""How many lines theory is drawn beside; of more, nobody could tell which it belongs to."""
_COST = "reserved"
_BROUGHT = ("p99.9", "P(wait)", "P(NULL)")
"""What a reserve is good for: the first of these that changes is held against its cost."""
_QUANTILE = re.compile(r"p[0-9.]+")


def pictures_of(document: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> dict[str, Picture]:
    """Return the pictures of a sweep by name.

    `document` is what experiment.json holds; of `frames`, summary, verdicts, theory and effects are drawn.
    """
    return dict(_pictures(document, frames))


def _pictures(document: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, Picture]]:
    swept, summary = document["sweep"], frames["summary"]
    plan, axes = Plan(swept["plan"]), _varied(summary, list(swept["vary"]))
    runs, level = document["replications"], f"{100 * document['confidence']:g} % intervals"
    note = f"{document['name']}: {runs} replication{'s' * (runs != 1)} a point, seed {document['seed']}, {level}"
    shown = [tuple(pair) for pair in swept["shown"][:MOST_SHOWN]]
    against = swept.get("against")
    over = f" over {' and '.join(short_names(axes).values())}" if axes else ""
    few = len(axes) < 3 and plan is not Plan.ONE_AT_A_TIME
    for subject, measure in shown:
        what = {"subject": subject, "measure": measure, "note": note}
        name = _name(subject, measure, shown)
        rows = summary[(summary["subject"] == subject) & (summary["measure"] == measure)]
        title = f"{measure} of {subject}"
        if few and axes:
            theory = _theory(frames["theory"], axes, subject, measure)
            yield f"lines-{name}", Picture(f"{title}{over}", "lines", rows, {**what, "x": axes[0], "theory": theory})
        if few and len(axes) == 2 and plan is Plan.GRID:
            yield f"heat-{name}", Picture(f"{title}{over}", "heat", rows, {**what, "x": axes[0], "y": axes[1]})
        if against not in {None, measure}:
            yield from _against(summary, swept, f"against-{name}", {**what, "along": axes[0] if axes else None})
        effects = frames["effects"]
        part = effects[(effects["subject"] == subject) & (effects["measure"] == measure)] if len(effects) else effects
        if not few and len(part):
            row = part.iloc[0]
            at = "nothing is changed" if swept["own"] else "mean of all points"
            options = {"measure": f"{measure} of {subject}", "unit": row["unit"], "baseline": row["baseline"], "at": at}
            yield f"tornado-{name}", Picture(f"What moves {title} most", "tornado", part, {**options, "note": note})
    yield from _cost(summary, shown, note)
    if len(axes) == 2 and plan is Plan.GRID and len(set(frames["verdicts"]["verdict"])) > 1:
        yield "phase", Picture(f"How the runs ended{over}", "phase", frames["verdicts"], {"x": axes[0], "y": axes[1]})


def _varied(summary: pd.DataFrame, axes: Sequence[str]) -> list[str]:
    """The axes that have more than one value, that with the most values first, so that the others give few lines."""
    varied = [axis for axis in axes if len(set(summary[axis])) > 1]
    return sorted(varied, key=lambda axis: -summary[axis].nunique())


def _theory(theory: pd.DataFrame, axes: Sequence[str], subject: str, measure: str) -> pd.DataFrame | None:
    """What theory says along the first axis, a name for each line; None if it says nothing or there are many lines."""
    if not len(theory):
        return None
    rows = theory[(theory["subject"] == subject) & (theory["measure"] == measure)]
    lines = list(rows.groupby(list(axes[1:]), sort=False)) if axes[1:] else [((), rows)]
    if not len(rows) or len(lines) > _MOST_LINES:
        return None
    frame = rows.rename(columns={axes[0]: "x"})[["x", "value", "name", *axes[1:]]]
    if axes[1:]:
        where = [", ".join(str(row[axis]) for axis in axes[1:]) for _, row in frame.iterrows()]
        frame["name"] = [f"{name}, {value}" for name, value in zip(frame["name"], where, strict=True)]
    return frame


def _against(
    summary: pd.DataFrame, swept: Mapping[str, Any], name: str, what: Mapping[str, Any]
) -> Iterator[tuple[str, Picture]]:
    """A measure against the other one: of its own subject, or of each that is shown if it has no such measure."""
    subject, measure, other = what["subject"], what["measure"], swept["against"]
    having = [str(whose) for whose, held in swept["shown"] if held == other]
    for whose in [subject] if subject in having else having:
        rows = summary[summary["subject"].isin([subject, whose]) & summary["measure"].isin([measure, other])]
        file = name if subject in having or len(having) == 1 else f"{name}-{_slug(whose)}"
        yield file, Picture(f"{measure} of {subject} against {other} of {whose}", "against", rows, {**what, "x": other})


def _cost(summary: pd.DataFrame, shown: Sequence[tuple[str, str]], note: str) -> Iterator[tuple[str, Picture]]:
    """What it brings against the memory that the reserve takes, if that differs between the points."""
    cost = summary[summary["measure"] == _COST]
    if not _differ(cost["value"]):
        return
    pools = [subject for subject in dict.fromkeys(subject for subject, _ in shown) if subject != str(RUN)]
    for subject in pools:
        mine = summary[summary["subject"] == subject]
        for measure in (*(name for of, name in shown if of == subject and _QUANTILE.fullmatch(name)), *_BROUGHT):
            rows = mine[mine["measure"] == measure]
            if _differ(rows["value"]):
                name = "pareto" if len(pools) == 1 else f"pareto-{subject}"
                title = f"{measure} of {subject} against the memory of the reserve"
                options = {"measure": measure, "cost": _COST, "subject": subject, "note": note}
                yield name, Picture(title, "pareto", pd.concat([rows, cost]), options)
                break


def _differ(values: "pd.Series[Any]") -> bool:
    """Whether there are two values; what could not be told is none."""
    return len(set(values.dropna())) > 1


def _name(subject: str, measure: str, shown: Sequence[tuple[str, str]]) -> str:
    """A file's name for a subject and a measure; the subject if there are several."""
    words = [measure] if len({other for other, _ in shown}) == 1 else [subject, measure]
    return "-".join(map(_slug, words))


def _slug(word: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", word.casefold()).strip("-")
