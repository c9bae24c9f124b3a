"""An event that a process winds anew for each of its pauses."""

from typing import Self

import simpy


class Alarm(simpy.Event):
    """A kitchen timer: one process owns it, waits for it, and winds it again.

    It saves the making of a Timeout for every pause of every request. At most one process may wait for it, and it may
    be rung once for each `rest`.
    """

    def __init__(self, env: simpy.Environment) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None

    def rest(self) -> Self:
        """Be an event that has not happened; `ring` sets when it will."""
        self.callbacks = []
        return self

    def ring(self, delay: int) -> None:
        """Happen `delay` ns from now."""
        self.env.schedule(self, delay=delay)

    def pause(self, delay: int) -> Self:
        """Rest, and ring `delay` ns from now."""
        self.callbacks = []
        self.env.schedule(self, delay=delay)
        return self
