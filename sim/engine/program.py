"""A task's program, laid out flat: the steps of the scenario as a list of plain instructions.

Repeats are written out and an allocation of n elements one by one becomes n instructions, so that running a program is
going down a list. What is random in a pass through it is drawn when the request arrives, in the order of the list: then
a variant that changes only the pools meets the same holds and the same device latencies.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Literal

from sim.engine.device import DeviceQueue
from sim.engine.recording import CallLog
from sim.kernel import Mempool
from sim.kernel.call import Masks
from sim.kernel.gfp import gfp_name
from sim.kernel.runqueue import Turn
from sim.scenario.steps import Alloc, Free, Hold, Io, OnNull, Repeat, RetryAfter, Sleep, Step
from sim.scenario.tasks import TaskSpec
from sim.workload import Distribution, Streams, draws


class Verb(Enum):
    """What an instruction does."""

    TAKE = auto()
    PAUSE = auto()
    GIVE = auto()
    SUBMIT = auto()
    TAKE_BULK = auto()
    GIVE_BULK = auto()


TAKE: Final = Verb.TAKE
PAUSE: Final = Verb.PAUSE
GIVE: Final = Verb.GIVE
SUBMIT: Final = Verb.SUBMIT
TAKE_BULK: Final = Verb.TAKE_BULK
GIVE_BULK: Final = Verb.GIVE_BULK


@dataclass(frozen=True, slots=True)
class Take:
    """Allocate one element and add it to list `held`; `kind` is the CallLog's number for such calls.

    `first` is the mask of a call's first attempt. If `at_once`, calls begin with a round that needs no more than that;
    `woken` lists those who are woken but do not run yet, whom a call may rob of an element. On NULL: try again after
    `retry_after` ns, or leave out the next `skip` instructions, or, if both are None, give up.
    """

    pool: Mempool
    at_once: bool
    woken: list[Turn]
    masks: Masks
    first: int
    kind: int
    held: int
    retry_after: int | None
    skip: int | None
    verb: Literal[Verb.TAKE] = TAKE


@dataclass(frozen=True, slots=True)
class TakeBulk:
    """Allocate `count` elements by one call and add them to list `held`."""

    pool: Mempool
    kind: int
    held: int
    count: int
    verb: Literal[Verb.TAKE_BULK] = TAKE_BULK


@dataclass(frozen=True, slots=True)
class Give:
    """Free the `count` newest elements of list `held`, or all (None), one by one, each for `cost` ns."""

    pool: Mempool
    held: int
    count: int | None
    cost: int
    verb: Literal[Verb.GIVE] = GIVE


@dataclass(frozen=True, slots=True)
class GiveBulk:
    """Free the `count` newest elements of list `held`, or all (None), by one call."""

    pool: Mempool
    held: int
    count: int | None
    verb: Literal[Verb.GIVE_BULK] = GIVE_BULK


@dataclass(frozen=True, slots=True)
class Pause:
    """Let the drawn duration number `drawn` pass."""

    drawn: int
    verb: Literal[Verb.PAUSE] = PAUSE


@dataclass(frozen=True, slots=True)
class Submit:
    """Hand a request to a device and wait until it is done; its time in service is the drawn duration `drawn`."""

    device: DeviceQueue
    drawn: int
    verb: Literal[Verb.SUBMIT] = SUBMIT


Instruction = Take | TakeBulk | Give | GiveBulk | Pause | Submit


@dataclass(frozen=True)
class Program:
    """A task class's instructions, the pools of its lists of held elements, and what it draws for each request."""

    instructions: tuple[Instruction, ...]
    pools: tuple[Mempool, ...]
    durations: tuple[Distribution, ...]
    task: str

    def draws(self, streams: Streams, member: int) -> list[Callable[[], int]]:
        """The functions that draw the durations of member `member`'s requests, one for each that a request needs."""
        return [
            draws(duration.sample, streams.rng("durations", f"{self.task}[{number}]", member))
            for number, duration in enumerate(self.durations)
        ]


class Compiler:
    """Lays out the program of one task class."""

    def __init__(
        self,
        name: str,
        task: TaskSpec,
        pools: Mapping[str, Mempool],
        devices: Mapping[str, DeviceQueue],
        latencies: Mapping[str, Distribution],
        log: CallLog,
    ) -> None:
        self._name = name
        self._task = task
        self._pools = pools
        self._devices = devices
        self._latencies = latencies
        self._log = log
        self._instructions: list[Instruction] = []
        self._held: dict[str, int] = {}
        self._durations: list[Distribution] = []

    def program(self) -> Program:
        """The whole program."""
        self._lay_out(self._task.steps)
        pools = tuple(self._pools[name] for name in self._held)
        return Program(tuple(self._instructions), pools, tuple(self._durations), self._name)

    def _lay_out(self, steps: Sequence[Step]) -> None:
        for step in steps:
            match step:
                case Alloc():
                    self._alloc(step)
                case Free():
                    self._free(step)
                case Io():
                    drawn = self._draw(self._latencies[step.device])
                    self._instructions.append(Submit(self._devices[step.device], drawn))
                case Hold() | Sleep():
                    self._instructions.append(Pause(self._draw(step.root)))
                case Repeat():
                    for _ in range(step.times):
                        self._lay_out(step.steps)

    def _alloc(self, step: Alloc) -> None:
        pool = self._pools[step.pool]
        held = self._held.setdefault(step.pool, len(self._held))
        masks = pool.masks_of("GFP_KERNEL" if step.bulk else step.gfp or self._task.gfp)
        gfp = gfp_name(masks.gfp, pool.version)
        if step.bulk:
            kind = self._log.kind(step.pool, self._name, gfp, step.n)
            self._instructions.append(TakeBulk(pool, kind, held, step.n))
            return
        kind = self._log.kind(step.pool, self._name, gfp)
        retry_after = step.if_null.root if isinstance(step.if_null, RetryAfter) else None
        for left in reversed(range(step.n)):
            skip = left if step.if_null is OnNull.SKIP else None
            woken = pool.wait.woken.turns
            self._instructions.append(Take(pool, pool.plain, woken, masks, masks.first, kind, held, retry_after, skip))

    def _free(self, step: Free) -> None:
        pool, held = self._pools[step.pool], self._held[step.pool]
        give = GiveBulk(pool, held, step.n) if step.bulk else Give(pool, held, step.n, pool.costs.free)
        self._instructions.append(give)

    def _draw(self, duration: Distribution) -> int:
        self._durations.append(duration)
        return len(self._durations) - 1
