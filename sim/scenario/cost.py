"""Whether a scenario would cost more than its limits allow: told before it starts, with the estimate."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.kernel.versions import KernelVersion
from sim.scenario import programs
from sim.scenario.estimate import expected_calls, expected_requests, most_retries, task_bytes
from sim.scenario.explanation import existing, value_mark
from sim.scenario.mistakes import NOWHERE, LimitError, Mistake
from sim.scenario.parts import Finding, Parts
from sim.units import format_duration, write_duration, write_size

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def costs(parts: Parts) -> Iterator[Finding]:
    """What would be too much of calls, else of events; and too much of memory."""
    yield from _memory(parts)
    if parts.duration is None or parts.limits is None or parts.machine is None:
        return
    kernel = KernelVersion.parse(parts.kernel) if parts.kernel and parts.squeezed else None
    devices, machine = parts.devices or {}, parts.machine
    calls, retries, events = {}, {}, {}
    for name, task in parts.sound_tasks:
        requests = expected_requests(task, parts.duration, devices, machine.costs)
        again = most_retries(task, parts.duration, requests, machine.costs, kernel) if kernel else 0.0
        calls[name] = expected_calls(task, parts.duration, devices, machine.costs) + again
        retries[name] = again
        events[name] = requests * task.count * (1 + programs.length(task.steps)) + again
    total = sum(calls.values())
    when = write_duration(parts.duration)
    if math.isinf(total):
        name = _largest(calls)
        text = f"task '{name}' would go round without time passing; expected a think time above 0"
        yield Finding(("tasks", name, "arrivals"), text)
    elif total > parts.limits.calls:
        found = f"about {total:,.0f} allocations in {when}"
        if sum(retries.values()) > total / 2:
            found = f"up to {total:,.0f} allocations in {when}, most of them retries after NULL"
        yield _too_much(_largest(calls), "arrivals", found, "calls", f"{parts.limits.calls:,}", _rounded_up(total))
    elif (steps := sum(events.values())) > parts.limits.most_events:
        most = f"{parts.limits.most_events:,}"
        found = f"about {steps:,.0f} steps of tasks in {when}"
        yield _too_much(_largest(events), "steps", found, "events", most, _rounded_up(steps))


def over_limit(scenario: "Scenario", calls: int, now: int) -> LimitError:
    """The error of a run that at `now` ns had made more calls than its limit."""
    most, after = f"{scenario.limits.calls:,}", format_duration(now)
    text = f"stopped after {calls:,} allocations in {after} of {write_duration(scenario.duration)}, more than {most}"
    hint = "expected fewer, as with longer waits between retries, or a higher limit"
    root, loc = scenario.document, ("limits", "calls")
    if root is None:
        return LimitError([Mistake.at(NOWHERE, loc, f"{text}; {hint}")])
    return LimitError([Mistake.at(value_mark(root, existing(root, loc)), loc, f"{text}; {hint}")])


def _memory(parts: Parts) -> Iterator[Finding]:
    sizes = {name: task_bytes(task) for name, task in parts.sound_tasks}
    if parts.limits is None or sum(sizes.values()) <= parts.limits.memory:
        return
    gib = math.ceil(sum(sizes.values()) / (1 << 30))
    count = sum(task.count for _, task in parts.sound_tasks)
    found = f"about {gib:,} GiB of memory for {count:,} tasks and their random streams"
    yield _too_much(_largest(sizes), "count", found, "memory", write_size(parts.limits.memory), f"{gib} GiB")


def _too_much(task: str, key: str, found: str, limit: str, most: str, enough: int | str) -> Finding:
    expected = f"expected fewer, or a higher limit, as in limits: {{{limit}: {enough}}}"
    return Finding(("tasks", task, key), f"{found}, more than limits.{limit} = {most}; {expected}")


def _largest(amounts: dict[str, float] | dict[str, int]) -> str:
    return max(amounts, key=lambda name: amounts[name])


def _rounded_up(number: float) -> int:
    """The next round number above, for a suggestion."""
    power = int(10 ** max(len(f"{number:.0f}") - 2, 0))
    return int(number // power + 1) * power
