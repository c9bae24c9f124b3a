"""Is one better than the other? Variants on the same arrivals, holds and outages, compared run by run."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sim.experiments.comparison.differences import Compared, compared
from sim.experiments.comparison.frames import (
    LEVELS,
    curves_frame,
    differences_frame,
    levels_frame,
    of_variants,
    pairs_frame,
    pressure_frame,
    shares_frame,
    wakes_frame,
)
from sim.experiments.comparison.tables import answer, notes, tables
from sim.experiments.outcome import Outcome, Picture, plain
from sim.experiments.provenance import provenance
from sim.experiments.running.execution import Execution, records
from sim.experiments.running.job import Job
from sim.experiments.sample.frames import estimates_frame, readings_frame
from sim.experiments.sample.measure import check_possible
from sim.experiments.sample.sample import Key, Sample
from sim.experiments.sample.subject import RUN
from sim.experiments.sample.wording import absent
from sim.scenario import Scenario
from sim.scenario.measures import MeasureName

MOST_POOLS = 4
"""How many pools have pictures of their own."""
REPLICATIONS = 20
"""How many runs of each variant there are unless something else is asked for."""

MEASURES = (
    *("P(wait)", "fallback", "P(NULL)", "p50", "p99", "p99.9", "longest", "wasted wakes", "calls/s", "time at zero"),
    *("requests/s", "P(any wait)", "P(crawl)", "P(deadlock)", "reserved"),
)
"""What is measured whatever is asked about, and told of unless something is."""


def compare(
    variants: Mapping[str, Scenario],
    *,
    baseline: str | None = None,
    measures: Sequence[MeasureName] = (),
    confidence: float = 0.95,
    question: str = "",
    execution: Execution | None = None,
) -> Outcome:
    """Compare scenarios under common random numbers and return the outcome.

    `variants`: two or more by name; `baseline` is the first unless named. Replication i of all of them draws from the
    same streams. `measures`: those that the answer is about; otherwise MEASURES. Frames: `table` (of all measures),
    `estimates`, `differences`, `pairs`, `curves`, `shares`, `wakes`, `levels`, `pressure`, each told
    in `sim.experiments.comparison.frames`. Raises a ValueError for fewer than two variants, a baseline that is none of
    them, or a measure of a part that none has, such as devices.
    """
    execution = execution or Execution()
    if len(variants) < 2:
        raise ValueError(f"found {len(variants)} variant; expected two or more to compare")
    baseline = baseline or next(iter(variants))
    if baseline not in variants:
        raise ValueError(f"baseline '{baseline}' is no variant; there are {', '.join(variants)}")
    seed = variants[baseline].seed if execution.seed is None else execution.seed
    runs = execution.replications or REPLICATIONS
    check_possible(measures, variants.values())
    measured = tuple(dict.fromkeys((*measures, *map(MeasureName.parse, MEASURES), *map(MeasureName, LEVELS))))
    samples = sampled(variants, measured, seed, runs, execution)
    keys = shown_keys(samples, measures)
    found = list(compared(samples, baseline, keys, confidence))
    return _outcome(samples, baseline, measures, keys, found, confidence, question, seed, runs)


def sampled(
    variants: Mapping[str, Scenario],
    measures: Iterable[MeasureName],
    seed: int,
    runs: int,
    execution: Execution,
) -> dict[str, Sample]:
    """Run every variant `runs` times and return what the runs say. All variants of a replication run together."""
    samples = {name: Sample(scenario, tuple(measures)) for name, scenario in variants.items()}
    jobs = [Job.of(scenario, seed, number, name) for number in range(runs) for name, scenario in variants.items()]
    for number, record in enumerate(records(jobs, execution)):
        samples[list(variants)[number % len(variants)]].add(record)
    return samples


def shown_keys(samples: Mapping[str, Sample], asked: Sequence[MeasureName] = ()) -> list[Key]:
    """Return what can be said of every sample, by subject: what was asked for, or else all but verdicts never seen."""
    first = next(iter(samples.values()))
    keys = {key: None for sample in samples.values() for key in sample.readings}
    return [
        key
        for key in sorted(keys, key=lambda key: _place(key, first))
        if all(key in sample.readings for sample in samples.values())
        and (key[1] in asked if asked else key[1].kind not in LEVELS and (key[0] != RUN or _seen(samples, key)))
    ]


def _place(key: Key, sample: Sample) -> tuple[bool, int, int]:
    subjects = list(dict.fromkeys(subject for subject, _ in sample.readings))
    subject, measure = key
    where = subjects.index(subject) if subject in subjects else len(subjects)
    return subject == RUN, where, sample.measures.index(measure)


def _seen(samples: Mapping[str, Sample], key: Key) -> bool:
    return any(sample.amounts(key)[0].any() for sample in samples.values())


def _outcome(
    samples: Mapping[str, Sample],
    baseline: str,
    asked: Sequence[MeasureName],
    keys: Sequence[Key],
    found: Sequence[Compared],
    confidence: float,
    question: str,
    seed: int,
    runs: int,
) -> Outcome:
    name = "-".join(samples) if len({sample.scenario.name for sample in samples.values()}) > 1 else ""
    frames = {
        "table": of_variants({variant: readings_frame(sample) for variant, sample in samples.items()}),
        "estimates": of_variants(
            {variant: estimates_frame(sample, keys, confidence) for variant, sample in samples.items()}
        ),
        "differences": differences_frame(found),
        "pairs": pairs_frame(samples, found),
        "curves": curves_frame(samples, confidence),
        "shares": shares_frame(samples, confidence),
        "wakes": wakes_frame(samples, confidence),
        "levels": levels_frame(samples),
        "pressure": pressure_frame(samples, confidence),
    }
    scenarios = {variant: sample.scenario for variant, sample in samples.items()}
    digests = {variant: sample.digests for variant, sample in samples.items()}
    name = name or scenarios[baseline].name
    document: dict[str, Any] = {
        **provenance("comparison", name, question, scenarios, digests, seed=seed, runs=runs),
        "baseline": baseline,
        "confidence": confidence,
        "measures": [str(measure) for measure in asked],
        "answer": [*answer(found), *absent(asked, keys)],
        "tables": plain(tables(samples, baseline, keys, found, confidence)),
        "notes": notes(samples, keys, runs, confidence),
    }
    return Outcome(document, frames, pictures_of(document, frames))


def pictures_of(document: Mapping[str, Any], frames: Mapping[str, Any]) -> dict[str, Picture]:
    """Return the pictures of a comparison by name; of the first pools one each.

    `document` is what experiment.json holds; of `frames`, all but table and estimates are drawn.
    """
    hz = document["variants"][document["baseline"]]["machine"]["hz"]
    runs, level = document["replications"], f"{100 * document['confidence']:g} % intervals"
    made = f"{document['name']}: {runs} replications each, seed {document['seed']}"
    note = f"{made}, {level}"
    pictures: dict[str, Picture] = {}
    if len(frames["differences"]):
        title = "How the variants differ from the baseline"
        pictures["differences"] = Picture(title, "differences", frames["differences"], {"note": note})
    if len(frames.get("levels", ())):
        pictures["bottleneck"] = Picture("Which pool is waited for", "bottleneck", frames["levels"], {"note": made})
    for draw, title, more in (
        ("shares", "Where the elements came from", {}),
        ("wakes", "What ended the sleeps", {}),
        ("curves", "Allocations that took longer than x", {"hz": hz}),
        ("pressure", "Fallback rate against memory pressure", {}),
    ):
        frame = frames.get(draw, ())
        pools = [name for name in dict.fromkeys(frame["subject"]) if "/" not in name] if len(frame) else []
        for pool in pools[:MOST_POOLS]:
            name = draw if len(pools) == 1 else f"{draw}-{pool}"
            part = frame[frame["subject"] == pool]
            pictures[name] = Picture(title, draw, part, {"subject": pool, "note": note, **more})
    for subject, measure in _told(frames["differences"]):
        pairs = frames["pairs"]
        part = pairs[(pairs["subject"] == subject) & (pairs["measure"] == measure)]
        title = f"{measure} of {subject}, replication by replication"
        options = {"subject": subject, "measure": measure, "differences": frames["differences"], "note": note}
        pictures["pairs"] = Picture(title, "pairs", part, options)
    return pictures


def _told(differences: Any) -> list[tuple[str, str]]:
    """The subject and measure whose pairs are shown: of those that differ the surest, else the first that may."""
    if not len(differences):
        return []
    row = differences.sort_values("p_holm", kind="stable").iloc[0]
    return [(row["subject"], row["measure"])]
