"""Run scripts through the simulator and hold what it did against real kernels."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sim.conformance.compare import Comparison, compare
from sim.conformance.directory import HZ, Case
from sim.conformance.event import Event, before_rescue
from sim.conformance.outcome import outcomes
from sim.conformance.rules import Deviation, check_rules
from sim.conformance.script import Script
from sim.conformance.simulate import simulate as simulate_pool

Simulate = Callable[[Script, str, int | None, float], Sequence[Event]]
"""Script, kernel, absolute jiffies at the start (None: its creation fails), ms at which relative jiffy 0 began."""


@dataclass(frozen=True)
class Conformity:
    """How one script went under one kernel."""

    script: str
    kernel: str
    comparisons: tuple[Comparison, ...]
    deviations: tuple[Deviation, ...]
    notes: tuple[str, ...]


def conform(cases: Iterable[Case], simulate: Simulate = simulate_pool) -> Iterator[Conformity]:
    """Simulate each case, check the rules on its events, and compare its operations with the recorded ones.

    `simulate`: what is put to the test, by default the simulator's own pool. Where the recording was cut off by the
    rescue, both sides end at the script's `rescue_ms`.
    """
    for case in cases:
        yield conform_case(case, simulate(case.script, case.kernel, case.clock.start_jiffies, case.clock.jiffy_0_at_ms))


def conform_case(case: Case, simulated: Sequence[Event]) -> Conformity:
    """Hold the events of a simulation against a case."""
    recording, ops = case.recording, case.script.ops
    rescue_ns = case.script.rescue_ns if recording is None or recording.rescued else None
    ordered = sorted(simulated, key=lambda event: event.t_ns)
    events = before_rescue((replace(event, seq=seq) for seq, event in enumerate(ordered)), rescue_ns)
    recorded = outcomes(ops, before_rescue(recording.events, rescue_ns)) if recording is not None else None
    return Conformity(
        script=case.script.name,
        kernel=case.kernel,
        comparisons=tuple(compare(case.script, case.expected, recorded, outcomes(ops, events))),
        deviations=tuple(check_rules(events, hz=HZ, start_jiffies=case.clock.start_jiffies, kernel=case.kernel)),
        notes=case.notes,
    )
