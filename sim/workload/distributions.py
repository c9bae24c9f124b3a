"""Distributions of durations: how long an element is held, a device takes, a reclaim lasts.

Each is a model of the scenario file that also draws: ``sample(rng, n)`` returns n durations in nanoseconds, integers
of 0 or more, rounded to the nearest. ``mean_ns`` is the mean before rounding, None when it is infinite.
"""

# ruff: noqa: PLC0415  numpy loads with the first draw: a scenario is checked without it
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import ConfigDict, Field, TypeAdapter, model_validator
from typing_extensions import TypeAliasType

from sim.spec import NonEmptyListOf, Omittable, RootSpec, Spec, mistake_at, one_of
from sim.units import Duration, PositiveDuration, PositiveNumber, write_duration
from sim.workload.measured import Empirical, Histogram, choose, refuse_reversed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_P99 = 2.3263478740408408  # the 99th percentile of the standard normal
# Longer than any run and far enough from 2**63 that a clock plus a drawn duration cannot overflow.
_LONGEST = 2**62


def _nanoseconds(values: "NDArray[np.float64]") -> "NDArray[np.int64]":
    import numpy as np

    return np.clip(np.rint(values), 0, _LONGEST).astype(np.int64)


def _finite(mean: float) -> float | None:
    return mean if math.isfinite(mean) else None


class Constant(RootSpec[Duration]):
    """Always the same duration."""

    def sample(self, rng: "np.random.Generator", n: int) -> "NDArray[np.int64]":
        """Return n durations in ns."""
        import numpy as np

        return np.full(n, self.root, dtype=np.int64)

    @property
    def mean_ns(self) -> float | None:
        """The duration itself."""
        return float(self.root)


class Exponential(Spec):
    """Exponential: memoryless, as the gaps of independent arrivals are."""

    mean: PositiveDuration = Field(description="Mean.")

    def sample(self, rng: "np.random.Generator", n: int) -> "NDArray[np.int64]":
        """Return n durations in ns."""
        return _nanoseconds(rng.exponential(self.mean, n))

    @property
    def mean_ns(self) -> float | None:
        """The mean."""
        return float(self.mean)


