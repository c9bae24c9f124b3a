"""What every run must obey, whatever the scenario: nothing is lost, nothing counted twice, and Little's law.

They are identities of what was recorded on different sides: calls are written down by the tasks that make them, the
reserve and the sleepers by the pool. So none needs an interval: one that is broken shows a mistake in the simulator.
"""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.experiments.theory.callers import allocations
from sim.kernel import KernelWarning
from sim.kernel.versions import ZeroMin
from sim.units import S, format_count, format_duration

if TYPE_CHECKING:
    from sim.results import Result
    from sim.scenario import Scenario

_SERVED = ("first_attempt", "reserve", "reclaim", "wait", "wait_reserve")


@dataclass(frozen=True)
class Check:
    """Whether a pool of a run obeys `law`; `found` says with which numbers."""

    pool: str
    law: str
    holds: bool
    found: str


def checks(scenario: "Scenario", seed: int, replication: int = 0) -> list[Check]:
    """Run a scenario once, its warm-up counted, and return whether it obeys each law, pool by pool."""
    whole = scenario.with_(warmup="0 s") if scenario.warmup else scenario
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KernelWarning)
        result = whole.run(seed=seed, replication=replication)
    return list(checks_of(whole, result))


def checks_of(scenario: "Scenario", result: "Result") -> Iterator[Check]:
    """Whether a result of `scenario` obeys each law. Raise a ValueError if it leaves a warm-up out."""
    if result.document["warmup_ns"]:
        raise ValueError("a run with a warm-up says nothing of calls that began in it: expected warmup 0")
    for pool in scenario.pools:
        rows = [row for row in result.document["rows"] if row["pool"] == pool and not row["total"]]
        yield _every_call_has_a_path(pool, rows)
        yield _waits_are_of_those_who_slept(pool, rows)
        yield _wakes_follow_sleeps(pool, rows)
        yield _operations_cost_what_they_cost(scenario, pool, rows)
        yield from _elements_are_conserved(scenario, result, pool, rows)
        yield _reserve_keeps_its_bounds(scenario, result, pool)
        yield _little(scenario, result, pool, rows)


def _every_call_has_a_path(pool: str, rows: list[Mapping[str, Any]]) -> Check:
    calls, by_path = _sum(rows, "calls"), sum(sum(row["paths"].values()) for row in rows)
    spread = all(sum(row["paths"].values()) == row["calls"] for row in rows)
    return Check(pool, "paths add up", spread, f"{_n(by_path)} by path, {_n(calls)} calls")


def _waits_are_of_those_who_slept(pool: str, rows: list[Mapping[str, Any]]) -> Check:
    slept = sum(row["shares"]["waited"]["count"] for row in rows)
    after = sum(row["paths"]["wait"] + row["paths"]["wait_reserve"] for row in rows)
    unfinished = sum(row["paths"]["unfinished"] for row in rows)
    found = f"{_n(slept)} slept, {_n(after)} served, {_n(unfinished)} unfinished"
    return Check(pool, "waits come of sleeps", after <= slept <= after + unfinished, found)


def _wakes_follow_sleeps(pool: str, rows: list[Mapping[str, Any]]) -> Check:
    sleeps, woken = _sum(rows, "sleeps"), _sum(rows, "wakes") + _sum(rows, "timeouts")
    unfinished = sum(row["paths"]["unfinished"] for row in rows)
    found = f"{_n(sleeps)} sleeps, {_n(woken)} ends"
    vain = all(row["wasted_wakes"] <= row["wakes"] for row in rows)
    return Check(pool, "each sleep ends once", vain and woken <= sleeps <= woken + unfinished, found)


