"""Who calls a pool, in the language of queueing theory: independent customers that hold one element each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.kernel.call import Masks
from sim.kernel.gfp import PF_MEMALLOC, parse_gfp
from sim.kernel.versions import KernelVersion
from sim.scenario.programs import located, unrolled
from sim.scenario.steps import Alloc, Free, Hold, Io, Lock, RetryAfter, Sleep, Unlock
from sim.workload.arrivals import At, Closed, Periodic, Poisson, TimesInCsv
from sim.workload.distributions import Distribution, Exponential, Gamma, Weibull

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.scenario.programs import AnyStep
    from sim.scenario.tasks import TaskSpec

_ARRIVALS = {Periodic: "periodic", At: "listed one by one", TimesInCsv: "read from a file"}


@dataclass(frozen=True)
class Callers:
    """A class of tasks that take one element of a pool, hold it, and free it.

    `rate`: calls per second of all its tasks together, a Poisson process; None if they go round in a closed loop, in
    which case `think_ns` is the mean time from a free to the next call. `hold`: the distributions whose sum is the time
    that an element is held, `hold_ns` its mean.
    """

    task: str
    tasks: int
    masks: Masks
    rate: float | None
    think_ns: float | None
    hold: tuple[Distribution, ...]
    hold_ns: float

    @property
    def exponential(self) -> bool:
        """Whether holds are exponential, in whichever words."""
        return len(self.hold) == 1 and _is_exponential(self.hold[0])


def masks_at(scenario: "Scenario", task: "TaskSpec", step: Alloc) -> Masks:
    """The masks of the calls that `step` of a program makes."""
    mask = parse_gfp("GFP_KERNEL" if step.bulk else step.gfp or task.gfp, KernelVersion.parse(scenario.kernel))
    return Masks.of(mask | (PF_MEMALLOC if task.memalloc else 0), scenario.semantics_of(step.pool))


def allocations(scenario: "Scenario", pool: str) -> Iterator[tuple[str, Alloc, Masks]]:
    """Every step of a program that takes elements of `pool`: the task class, the step, the masks of its calls."""
    for name, task in scenario.tasks.items():
        for _, step in located(task.steps, ()):
            if isinstance(step, Alloc) and step.pool == pool:
                yield name, step, masks_at(scenario, task, step)


def callers_of(scenario: "Scenario", pool: str) -> tuple[list[Callers], list[str]]:
    """Who calls `pool`, and why some of those who do are no customers of queueing theory, a sentence each."""
    callers: list[Callers] = []
    reasons: list[str] = []
    for name in dict.fromkeys(task for task, _, _ in allocations(scenario, pool)):
        task = scenario.tasks[name]
        steps = [step for _, step in unrolled(task.steps)]
        found = [*_amiss_in_program(name, steps, pool), *_amiss_in_devices(scenario, name, steps)]
        found += _amiss_in_arrivals(name, task)
        if not found:
            found = _add(callers, scenario, name, task, steps, pool)
        reasons += found
    return callers, reasons


def _amiss_in_program(name: str, steps: "list[AnyStep]", pool: str) -> Iterator[str]:
    taken = [step for step in steps if isinstance(step, Alloc) and step.pool == pool]
    if len(taken) > 1 or taken[0].n > 1 or taken[0].bulk:
        yield f"{name} takes several elements of {pool} for one piece of work: theory's customers take one each"
    if others := sorted({step.pool for step in steps if isinstance(step, Alloc)} - {pool}):
        yield f"{name} also uses {', '.join(others)}: it holds an element of one pool while it waits for another's"
    if any(isinstance(step, (Lock, Unlock)) for step in steps):
        yield f"{name} takes a lock: its customers wait for each other outside of the pool"
    if any(isinstance(step.if_null, RetryAfter) for step in taken):
        yield f"{name} asks again after NULL: that is a retrial queue, of which no closed form is known here"


def _amiss_in_devices(scenario: "Scenario", name: str, steps: "list[AnyStep]") -> Iterator[str]:
    for device in dict.fromkeys(step.device for step in steps if isinstance(step, Io)):
        depth = scenario.devices[device].queue_depth
        if depth is not None:
            yield f"{device} serves {depth} requests at once and lets others wait: {name}'s holds depend on each other"


def _amiss_in_arrivals(name: str, task: "TaskSpec") -> Iterator[str]:
    if isinstance(task.arrivals, Poisson):
        if task.in_flight != "unlimited":
            yield (
                f"{name} has at most {task.in_flight} piece{'s' * (task.in_flight > 1)} of work in hand: "
                "theory has arrivals that come to the pool at once (in_flight: unlimited), or a closed loop"
            )
    elif not isinstance(task.arrivals, Closed):
        words = _ARRIVALS.get(type(task.arrivals), "made by memory")
        yield f"arrivals of {name} are {words}: theory has Poisson arrivals, or a closed loop"


def _add(
    callers: list[Callers], scenario: "Scenario", name: str, task: "TaskSpec", steps: "list[AnyStep]", pool: str
) -> list[str]:
    """Add the class to `callers`; gives why it cannot be."""
    taken = next(index for index, step in enumerate(steps) if isinstance(step, Alloc))
    freed = next(index for index, step in enumerate(steps) if isinstance(step, Free))
    hold = [_duration(scenario, step) for step in steps[taken + 1 : freed]]
    outside = [_duration(scenario, step) for step in [*steps[:taken], *steps[freed + 1 :]]]
    closed = isinstance(task.arrivals, Closed)
    if isinstance(task.arrivals, Closed):
        outside.append(task.arrivals.think)
    hold_ns, think_ns = _mean(hold), _mean(outside)
    if hold_ns is None:
        return [f"holds of {name} have no finite mean"]
    if closed and think_ns is None:
        return [f"the time between two calls of {name} has no finite mean"]
    if not hold_ns:
        return [f"{name} holds its elements for no time"]
    step = steps[taken]
    assert isinstance(step, Alloc)
    rate = task.arrivals.rate * task.count if isinstance(task.arrivals, Poisson) else None
    masks = masks_at(scenario, task, step)
    callers.append(Callers(name, task.count, masks, rate, think_ns if closed else None, tuple(hold), hold_ns))
    return []


def _duration(scenario: "Scenario", step: "AnyStep") -> Distribution:
    if isinstance(step, Io):
        return scenario.devices[step.device].latency
    assert isinstance(step, (Hold, Sleep))
    return step.root


def _mean(parts: list[Distribution]) -> float | None:
    means = [part.mean_ns for part in parts]
    return None if None in means else sum(mean for mean in means if mean is not None)


def _is_exponential(distribution: Distribution) -> bool:
    match distribution:
        case Exponential():
            return True
        case Gamma() | Weibull():
            return distribution.shape == 1
        case _:
            return False
