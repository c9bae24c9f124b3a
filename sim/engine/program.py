"""A task's program, laid out flat: the steps of the scenario as a list of plain instructions.

Repeats are written out and an allocation of n elements one by one becomes n instructions, so that running a program is
going down a list. What is random in a pass through it is drawn when the request arrives, in the order of the list: then
a variant that changes only the pools meets the same holds and the same device latencies.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, NamedTuple

from sim.engine.device import Device
from sim.engine.recording import CallLog
from sim.kernel import Mempool, Mutex
from sim.kernel.call import Masks, Path
from sim.kernel.gfp import PF_MEMALLOC, gfp_name, parse_gfp
from sim.kernel.page import PAGE_SIZE
from sim.kernel.vm import PagesToWrite
from sim.scenario.steps import Alloc, Free, Hold, Io, Lock, OnNull, Repeat, RetryAfter, Sleep, Step, Unlock
from sim.scenario.tasks import TaskSpec
from sim.workload import Distribution, Streams, draws
from sim.workload.memory_work import MemoryWork


class Verb(Enum):
    """What an instruction does."""

    PAUSE = auto()
    """Let the drawn duration number `drawn` pass."""
    TAKE = auto()
    """Allocate an element, as `request` says, and add it to list `held`."""
    GIVE = auto()
    """Free the `amount` newest elements of list `held`, or all (None), one by one."""
    SUBMIT = auto()
    """Hand a request to `device` and wait until it is done; its time in service is the drawn duration `drawn`."""
    TAKE_BULK = auto()
    """Allocate `amount` elements by one call and add them to list `held`."""
    GIVE_BULK = auto()
    """Free the `amount` newest elements of list `held`, or all (None), by one call."""
    LOCK = auto()
    """Take `mutex`, or sleep until it is free."""
    UNLOCK = auto()
    """Give `mutex` up."""
    COLLECT = auto()
    """Wait until there are pages to be written, and take up to `amount` of `writing`."""
    WRITTEN = auto()
    """The pages that were collected are written, out of `amount` those for which there were elements."""


PAUSE: Final = Verb.PAUSE
TAKE: Final = Verb.TAKE
GIVE: Final = Verb.GIVE
SUBMIT: Final = Verb.SUBMIT
TAKE_BULK: Final = Verb.TAKE_BULK
GIVE_BULK: Final = Verb.GIVE_BULK
LOCK: Final = Verb.LOCK
UNLOCK: Final = Verb.UNLOCK
COLLECT: Final = Verb.COLLECT

_NONE: Any = None
ALWAYS = (True,)


@dataclass(frozen=True, slots=True)
class Request:
    """How one element is asked for.

    On NULL: try again after `retry_after` ns, or leave out the next `skip` instructions, or, if both are None, give up.
    `shortens`: a page for this element and each that is left out stays unwritten.
    """

    masks: Masks
    retry_after: int | None
    skip: int | None
    shortens: bool


class Instruction(NamedTuple):
    """One instruction in the format that all share; what its verb does not need is left out.

    `kind` is the CallLog's number for its calls, `mask` that of their first attempt. A call begins with a plain round
    unless there is something `in_the_way`: those who are woken and do not run yet, whom it might rob of an element; or
    ALWAYS.
    """

    verb: Verb
    pool: Mempool = _NONE
    held: int = 0
    drawn: int = 0
    amount: int | None = None
    kind: int = 0
    mask: int = 0
    in_the_way: Sequence[object] = ALWAYS
    request: Request = _NONE
    device: Device = _NONE
    mutex: Mutex = _NONE
    writing: PagesToWrite = _NONE


@dataclass(frozen=True)
class Program:
    """A task class's instructions, the pools of its lists of held elements, what it draws for a request, and writes."""

    instructions: tuple[Instruction, ...]
    pools: tuple[Mempool, ...]
    durations: tuple[Distribution, ...]
    task: str
    writing: PagesToWrite | None = None

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
        devices: Mapping[str, Device],
        latencies: Mapping[str, Distribution],
        mutexes: Mapping[str, Mutex],
        writing: PagesToWrite | None,
        log: CallLog,
    ) -> None:
        self._name = name
        self._task = task
        self._pools = pools
        self._devices = devices
        self._latencies = latencies
        self._mutexes = mutexes
        self._writing = writing
        self._log = log
        self._instructions: list[Instruction] = []
        self._held: dict[str, int] = {}
        self._durations: list[Distribution] = []

    def program(self) -> Program:
        """The whole program."""
        if self._writing is not None:
            assert isinstance(self._task.arrivals, MemoryWork)
            pages = self._task.arrivals.size // PAGE_SIZE
            self._instructions.append(Instruction(COLLECT, amount=pages, writing=self._writing))
        self._lay_out(self._task.steps)
        if self._writing is not None:
            self._instructions.append(Instruction(Verb.WRITTEN, amount=pages, writing=self._writing))
        pools = tuple(self._pools[name] for name in self._held)
        return Program(tuple(self._instructions), pools, tuple(self._durations), self._name, self._writing)

    def _lay_out(self, steps: Sequence[Step]) -> None:
        for step in steps:
            match step:
                case Alloc():
                    self._alloc(step)
                case Free():
                    self._free(step)
                case Io():
                    drawn = self._draw(self._latencies[step.device])
                    self._instructions.append(Instruction(SUBMIT, drawn=drawn, device=self._devices[step.device]))
                case Hold() | Sleep():
                    self._instructions.append(Instruction(PAUSE, drawn=self._draw(step.root)))
                case Lock(mutex=name):
                    self._instructions.append(Instruction(LOCK, mutex=self._mutexes[name]))
                case Unlock(mutex=name):
                    self._instructions.append(Instruction(UNLOCK, mutex=self._mutexes[name]))
                case Repeat():
                    for _ in range(step.times):
                        self._lay_out(step.steps)

    def _alloc(self, step: Alloc) -> None:
        pool = self._pools[step.pool]
        held = self._held.setdefault(step.pool, len(self._held))
        mask = parse_gfp("GFP_KERNEL" if step.bulk else step.gfp or self._task.gfp, pool.version)
        masks = pool.masks_of(mask | (PF_MEMALLOC if self._task.memalloc else 0))
        gfp, paths = gfp_name(masks.gfp, pool.version), paths_of(masks, pool)
        if step.bulk:
            kind = self._log.kind(step.pool, self._name, gfp, step.n, paths, count=self._task.count)
            self._instructions.append(Instruction(TAKE_BULK, pool, held, amount=step.n, kind=kind))
            return
        kind = self._log.kind(step.pool, self._name, gfp, paths=paths, count=self._task.count)
        retry_after = step.if_null.root if isinstance(step.if_null, RetryAfter) else None
        in_the_way = pool.wait.woken.turns if pool.plain else ALWAYS
        skips = step.if_null in {OnNull.SKIP, OnNull.SHORTEN}
        shortens = step.if_null is OnNull.SHORTEN and self._writing is not None
        for left in reversed(range(step.n)):
            request = Request(masks, retry_after, left if skips else None, shortens)
            take = Instruction(TAKE, pool, held, kind=kind, mask=masks.first, in_the_way=in_the_way, request=request)
            self._instructions.append(take)

    def _free(self, step: Free) -> None:
        pool, held = self._pools[step.pool], self._held[step.pool]
        verb = GIVE_BULK if step.bulk else GIVE
        self._instructions.append(Instruction(verb, pool, held, amount=step.n))

    def _draw(self, duration: Distribution) -> int:
        self._durations.append(duration)
        return len(self._durations) - 1


def paths_of(masks: Masks, pool: Mempool) -> set[Path]:
    """The paths that a call with these masks to `pool` can take, whatever becomes of memory."""
    paths = {Path.FIRST}
    if masks.before_sleep or (pool.no_pool and masks.may_sleep):
        paths.add(Path.RECLAIM)
    if not pool.no_pool:
        paths.add(Path.RESERVE)
        if masks.may_sleep:
            paths |= {Path.WAIT, Path.WAIT_RESERVE}
    paths.add(Path.UNFINISHED if masks.may_sleep else Path.NULL)
    return paths