def _operations_cost_what_they_cost(scenario: "Scenario", pool: str, rows: list[Mapping[str, Any]]) -> Check:
    costs = scenario.machine.costs
    most_each = _most_at_once(scenario, pool)
    spent = sum(row["time"]["operations_ns"] for row in rows)
    takes = sum(row["paths"]["reserve"] + row["paths"]["wait_reserve"] for row in rows)
    most = _sum(rows, "attempts") * costs.attempt + takes * most_each * costs.take
    in_vain = sum(row["time"]["vain_ns"] for row in rows)
    parts = all(value >= 0 for row in rows for value in row["time"].values())
    found = f"{format_duration(spent)} of at most {format_duration(most)} in operations"
    least = 0 if in_vain or most_each > 1 else _least(rows, costs.attempt, costs.take)
    return Check(pool, "time parts add up", parts and least <= spent <= most, found)


def _least(rows: list[Mapping[str, Any]], attempt: int, take: int) -> int:
    """What calls that were served at once spent in operations, each one attempt at least."""
    return sum(
        row["paths"]["first_attempt"] * attempt + (row["paths"]["reserve"] + row["paths"]["wait_reserve"]) * take
        for row in rows
    )


def _elements_are_conserved(
    scenario: "Scenario", result: "Result", pool: str, rows: list[Mapping[str, Any]]
) -> Iterator[Check]:
    """Of calls for one element each it is known how many they took."""
    if any(step.bulk for _, step, _ in allocations(scenario, pool)):
        return
    taken = sum(row["paths"][path] for row in rows for path in _SERVED)
    freed = result.document["pools"][pool]["frees"]
    series = result.series
    mine = series[series.pool == pool]
    out = int(mine.outstanding.iloc[-1])
    found = f"{_n(taken)} taken, {_n(freed)} freed, {_n(out)} out"
    # Any free refills the reserve, so that it never lacks more elements than are out.
    lacking = result.document["pools"][pool]["min_nr"] - mine.reserve_max
    held = bool(((mine.outstanding >= 0) & (lacking <= mine.outstanding)).all())
    yield Check(pool, "elements are conserved", taken == freed + out and held, found)


def _reserve_keeps_its_bounds(scenario: "Scenario", result: "Result", pool: str) -> Check:
    min_nr = result.document["pools"][pool]["min_nr"]
    slack = scenario.semantics_of(pool).zero_min is ZeroMin.ONE_ELEMENT
    most = min_nr or int(slack)
    series = result.series
    mine = series[series.pool == pool]
    low, high = int(mine.reserve_min.min()), int(mine.reserve_max.max())
    found = f"{_n(low)} to {_n(high)}, min_nr {_n(min_nr)}"
    return Check(pool, "reserve within bounds", low >= 0 and high <= most, found)


def _little(scenario: "Scenario", result: "Result", pool: str, rows: list[Mapping[str, Any]]) -> Check:
    """L = lambda W: the mean number of waiters times the run's length is the time that all calls together waited.

    The pool counts a waiter from its first sleep to its return, so that the last round of a call that slept, with its
    operations and its reclaim, may be in it beyond what the call counts as sleep.
    """
    series = result.series
    mine = series[series.pool == pool]
    by_pool = float(np.dot(mine.waiters_mean, np.diff(mine.t_ns, prepend=0)))
    by_calls = sum(row["time"]["asleep_ns"] + row["time"]["vain_ns"] for row in rows)
    each = 2 * scenario.machine.costs.attempt + scenario.machine.costs.take * _most_at_once(scenario, pool)
    rounds = sum(row["shares"]["waited"]["count"] for row in rows) * each
    reclaim = sum(row["time"]["reclaim_ns"] for row in rows)
    # Of two changes within some us of each other the pool may take the first to have come with the second.
    blurred = _sum(rows, "sleeps") * each + 1e-9 * by_pool + 1
    holds = by_calls - blurred <= by_pool <= by_calls + reclaim + rounds + blurred
    found = f"{by_pool / S:.7g} s by the pool, {by_calls / S:.7g} s by calls"
    return Check(pool, "Little's law", holds, found)


def _most_at_once(scenario: "Scenario", pool: str) -> int:
    """The most elements that one call takes."""
    return max((step.n for _, step, _ in allocations(scenario, pool) if step.bulk), default=1)


def _sum(rows: list[Mapping[str, Any]], key: str) -> int:
    return sum(row[key] for row in rows)


def _n(count: int) -> str:
    return format_count(count)
