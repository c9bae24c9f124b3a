"""A timed script: one pool, a schedule of failures, and tasks that allocate, free, resize and look."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim.pressure.windows import Mode

MS = 1_000_000

Milliseconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ConformanceInputError(Exception):
    """A file of the directory that cannot be used; the text names the file and what is wrong with it."""


class Verb(StrEnum):
    """What an operation does."""

    ALLOC = "alloc"
    FREE = "free"
    RESIZE = "resize"
    SNAP = "snap"
    PREALLOC = "prealloc"


class _Part(BaseModel):
    # Keys that mean nothing here (a purpose, a note) are no reason to refuse a script.
    model_config = ConfigDict(frozen=True, extra="ignore")


class PoolOf(_Part):
    """The pool that the script drives."""

    min_nr: int = Field(ge=0)


class Window(_Part):
    """`mode` holds from `from_ms` to before `to_ms`."""

    from_ms: Milliseconds
    to_ms: Milliseconds
    mode: Mode

    @property
    def from_ns(self) -> int:
        """`from_ms` in ns."""
        return round(self.from_ms * MS)

    @property
    def to_ns(self) -> int:
        """`to_ms` in ns."""
        return round(self.to_ms * MS)


class CallWindow(_Part):
    """`mode` holds for the calls of alloc_fn numbered `from_call` to `to_call`, both included.

    The first call after the pool's creation is number 1.
    """

    from_call: int = Field(ge=0)
    to_call: int = Field(ge=0)
    mode: Mode

    @model_validator(mode="before")
    @classmethod
    def _bounds(cls, value: object) -> object:
        """Accept any spelling of the two bounds (from, from_n, from_call, ...): the layout does not fix it."""
        if not isinstance(value, dict):
            return value
        found = {str(key): entry for key, entry in value.items()}
        for bound, prefixes in (("from_call", ("from", "first")), ("to_call", ("to", "last"))):
            named = [key for key in found if key.startswith(prefixes)]
            if bound not in found and len(named) == 1:
                found[bound] = found[named[0]]
        return found


class TaskOf(_Part):
    """A task, bound to a CPU or not."""

    id: int
    cpu: int | None = None


class Operation(_Part):
    """One operation of a task.

    Exactly one of `at_ms` (not before this time) and `after_ms` (this long after the task's previous operation ended)
    is given.
    """

    id: int = Field(ge=0)
    task: int
    verb: Verb
    at_ms: Milliseconds | None = None
    after_ms: Milliseconds | None = None
    gfp: str | None = None
    slot: int | None = None
    n: int | None = None

    @property
    def at_ns(self) -> int | None:
        """`at_ms` in ns, None without one."""
        return None if self.at_ms is None else round(self.at_ms * MS)

    @property
    def after_ns(self) -> int | None:
        """`after_ms` in ns, None without one."""
        return None if self.after_ms is None else round(self.after_ms * MS)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.at_ms is None) == (self.after_ms is None):
            raise ValueError("needs exactly one of at_ms and after_ms")
        needed = {Verb.ALLOC: ("gfp", "slot"), Verb.FREE: ("slot",), Verb.PREALLOC: ("slot",), Verb.RESIZE: ("n",)}
        missing = [name for name in needed.get(self.verb, ()) if getattr(self, name) is None]
        if missing:
            raise ValueError(f"{self.verb} needs {' and '.join(missing)}")
        if self.verb is Verb.RESIZE and self.n is not None and self.n <= 0:
            raise ValueError(f"a resize to {self.n}: the kernel stops on n <= 0")
        return self


class Script(_Part):
    """A script as its file writes it: times in ms of the pool's creation, elements held in numbered slots."""

    name: str
    pool: PoolOf
    backing: tuple[Window, ...] = ()
    backing_calls: tuple[CallWindow, ...] = ()
    alloc_fn_latency_ms: Milliseconds = 0
    prealloc_fail_from: int | None = None
    rescue_ms: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    tasks: tuple[TaskOf, ...]
    ops: tuple[Operation, ...]

    @property
    def rescue_ns(self) -> int:
        """`rescue_ms` in ns."""
        return round(self.rescue_ms * MS)

    @property
    def alloc_fn_latency_ns(self) -> int:
        """`alloc_fn_latency_ms` in ns."""
        return round(self.alloc_fn_latency_ms * MS)

    def ops_of(self, task: int) -> tuple[Operation, ...]:
        """The operations of a task in the order in which it runs them."""
        return tuple(op for op in self.ops if op.task == task)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        tasks = [task.id for task in self.tasks]
        ids = [op.id for op in self.ops]
        if len(set(tasks)) < len(tasks):
            raise ValueError("two tasks have the same id")
        if len(set(ids)) < len(ids):
            raise ValueError("two ops have the same id")
        strangers = sorted({op.task for op in self.ops} - set(tasks))
        if strangers:
            raise ValueError(f"ops of task {strangers[0]}, which is not among the tasks")
        return self


def load_script(path: Path) -> Script:
    """Read scripts/NAME.json. Raise a ConformanceInputError that names every mistake in the file."""
    document = load_json(path)
    try:
        return Script.model_validate({**document, "name": path.stem})
    except ValidationError as error:
        raise ConformanceInputError(f"{path}: {explain(error)}") from None


def load_json(path: Path) -> dict[str, object]:
    """Read a JSON object from a file. Raise a ConformanceInputError if it cannot be read or is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ConformanceInputError(f"{path}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ConformanceInputError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if not isinstance(document, dict):
        raise ConformanceInputError(f"{path}: expected a JSON object, found {type(document).__name__}")
    return document


def explain(error: ValidationError) -> str:
    """The mistakes that pydantic found, each with the place of the value at fault."""
    mistakes = []
    for detail in error.errors(include_url=False):
        place = ".".join(map(str, detail["loc"]))
        found = detail["input"]
        shown = "" if isinstance(found, dict | list) else f" (found {found!r})"
        mistakes.append(f"{place}: {detail['msg']}{shown}" if place else f"{detail['msg']}{shown}")
    return "; ".join(mistakes)
