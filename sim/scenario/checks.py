"""What the parts of a scenario demand of each other: names that exist, flags that the kernel knows, balance.

The shape of each part has been checked before, by its model. A part with mistakes of its own is None here, so that the
others can still be checked and all mistakes be told at once.
"""

from collections.abc import Callable, Collection, Iterator

from sim.kernel.gfp import GfpError, parse_gfp
from sim.kernel.versions import Bulk, KernelVersion
from sim.scenario import programs
from sim.scenario.cost import costs
from sim.scenario.memory_checks import memory_findings
from sim.scenario.mistakes import MOST_TOLD, Loc, expected, meant
from sim.scenario.parts import Finding, Parts
from sim.scenario.pools import Backing, KmallocBacking, SlabBacking
from sim.scenario.steps import Alloc, Free, Io, Step
from sim.spec import key_of
from sim.units import format_count, write_duration, write_size
from sim.workload.arrivals import Closed

MAX_OBJECT = 4 << 20
"""KMALLOC_MAX_SIZE, beyond which no slab cache can be made (x86-64, MAX_ORDER 10), in bytes."""

NEWEST = "7.2"
"""The newest kernel that there is."""

_FAULTS = {"fault_injection": "fail_mempool_alloc", "bulk_fault_injection": "fail_mempool_alloc_bulk"}


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
        memory_findings,
        costs,
    )
    return [finding for check in checks for finding in check(parts)]


def _warmup(parts: Parts) -> Iterator[Finding]:
    if parts.duration is not None and parts.warmup is not None and parts.warmup >= parts.duration:
        found, duration = write_duration(parts.warmup), write_duration(parts.duration)
        yield Finding(("warmup",), f"'{found}' leaves nothing to measure; expected less than the duration '{duration}'")


def _object_sizes(parts: Parts) -> Iterator[Finding]:
    for name, pool in (parts.pools or {}).items():
        if pool and isinstance(pool.backing, (SlabBacking, KmallocBacking)) and pool.backing.size > MAX_OBJECT:
            text = f"'{write_size(pool.backing.size)}' is more than one object can have; expected at most 4 MiB"
            yield Finding(("pools", name, "backing", key_of(Backing, pool.backing), "size"), text)


def _names(parts: Parts) -> Iterator[Finding]:
    # To look for the nearest of thousands of names takes ms: not for mistakes that are not told.
    hints = iter(range(MOST_TOLD))
    known: Collection[str] | None
    for loc, step in parts.all_steps:
        match step:
            case Alloc(pool=name) | Free(pool=name):
                kind, known, where = "pool", parts.pools, (*loc, key_of(Step, step), "pool")
            case Io(device=name):
                kind, known, where = "device", parts.devices, (*loc, "io", "device")
            case _:
                continue
        if known is not None and name not in known:
            listed = expected(known) if known else f"; expected it under {kind}s"
            hint = meant(name, known) if next(hints, None) is not None else ""
            yield Finding(where, f"unknown {kind} '{name}'{listed}{hint}")


def _unused(parts: Parts) -> Iterator[Finding]:
    if parts.tasks is None or None in parts.tasks.values() or next(_names(parts), None):
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
    for name, pool in (parts.pools or {}).items():
        semantics = parts.semantics_of(name)
        for knobs, directory in _FAULTS.items():
            if semantics and getattr(pool, knobs) and not semantics.fault_injection:
                yield Finding(("pools", name, knobs), _lacking(parts, directory), of_key=True)
    for loc, step in parts.all_steps:
        if isinstance(step, (Alloc, Free)) and step.bulk:
            yield from _bulk(loc, step, parts)


def _bulk(loc: Loc, step: Alloc | Free, parts: Parts) -> Iterator[Finding]:
    verb = key_of(Step, step)
    semantics = parts.semantics_of(step.pool)
    if semantics and semantics.bulk is Bulk.ABSENT:
        yield Finding((*loc, verb, "bulk"), _lacking(parts, f"mempool_{verb}_bulk"), of_key=True)
    if isinstance(step, Alloc) and step.gfp not in (None, "GFP_KERNEL"):
        text = f"mempool_alloc_bulk always allocates as GFP_KERNEL; found '{step.gfp}'"
        yield Finding((*loc, verb, "gfp"), text)


def _lacking(parts: Parts, what: str) -> str:
    """What to say of something that came with 6.19 and is not there."""
    if parts.kernel and KernelVersion.parse(parts.kernel) >= KernelVersion.parse("6.19"):
        return f"semantics: takes {what} away from kernel {parts.kernel}; expected it to be left there"
    return f"kernel {parts.kernel} has no {what}; expected kernel 6.19 or later"


def _masks(parts: Parts) -> Iterator[Finding]:
    for loc, text in parts.all_masks:
        if problem := _mask_problem(text, parts.kernel):
            yield Finding(loc, problem)


def _mask_problem(text: str, kernel: str | None) -> str | None:
    """What is wrong with a mask in this kernel, or, if it is not known which, in any."""
    try:
        parse_gfp(text, KernelVersion.parse(kernel or NEWEST))
    except GfpError as error:
        unknown = next((part.strip() for part in text.split("|") if part.strip() not in (*error.known, "0")), text)
        if "does not exist" in str(error):
            return f"{error}{_other_name(unknown)}" if kernel else None
        hint = meant(unknown, error.known)
        problem = str(error) if kernel else str(error).removesuffix(f" in kernel {NEWEST}")
        return f"{problem}; expected a mask such as GFP_NOIO or GFP_NOIO|__GFP_HIGH{hint}"
    return None


def _other_name(flag: str) -> str:
    twin = {"__GFP_WAIT": "__GFP_DIRECT_RECLAIM", "__GFP_DIRECT_RECLAIM": "__GFP_WAIT"}.get(flag)
    return f"; did you mean '{twin}'?" if twin else ""


def _idle_settings(parts: Parts) -> Iterator[Finding]:
    for name, task in parts.sound_tasks:
        if isinstance(task.arrivals, Closed) and task.in_flight != 1:
            text = "a closed loop has one piece of work in hand at a time; expected no in_flight, or a higher count"
            yield Finding(("tasks", name, "in_flight"), text, of_key=True)


def _programs(parts: Parts) -> Iterator[Finding]:
    for name, task in parts.sound_tasks:
        loc = ("tasks", name, "steps")
        if not any(isinstance(step, Alloc) for _, step in parts.steps[name]):
            yield Finding(loc, f"task '{name}' never allocates; expected at least one step {{alloc: POOL}}")
        if (steps := programs.length(task.steps)) > programs.MAX_STEPS:
            text = f"{format_count(steps)} steps once repeats are unrolled; expected at most {programs.MAX_STEPS:,}"
            yield Finding(loc, text)
            continue
        if all(step.pool in (parts.pools or ()) for _, step in parts.steps[name] if isinstance(step, (Alloc, Free))):
            yield from (Finding(where, text) for where, text in programs.unbalanced(task.steps, loc))
        yield from (Finding(where, text) for where, text in programs.amiss_with_locks(task.steps, loc))
