"""Worker processes on this machine: joblib's pool, whose workers end with their parent and are deaf to Ctrl-C.

The pool is kept for the next experiment of the program, since a worker takes a second to start; after a minute without
work its workers end.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.util import Finalize
from typing import Any

_IDLE_S = 60
_LOOK_S = 0.3

_pools: dict[tuple[int, int], Any] = {}
"""By the process that they belong to, and how many workers they have."""


def pool_of(least: int, most: int) -> Any:
    """Return a pool of at least `least` and at most `most` workers, one that is there if possible."""
    from joblib.externals.loky import ProcessPoolExecutor  # noqa: PLC0415  one process does without

    me = os.getpid()
    for (owner, workers), pool in sorted(_pools.items()):
        if owner == me and least <= workers <= most:
            return pool
    pool = ProcessPoolExecutor(least, timeout=_IDLE_S, initializer=enlist, initargs=(me,))
    pool.submit(int)  # starts its thread, which asks for the end of this process to wait for it
    if not any(owner == me for owner, _ in _pools):
        _at_exit(_kill_all)
    _pools[me, least] = pool
    return pool


def kill(pool: Any) -> None:
    """End a pool at once, with whatever its workers are doing."""
    for name in [name for name, one in _pools.items() if one is pool]:
        del _pools[name]
    pool.shutdown(wait=True, kill_workers=True)


def _at_exit(do: Callable[[], None]) -> None:
    """Have something done before this process waits, as it ends, for threads and children.

    A process that multiprocessing has started waits for its children first, idle workers among them. Any other waits
    for the thread of the pool first, and that for workers, of which one that was killed may hold the lock that another
    wants. What is registered later is done earlier.
    """
    Finalize(None, do, exitpriority=0)
    threading._register_atexit(do)  # type: ignore[attr-defined]  # noqa: SLF001  atexit comes too late


def _kill_all() -> None:
    """End the pools of this process."""
    for pool in [pool for (owner, _), pool in _pools.items() if owner == os.getpid()]:
        kill(pool)


def enlist(parent: int) -> None:
    """Make this process a worker of `parent`.

    A terminal sends Ctrl-C to workers, too; it is for the parent to end them. A parent that is killed cannot do that:
    they see to it themselves.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)
