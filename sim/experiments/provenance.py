"""Where the numbers of an experiment come from: scenarios, seeds, versions, and the digest of every run."""

from collections.abc import Mapping
from typing import Any

from sim.experiments.outcome import FORMAT
from sim.experiments.sample.sample import Sample
from sim.results.summary import versions


def provenance(
    samples: Mapping[str, Sample], kind: str, name: str, question: str, seed: int, runs: int
) -> dict[str, Any]:
    """Return the part of an experiment's document that tells how to make it again.

    Nothing in it depends on how the runs were made: neither the workers nor what was reused.
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
        "variants": {name: sample.scenario.to_mapping() for name, sample in samples.items()},
        "digests": {name: list(sample.digests) for name, sample in samples.items()},
    }
