"""Distributions that were measured: the numbers in a file, or a histogram of them."""

# ruff: noqa: PLC0415  numpy loads with the first draw: a scenario is checked without it
from array import array
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from sim.spec import NonEmptyListOf, Omittable, RootSpec, Spec, listing, mistake_at
from sim.units import Count, Duration, write_duration
from sim.workload.columns import Unit, column_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


class Empirical(Spec):
    """Drawn, with replacement, from the numbers in one column of a CSV file."""

    csv: str = Field(min_length=1, description="The file, relative to the scenario.")
    unit: Unit = Field(description="What a number in the file counts.")
    column: Omittable[str] = Field(None, description="The column's name in the header; needed if there are several.")
    _values: "array[int]" = PrivateAttr(default_factory=lambda: array("q"))

    @model_validator(mode="after")
    def _load(self, info: ValidationInfo) -> Self:
        self._values = column_of(info, self.csv, "csv", self.unit, self.column)
        return self

    def sample(self, rng: "np.random.Generator", n: int) -> "NDArray[np.int64]":
        """Return n durations in ns."""
        import numpy as np

        values: NDArray[np.int64] = np.frombuffer(self._values, dtype=np.int64)
        chosen: NDArray[np.int64] = values[rng.integers(0, len(values), n)]
        return chosen

    @property
    def mean_ns(self) -> float | None:
        """The mean of the numbers."""
        return sum(self._values) / len(self._values)


Bucket = Annotated[tuple[Duration, Duration, Count], listing("[low, high, count]")]
"""How many durations were seen from low to high."""


class Histogram(RootSpec[NonEmptyListOf[Bucket]]):
    """A measured histogram, rows of [low, high, count]; within a bucket every nanosecond is equally likely."""

    @model_validator(mode="after")
    def _some_counted(self) -> Self:
        for index, (low, high, _) in enumerate(self.root):
            refuse_reversed(low, high, index, 1)
        if not any(count for _, _, count in self.root):
            raise mistake_at("histogram", "expected a count above 0 in at least one bucket")
        return self

    def sample(self, rng: "np.random.Generator", n: int) -> "NDArray[np.int64]":
        """Return n durations in ns."""
        import numpy as np

        low, high, count = np.array(self.root, dtype=np.int64).T
        chosen = choose(rng, count, n)
        values: NDArray[np.int64] = rng.integers(low[chosen], high[chosen], endpoint=True)
        return values

    @property
    def mean_ns(self) -> float | None:
        """The mean of the buckets' middles, weighted by their counts."""
        total = sum(count for _, _, count in self.root)
        return sum(count * (low + high) for low, high, count in self.root) / (2 * total)


def choose(rng: "np.random.Generator", weights: "Sequence[float] | NDArray[np.int64]", n: int) -> "NDArray[np.intp]":
    """Return n indices, each drawn with a probability in proportion to its weight."""
    import numpy as np

    bounds = np.cumsum(np.asarray(weights, dtype=np.float64))
    chosen: NDArray[np.intp] = np.searchsorted(bounds[:-1], rng.random(n) * bounds[-1], side="right")
    return chosen


def refuse_reversed(low: int, high: int, *loc: str | int) -> None:
    """Raise the mistake of a range whose high end, found at `loc`, is below its low end."""
    if high < low:
        found, least = write_duration(high), write_duration(low)
        raise mistake_at("reversed", f"'{found}' is below low, which is '{least}'", *loc, found=found)
