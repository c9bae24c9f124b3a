"""Whether a run crawls: somebody waits for memory all the time, and next to nothing gets done.

Progress is counted in requests that the devices complete, and in a scenario without devices in pieces of work done. It
is held against what they would do if nobody waited for an element: a device no more than `queue_depth` / mean latency,
nor than the tasks that use it, each as often as its work arrives and its program lets it.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.scenario.estimate import Estimate
from sim.scenario.load_estimate import bytes_to_write
from sim.scenario.programs import ios
from sim.units import S

if TYPE_CHECKING:
    from sim.scenario import Scenario

LEAST = 30 * S
"""A crawl lasts at least this long."""

SHARE = 0.01
"""In a crawl less than this share is done."""

_EXPECTED = 10
"""With fewer requests to expect, that none was completed says little: the window is as long as it takes."""


@dataclass(frozen=True)
class Stretch:
    """A crawl from `since` to `until` (ns): `done` were completed where `expected` would have been."""

    since: int
    until: int
    done: int
    expected: float


def expected_rate(scenario: "Scenario") -> float:
    """How much is done per ns, on average, if nobody waits for elements: see above. Infinite if nothing bounds it."""
    estimate = Estimate(scenario.duration, scenario.devices, scenario.machine.costs)
    written = bytes_to_write(scenario.tasks, scenario.memory, scenario.load.values(), scenario.duration)
    paces = {name: estimate.pace(task, written.get(name, 0.0)) for name, task in scenario.tasks.items()}
    if not scenario.devices:
        return sum(paces.values())
    total = 0.0
    for name, device in scenario.devices.items():
        asked = sum(paces[task] * n for task, spec in scenario.tasks.items() if (n := ios(spec.steps, name)))
        total += min(asked, estimate.device_rate(device))
    return total


class Crawl:
    """Watches for the longest crawl of a run in which `rate` pieces per ns are to be expected.

    `done()` says how many have been done since the run began; it is asked once a second at most.
    """

    def __init__(self, rate: float, done: Callable[[], int]) -> None:
        self.longest: Stretch | None = None
        self._rate = rate
        self._done = done
        self._window = max(LEAST, _EXPECTED / rate) if rate else math.inf
        self._looks: deque[tuple[int, int]] = deque()
        self._begin: tuple[int, int] | None = None

    def look(self, now: int) -> None:
        """Somebody waits at `now` (ns)."""
        looks = self._looks
        if looks and now < looks[-1][0] + S:
            return
        done = self._done()
        looks.append((now, done))
        while len(looks) > 1 and looks[1][0] <= now - self._window:
            looks.popleft()
        since, before = looks[0]
        if now - since < self._window:
            return
        if not self._slow(since, now, done - before):
            self._begin = None
            return
        if self._begin is None:
            self._begin = since, before
        since, before = self._begin
        if self.longest is None or now - since > self.longest.until - self.longest.since:
            self.longest = Stretch(since, now, done - before, self._rate * (now - since))

    def nobody(self) -> None:
        """Nobody waits now."""
        self._looks.clear()
        self._begin = None

    def _slow(self, since: int, until: int, done: int) -> bool:
        """Whether less than 1 % was done; with no bound to what might have been, whether nothing was."""
        return done < SHARE * self._rate * (until - since) if math.isfinite(self._rate) else done == 0
