"""Where the numbers of an experiment come from: scenarios, seeds, versions, and the digest of every run."""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.experiments.outcome import FORMAT
from sim.results.summary import versions
from sim.scenario import Scenario


def provenance(
    kind: str,
    name: str,
    question: str,
    scenarios: Mapping[str, Scenario],
    digests: Mapping[str, Sequence[str]],
    *,
    seed: int | None,
    runs: int,
) -> dict[str, Any]:
    """Return the part of an experiment's document that tells how to make it again.

    `seed`: None if each scenario has its own. `runs`: replications of each. Nothing in it depends on how the runs were
    made: neither the workers nor what was reused.
    """
    return {
        "format": FORMAT,
        "kind": kind,
        "name": name,
        "question": question.strip(),
        "seed": seed,
        "replications": runs,
        "engine": "simpy",
        "versions": versions(),
        "variants": {name: scenario.to_mapping() for name, scenario in scenarios.items()},
        "digests": {name: list(found) for name, found in digests.items()},
    }
