"""When a task starts its work: at times of their own (open), or a think time after its last work ended (closed).

Or whenever memory makes some, see `sim.workload.memory_work`.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator
from typing_extensions import TypeAliasType

from sim.spec import NonEmptyListOf, Omittable, RootSpec, Spec, mistake_at, one_of
from sim.units import Duration, PositiveDuration, Rate, S, write_duration
from sim.workload.columns import Unit, column_of
from sim.workload.distributions import Distribution, Uniform
from sim.workload.memory_work import SwapOut, Writeback
from sim.workload.streams import draws

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Poisson(Spec):
    """Independent arrivals at a mean rate; the gaps between them are exponential."""

    rate: Rate = Field(description="Arrivals per second of each task, such as 250/s.")

    def expected_count(self, duration_ns: int) -> float | None:
        """Return the mean number of arrivals of one source in [0, duration_ns)."""
        return self.rate * duration_ns / S


class Periodic(Spec):
    """One arrival every period, each late by up to the jitter."""

    period: PositiveDuration = Field(description="From one arrival to the next.")
    phase: Duration = Field(0, description="When the first arrival is due.")
    jitter: Duration = Field(0, description="Each arrival is late by 0 to this, uniformly; at most the period.")

    @model_validator(mode="after")
    def _keeps_order(self) -> Self:
        if self.jitter > self.period:
            found, most = write_duration(self.jitter), write_duration(self.period)
            raise mistake_at("jitter", f"'{found}' is longer than the period '{most}'", "jitter", found=found)
        return self

    def expected_count(self, duration_ns: int) -> float | None:
        """Return the number of arrivals of one source that are due in [0, duration_ns)."""
        return float(max(0, -(-(duration_ns - self.phase) // self.period)))


class At(RootSpec[NonEmptyListOf[Duration]]):
    """Arrivals at the listed times, counted from the start of the run, in order."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for index in range(1, len(self.root)):
            before, here = self.root[index - 1], self.root[index]
            if here < before:
                found = write_duration(here)
                message = f"'{found}' is earlier than the '{write_duration(before)}' before it: expected times in order"
                raise mistake_at("order", message, index, found=found)
        return self

    def expected_count(self, duration_ns: int) -> float | None:
        """Return the number of listed times in [0, duration_ns)."""
        return float(bisect_left(self.root, duration_ns))


class TimesInCsv(Spec):
    """Arrivals at the times in one column of a CSV file, counted from the start of the run, in order."""

    file: str = Field(min_length=1, description="The file, relative to the scenario.")
    unit: Unit = Field(description="What a number in the file counts.")
    column: Omittable[str] = Field(None, description="The column's name in the header; needed if there are several.")
    _times: "array[int]" = PrivateAttr(default_factory=lambda: array("q"))

    @model_validator(mode="after")
    def _load(self, info: ValidationInfo) -> Self:
        self._times = column_of(info, self.file, "file", self.unit, self.column, in_order=True)
        return self

    @property
    def times(self) -> "array[int]":
        """The times, in ns."""
        return self._times

    def expected_count(self, duration_ns: int) -> float | None:
        """Return the number of times in [0, duration_ns)."""
        return float(bisect_left(self._times, duration_ns))


class Closed(Spec):
    """A closed loop: each task thinks, does its work, and thinks again; it starts by thinking."""

    think: Distribution = Field(description="How long a task thinks before each piece of work.")

    def expected_count(self, duration_ns: int) -> float | None:
        """Return None: how often the loop goes round depends on how long the work takes."""
        return None


OpenArrivals = Poisson | Periodic | At | TimesInCsv
"""The arrivals that do not wait for the work to be done."""

Arrivals = TypeAliasType(
    "Arrivals",
    Annotated[
        Poisson | Periodic | At | TimesInCsv | Closed | Writeback | SwapOut,
        one_of(
            "kind of arrivals",
            {
                "poisson": Poisson,
                "periodic": Periodic,
                "at": At,
                "csv": TimesInCsv,
                "closed": Closed,
                "writeback": Writeback,
                "swap_out": SwapOut,
            },
        ),
    ],
)
"""Any of the arrivals."""


def gaps(arrivals: OpenArrivals, rng: "np.random.Generator") -> Callable[[], int | None]:
    """Return a function whose every call gives the time from one arrival of a source to its next, in ns, 0 or more.

    The first is counted from the start of the run. After the last arrival every call gives None.

    rng: the stream of this source alone; times that are not random draw nothing from it.
    """
    match arrivals:
        case Poisson():
            mean = S / arrivals.rate
            return draws(lambda rng, n: _exponential(rng, mean, n), rng)
        case Periodic():
            return _periodic(arrivals, rng).__next__
        case At():
            return _listed(arrivals.root).__next__
        case TimesInCsv():
            return _listed(arrivals.times).__next__


def _exponential(rng: "np.random.Generator", mean: float, n: int) -> "NDArray[np.int64]":
    import numpy as np  # noqa: PLC0415  a scenario is checked without it

    return np.clip(np.rint(rng.exponential(mean, n)), 0, 2**62).astype(np.int64)


def _periodic(arrivals: Periodic, rng: "np.random.Generator") -> Iterator[int]:
    if arrivals.jitter == 0:
        return chain([arrivals.phase], repeat(arrivals.period))
    return _jittered(arrivals, rng)


def _jittered(arrivals: Periodic, rng: "np.random.Generator") -> Iterator[int]:
    late = draws(Uniform.model_construct(low=0, high=arrivals.jitter).sample, rng)
    due, before = arrivals.phase, 0
    while True:
        arrival = due + late()
        yield arrival - before
        due, before = due + arrivals.period, arrival


def _listed(times: Iterable[int]) -> Iterator[int | None]:
    before = 0
    for time in times:
        yield time - before
        before = time
    yield from repeat(None)
