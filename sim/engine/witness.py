"""The witness of a deadlock: who holds what, who wants what since when, and what could still break it."""

from collections.abc import Iterator, Mapping

from sim.engine.deadlock import Elements, Lock
from sim.engine.situation import Scene, Waiting
from sim.engine.worker import Blocked, Worker
from sim.kernel import Mempool, Mutex
from sim.results.verdict import KEPT, SHOWN, Holding, Stuck, Witness, named
from sim.units import format_count, format_duration


def witness(scene: Scene, members: Mapping[Worker, Waiting]) -> Witness:
    """What is to be told of a cycle that stands now."""
    shown = list(members.items())[:KEPT]
    tasks = tuple(_stuck(scene, worker, waiting) for worker, waiting in shown)
    behind = len(scene.stuck()) - len(members)
    return Witness(tasks, len(members), behind, tuple(_exits(scene, members)))


def _stuck(scene: Scene, worker: Worker, waiting: Waiting) -> Stuck:
    pools, mutexes = _names(scene.pools), _names(scene.mutexes)
    blocked = scene.blocked.get(worker)
    wait = waiting.wait
    return Stuck(
        task=worker.task,
        member=worker.member,
        worker=worker.number,
        holds=tuple(Holding(pools[pool], count) for pool, count in scene.held(worker).items() if count),
        locks=tuple(mutexes[mutex] for mutex in worker.owned),
        pool=pools[wait.pool] if isinstance(wait, Elements) else None,
        n=wait.n if isinstance(wait, Elements) else 1,
        lock=mutexes[wait.lock] if isinstance(wait, Lock) else None,
        since_ns=waiting.since,
        polls=0 if blocked is None else _refused(blocked),
        pages=worker.batch,
    )


def _refused(blocked: Blocked) -> int:
    """How often alloc_fn has refused the waiter an element."""
    call = blocked.call
    got = call.count - len(call.missing) if call.bulk else 0
    return (blocked.tries or call.attempts) - got


def _exits(scene: Scene, members: Mapping[Worker, Waiting]) -> Iterator[str]:
    waiters: dict[Mempool, list[Blocked]] = {}
    for worker in members:
        if worker in scene.blocked:
            blocked = scene.blocked[worker]
            waiters.setdefault(blocked.pool, []).append(blocked)
    for name, pool in scene.pools.items():
        if pool in waiters:
            yield _memory(scene, name, waiters[pool])
            if pool.most:
                yield _free(scene, name, pool, members)
    if not waiters:
        yield "nothing can break it: only they could unlock what they wait for"


def _memory(scene: Scene, name: str, waiters: list[Blocked]) -> str:
    """Memory would do, if anybody asks for it."""
    first = waiters[0]
    timeout = first.pool.semantics.timeout
    if first.retry_after is not None:
        asked = f"every {format_duration(first.retry_after)}"
    elif first.pool.no_pool:
        asked = "again and again"
    elif timeout is None:
        return f"memory for {name} cannot break it: nobody asks again, since sleeps have no time-out"
    else:
        asked = f"every {format_duration(timeout)}"
    refused = format_count(sum(map(_refused, waiters)))
    remark = scene.outlook.remark()
    return f"memory for {name} could break it: asked for {asked}, refused {refused} times" + (
        f"; {remark}" if remark else ""
    )


def _free(scene: Scene, name: str, pool: Mempool, members: Mapping[Worker, Waiting]) -> str:
    """So would a free by somebody who is not a member."""
    holders = [
        f"{named(worker.task, worker.member, worker.number)} holds {format_count(count)}"
        for worker in scene.workers
        if worker not in members and (count := scene.held(worker).get(pool, 0))
    ]
    if not holders:
        return f"a free of {name} cannot break it: nobody else holds any"
    more = f" and {format_count(len(holders) - SHOWN)} more do" if len(holders) > SHOWN else ""
    return f"a free of {name} by somebody else could break it: {', '.join(holders[:SHOWN])}{more}"


def _names(things: Mapping[str, Mempool] | Mapping[str, Mutex]) -> dict[object, str]:
    return {thing: name for name, thing in things.items()}
