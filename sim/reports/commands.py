"""The command that makes a run or an experiment again: promised only where it is seen to make the same scenarios."""

import json
import re
from collections.abc import Mapping, Sequence
from shlex import join
from typing import Any

from sim.catalogue import shipped, studies
from sim.reports.variants import changed
from sim.scenario import Scenario, load, load_with_settings
from sim.scenario.axes.design import Plan
from sim.scenario.study import LatinHypercubeSpec, StudySpec
from sim.scenario.sweeps import sweep_of
from sim.scenario.variants import listed_variants, variants_of

_MOST_SETTINGS = 6
_CONFIDENCE = 0.95
_PLAIN = re.compile(r"[A-Za-z_][\w.-]*( \w+)?|\d+(\.\d+)?( ?[a-zA-Z/]+)?")
_WORDS = re.compile(r"true|false|null|yes|no|on|off|nan|inf", re.IGNORECASE)

Mapped = Mapping[str, Any]
"""A scenario as `Scenario.to_mapping` gives it."""


def run_command(scenario: Mapped, seed: int, replication: int) -> tuple[str, ...]:
    """Return what to type to make a run again, from a shipped scenario if it is one, else from its downloaded file."""
    named = _from_shipped(scenario)
    if replication:
        name = json.dumps(named[0] if named and len(named) == 1 else file_of(scenario["name"]))
        return ("import sim", f"sim.load({name}).run(seed={seed}, replication={replication})")
    return (join(["mempool-sim", "run", *(named or [file_of(scenario["name"])]), "--seed", str(seed)]),)


def compare_command(document: Mapped) -> tuple[str, ...]:
    """Return what to type to make a comparison again: a shipped study, one file's variants, or several files.

    Nothing if there was nothing to compare with.
    """
    variants, baseline = document["variants"], document.get("baseline")
    if baseline is None or len(variants) < 2:
        return ()
    listed = _study(variants)
    study = load(listed[0]).study if listed else None
    what = listed or _changes(variants, baseline) or [file_of(name) for name in variants]
    usual = (study and study.baseline) or next(iter(variants))
    what = what if baseline == usual else [*what, "--baseline", baseline]
    return (join(["mempool-sim", "compare", *what, *_measures(document["measures"], study), *_runs(document)]),)


def _runs(document: Mapped) -> list[str]:
    """The options that every experiment with intervals has."""
    runs = ["--replications", str(document["replications"]), "--seed", str(document["seed"])]
    return runs + ([] if document["confidence"] == _CONFIDENCE else ["--confidence", str(document["confidence"])])


def _measures(names: Sequence[str], study: StudySpec | None = None) -> list[str]:
    """The measures that were asked for, but for those that a study asks for itself."""
    if study is not None and [str(measure) for measure in study.measures] == list(names):
        return []
    return [part for name in names for part in ("--measure", name)]


def file_of(name: str) -> str:
    """Return the name of the file that a scenario is given as."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name).strip('.-') or 'scenario'}.yaml"


def _from_shipped(scenario: Mapped) -> list[str] | None:
    """The name of the shipped scenario, and the settings that make it this one."""
    name = scenario["name"]
    if name not in {*shipped(), *studies()}:
        return None
    settings = [f"{path}={_written(value)}" for path, value in changed(load(name).to_mapping(), scenario).items()]
    if len(settings) > _MOST_SETTINGS:
        return None
    try:
        made = load_with_settings(name, settings)
    except ValueError:
        return None
    return [name, *(part for text in settings for part in ("--set", text))] if _same(made, scenario) else None


def _study(variants: Mapping[str, Mapped]) -> list[str] | None:
    """The name of the shipped scenario whose study has these variants."""
    for name in dict.fromkeys(each["name"] for each in variants.values()):
        if name in {*shipped(), *studies()}:
            scenario = load(name)
            if listed_variants(scenario) and _are(variants_of(scenario), variants):
                return [name]
    return None


def _changes(variants: Mapping[str, Mapped], baseline: str) -> list[str] | None:
    """The baseline's file, and the variants as changes of it."""
    before = variants[baseline]
    texts = [
        f"{name}:{','.join(f'{path}={_written(value)}' for path, value in changed(before, after).items())}"
        for name, after in variants.items()
    ]
    try:
        if not _are(variants_of(Scenario.from_mapping(before), texts), variants):
            return None
    except ValueError:
        return None
    start = _from_shipped(before) or [file_of(before["name"])]
    return [*start, *(part for text in texts for part in ("--variant", text))]


