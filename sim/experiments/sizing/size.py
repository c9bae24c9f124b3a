"""How large must min_nr be? The smallest reserve that meets every target, with what it rests on."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.experiments.outcome import Outcome, Picture, plain
from sim.experiments.provenance import provenance
from sim.experiments.running.execution import Execution
from sim.experiments.sizing.bisection import Bisection, Plan, bisect
from sim.experiments.sizing.counts import refusal
from sim.experiments.sizing.frames import curve_frame, table_frame
from sim.experiments.sizing.limits import reasons
from sim.experiments.sizing.range import Range, range_of
from sim.experiments.sizing.runs import Sizes
from sim.experiments.sizing.words import Sizing, answer, notes, tables
from sim.scenario import Scenario
from sim.scenario.targets import Target

if TYPE_CHECKING:
    import pandas as pd

MOST = 4096
"""The largest size tried unless something else is asked for."""
REPLICATIONS = 160
"""How many runs of a size there are at most unless something else is asked for; so many again in each check of it."""


def size(
    scenario: Scenario,
    pool: str | None = None,
    targets: Sequence[Target | str] = (),
    *,
    confidence: float = 0.95,
    most: int = MOST,
    execution: Execution | None = None,
) -> Outcome:
    """Find the smallest min_nr of `pool` that meets every target, and return it with what it rests on.

    `pool` and `targets` are those of the scenario's study unless they are given, and `pool` may be left out if there is
    only one. Sizes are tried up to `most` by a sequential bisection under common random numbers (`bisection`), each
    with 10, 20, 40, ... up to `execution.replications` runs, and what it finds is checked by other replications;
    `confidence` is that of the whole answer. A target must be a share of calls, of time or of runs, or a quantile,
    which is one. A run that ends in a deadlock breaks every target.

    The document's `sizing` has `pool`, `targets`, `min_nr` (None if it cannot be told), `candidates` (the first and the
    last size that may be the answer), `meets`, `fails`, `own` (the scenario's), `range` (what was worth trying), `most`
    and `why_not`; its `numbers` are those of the replications that `digests` are of. Frames: `curve` (a row per size
    and target) and `table` (a row per run and target).

    Raises a ValueError for a pool that there is not, for no target or one that no size can meet, and for fewer than two
    replications, a ScenarioError if not even the smallest reserve can be run.
    """
    execution = execution or Execution()
    pool, asked = asked_of(scenario, pool, targets)
    runs = replications_of(scenario, execution.replications)
    if most < 1:
        raise ValueError(f"most(={most}) must be >= 1")
    seed = scenario.seed if execution.seed is None else execution.seed
    bounds = tuple(target.share or 0.0 for target in asked)
    sizes = range_of(scenario, pool, most)
    plan = Plan(bounds, sizes.least, sizes.most, sizes.start, runs, confidence)
    sampler = Sizes(scenario, pool, [target.as_rate for target in asked], seed, execution)
    found = bisect(sampler, plan, lambda tried: scenario.memory is None and sampler.evidence[tried].never_empty)
    if sampler.reused and execution.reused is not None:
        execution.reused(sampler.reused)
    return _outcome(sampler, found, asked, sizes, most)


def asked_of(
    scenario: Scenario, pool: str | None = None, targets: Sequence[Target | str] = ()
) -> tuple[str, tuple[Target, ...]]:
    """Return the pool and the targets that `size` is asked about. Raise a ValueError as it does."""
    study, names = scenario.study, ", ".join(scenario.pools)
    pool = pool or (study.pool if study else None)
    if pool is None and len(scenario.pools) > 1:
        raise ValueError(f"there are {len(scenario.pools)} pools; expected one of {names}")
    pool = pool or next(iter(scenario.pools))
    if pool not in scenario.pools:
        raise ValueError(f"there is no pool '{pool}'; expected one of {names}")
    asked = tuple(target if isinstance(target, Target) else Target.parse(target) for target in targets)
    asked = asked or (study.targets if study else ())
    if not asked:
        hint = study.other_verb("size") if study else ""
        raise ValueError(f"there is no target; expected one such as 'p99.9 <= 10 ms' or 'P(wait) <= 1e-4'{hint}")
    for target in asked:
        if (why := refusal(target)) is not None:
            raise ValueError(why)
    return pool, asked


def replications_of(scenario: Scenario, replications: int | None) -> int:
    """Return the most runs of a size: as asked, of the study, or REPLICATIONS. Raise a ValueError for a single one."""
    runs = replications or (scenario.study.replications if scenario.study else None) or REPLICATIONS
    if runs < 2:
        raise ValueError(f"found {runs} replication; expected two or more: one run has no interval")
    return runs


def _outcome(sampler: Sizes, found: Bisection, targets: Sequence[Target], sizes: Range, most: int) -> Outcome:
    scenario, pool, plan = sampler.scenario, sampler.pool, found.plan
    why_not = []
    if found.meets is None and found.fails is not None and found.fails == found.top:
        of_latency = any(target.latency_ns is not None for target in targets)
        top, evidence = sampler.at(found.top), sampler.evidence[found.top]
        why_not = reasons(top, pool, sizes, found.top, evidence, of_latency=of_latency)
    sizing = Sizing(scenario, pool, tuple(targets), found, sizes, tuple(why_not))
    frames = {"curve": curve_frame(sizing), "table": table_frame(sampler, targets)}
    question = scenario.study.question if scenario.study else ""
    scenarios = {f"min_nr {tried}": sampler.at(tried) for tried in found.sizes}
    digests = {f"min_nr {tried}": list(sampler.digests[tried].values()) for tried in found.sizes}
    document: dict[str, Any] = {
        **provenance("sizing", scenario.name, question, scenarios, digests, seed=sampler.seed, runs=plan.runs),
        "numbers": {f"min_nr {tried}": list(sampler.digests[tried]) for tried in found.sizes},
        "baseline": f"min_nr {plan.start}",
        "confidence": plan.confidence,
        "sizing": {
            "pool": pool,
            "targets": [str(target) for target in targets],
            "min_nr": sizing.min_nr,
            "candidates": [found.candidates[0], found.candidates[-1]] if found.candidates else [],
            "meets": found.meets,
            "fails": found.fails,
            "own": scenario.pools[pool].min_nr,
            "range": [sizes.least, sizes.most],
            "most": most,
            "why_not": why_not,
        },
        "answer": answer(sizing),
        "tables": plain(tables(sizing)),
        "notes": notes(sizing, sampler.runs),
    }
    return Outcome(document, frames, pictures_of(document, frames))


def pictures_of(document: Mapping[str, Any], frames: "Mapping[str, pd.DataFrame]") -> dict[str, Picture]:
    """Return the pictures of a sizing by name, from its document and its frames."""
    asked, percent = document["sizing"], f"{100 * document['confidence']:g} %"
    note = f"{document['name']}, {asked['pool']}: seed {document['seed']}, bars are {percent} intervals"
    title = f"Targets of {asked['pool']} by the size of its reserve"
    return {"curve": Picture(title, "sizing", frames["curve"], {"chosen": asked["meets"], "note": note})}
