"""An event at a moment that is known before it comes."""

import simpy


class Appointment(simpy.Event):
    """Something to wait for whose moment is set once it is known: the end of a call, the turn at a mutex."""

    def at(self, instant: int, value: object = None) -> None:
        """Happen at `instant` (ns), with `value`."""
        self._ok = True
        self._value = value
        self.env.schedule(self, delay=instant - int(self.env.now))
