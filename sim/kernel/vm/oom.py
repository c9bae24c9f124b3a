"""The OOM killer: the last resort of those who may invoke it (mm/oom_kill.c)."""

from collections.abc import Callable, Generator
from typing import Protocol

import simpy

from sim.kernel.vm.node import Node


class Victim(Protocol):
    """A process that can be killed for its memory."""

    @property
    def rss(self) -> int:
        """The pages that its death would free, swap included."""

    def kill(self) -> None:
        """Let it end, and free its memory."""


class OomKiller:
    """Kills the largest of `victims`; `delay()` draws the ns from the kill until its memory is free.

    From 2.6.12 on a mempool's attempts never get here: they carry __GFP_NORETRY. While a victim is dying nobody else is
    killed.
    """

    def __init__(self, env: simpy.Environment, node: Node, delay: Callable[[], int]) -> None:
        self.env = env
        self.node = node
        self.victims: list[Victim] = []
        self._delay = delay
        self._dying: simpy.Event | None = None

    def can_help(self, *, wanted: bool) -> bool:
        """Whether a victim is dying, or, if somebody has reclaimed in vain (`wanted`), there is one."""
        return self._dying is not None or (wanted and any(victim.rss for victim in self.victims))

    def invoke(self) -> simpy.Event | None:
        """The event with which a victim's memory is free; None if there is nobody to kill (out_of_memory)."""
        if self._dying is None:
            victim = max(self.victims, key=lambda victim: victim.rss, default=None)
            if victim is None or not victim.rss:
                return None
            self.victims.remove(victim)
            self.node.count("oom_kill")
            self._dying = self.env.process(self._reap(victim))
        return self._dying

    def _reap(self, victim: Victim) -> Generator[simpy.Event, None, None]:
        yield self.env.timeout(self._delay())
        victim.kill()
        self._dying = None
