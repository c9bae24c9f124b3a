"""What several recordings of a script agree on: per operation the outcome, and which ones a simulator must get."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim.conformance.event import Event, Kind
from sim.conformance.script import ConformanceInputError, explain, load_json

Range = tuple[float, float]


class Clock(BaseModel):
    """A kernel's clock at the start of a recording.

    `start_jiffies`: absolute jiffies at the `start` event, None if the pool's creation failed. Relative jiffy j begins
    at `jiffy_0_at_ms + 1000/hz * j` ms after the call of mempool_create.
    """

    model_config = ConfigDict(frozen=True)

    start_jiffies: int | None
    jiffy_0_at_ms: float = Field(allow_inf_nan=False)


@dataclass(frozen=True)
class ExpectedOperation:
    """An operation over all recordings: `values` of the fields on which they agree, the `alternatives` seen otherwise.

    `stable_1cpu`: every one-CPU recording agrees on all fields, elements aside. `ret_ms`: the earliest and the latest
    return, None if it did not return.
    """

    values: dict[str, Any]
    alternatives: dict[str, tuple[Any, ...]]
    stable_1cpu: bool
    ret_ms: Range | None

    def allows(self, name: str, value: Any) -> bool:
        """Whether some recording saw this value; True for a field of which nothing is known."""
        if name in self.alternatives:
            return value in self.alternatives[name]
        return name not in self.values or self.values[name] == value


@dataclass(frozen=True)
class Expected:
    """expected/NAME.json. Without such a file: no operation known, so that nothing can be demanded."""

    ops: dict[int, ExpectedOperation] = field(default_factory=dict)
    robust: frozenset[int] = frozenset()
    robust_elements: frozenset[int] = frozenset()
    clocks: dict[str, Clock] = field(default_factory=dict)


class _Operation(BaseModel):
    model_config = ConfigDict(extra="allow")

    stable_1cpu: bool
    ret_ms: Range | None = None

    def frozen(self) -> ExpectedOperation:
        extra = self.__pydantic_extra__ or {}
        values, alternatives = {}, {}
        for name, value in extra.items():
            if isinstance(value, dict) and "varies" in value:
                alternatives[name] = tuple(tupled(entry["value"]) for entry in value["varies"])
            else:
                values[name] = tupled(value)
        return ExpectedOperation(values, alternatives, self.stable_1cpu, self.ret_ms)


class _Robust(BaseModel):
    ops: frozenset[int] = frozenset()
    elem_ops: frozenset[int] = frozenset()


class _File(BaseModel):
    ops: dict[Annotated[int, Field(ge=0)], _Operation]
    robust: _Robust = _Robust()
    clock: dict[str, Clock] = {}

    @model_validator(mode="after")
    def _known(self) -> Self:
        strangers = sorted((self.robust.ops | self.robust.elem_ops) - set(self.ops))
        if strangers:
            raise ValueError(f"robust operation {strangers[0]} is not among the ops")
        return self


def tupled(value: Any) -> Any:
    """A JSON list as a tuple, to be compared with an outcome's."""
    return tuple(value) if isinstance(value, list) else value


def load_expected(path: Path) -> Expected:
    """Read expected/NAME.json. Raise a ConformanceInputError that names every mistake in the file."""
    try:
        read = _File.model_validate(load_json(path))
        return Expected(
            ops={op: entry.frozen() for op, entry in read.ops.items()},
            robust=read.robust.ops,
            robust_elements=read.robust.elem_ops,
            clocks=read.clock,
        )
    except ValidationError as error:
        raise ConformanceInputError(f"{path}: {explain(error)}") from None
    except (KeyError, TypeError) as error:
        raise ConformanceInputError(f"{path}: a `varies` without its list of values ({error})") from None


def clock_of(events: tuple[Event, ...], hz: int) -> Clock:
    """The clock that a recording itself shows, for want of one in `expected`.

    Each event bounds the time at which jiffy 0 began from both sides; the middle of what they leave is taken.
    """
    jiffy_ns = 1_000_000_000 / hz
    starts = [event.jiffies for event in events if event.kind is Kind.START]
    # What happened before jiffy 0 is logged as jiffy 0 too, and bounds nothing from above.
    latest = min((event.t_ns - event.jiffy * jiffy_ns for event in events if event.jiffy), default=0.0)
    earliest = max((event.t_ns - (event.jiffy + 1) * jiffy_ns for event in events), default=0.0)
    middle = (latest + max(earliest, latest - jiffy_ns)) / 2
    return Clock(start_jiffies=starts[0] if starts else None, jiffy_0_at_ms=middle / 1e6)
