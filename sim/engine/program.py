"""A task's program, laid out flat: the steps of the scenario as a list of plain instructions.

Repeats are written out and an allocation of n elements one by one becomes n instructions, so that running a program is
going down a list. What is random in a pass through it is drawn when the request arrives, in the order of the list: then
a variant that changes only the pools meets the same holds and the same device latencies.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from sim.engine.device import DeviceQueue
from sim.engine.recording import CallLog
from sim.kernel import Mempool
from sim.kernel.call import Masks
from sim.kernel.gfp import gfp_name
from sim.scenario.steps import Alloc, Free, Hold, Io, OnNull, Repeat, RetryAfter, Sleep, Step
from sim.scenario.tasks import TaskSpec
from sim.workload import Distribution, Streams, draws


class Verb(IntEnum):
    """What an instruction does."""

    ALLOC = 0
    PAUSE = 1
    IO = 2
    FREE = 3
    ALLOC_BULK = 4
    FREE_BULK = 5


ALLOC, PAUSE, IO, FREE, ALLOC_BULK, FREE_BULK = Verb


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; which fields count depends on the verb.

    `held`: which list of held elements it adds to or takes from. `count`: how many elements, None for all that are held.
    `kind`: the CallLog's number for such calls. `drawn`: which of the drawn durations it takes. On NULL an allocation
    retries after `retry_after` ns, or goes on at instruction `skip_to`, or (None, None) the request fails.
    """

    verb: Verb
    pool: Mempool | None = None
    device: DeviceQueue | None = None
    masks: Masks | None = None
    kind: int = 0
    held: int = 0
    count: int | None = 1
    drawn: int = 0
    retry_after: int | None = None
    skip_to: int | None = None


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
                    device = self._devices[step.device]
                    self._add(Verb.IO, device=device, drawn=self._draw(self._latencies[step.device]))
                case Hold() | Sleep():
                    self._add(Verb.PAUSE, drawn=self._draw(step.root))
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
            self._add(Verb.ALLOC_BULK, pool=pool, masks=masks, kind=kind, held=held, count=step.n)
            return
        kind = self._log.kind(step.pool, self._name, gfp)
        retry_after = step.if_null.root if isinstance(step.if_null, RetryAfter) else None
        skip_to = len(self._instructions) + step.n if step.if_null is OnNull.SKIP else None
        for _ in range(step.n):
            self._add(
                Verb.ALLOC, pool=pool, masks=masks, kind=kind, held=held, retry_after=retry_after, skip_to=skip_to
            )

    def _free(self, step: Free) -> None:
        verb = Verb.FREE_BULK if step.bulk else Verb.FREE
        self._add(verb, pool=self._pools[step.pool], held=self._held[step.pool], count=step.n)

    def _draw(self, duration: Distribution) -> int:
        self._durations.append(duration)
        return len(self._durations) - 1

    def _add(self, verb: Verb, **fields: object) -> None:
        self._instructions.append(Instruction(verb, **fields))  # type: ignore[arg-type]
