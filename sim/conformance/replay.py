"""The state of a pool as its events tell it: the stack of elements, the wait queue, the timers."""

from bisect import bisect_right
from dataclasses import dataclass, field

from sim.conformance.event import Event

TIMEOUT_S = 5
_WHEEL_BUCKETS = 64
_WHEEL_SHIFT = 3


def timeout_jiffy(asleep: int, hz: int) -> int:
    """The absolute jiffy at which a 5 s sleep that began in the absolute jiffy `asleep` times out.

    The timer wheel sorts a timer into the first of its levels that reaches far enough; a level's buckets are eight
    times as long as those of the level below, and a timer fires at the end of its bucket (kernel/time/timer.c, 4.8 on).
    At HZ=250 that is (floor((asleep + 1250) / 64) + 1) * 64.
    """
    length, level = TIMEOUT_S * hz, 0
    while length >= (_WHEEL_BUCKETS - 1) << (_WHEEL_SHIFT * level):
        level += 1
    bucket: int = 1 << (_WHEEL_SHIFT * level)
    return ((asleep + length) // bucket + 1) * bucket


@dataclass
class Sleeper:
    """A task on the wait queue since `asleep`; `due` is the relative jiffy of its time-out, None if not known."""

    task: int
    asleep: Event
    due: int | None
    timed_out: bool = False


@dataclass
class Replay:
    """The pool, replayed.

    `elements`: the reserve, newest last; `queue`: the sleepers, newest first. `levels` remembers every change of the
    reserve's level with its time (ns), so that one can ask whether it was empty within an interval.
    """

    min_nr: int = 0
    elements: list[int] = field(default_factory=list)
    queue: list[Sleeper] = field(default_factory=list)
    levels: list[tuple[int, int]] = field(default_factory=lambda: [(-1, 0)])

    @property
    def curr_nr(self) -> int:
        """The level of the reserve."""
        return len(self.elements)

    def add(self, elem: int, t_ns: int) -> None:
        """An element goes onto the stack."""
        self.elements.append(elem)
        self.levels.append((t_ns, self.curr_nr))

    def take(self, elem: int, t_ns: int) -> bool:
        """An element leaves the stack; False if it was not the newest one."""
        newest = bool(self.elements) and self.elements[-1] == elem
        if elem in self.elements:
            self.elements.remove(elem)
        elif self.elements:
            self.elements.pop()
        self.levels.append((t_ns, self.curr_nr))
        return newest

    def lowest(self, start_ns: int, end_ns: int) -> int:
        """The lowest level of the reserve from `start_ns` to `end_ns`, both included."""
        first = bisect_right(self.levels, (start_ns, 1 << 62)) - 1
        last = bisect_right(self.levels, (end_ns, 1 << 62))
        return min(level for _, level in self.levels[max(first, 0) : max(last, first + 1)])

    def join(self, sleeper: Sleeper) -> None:
        """A task enters the wait queue at its head; if it was still on it, it stays where it was."""
        if self.sleeper(sleeper.task) is None:
            self.queue.insert(0, sleeper)

    def leave(self, task: int) -> None:
        """A task is no longer on the wait queue."""
        self.queue = [sleeper for sleeper in self.queue if sleeper.task != task]

    def sleeper(self, task: int) -> Sleeper | None:
        """The task's place on the wait queue, None if it is not on it."""
        return next((sleeper for sleeper in self.queue if sleeper.task == task), None)

    def wakeable(self) -> tuple[int, ...]:
        """The tasks that a wake-up of the whole queue finds asleep, in the order of the queue."""
        return tuple(sleeper.task for sleeper in self.queue if not sleeper.timed_out)