def _are(made: Mapping[str, Scenario], variants: Mapping[str, Mapped]) -> bool:
    return list(made) == list(variants) and all(_same(made[name], variants[name]) for name in made)


def _same(made: Scenario, mapping: Mapped) -> bool:
    """Whether a scenario is the one that `mapping` tells of, but for what a run does not see."""
    return not changed(made.to_mapping(), mapping)


def _written(value: Any) -> str:
    """A value as ``--set`` reads it."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and not _WORDS.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def verify_command(document: Mapped) -> tuple[str, ...]:
    """Return what to type to make a verification again: of the built-in set, of shipped scenarios, or of files."""
    from sim.experiments.verification.known import known  # noqa: PLC0415  scipy loads with the theory

    scenarios, seed, margin = document["variants"], document["seed"], document["margin"]
    built_in = {each.scenario.name: each.scenario for each in known()}
    if _are(built_in, scenarios):
        what = []
    else:
        what = [name if _from_shipped(each) == [name] else file_of(name) for name, each in scenarios.items()]
    own = seed is None or all(each["seed"] == seed for each in scenarios.values())
    runs = ["--replications", str(document["replications"]), *([] if own else ["--seed", str(seed)])]
    margins = [] if margin is None else ["--margin", str(margin)]
    return (join(["mempool-sim", "verify", *what, *runs, *margins]),)


def size_command(document: Mapped) -> tuple[str, ...]:
    """Return what to type to size a pool again: of a shipped scenario, or of its downloaded file."""
    from sim.experiments.sizing.size import MOST  # noqa: PLC0415  numpy loads with it

    asked = document["sizing"]
    pool, variant = asked["pool"], next(iter(document["variants"].values()))
    pools = {**variant["pools"], pool: {**variant["pools"][pool], "min_nr": asked["own"]}}
    scenario = {**variant, "pools": pools}
    targets = [part for target in asked["targets"] for part in ("--target", target)]
    most = [] if asked["most"] == MOST else ["--most", str(asked["most"])]
    what = _from_shipped(scenario) or [file_of(scenario["name"])]
    return (join(["mempool-sim", "size", *what, "--pool", pool, *targets, *most, *_runs(document)]),)


def sweep_command(document: Mapped) -> tuple[str, ...]:
    """Return what to type to sweep again: a shipped study, or axes over a shipped scenario or its downloaded file.

    Nothing if the axes, as they can be typed, do not make the same points.
    """
    asked, points = document["sweep"], list(document["digests"])
    scenario = next(iter(document["variants"].values()))
    start = _from_shipped(scenario)
    study, what = None, start or [file_of(scenario["name"])]
    if start and len(start) == 1 and _makes(points, load(start[0]), {}):
        study = load(start[0]).study
    else:
        drawn = f"{asked['drawn'][0]}:{asked['drawn'][1]}" if asked["drawn"] else ""
        options = [part for path, text in asked["axes"].items() for part in ("--vary", f"{path}={text}")]
        options += [part for text in asked["where"] for part in ("--where", text)]
        options += ["--latin-hypercube", drawn] if drawn else []
        options += ["--one-at-a-time"] if asked["plan"] == Plan.ONE_AT_A_TIME.value else []
        if not _makes(points, Scenario.from_mapping(scenario), asked):
            return ()
        what = [*what, *options]
    pool = ["--pool", asked["pool"]] if asked["pool"] and not (study and study.pool == asked["pool"]) else []
    against = ["--against", asked["against"]] if asked.get("against") else []
    shown = [*_measures(asked["measures"], study), *against]
    return (join(["mempool-sim", "sweep", *what, *pool, *shown, *_runs(document)]),)


def _makes(points: list[str], scenario: Scenario, asked: Mapped) -> bool:
    """Whether a scenario's sweep, its study's own or what was asked for, has these points."""
    vary = [f"{path}={text}" for path, text in asked["axes"].items()] if asked else []
    drawn = LatinHypercubeSpec(points=asked["drawn"][0], seed=asked["drawn"][1]) if asked and asked["drawn"] else None
    alone = bool(asked) and asked["plan"] == Plan.ONE_AT_A_TIME.value
    try:
        design = sweep_of(scenario, vary, asked["where"] if asked else (), drawn, one_at_a_time=alone)
    except ValueError:
        return False
    return [str(point) for point in design.points] == points
