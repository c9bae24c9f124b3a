"""The elements of a pool that a program holds as it is gone through without being run."""

from collections import Counter

from sim.scenario.mistakes import Loc


class Held:
    """The most elements of one pool that a worker can hold, in all and by the step that took them."""

    def __init__(self) -> None:
        self.total = 0
        self.by_step = Counter[Loc]()
        self._stack: list[tuple[Loc, int]] = []

    @property
    def oldest(self) -> Loc:
        """The step that took what has been held the longest."""
        return self._stack[0][0]

    def take(self, where: Loc, n: int) -> None:
        """Take `n` elements by the step `where`."""
        self.total += n
        self.by_step[where] += n
        self._stack.append((where, n))

    def give(self, n: int | None) -> None:
        """Give back the `n` newest, or all."""
        left = self.total if n is None else min(n, self.total)
        self.total -= left
        while left:
            where, newest = self._stack.pop()
            given = min(newest, left)
            if newest > given:
                self._stack.append((where, newest - given))
            self.by_step[where] -= given
            left -= given
