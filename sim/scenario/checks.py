"""What the parts of a scenario demand of each other: names that exist, flags that the kernel knows, balance.

The shape of each part has been checked before, by its model. A part with mistakes of its own is None here, so that the
others can still be checked and all mistakes be told at once.
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from sim.kernel.gfp import GfpError, parse_gfp
from sim.kernel.versions import Bulk, KernelVersion, Semantics, semantics_of
from sim.scenario import programs
from sim.scenario.estimate import expected_calls
from sim.scenario.machine import MachineSpec
from sim.scenario.mistakes import Loc, expected, meant
from sim.scenario.pools import KmallocBacking, PoolSpec, SlabBacking
from sim.scenario.programs import Located
from sim.scenario.steps import Alloc, Free, Io
from sim.scenario.tasks import TaskSpec
from sim.units import format_count, write_duration, write_size
from sim.workload.arrivals import Closed
from sim.workload.devices import Device

MAX_OBJECT = 4 << 20
"""KMALLOC_MAX_SIZE, beyond which no slab cache can be made (x86-64, MAX_ORDER 10), in bytes."""


@dataclass(frozen=True)
class Finding:
    """Something wrong at a path. `of_key`: the key at its end is to blame, not the value."""

    loc: Loc
    text: str
    of_key: bool = False


@dataclass(frozen=True)
class Parts:
    """A scenario in parts; None stands for a part with mistakes of its own.

    `pools` or `devices` is None when the whole section is amiss. `steps`: for each task the steps that are well-formed,
    with their paths, those inside repeats too.
    """

    kernel: str | None
    duration: int | None
    warmup: int | None
    max_calls: int | None
    machine: MachineSpec | None
    pools: Mapping[str, PoolSpec | None] | None
    devices: Mapping[str, Device | None] | None
    tasks: Mapping[str, TaskSpec | None]
    steps: Mapping[str, tuple[Located, ...]]

    @property
    def all_steps(self) -> Iterator[Located]:
        """The well-formed steps of all tasks."""
        for steps in self.steps.values():
            yield from steps


def findings(parts: Parts) -> list[Finding]:
    """All that is wrong between the parts, in no particular order."""
    checks: tuple[Callable[[Parts], Iterator[Finding]], ...] = (
        _warmup,
        _object_sizes,
        _names,
        _unused,
        _versions,
        _masks,
        _idle_settings,
        _programs,
        _calls,
    )
    return [finding for check in checks for finding in check(parts)]


def _warmup(parts: Parts) -> Iterator[Finding]:
    if parts.duration is not None and parts.warmup is not None and parts.warmup >= parts.duration:
        found, duration = write_duration(parts.warmup), write_duration(parts.duration)
        yield Finding(("warmup",), f"'{found}' leaves nothing to measure; expected less than the duration '{duration}'")


def _object_sizes(parts: Parts) -> Iterator[Finding]:
    for name, pool in (parts.pools or {}).items():
        if pool and isinstance(pool.backing, (SlabBacking, KmallocBacking)) and pool.backing.size > MAX_OBJECT:
            tag = "slab" if isinstance(pool.backing, SlabBacking) else "kmalloc"
            text = f"'{write_size(pool.backing.size)}' is more than one object can have; expected at most 4 MiB"
            yield Finding(("pools", name, "backing", tag, "size"), text)


def _names(parts: Parts) -> Iterator[Finding]:
    for loc, step in parts.all_steps:
        match step:
            case Alloc(pool=name) | Free(pool=name):
                yield from _unknown("pool", name, parts.pools, (*loc, programs.verb_of(step), "pool"))
            case Io(device=name):
                yield from _unknown("device", name, parts.devices, (*loc, "io", "device"))


def _unknown(kind: str, name: str, known: Collection[str] | None, loc: Loc) -> Iterator[Finding]:
    if known is not None and name not in known:
        listed = expected(known) if known else f"; expected it under {kind}s"
        yield Finding(loc, f"unknown {kind} '{name}'{listed}{meant(name, known)}")


def _unused(parts: Parts) -> Iterator[Finding]:
    if None in parts.tasks.values() or next(_names(parts), None):
        return
    taken = {step.pool for _, step in parts.all_steps if isinstance(step, Alloc)}
    served = {step.device for _, step in parts.all_steps if isinstance(step, Io)}
    for name in parts.pools or ():
        if name not in taken:
            text = f"no task allocates from pool '{name}'; expected a step {{alloc: {name}}}, or no such pool"
            yield Finding(("pools", name), text, of_key=True)
    for name in parts.devices or ():
        if name not in served:
            text = f"no task uses device '{name}'; expected a step {{io: {name}}}, or no such device"
            yield Finding(("devices", name), text, of_key=True)


def _versions(parts: Parts) -> Iterator[Finding]:
    if parts.kernel is None:
        return
    kernel = KernelVersion.parse(parts.kernel)
    semantics = semantics_of(kernel)
    for name, pool in (parts.pools or {}).items():
        if pool and pool.fault_injection and not semantics.fault_injection:
            text = f"kernel {parts.kernel} has no fail_mempool_alloc; expected kernel 6.19 or later"
            yield Finding(("pools", name, "fault_injection"), text, of_key=True)
    for loc, step in parts.all_steps:
        if isinstance(step, (Alloc, Free)) and step.bulk:
            yield from _bulk(loc, step, kernel, semantics)


def _bulk(loc: Loc, step: Alloc | Free, kernel: KernelVersion, semantics: Semantics) -> Iterator[Finding]:
    verb = programs.verb_of(step)
    if semantics.bulk is Bulk.ABSENT:
        text = f"kernel {kernel} has no mempool_{verb}_bulk; expected kernel 6.19 or later"
        yield Finding((*loc, verb, "bulk"), text, of_key=True)
    if isinstance(step, Alloc) and step.gfp not in (None, "GFP_KERNEL"):
        text = f"mempool_alloc_bulk always allocates as GFP_KERNEL; found '{step.gfp}'"
        yield Finding((*loc, verb, "gfp"), text)


def _masks(parts: Parts) -> Iterator[Finding]:
    if parts.kernel is None:
        return
    kernel = KernelVersion.parse(parts.kernel)
    masks: list[tuple[Loc, str]] = [(("tasks", name, "gfp"), t.gfp) for name, t in parts.tasks.items() if t]
    masks += [((*loc, "alloc", "gfp"), s.gfp) for loc, s in parts.all_steps if isinstance(s, Alloc) and s.gfp]
    for loc, text in masks:
        if problem := _mask_problem(text, kernel):
            yield Finding(loc, problem)


def _mask_problem(text: str, kernel: KernelVersion) -> str | None:
    try:
        parse_gfp(text, kernel)
    except GfpError as error:
        unknown = next((part.strip() for part in text.split("|") if part.strip() not in (*error.known, "0")), text)
        if "does not exist" in str(error):
            return f"{error}{_other_name(unknown)}"
        hint = meant(unknown, error.known)
        return f"{error}; expected a mask such as GFP_NOIO or GFP_NOIO|__GFP_HIGH{hint}"
    return None


def _other_name(flag: str) -> str:
    twin = {"__GFP_WAIT": "__GFP_DIRECT_RECLAIM", "__GFP_DIRECT_RECLAIM": "__GFP_WAIT"}.get(flag)
    return f"; did you mean '{twin}'?" if twin else ""


def _idle_settings(parts: Parts) -> Iterator[Finding]:
    for name, task in parts.tasks.items():
        if task and isinstance(task.arrivals, Closed) and task.in_flight != 1:
            text = "a closed loop has one piece of work in hand at a time; expected no in_flight, or a higher count"
            yield Finding(("tasks", name, "in_flight"), text, of_key=True)


def _programs(parts: Parts) -> Iterator[Finding]:
    for name, task in parts.tasks.items():
        if task is None:
            continue
        loc = ("tasks", name, "steps")
        if not any(isinstance(step, Alloc) for _, step in parts.steps[name]):
            yield Finding(loc, f"task '{name}' never allocates; expected at least one step {{alloc: POOL}}")
        if (steps := programs.length(task.steps)) > programs.MAX_STEPS:
            text = f"{format_count(steps)} steps once repeats are unrolled; expected at most {programs.MAX_STEPS:,}"
            yield Finding(loc, text)
            continue
        if all(step.pool in (parts.pools or ()) for _, step in parts.steps[name] if isinstance(step, (Alloc, Free))):
            yield from (Finding(where, text) for where, text in programs.unbalanced(task.steps, loc))


def _calls(parts: Parts) -> Iterator[Finding]:
    """Refuse a run that would make more allocations than allowed, before it starts."""
    if parts.duration is None or parts.max_calls is None or parts.machine is None:
        return
    total, busiest, most = 0.0, "", -1.0
    for name, task in parts.tasks.items():
        if task is None:
            continue
        calls = expected_calls(task, parts.duration, parts.devices or {}, parts.machine.costs)
        total += calls
        if calls > most:
            busiest, most = name, calls
    if total <= parts.max_calls:
        return
    loc = ("tasks", busiest, "arrivals")
    if math.isinf(total):
        yield Finding(loc, f"task '{busiest}' would go round without time passing; expected a think time above 0")
        return
    yield Finding(
        loc,
        f"about {total:,.0f} allocations in {write_duration(parts.duration)}, more than limits.calls = "
        f"{parts.max_calls:,}; expected fewer, or a higher limit, as in limits: {{calls: {_rounded_up(total)}}}",
    )


def _rounded_up(number: float) -> int:
    """The next round number above, for a suggestion."""
    power = int(10 ** max(len(f"{number:.0f}") - 2, 0))
    return int(number // power + 1) * power
