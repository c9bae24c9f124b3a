"""What `mempool-sim conform` says: lines for people, a document for programs."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sim.conformance.compare import Comparison, Difference
from sim.conformance.conform import Conformity
from sim.conformance.rules import Deviation
from sim.conformance.verdict import Score, Tally, Verdict, tally

MS = 1_000_000


def lines_of(conformity: Conformity) -> Iterator[str]:
    """One script under one kernel: its scores, then each difference, each rule broken, and what was missing."""
    scores = tally(conformity)
    yield f"{conformity.kernel:<6} {conformity.script}: {_operations(scores)}"
    for comparison in conformity.comparisons:
        for difference in comparison.differences:
            yield f"    {_difference(comparison, difference)}"
    for deviation in conformity.deviations:
        yield f"    {_deviation(deviation)}"
    for note in conformity.notes:
        yield f"    note: {note}"


def total_line(verdict: Verdict) -> str:
    """The line of totals, which ends with the verdict."""
    total = verdict.total
    parts = (
        f"total: {_operations(total)}",
        f"robust {_of(total.robust)}",
        f"stable {_of(total.stable)} ({_percent(total.stable)})",
        f"time-outs on their jiffy {_of(total.timeouts)}",
        f"return times {_of(total.times)}",
        f"rules broken {total.rules_broken}",
    )
    end = "the demand is met" if verdict.met else f"the demand is NOT met: {'; '.join(verdict.reasons)}"
    return f"{'; '.join(parts)}: {end}"


def document(conformities: list[Conformity], verdict: Verdict) -> dict[str, Any]:
    """The same as one JSON object.

    `cases`: per script and kernel the `scores`, `differences` (op, verb, standing, field, recorded, simulated), `rules`
    broken (rule, seq, t_ns, text) and `notes`; `kernels` and `total`: scores; `met` and `reasons`: the verdict. A score
    is {compared, equal}; times are ns from the pool's creation.
    """
    return {
        "cases": [_case(conformity) for conformity in conformities],
        "kernels": {kernel: asdict(part) for kernel, part in verdict.kernels.items()},
        "total": asdict(verdict.total),
        "met": verdict.met,
        "reasons": list(verdict.reasons),
    }


def _case(conformity: Conformity) -> dict[str, Any]:
    return {
        "script": conformity.script,
        "kernel": conformity.kernel,
        "scores": asdict(tally(conformity)),
        "differences": [
            {"op": comparison.op, "verb": comparison.verb, "standing": comparison.standing, **asdict(difference)}
            for comparison in conformity.comparisons
            for difference in comparison.differences
        ],
        "rules": [asdict(deviation) for deviation in conformity.deviations],
        "notes": list(conformity.notes),
    }


def _operations(scores: Tally) -> str:
    return f"{scores.operations.compared} operations compared, {scores.operations.equal} equal"


def _difference(comparison: Comparison, difference: Difference) -> str:
    recorded, simulated = (_value(difference.field, value) for value in (difference.recorded, difference.simulated))
    where = f"op {comparison.op} {comparison.verb} [{comparison.standing}]"
    return f"{where} {difference.field}: recorded {recorded}, simulated {simulated}"


def _deviation(deviation: Deviation) -> str:
    return f"rule {deviation.rule} at {deviation.t_ns / MS:.3f} ms (event {deviation.seq}): {deviation.text}"


def _value(field: str, value: Any) -> str:
    if value is None:
        return "none"
    if field == "ret_ns":
        spans = value if isinstance(value, tuple) else (value,)
        return " to ".join(f"{end / MS:.3f} ms" for end in spans)
    if isinstance(value, tuple):
        return f"[{', '.join(_value('', entry) for entry in value)}]"
    return str(value)


def _of(score: Score) -> str:
    return f"{score.equal}/{score.compared}"


def _percent(score: Score) -> str:
    return f"{100 * score.equal / score.compared:.2f} %" if score.compared else "none"
