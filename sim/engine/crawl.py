"""Whether a run crawls: somebody waits for an element or a mutex all the time, and next to nothing gets done.

Progress is counted in requests that a device completes, and in a scenario without devices in pieces of work done. It is
held against what would be done if nobody waited for an element (`sim.engine.pace`).
"""

import math
from collections import deque
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sim.engine.device import DeviceQueue
from sim.engine.pace import paces, users
from sim.engine.situation import Scene
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
    """A crawl from `since` to `until` (ns): `done` were completed where `expected` would have been.

    `what` is counted: ``requests of disk``.
    """

    what: str
    since: int
    until: int
    done: int
    expected: float

    @property
    def length(self) -> int:
        """How long it lasted (ns)."""
        return self.until - self.since


class Crawl:
    """Watches for the longest crawl of one device, or of all work, of which `rate` per ns is to be expected.

    `what` is counted; `done()` says how many have been done since the run began; it is asked once a second at most.
    """

    def __init__(self, what: str, rate: float, done: Callable[[], int]) -> None:
        self.longest: Stretch | None = None
        self._what = what
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
        if self.longest is None or now - since > self.longest.length:
            self.longest = Stretch(self._what, since, now, done - before, self._rate * (now - since))

    def nobody(self) -> None:
        """Nobody waits now."""
        self._looks.clear()
        self._begin = None

    def _slow(self, since: int, until: int, done: int) -> bool:
        """Whether less than 1 % was done; with no bound to what might have been, whether nothing was."""
        return done < SHARE * self._rate * (until - since) if math.isfinite(self._rate) else done == 0


class Crawls:
    """Watches each of the `devices` of a run of `scenario` in `scene` for a crawl; without devices, all work.

    Somebody waits for a device if a task that uses it waits. Others need not be looked at: who holds a device up by
    what its users need makes one of them wait, and who waits and holds up none of them is of no concern to it.
    """

    def __init__(self, scenario: "Scenario", scene: Scene, devices: Mapping[str, DeviceQueue]) -> None:
        self._scene = scene
        pace = paces(scenario)
        self._watched: list[tuple[Crawl, Container[str]]] = []
        for name, device in devices.items():
            asked = users(scenario, name)
            rate = sum(pace[task] * n for task, n in asked.items())
            self._watched.append((Crawl(f"requests of {name}", rate, partial(_completed, device)), asked))
        if not devices:
            self._watched.append((Crawl("pieces of work", sum(pace.values()), self._done), pace))

    def look(self, now: int) -> None:
        """See at `now` (ns) who waits."""
        for crawl, tasks in self._watched:
            if any(worker.task in tasks for worker in self._scene.waiting()):
                crawl.look(now)
            else:
                crawl.nobody()

    @property
    def longest(self) -> Stretch | None:
        """The longest crawl of all."""
        found = [crawl.longest for crawl, _ in self._watched if crawl.longest]
        return max(found, key=lambda stretch: stretch.length, default=None)

    def _done(self) -> int:
        return sum(worker.done for worker in self._scene.workers)


def _completed(device: DeviceQueue) -> int:
    return device.completed
