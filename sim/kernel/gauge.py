"""A quantity that changes in steps, such as the reserve level: its mean, its extremes, its time at zero."""


class Gauge:
    """A stepwise quantity over time, kept as integrals and extremes in O(1) memory.

    Times in ns. A `set` that lies some us before the last one (see `Memory.grants`) counts as at the same instant.
    """

    __slots__ = ("_area", "_since", "_zero", "high", "low", "value")

    def __init__(self, value: int, now: int) -> None:
        self.value = self.low = self.high = value
        self._since = now
        self._area = self._zero = 0

    def set(self, value: int, now: int) -> None:
        """The quantity is `value` from `now` on."""
        passed = now - self._since
        if passed > 0:
            self._area += self.value * passed
            if not self.value:
                self._zero += passed
            self._since = now
        self.value = value
        if value < self.low:
            self.low = value
        elif value > self.high:
            self.high = value

    def read(self, now: int) -> tuple[int, int, int, int]:
        """The integral (value * ns), the ns at zero, the low and the high since the last reading; starts afresh."""
        self.set(self.value, now)
        reading = self._area, self._zero, self.low, self.high
        self._area = self._zero = 0
        self.low = self.high = self.value
        return reading
