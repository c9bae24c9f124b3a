"""What is wrong with a scenario, and where: every mistake has its file, line, column and path.

    ValueError
    └── ScenarioError     one or more `Mistake`s, found together
        └── LimitError    a run was stopped because it did more than `limits:` allows

A mistake reads as one line, ``quick.yaml:12:5: pools.bio.min_rn: unknown key 'min_rn'; did you mean 'min_nr'?``, and
the dotted path is the one that ``--set`` and `Scenario.with_` take.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sim.spec import listed, nearest

Loc = tuple[str | int, ...]
"""The keys and list indices that lead to a value."""


@dataclass(frozen=True)
class Mark:
    """A place in a file: line and column from 1. Without a line, `file` alone names the source (``--set``)."""

    file: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """``file:line:column``, as much of it as is known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


NOWHERE = Mark()
"""The place of a value that was never in a file."""


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong with a scenario, at `path` (dotted, empty for the file as a whole)."""

    file: str | None
    line: int | None
    column: int | None
    path: str
    text: str

    @classmethod
    def at(cls, mark: Mark, loc: Loc, text: str) -> "Mistake":
        """The mistake `text` at `loc`, which stands at `mark`."""
        return cls(mark.file, mark.line, mark.column, dotted(loc), text)

    @property
    def mark(self) -> Mark:
        """Where it is."""
        return Mark(self.file, self.line, self.column)

    def __str__(self) -> str:
        """The mistake as one line."""
        place = str(self.mark)
        if self.file in (SET, VARY) and self.path:
            return f"{self.file} {self.path}: {self.text}"
        return ": ".join(part for part in (place, self.path, self.text) if part)


SET = "--set"
"""The `file` of a value that came from the command line."""
VARY = "--vary"
"""The `file` of an axis that came from the command line."""

MOST_TOLD = 50
"""How many mistakes are told one by one."""


class ScenarioError(ValueError):
    """A scenario cannot be used. `mistakes` holds all that was found, in the order of the file."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))

    def __reduce__(self) -> tuple[type["ScenarioError"], tuple[tuple[Mistake, ...]]]:
        """Worker processes hand their errors on pickled."""
        return type(self), (self.mistakes,)


class LimitError(ScenarioError):
    """A run did more than its scenario allows, and was stopped."""


def refused(text: str) -> ScenarioError:
    """Return an error for a reader of texts to raise, which does not know where its text stands."""
    return ScenarioError([Mistake(None, None, None, "", text)])


def placed(error: ScenarioError, mark: Mark, loc: Loc) -> list[Mistake]:
    """The mistakes of `error`, which had no place, at one."""
    return [Mistake.at(mark, loc, mistake.text) for mistake in error.mistakes]


def first_of(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """The mistakes in the order of the files, each once; of a flood the first, and how many more there are."""
    ordered = sorted(dict.fromkeys(mistakes), key=lambda m: (m.file or "", m.line or 0, m.column or 0))
    if len(ordered) <= MOST_TOLD:
        return ordered
    told, untold = ordered[:MOST_TOLD], ordered[MOST_TOLD:]
    text = f"and {len(untold):,} more mistakes from here on"
    return [*told, Mistake(untold[0].file, untold[0].line, untold[0].column, "", text)]


def dotted(loc: Loc) -> str:
    """``("steps", 0, "alloc")`` as ``steps.0.alloc``."""
    return ".".join(map(str, loc))


def meant(word: object, names: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the name nearest to `word`, or nothing when none is near."""
    found = nearest(str(word), names)
    return f"; did you mean '{found}'?" if found else ""


def expected(names: Iterable[str], limit: int = 12) -> str:
    """``; expected a, b or c``; or nothing when there is nothing to choose from or too much to list."""
    names = list(names)
    return f"; expected {listed(names)}" if 0 < len(names) <= limit else ""
