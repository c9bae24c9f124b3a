"""What became of a run, in one word, and the evidence for it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sim.units import S, format_count, format_duration

SHOWN = 6
"""How many tasks are shown, of a witness as of others; the rest are counted."""
HUNG = 120 * S
"""After so long (ns) without a switch khungtaskd reports a task (hung_task_timeout_secs)."""
KEPT = 20
"""How many tasks of a witness are kept."""


class Word(StrEnum):
    """The four verdicts."""

    SERVED = "served"
    """No call slept, none got NULL or was held up in reclaim, nobody at a lock, and the machine did not stand still."""
    DEGRADED = "degraded"
    """It was not served, and none of the following."""
    CRAWL = "crawl"
    """For half a minute or more somebody who uses a device waited at every look, and it did next to nothing."""
    DEADLOCK = "deadlock"
    """Tasks waited in a cycle that stood for 10 s and two polls of memory, or to the end if nothing would break it."""


def named(task: str, member: int, worker: int) -> str:
    """Return how a worker is shown: ``writer[0]``, class and number; ``writer[0]/3`` if it is not the task's first."""
    return f"{task}[{member}]" + (f"/{worker}" if worker else "")


@dataclass(frozen=True)
class Holding:
    """`n` elements of a pool that a task holds."""

    pool: str
    n: int


@dataclass(frozen=True)
class Stuck:
    """One task of a cycle: worker `worker` of member `member` of the class `task`.

    It wants `n` elements of `pool`, or `lock`, and has waited since `since_ns`. `polls`: how often it asked memory
    meanwhile, in vain. `pages`: those that it is to write back or to swap out.
    """

    task: str
    member: int
    worker: int
    holds: tuple[Holding, ...]
    locks: tuple[str, ...]
    pool: str | None
    n: int
    lock: str | None
    since_ns: int
    polls: int
    pages: int = 0

    @property
    def name(self) -> str:
        """The task as it is shown."""
        return named(self.task, self.member, self.worker)

    def __str__(self) -> str:
        """What it holds and wants, in a line."""
        held = [f"{format_count(held.n)} of {held.pool}" for held in self.holds]
        held += [f"lock {lock}" for lock in self.locks]
        held += [f"{format_count(self.pages)} page{'s' * (self.pages > 1)} to write"] if self.pages else []
        polls = f", asked {format_count(self.polls)} time{'s' * (self.polls != 1)} in vain" if self.pool else ""
        holds = " and ".join(held) or "nothing"
        return f"{self.name} holds {holds}, wants {self._wants} since {format_duration(self.since_ns)}{polls}"

    @property
    def _wants(self) -> str:
        if self.lock:
            return f"lock {self.lock}"
        more = " more" if any(held.pool == self.pool for held in self.holds) else ""
        whose = "" if more and len(self.holds) + len(self.locks) + bool(self.pages) == 1 else f" of {self.pool}"
        return f"{format_count(self.n)}{more}{whose}"


@dataclass(frozen=True)
class Witness:
    """A cycle of `size` tasks, the first of them in `tasks`, and how many more are stuck `behind` it.

    `exits`: what could still break it, a sentence each.
    """

    tasks: tuple[Stuck, ...]
    size: int
    behind: int
    exits: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Verdict:
    """The word, what it rests on, a sentence each, the most telling first, and for a deadlock the witness of it.

    `since_ns`: when a deadlock or a crawl began. `hung`: tasks that khungtaskd would have reported.
    """

    word: Word
    evidence: tuple[str, ...]
    since_ns: int | None = None
    witness: Witness | None = None
    hung: int = 0

    @property
    def headline(self) -> str:
        """The word and the first sentence: ``deadlock since 2.1 s: a cycle of 2 tasks``."""
        since = "" if self.since_ns is None else f" since {format_duration(self.since_ns)}"
        return f"{self.word}{since}: {self.evidence[0]}"

    @property
    def details(self) -> Iterator[str]:
        """The lines that belong below the headline: the witness, and the rest of the evidence."""
        if self.witness is not None:
            shown = self.witness.tasks[:SHOWN]
            yield from map(str, shown)
            more = self.witness.size - len(shown)
            if more:
                yield f"and {format_count(more)} more task{'s' * (more > 1)} like them"
            yield from self.witness.exits
        yield from self.evidence[1:]

    def __str__(self) -> str:
        """The headline, and the details below it."""
        return "\n".join([self.headline, *(f"  {line}" for line in self.details)])

    def __repr__(self) -> str:
        return f"<Verdict {self.headline}>"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """What a notebook shows."""
        printer.text(str(self))

    def to_mapping(self) -> dict[str, Any]:
        """The verdict as plain data, ready for JSON; `from_mapping` gives an equal one."""
        return {
            "word": str(self.word),
            "since_ns": self.since_ns,
            "evidence": list(self.evidence),
            "witness": None if self.witness is None else _plain(asdict(self.witness)),
            "hung": self.hung,
        }

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> "Verdict":
        """Return the verdict that `to_mapping` gave as plain data."""
        witness = data["witness"]
        return cls(
            Word(data["word"]),
            tuple(data["evidence"]),
            data["since_ns"],
            None if witness is None else _witness(witness),
            data.get("hung", 0),
        )


def _witness(data: Mapping[str, Any]) -> Witness:
    tasks = (
        Stuck(**{**task, "holds": tuple(Holding(**held) for held in task["holds"]), "locks": tuple(task["locks"])})
        for task in data["tasks"]
    )
    return Witness(tuple(tasks), data["size"], data["behind"], tuple(data["exits"]))


def _plain(value: Any) -> Any:
    """The value with lists for tuples."""
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value
