"""A verification as sentences, tables, the rows of a frame and a picture."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sim.experiments.outcome import Picture, plain
from sim.experiments.provenance import provenance
from sim.experiments.theory.theory import Covered, NotCovered
from sim.experiments.verification.finding import ALPHA, Finding, Verdict
from sim.experiments.verification.tested import Tested
from sim.results.columns import Table, number, percentage
from sim.units import format_count, format_duration, format_rate

if TYPE_CHECKING:
    import pandas as pd

DATA = "verification"
"""The name of its frame, and of the picture that shows it."""
TITLE = "The simulator against theory"
_CONFIDENCE = f"{100 * (1 - 2 * ALPHA):g} %"
_MOST_TOLD = 8
_UNITS = {"mean wait": "ns", "calls/s": "per second"}


def document_of(tested: Tested) -> dict[str, Any]:
    """Return all of it, ready for JSON."""
    return {
        **provenance(
            "verification",
            next(iter(tested.scenarios)) if len(tested.scenarios) == 1 else "verification",
            "Does the simulator agree with theory?",
            tested.scenarios,
            tested.digests,
            seed=tested.seed,
            runs=tested.replications,
        ),
        "passed": tested.passed,
        "margin": tested.margin,
        "answer": list(_answer(tested)),
        "findings": [_plain(found) for found in tested.findings],
        "covered": [
            {"configuration": name, "pool": pool, **_theory(theory)} for (name, pool), theory in tested.covered.items()
        ],
        "laws": [{"configuration": name, **asdict(check)} for name, found in tested.checks.items() for check in found],
        "tables": plain(list(_tables(tested))),
        "notes": list(_notes(tested)),
        "figures": [],
    }


def frame_of(tested: Tested) -> "pd.DataFrame":
    """Return a row per prediction, in the shape that `sim.plots.verification` draws."""
    import pandas as pd  # noqa: PLC0415  pandas loads when it is used

    columns = [field.name for field in fields(Finding)]
    rows = [{**asdict(found), "verdict": found.verdict.value} for found in tested.findings]
    frame = pd.DataFrame(rows, columns=columns).astype({"needed": "Int64"})
    frame = frame.rename(columns={"theory": "of", "predicted": "theory"})
    subjects = [_subject(tested, one.configuration, one.pool) for one in tested.findings]
    labels = [f"{one.theory}: {subject} {one.measure}" for one, subject in zip(tested.findings, subjects, strict=True)]
    frame.insert(0, "label", labels)
    frame.insert(columns.index("measure") + 2, "unit", [unit_of(measure) for measure in frame["measure"]])
    return frame


def pictures_of(document: Mapping[str, Any], frames: "Mapping[str, pd.DataFrame]") -> dict[str, Picture]:
    """Return the picture of a verification with these frames; none if nothing was covered."""
    note = f"{document['replications']} replications each, bars: {_CONFIDENCE} intervals"
    return {DATA: Picture(TITLE, "verification", frames[DATA], {"note": note})} if len(frames[DATA]) else {}


def unit_of(measure: str) -> str:
    """The unit of a measure, as pictures and tables know it."""
    return _UNITS.get(measure, "share")


def _answer(tested: Tested) -> Iterator[str]:
    """The answer, the most telling first."""
    found = tested.findings
    count = {word: sum(one.verdict is word for one in found) for word in Verdict}
    laws = [check for checks in tested.checks.values() for check in checks]
    broken = sum(not check.holds for check in laws)
    obeyed = f"what every run must obey {'does not hold' if broken else 'holds'} ({len(laws) - broken} of {len(laws)})"
    if not found:
        yield f"no theory covers {'it' if len(tested.covered) == 1 else 'any of it'}; {obeyed}"
    else:
        word = "agrees" if tested.passed else "does not agree"
        if not count[Verdict.DIFFERS] and not broken and count[Verdict.UNDECIDED]:
            word = "is not shown to agree"
        parts = [f"{count[Verdict.EQUIVALENT]} of {len(found)} predictions hold"]
        parts += [f"{count[each]} {each.value}" for each in list(Verdict)[1:] if count[each]]
        yield f"the simulator {word} with theory: {', '.join(parts)}; {obeyed}"
    wrong = [*_differing(tested), *_broken(tested)]
    yield from wrong[:_MOST_TOLD]
    if len(wrong) > _MOST_TOLD:
        yield f"and {len(wrong) - _MOST_TOLD} more"
    for (name, pool), theory in tested.covered.items():
        if isinstance(theory, NotCovered):
            yield f"{_subject(tested, name, pool)}: no theory covers it"
            yield from (f"- {reason}" for reason in theory.reasons)


def _differing(tested: Tested) -> Iterator[str]:
    for one in tested.findings:
        subject = _subject(tested, one.configuration, one.pool)
        told = f"{subject}: {one.measure} is {_value(one, one.value)}, {one.theory} says {_value(one, one.predicted)}"
        if one.verdict is Verdict.DIFFERS:
            yield f"{told}: they differ" + (f" by more than {_margin(one)}" if one.margin else "")
        elif one.verdict is Verdict.UNDECIDED:
            more = f"about {one.needed} replications would decide" if one.needed else "it lies at the very margin"
            yield f"{told}: not decided; {more}"


def _broken(tested: Tested) -> Iterator[str]:
    for name, checks in tested.checks.items():
        for check in checks:
            if not check.holds:
                yield f"{_subject(tested, name, check.pool)}: '{check.law}' does not hold: {check.found}"


def _tables(tested: Tested) -> Iterator[Table]:
    for theory in dict.fromkeys(found.theory for found in tested.findings):
        mine = [found for found in tested.findings if found.theory == theory]
        rows = tuple(
            (
                _subject(tested, one.configuration, one.pool),
                one.measure,
                _value(one, one.predicted),
                _value(one, one.value),
                _interval(one),
                _margin(one),
                one.verdict.value,
            )
            for one in mine
        )
        numbers = ("theory", "simu-\nlated", f"{_CONFIDENCE}\ninterval", "margin", "verdict")
        yield Table(theory, ("configuration", "measure"), numbers, rows)
    yield _laws(tested)


def _laws(tested: Tested) -> Table:
    title = "What every run must obey"
    checks = [(name, check) for name, found in tested.checks.items() for check in found]
    if len(tested.scenarios) == 1:
        found = [(check.pool, check.law, check.found, "holds" if check.holds else "broken") for _, check in checks]
        if len({pool for pool, *_ in found}) > 1:
            return Table(title, ("pool", "law"), ("found", ""), tuple(found))
        return Table(title, ("law",), ("found", ""), tuple(tuple(rest) for _, *rest in found))
    counts: dict[str, list[bool]] = {}
    for _, check in checks:
        counts.setdefault(check.law, []).append(check.holds)
    rows = [(law, format_count(sum(held)), format_count(len(held) - sum(held))) for law, held in counts.items()]
    return Table(title, ("law",), ("holds", "broken"), tuple(rows))


def _notes(tested: Tested) -> Iterator[str]:
    found = tested.findings
    if any(one.margin for one in found):
        yield (
            f"equivalent: the {_CONFIDENCE} interval of the mean lies within theory plus or minus the margin, which is "
            f"relative to theory (two one-sided t-tests). If the truth lies a margin off, a prediction passes with a "
            f"probability of at most {100 * ALPHA:g} %."
        )
    if any(one.margin == 0 and one.verdict is not Verdict.RARE for one in found):
        yield "exact: theory says it of every call; the count is over all runs."
    if any(one.verdict is Verdict.RARE for one in found):
        yield "too rare: so few calls are not expected to show it, and have not; it is not tested."
    if any(one.verdict is Verdict.UNDECIDED for one in found):
        yield "not decided is not passed: more --replications or a longer duration decide, or a wider --margin."
    covered = {name: theory for (name, _), theory in tested.covered.items() if isinstance(theory, Covered)}
    if len(tested.scenarios) == 1:
        for theory in covered.values():
            yield f"{theory.name}: {'; '.join((*theory.conditions, *theory.approximations))}."
    elif covered and (bias := max(theory.bias for theory in covered.values())):
        yield f"What theory neglects moves no prediction by more than {max(100 * bias, 0.01):.1g} %."


def _plain(found: Finding) -> dict[str, Any]:
    values = {**asdict(found), "verdict": found.verdict.value}
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in values.items()}


def _theory(theory: Covered | NotCovered) -> dict[str, Any]:
    if isinstance(theory, NotCovered):
        return {"theory": None, "reasons": list(theory.reasons)}
    return {
        "theory": theory.name,
        "predictions": dict(theory.predictions),
        "certain": sorted(theory.certain),
        "conditions": list(theory.conditions),
        "approximations": list(theory.approximations),
        "bias": theory.bias,
    }


def _subject(tested: Tested, name: str, pool: str) -> str:
    return f"{name}/{pool}" if len(tested.scenarios[name].pools) > 1 else name


def _value(found: Finding, value: float) -> str:
    if math.isnan(value):
        return "-"
    if found.measure == "mean wait":
        return format_duration(value)
    if found.measure == "calls/s":
        return format_rate(value, 4)
    return f"{percentage(value)} %"


def _interval(found: Finding) -> str:
    if found.margin == 0 or math.isnan(found.low):
        return ""
    return f"{_value(found, found.low)} to {_value(found, found.high)}"


def _margin(found: Finding) -> str:
    if found.margin == 0:
        return "exact" if not math.isnan(found.value) else ""
    return f"{number(round(100 * found.margin / found.predicted, 1))} %"