class Uniform(Spec):
    """Uniform: every nanosecond from low to high, both included, is equally likely."""

    low: Duration = Field(description="The shortest.")
    high: Duration = Field(description="The longest.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        refuse_reversed(self.low, self.high, "high")
        return self

    def sample(self, rng: "np.random.Generator", n: int) -> "NDArray[np.int64]":
        """Return n durations in ns."""
        return rng.integers(self.low, self.high, n, endpoint=True)

    @property
    def mean_ns(self) -> float | None:
        """Half-way between low and high."""
        return (self.low + self.high) / 2


class Normal(Spec):
    """Normal, truncated at zero by drawing again: its mean is then somewhat above `mean`."""

    mean: Duration = Field(description="Mean before truncation.")
    sd: PositiveDuration = Field(description="Standard deviation before truncation.")

    def sample(self, rng: "np.random.Generator", n: int) -> "NDArray[np.int64]":
        """Return n durations in ns."""
        values = rng.normal(self.mean, self.sd, n)
        while (negative := values < 0).any():
            values[negative] = rng.normal(self.mean, self.sd, int(negative.sum()))
        return _nanoseconds(values)

    @property
    def mean_ns(self) -> float | None:
        """The mean after truncation, mean + sd * pdf(a) / (1 - cdf(a)) at a = -mean / sd."""
        cut = -self.mean / self.sd
        density, beyond = math.exp(-cut * cut / 2) / math.sqrt(2 * math.pi), math.erfc(cut / math.sqrt(2)) / 2
        return self.mean + self.sd * density / beyond


class Lognormal(Spec):
    """Lognormal: the usual shape of I/O latency. Its spread is given by sigma or by the 99th percentile."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["sigma"]}, {"required": ["p99"]}]})

    median: PositiveDuration = Field(description="Half of the durations are shorter.")
    sigma: Omittable[PositiveNumber] = Field(None, description="Standard deviation of the logarithm.")
    p99: Omittable[PositiveDuration] = Field(None, description="99 % of the durations are shorter.")

    @model_validator(mode="after")
    def _one_spread(self) -> Self:
        if self.sigma is None and self.p99 is None:
            raise mistake_at("spread", "expected sigma or p99 beside median, found neither")
        if self.sigma is not None and self.p99 is not None:
            raise mistake_at("spread", "expected sigma or p99 beside median, found both", "p99")
        if self.p99 is not None and self.p99 <= self.median:
            found, median = write_duration(self.p99), write_duration(self.median)
            raise mistake_at("spread", f"'{found}' is not above the median '{median}'", "p99", found=found)
        return self

    @property
    def spread(self) -> float:
        """Standard deviation of the logarithm: sigma, or ln(p99 / median) / 2.326."""
        if self.p99 is not None:
            return math.log(self.p99 / self.median) / _P99
        assert self.sigma is not None
        return self.sigma

    def sample(self, rng: "np.random.Generator", n: int) -> "NDArray[np.int64]":
        """Return n durations in ns."""
        return _nanoseconds(rng.lognormal(math.log(self.median), self.spread, n))

    @property
    def mean_ns(self) -> float | None:
        """The mean, median * exp(sigma**2 / 2); None when it is too large for a float."""
        try:
            return self.median * math.exp(self.spread**2 / 2)
        except OverflowError:
            return None


class Pareto(Spec):
    """Pareto: a power-law tail above a minimum; P(longer than x) = (minimum / x)**alpha."""

    minimum: PositiveDuration = Field(description="The shortest.")
    alpha: PositiveNumber = Field(description="Tail index; the mean is infinite at 1 and below, the variance at 2.")

    def sample(self, rng: "np.random.Generator", n: int) -> "NDArray[np.int64]":
        """Return n durations in ns."""
        import numpy as np

        with np.errstate(over="ignore"):
            return _nanoseconds(self.minimum * np.exp(rng.standard_exponential(n) / self.alpha))

    @property
    def mean_ns(self) -> float | None:
        """The mean, alpha * minimum / (alpha - 1); None, since infinite, for alpha <= 1."""
        return self.alpha * self.minimum / (self.alpha - 1) if self.alpha > 1 else None


class Weibull(Spec):
    """Weibull: heavier than exponential below shape 1, lighter above."""

    scale: PositiveDuration = Field(description="63 % are shorter, whatever the shape.")
    shape: PositiveNumber = Field(description="1 is exponential; below it the tail is longer.")

    def sample(self, rng: "np.random.Generator", n: int) -> "NDArray[np.int64]":
        """Return n durations in ns."""
        import numpy as np

        with np.errstate(over="ignore"):
            return _nanoseconds(self.scale * rng.weibull(self.shape, n))

    @property
    def mean_ns(self) -> float | None:
        """The mean, scale * gamma(1 + 1 / shape); None when it is too large for a float."""
        try:
            return _finite(self.scale * math.gamma(1 + 1 / self.shape))
        except OverflowError:
            return None


class Gamma(Spec):
    """Gamma with a given mean; a whole shape k is the sum of k exponentials (Erlang)."""

    mean: PositiveDuration = Field(description="Mean.")
    shape: PositiveNumber = Field(description="1 / shape is the squared coefficient of variation.")

    def sample(self, rng: "np.random.Generator", n: int) -> "NDArray[np.int64]":
        """Return n durations in ns."""
        return _nanoseconds(rng.gamma(self.shape, self.mean / self.shape, n))

    @property
    def mean_ns(self) -> float | None:
        """The mean."""
        return float(self.mean)


class Part(Spec):
    """One part of a mixture."""

    weight: PositiveNumber = Field(description="Its share, relative to the sum of all weights.")
    of: "Distribution" = Field(description="From which the part is drawn.")


class Mixture(RootSpec[NonEmptyListOf[Part]]):
    """A mixture: each duration comes from one of the parts, chosen by weight."""

    def sample(self, rng: "np.random.Generator", n: int) -> "NDArray[np.int64]":
        """Return n durations in ns."""
        import numpy as np

        values = np.empty(n, dtype=np.int64)
        chosen = choose(rng, [part.weight for part in self.root], n)
        for index, part in enumerate(self.root):
            mine = chosen == index
            values[mine] = part.of.sample(rng, int(mine.sum()))
        return values

    @property
    def mean_ns(self) -> float | None:
        """The weighted mean of the parts; None if one of theirs is."""
        means = [part.of.mean_ns for part in self.root]
        total = sum(part.weight for part in self.root)
        shares = [part.weight / total * mean for part, mean in zip(self.root, means, strict=True) if mean is not None]
        return sum(shares) if len(shares) == len(means) else None


Distribution = TypeAliasType(
    "Distribution",
    Annotated[
        Constant
        | Exponential
        | Uniform
        | Normal
        | Lognormal
        | Pareto
        | Weibull
        | Gamma
        | Mixture
        | Empirical
        | Histogram,
        one_of(
            "distribution",
            {
                "constant": Constant,
                "exponential": Exponential,
                "uniform": Uniform,
                "normal": Normal,
                "lognormal": Lognormal,
                "pareto": Pareto,
                "weibull": Weibull,
                "gamma": Gamma,
                "mixture": Mixture,
                "empirical": Empirical,
                "histogram": Histogram,
            },
            bare="constant",
        ),
    ],
)
"""Any of the distributions; a bare duration is a constant."""

Part.model_rebuild()
Mixture.model_rebuild()


@cache
def _adapter() -> "TypeAdapter[Distribution]":
    return TypeAdapter(Distribution)


def read_distribution(value: object, directory: str | Path = ".") -> Distribution:
    """Return the distribution that `value` describes, as it would be written in a scenario.

    value: for instance ``"5 ms"`` or ``{"lognormal": {"median": "74 us", "sigma": 0.14}}``.
    directory: where the files it names are found.

    Raises a `pydantic.ValidationError` (a ValueError) that lists the mistakes.
    """
    return _adapter().validate_python(value, context={"directory": directory})
