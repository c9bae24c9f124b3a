"""How long something has been going on in all: kswapd's runs, the refusal of first attempts."""


class Stopwatch:
    """The ns during which it `runs`, added up from its beginning."""

    __slots__ = ("_since", "_total", "runs")

    def __init__(self) -> None:
        self.runs = False
        self._since = self._total = 0

    def start(self, now: int) -> None:
        """It runs from `now` on."""
        self.runs = True
        self._since = now

    def stop(self, now: int) -> None:
        """It has run up to `now`."""
        self._total = self.read(now)
        self.runs = False

    def read(self, now: int) -> int:
        """For how many ns it has run up to `now`."""
        return self._total + (now - self._since if self.runs else 0)
