"""Whether a scenario would cost more than its limits allow: told before it starts, with the estimate."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.kernel.versions import KernelVersion
from sim.scenario import programs
from sim.scenario.estimate import Estimate, task_bytes
from sim.scenario.explanation import existing, value_mark
from sim.scenario.load_estimate import bytes_to_write, load_steps
from sim.scenario.loads import LoadSpec
from sim.scenario.mistakes import NOWHERE, LimitError, Loc, Mistake
from sim.scenario.parts import Finding, Parts
from sim.spec import key_of
from sim.units import format_duration, write_duration, write_size

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def costs(parts: Parts) -> Iterator[Finding]:
    """What would be too much of calls, else of events; and too much of memory."""
    yield from _memory(parts)
    if parts.duration is None or parts.limits is None or parts.machine is None:
        return
    scarce = parts.squeezed or parts.has_memory
    kernel = KernelVersion.parse(parts.kernel) if parts.kernel and scarce else None
    estimate = Estimate(parts.duration, parts.devices or {}, parts.machine.costs)
    load = dict(parts.sound_load)
    written = bytes_to_write(dict(parts.sound_tasks), parts.memory, load.values(), parts.duration)
    calls, retries, events = {}, {}, {}
    for name, task in parts.sound_tasks:
        requests = estimate.requests(task, written.get(name, 0.0))
        again = estimate.retries(task, requests, kernel) if kernel else 0.0
        calls[name] = estimate.calls(task, requests) + again
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
        loc = ("tasks", _largest(calls), "arrivals")
        yield _too_much(loc, found, "calls", f"{parts.limits.calls:,}", _rounded_up(total))
    else:
        yield from _events(events, {name: load_steps(one, parts.duration) for name, one in load.items()}, parts)


def _events(by_tasks: dict[str, float], by_load: dict[str, float], parts: Parts) -> Iterator[Finding]:
    """Too many steps, told of the task or the load that makes most of them."""
    assert parts.duration is not None
    assert parts.limits is not None
    steps = sum(by_tasks.values()) + sum(by_load.values())
    if steps <= parts.limits.most_events:
        return
    loc: Loc = ("tasks", _largest(by_tasks), "steps") if by_tasks else ()
    if by_load and max(by_load.values()) > max(by_tasks.values(), default=0.0):
        name = _largest(by_load)
        loc = ("load", name, key_of(LoadSpec, dict(parts.sound_load)[name]), "rate")
    whose = "tasks and load" if by_load else "tasks"
    found = f"about {steps:,.0f} steps of {whose} in {write_duration(parts.duration)}"
    yield _too_much(loc, found, "events", f"{parts.limits.most_events:,}", _rounded_up(steps))


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
    yield _too_much(("tasks", _largest(sizes), "count"), found, "memory", write_size(parts.limits.memory), f"{gib} GiB")


def _too_much(loc: Loc, found: str, limit: str, most: str, enough: int | str) -> Finding:
    expected = f"expected fewer, or a higher limit, as in limits: {{{limit}: {enough}}}"
    return Finding(loc, f"{found}, more than limits.{limit} = {most}; {expected}")


def _largest(amounts: dict[str, float] | dict[str, int]) -> str:
    return max(amounts, key=lambda name: amounts[name])


def _rounded_up(number: float) -> int:
    """The next round number above, for a suggestion."""
    power = int(10 ** max(len(f"{number:.0f}") - 2, 0))
    return int(number // power + 1) * power
