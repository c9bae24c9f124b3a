"""Who does a task's work: a process for each request that it has in hand, with what that process holds."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sim.kernel import Mempool, Mutex
from sim.kernel.call import Call
from sim.kernel.vm import PagesToWrite


@dataclass(slots=True, eq=False)
class Worker:
    """One process of task `member` of the class `task`; `number` tells it from the others of that task.

    `held` has a list of elements for each of `pools`; `owned` are the mutexes that it has locked, `done` counts the
    requests that it has finished, `batch` the pages of `writing` that it is to write, if that is what it does,
    `lacking` the elements that it did not get for them.
    """

    task: str
    member: int
    number: int
    pools: tuple[Mempool, ...]
    held: list[list[Any]]
    owned: list[Mutex] = field(default_factory=list)
    writing: PagesToWrite | None = None
    batch: int = 0
    lacking: int = 0
    done: int = 0


class Blocked(NamedTuple):
    """What a worker waits for in mempool_alloc: a call to `pool` of `kind`, as numbered by the CallLog.

    The call either goes on, or has given NULL, and so have the others that followed it every `retry_after` ns, `tries`
    in all.
    """

    pool: Mempool
    call: Call
    kind: int
    retry_after: int | None = None
    tries: int = 0
