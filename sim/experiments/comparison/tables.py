"""A comparison in words: its answer, its tables, and what has to be said beside them."""

import math
from collections.abc import Iterator, Mapping, Sequence

from sim.experiments.comparison.differences import Compared, unpaired
from sim.experiments.sample.sample import Key, Sample
from sim.experiments.sample.wording import estimated, few, uncounted
from sim.results.columns import Table
from sim.scenario.measures import Kind
from sim.units import format_count

_MOST_SENTENCES = 6


def answer(found: Sequence[Compared]) -> list[str]:
    """Return the answer: of each variant what differs from the baseline, or that nothing was shown to."""
    sentences = []
    for variant in dict.fromkeys(each.variant for each in found):
        mine = [each for each in found if each.variant == variant]
        baseline = mine[0].baseline
        decided = [each for each in mine if each.decided]
        if decided:
            told = [_with_subject(each, mine) for each in decided[:_MOST_SENTENCES]]
            more = len(decided) - len(told)
            sentences.append(f"{variant} against {baseline}: {'; '.join(told)}{f'; and {more} more' if more else ''}")
        elif all(each.same for each in mine):
            sentences.append(f"{variant} against {baseline}: the same in every run")
        else:
            open_ones = [_with_subject(each, mine) for each in mine if not each.same]
            sentences.append(f"{variant} against {baseline}: no difference shown. {open_ones[0]}")
    return sentences


def _with_subject(each: Compared, among: Sequence[Compared]) -> str:
    """The words of a difference; they name the subject where there are several."""
    several = len({other.key[0] for other in among if other.key[0].pool or other.key[0].device}) > 1
    return f"{each.key[0]}: {each.words}" if several else each.words


def tables(
    samples: Mapping[str, Sample], baseline: str, keys: Sequence[Key], found: Sequence[Compared], confidence: float
) -> list[Table]:
    """Return a table of what each variant does, with intervals, and one of how the variants differ."""
    percent = f"{100 * confidence:g} %"
    rows = []
    for key in keys:
        subject, measure = key
        cells = []
        for sample in samples.values():
            cells += [*estimated(sample.estimate(key, confidence), measure)]
        rows.append((str(subject), str(measure), *cells))
    numbers = tuple(text for name in samples for text in (name, f"{percent}\ninterval"))
    title = "What each variant does, over all replications"
    shown = [Table(title, ("subject", "measure"), numbers, tuple(rows), together=2)] if rows else []
    return shown + ([_differences(found, baseline)] if found else [])


def _differences(found: Sequence[Compared], baseline: str) -> Table:
    rows = tuple(
        (
            each.variant,
            str(each.key[0]),
            str(each.key[1]),
            each.size,
            "" if each.same else each.interval,
            "-" if each.same or math.isnan(each.p_holm) else f"{each.p_holm:.2g}",
            "" if each.more is None else format_count(each.more),
        )
        for each in found
    )
    title = f"Against {baseline}, replication by replication"
    numbers = ("difference", "interval", "p\n(Holm)", "runs more\nto decide")
    return Table(title, ("variant", "subject", "measure"), numbers, rows)


def notes(samples: Mapping[str, Sample], keys: Sequence[Key], runs: int, confidence: float) -> list[str]:
    """Return what belongs beside the numbers: how intervals were made, what could not be told, and why."""
    told = [
        "Replication i of every variant has the same arrivals, holds and outages: differences are of the variants.",
    ]
    if len(samples) > 2:
        told.append(
            f"p is adjusted for {len(samples) - 1} variants (Holm); the intervals of differences are at that level."
        )
    if runs < 10:
        told.append(few(runs))
    for subject, measure in (key for key in keys if unpaired(samples, key)):
        why = "some runs have nothing to tell of it"
        if measure.kind is Kind.QUANTILE:
            needed = math.ceil(3 / (1 - float(measure.argument)) - 1e-6)
            why = f"each needs {needed:,}+ calls; longer runs have them"
        told.append(f"{subject}: runs cannot be compared by {measure}: {why}.")
    told += [f"{name}: {uncounted(sample.early)}" for name, sample in samples.items() if sample.early]
    return told + list(_warnings(samples, keys, confidence))


def _warnings(samples: Mapping[str, Sample], keys: Sequence[Key], confidence: float) -> Iterator[str]:
    """What intervals rest on, each told once, by the first few that it is true of."""
    warnings: dict[str, list[str]] = {}
    for name, sample in samples.items():
        for key in keys:
            if (warning := sample.estimate(key, confidence).warning) is not None:
                warnings.setdefault(warning, []).append(f"{name} {key[0]} {key[1]}")
    for warning, where in warnings.items():
        more = f" and {len(where) - 3} more" if len(where) > 3 else ""
        yield f"{', '.join(where[:3])}{more}: {warning}"
