"""How long the runs that are left will take, from those that are finished; nothing is claimed before there is one."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far an experiment is: so many runs are there, `reused` ones from earlier among them, of how many.

    `left_s`: about how many seconds the others will take, None while nobody can tell. `step`: of an experiment that
    goes step by step, nobody knows how many, what the present one is that these runs are of; `before`: the runs of the
    steps before it.
    """

    done: int
    of: int
    reused: int = 0
    left_s: float | None = None
    step: str = ""
    before: int = 0

    def __str__(self) -> str:
        """``12/40 runs, 8 reused, about 40 s left``, or ``min_nr 6: 4/10 runs, about 3 s left, 70 runs before``."""
        parts = [f"{self.step}: {self.done:,}/{self.of:,} runs" if self.step else f"{self.done:,}/{self.of:,} runs"]
        if self.reused:
            parts.append(f"{self.reused:,} reused")
        if self.left_s is not None and self.done < self.of:
            parts.append(f"about {about(self.left_s)} left")
        if self.before:
            parts.append(f"{self.before:,} runs before")
        return ", ".join(parts)


class Eta:
    """The time that is left with `workers` runs at once; `left` has the group of each run that is to be made.

    Runs of a group, such as the replications of one scenario, are taken to last as long as its finished ones do, and
    those of a group that has none, as long as the finished ones of all groups.
    """

    def __init__(self, left: Iterable[Hashable], workers: int) -> None:
        self.workers = workers
        self._left: dict[Hashable, int] = {}
        for group in left:
            self._left[group] = self._left.get(group, 0) + 1
        self._finished: dict[Hashable, tuple[int, float]] = {}
        self._all = (0, 0.0)
        self._known_s = 0.0
        self._unknown = sum(self._left.values())

    def finished(self, group: Hashable, wall_s: float | None) -> None:
        """One more run of the group is finished, after so many seconds if that is known."""
        runs, seconds = self._finished.get(group, (0, 0.0))
        left = self._left[group]
        self._left[group] = left - 1
        if runs:
            self._known_s -= left * seconds / runs
        else:
            self._unknown -= left
        if wall_s is not None:
            runs, seconds = runs + 1, seconds + wall_s
            self._finished[group] = runs, seconds
            self._all = self._all[0] + 1, self._all[1] + wall_s
        if runs:
            self._known_s += (left - 1) * seconds / runs
        else:
            self._unknown += left - 1

    @property
    def left_s(self) -> float | None:
        """About how many seconds all runs that are left will take; None before the first one is finished."""
        runs, seconds = self._all
        if not runs:
            return None
        return max(self._known_s + self._unknown * seconds / runs, 0.0) / self.workers


def about(seconds: float) -> str:
    """Return a time that is left in words that claim no more than is known: 3 s, 40 s, 5 min, 2 h."""
    if seconds < 100:
        return f"{max(round(seconds, -1 if seconds > 20 else 0), 1):.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"
