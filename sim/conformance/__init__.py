"""Real kernels against the simulator: scripts, recordings, rules, and the comparison operation by operation."""

from sim.conformance.compare import Comparison, Difference, compare
from sim.conformance.conform import Conformity, conform, conform_case
from sim.conformance.directory import Case, load_cases
from sim.conformance.event import Event, Kind
from sim.conformance.expected import Expected, load_expected
from sim.conformance.outcome import Outcome, outcomes
from sim.conformance.recording import Recording, load_recording
from sim.conformance.rules import Deviation, check_rules
from sim.conformance.script import ConformanceInputError, Script, load_script
from sim.conformance.verdict import Verdict, judge

__all__ = [
    "Case",
    "Comparison",
    "ConformanceInputError",
    "Conformity",
    "Deviation",
    "Difference",
    "Event",
    "Expected",
    "Kind",
    "Outcome",
    "Recording",
    "Script",
    "Verdict",
    "check_rules",
    "compare",
    "conform",
    "conform_case",
    "judge",
    "load_cases",
    "load_expected",
    "load_recording",
    "load_script",
    "outcomes",
]
