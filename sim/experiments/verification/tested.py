"""What a verification rests on: the predictions, what the runs said of them, and what every run must obey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.experiments.theory.theory import Covered, NotCovered
from sim.experiments.verification.finding import Finding, Verdict
from sim.experiments.verification.invariants import Check
from sim.scenario import Scenario

Subject = tuple[str, str]
"""A configuration and a pool of it, by name."""


@dataclass(frozen=True)
class Tested:
    """What came of it.

    `findings`: a prediction each. `checks`: by configuration, whether one run of it obeys what every run must obey.
    `covered`: the theory of each pool, or why there is none. `digests`: those of the runs that were compared.
    """

    scenarios: Mapping[str, Scenario]
    findings: tuple[Finding, ...]
    checks: Mapping[str, tuple[Check, ...]]
    covered: Mapping[Subject, Covered | NotCovered]
    digests: Mapping[str, Sequence[str]]
    seeds: Mapping[str, int]
    replications: int
    margin: float | None

    @property
    def passed(self) -> bool:
        """Whether nothing differs, nothing is left undecided, and every run obeys what it must."""
        decided = all(found.verdict not in (Verdict.DIFFERS, Verdict.UNDECIDED) for found in self.findings)
        return decided and all(check.holds for found in self.checks.values() for check in found)

    @property
    def seed(self) -> int | None:
        """The seed of all scenarios, None if each has its own."""
        seeds = set(self.seeds.values())
        return seeds.pop() if len(seeds) == 1 else None
