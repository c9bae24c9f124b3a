"""Simulated against recorded, operation by operation.

What an operation is compared with: the recording of the same script on the same kernel. That is one of the recordings
that `expected` sums up. For an operation on which these agree it shows the value on which they agree; for the others it
shows what this kernel did with this clock, and the simulation is given that clock. Without such a recording the values
in `expected` take its place: a value on which the recordings differ must be one of those seen.

What must agree: the kind of operation; of an allocation the source, each attempt (mask class and outcome), the causes
of its wakes and the jiffy of each time-out; the reserve before and after; the destination of a free; what a resize
returned, and the minimum it left; the wait queue that a snap shows. The element counts only where `expected` lists it
as robust. The length of the wait queue that frees and resizes log is not compared: it demands nothing of the pool.

Return times count for operations that agree in all that. An operation that ended after a timer or msleep, or that only
waited for an earlier one of its task that did, is held against this kernel's own recording, to within 1.5 ms. Any other
must be within 1 ms, and only where all recordings agree on its return to within 1 ms: where they do not, it was noise
of the recorded machine that decided.

Three standings. A *robust* operation must agree, element and time included. A *stable* one (all one-CPU recordings
agree on it) must agree in 99 % of the cases, elements aside; robust ones are usually stable as well, and count in both.
Of the rest (*open*: the recordings themselves differ, or none is known) nothing is demanded; the differences are shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.conformance.expected import Expected, ExpectedOperation
from sim.conformance.outcome import Outcome
from sim.conformance.script import MS, Operation, Script, Verb

AGREEMENT_NS = MS
"""Recordings whose returns lie within this agree on the time; a simulated return may then be as far off."""
AFTER_TIMER_NS = 3 * MS // 2
"""How far a return after a timer or msleep may be off."""

_ALWAYS = ("src", "attempts", "wakes", "timeout_jiffies", "curr_before", "curr_after", "dst", "n", "rc", "min_after")
_OF_SNAP = ("waiters", "queue_head_first")
_ONLY_RECORDED = ("timeout_jiffies",)


@dataclass(frozen=True)
class Difference:
    """A field in which the simulated operation is not as recorded."""

    field: str
    recorded: Any
    simulated: Any


@dataclass(frozen=True)
class Comparison:
    """An operation compared.

    `differences`: in the fields that count for it. `timeouts`: recorded time-outs, None if no recording says when they
    came; `timed`: its return time was held against a limit.
    """

    op: int
    verb: str
    robust: bool
    stable: bool
    differences: tuple[Difference, ...]
    timeouts: int | None = None
    timed: bool = False

    @property
    def equal(self) -> bool:
        """Nothing differs that counts."""
        return not self.differences

    @property
    def equal_but_element(self) -> bool:
        """Nothing differs but the element."""
        return all(difference.field == "elem" for difference in self.differences)

    @property
    def standing(self) -> str:
        """robust, stable or open."""
        return "robust" if self.robust else "stable" if self.stable else "open"

    def differs_in(self, field: str) -> bool:
        """Whether `field` is among the differences."""
        return any(difference.field == field for difference in self.differences)


def compare(
    script: Script, expected: Expected, recorded: Mapping[int, Outcome] | None, simulated: Mapping[int, Outcome]
) -> list[Comparison]:
    """Compare every operation of a script; `recorded` is None if this kernel has no recording of it."""
    after_timer = _after_timer(script, recorded) if recorded is not None else frozenset()
    return [
        _compare(
            op,
            expected,
            recorded[op.id] if recorded is not None else None,
            simulated[op.id],
            after_timer=op.id in after_timer,
        )
        for op in script.ops
        if recorded is not None or op.id in expected.ops
    ]


def _compare(
    op: Operation, expected: Expected, recorded: Outcome | None, simulated: Outcome, *, after_timer: bool
) -> Comparison:
    known = expected.ops.get(op.id)
    robust, stable = op.id in expected.robust, known is not None and known.stable_1cpu
    fields = _ALWAYS + (_OF_SNAP if op.verb is Verb.SNAP else ())
    if op.id in expected.robust_elements:
        fields += ("elem",)
    differences = _differing(("verb",), recorded, known, simulated) or _differing(fields, recorded, known, simulated)
    limit = _limit(known, after_timer) if (robust or stable) and not differences else None
    span = _span(recorded, known)
    timed = limit is not None and span is not None
    if limit is not None and span is not None:
        differences = _late(span, limit, simulated.ret_ns)
    return Comparison(
        op=op.id,
        verb=op.verb,
        robust=robust,
        stable=stable,
        differences=tuple(differences),
        timeouts=len(recorded.timeout_jiffies) if recorded is not None else None,
        timed=timed,
    )


def _differing(
    fields: tuple[str, ...], recorded: Outcome | None, known: ExpectedOperation | None, simulated: Outcome
) -> list[Difference]:
    differences = []
    for field in fields:
        value = getattr(simulated, field)
        if recorded is not None:
            if getattr(recorded, field) != value:
                differences.append(Difference(field, getattr(recorded, field), value))
        elif known is not None and field not in _ONLY_RECORDED and not known.allows(field, value):
            differences.append(Difference(field, known.values.get(field, known.alternatives.get(field)), value))
    return differences


def _after_timer(script: Script, recorded: Mapping[int, Outcome]) -> frozenset[int]:
    """The operations whose end was set by a timer or msleep, directly or through an earlier one of the same task."""
    found = set()
    for task in script.tasks:
        touched, ended = False, 0
        for op in script.ops_of(task.id):
            outcome = recorded[op.id]
            follows = op.at_ns is None or ended > op.at_ns
            own = bool(outcome.timeout_jiffies) or outcome.slept_in_alloc_fn
            touched = own or (touched and follows)
            if touched:
                found.add(op.id)
            ended = outcome.ret_ns or outcome.call_ns or ended
    return frozenset(found)


def _limit(known: ExpectedOperation | None, after_timer: bool) -> int | None:
    if after_timer:
        return AFTER_TIMER_NS
    if known is None or known.ret_ms is None:
        return None
    earliest, latest = known.ret_ms
    return AGREEMENT_NS if (latest - earliest) * MS <= AGREEMENT_NS else None


def _span(recorded: Outcome | None, known: ExpectedOperation | None) -> tuple[int, int] | None:
    """The earliest and the latest return (ns) that the simulated one is held against."""
    if recorded is not None:
        return None if recorded.ret_ns is None else (recorded.ret_ns, recorded.ret_ns)
    if known is None or known.ret_ms is None:
        return None
    return round(known.ret_ms[0] * MS), round(known.ret_ms[1] * MS)


def _late(span: tuple[int, int], limit: int, simulated: int | None) -> list[Difference]:
    earliest, latest = span
    if simulated is not None and earliest - limit <= simulated <= latest + limit:
        return []
    recorded = earliest if earliest == latest else span
    return [Difference("ret_ns", recorded, simulated)]
