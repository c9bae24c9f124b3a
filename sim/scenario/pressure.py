"""The `pressure:` key: what squeezes memory while the scenario runs.

Each model of `sim.pressure` has its form here, and makes its running self with `memory(streams)`. The streams are named
after what they decide: `pressure` good, bad, start, start good, start bad, gap, length and outcome; `reclaim` user and
kthread. So what one part draws does not shift another, and outages do not depend on who allocates.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator
from typing_extensions import TypeAliasType

from sim.kernel.memory import NEVER, Memory, Plenty
from sim.pressure import (
    GRANTED,
    NO_TIME,
    REFUSED,
    Alternation,
    CallWindow,
    Constant,
    FailureRates,
    FaultInjection,
    Mode,
    Ramp,
    ReclaimPreset,
    ReclaimTimes,
    Window,
    Windows,
    burst_changes,
    on_off_changes,
    periodic_changes,
    stationary_start,
)
from sim.scenario.fault import FaultInjectionSpec
from sim.spec import ListOf, Omittable, Spec, mistake_at, one_of
from sim.units import US, Duration, H, PositiveCount, PositiveDuration, Probability, Rate, S, format_duration
from sim.workload.cut_off import mean_within
from sim.workload.distributions import Distribution, Exponential
from sim.workload.streams import Streams, draws, uniforms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SHORTEST_CYCLE = 100 * US
"""Memory that changes state faster than this is not a model of outages, and would take for ever to simulate."""

_HORIZON = H
"""What lasts longer does not make up for what is too short: a mean that an hour does not show is of no help."""

(_DISTRIBUTION,) = Distribution.__value__.__metadata__

ReclaimLatency = TypeAliasType(
    "ReclaimLatency",
    Annotated[
        Distribution | ReclaimPreset,
        one_of(
            "reclaim latency",
            _DISTRIBUTION.tags,
            bare=_DISTRIBUTION.bare,
            words={preset.value: preset for preset in ReclaimPreset},
        ),
    ],
)
"""A measured distribution by its name, or any distribution, which then holds for user tasks and kernel threads
alike."""

_RECLAIM_LATENCY = Field(
    ReclaimPreset.DEFAULT,
    description="How long an attempt that has to reclaim takes, by a measured or another distribution.",
)


class RatesSpec(Spec):
    """How many attempts fail, by what their mask allows."""

    first_attempt: Probability = Field(description="Share that fails of attempts that may not reclaim.")
    with_reclaim: Probability = Field(description="Share that fails of attempts that may reclaim, reclaim included.")
    high: Omittable[Probability] = Field(
        default=None, description="Share that fails of attempts with __GFP_HIGH that may not reclaim (GFP_ATOMIC)."
    )

    @property
    def rates(self) -> FailureRates:
        """The same as a plain value."""
        return FailureRates(self.first_attempt, self.with_reclaim, self.high)


_NONE_FAIL = RatesSpec(first_attempt=GRANTED.first_attempt, with_reclaim=GRANTED.with_reclaim)
_ALL_FAIL = RatesSpec(first_attempt=REFUSED.first_attempt, with_reclaim=REFUSED.with_reclaim)


class ConstantSpec(RatesSpec):
    """Attempts fail independently at constant rates."""

    reclaim_latency: ReclaimLatency = _RECLAIM_LATENCY

    def memory(self, streams: Streams) -> Memory:
        """The running model."""
        return Constant(self.rates, uniform=_outcomes(streams), reclaim=_reclaim(self.reclaim_latency, streams))


class PageFaultInjectionSpec(FaultInjectionSpec):
    """Fault injection on requests for pages: every attempt of a pages backing, every new slab of slab and kmalloc."""

    def memory(self, streams: Streams) -> Memory:
        """The running model."""
        return FaultInjection(self.attr(_outcomes(streams)))


class OnOffSpec(Spec):
    """Memory is good for a while, then bad for a while (Gilbert-Elliott)."""

    good: Distribution = Field(description="How long memory stays good.")
    bad: Distribution = Field(description="How long memory stays bad.")
    start: Literal["good", "bad", "stationary"] = Field(
        "good", description="How it begins: with a good or a bad sojourn, or as if it had alternated for ever."
    )
    when_good: RatesSpec = Field(_NONE_FAIL, description="Failure rates in the good state.")
    when_bad: RatesSpec = Field(_ALL_FAIL, description="Failure rates in the bad state.")
    reclaim_latency: ReclaimLatency = _RECLAIM_LATENCY

    @model_validator(mode="after")
    def _time_passes(self) -> Self:
        cycle = mean_within(self.good, _HORIZON) + mean_within(self.bad, _HORIZON)
        _refuse_short("a good and a bad sojourn together last", cycle)
        if self.start == "stationary" and (self.good.mean_ns is None or self.bad.mean_ns is None):
            raise mistake_at(
                "stationary", "no stationary start exists: the mean of a sojourn is infinite", "start", found=self.start
            )
        return self

    def memory(self, streams: Streams) -> Memory:
        """The running model."""
        in_bad, left = self.start == "bad", None
        if self.start == "stationary":
            in_bad, left = stationary_start(
                draws(self.good.sample, streams.rng("pressure", "start good")),
                draws(self.bad.sample, streams.rng("pressure", "start bad")),
                uniforms(streams.rng("pressure", "start")),
            )
        changes = on_off_changes(
            draws(self.good.sample, streams.rng("pressure", "good")),
            draws(self.bad.sample, streams.rng("pressure", "bad")),
            in_bad=in_bad,
            left=left,
        )
        return _alternation(changes, self.when_good, self.when_bad, self.reclaim_latency, streams)


class BurstsSpec(Spec):
    """Outages that begin at random instants and last a random time; those that overlap make one."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["every"]}, {"required": ["rate"]}]})

    every: Omittable[Distribution] = Field(None, description="Time from one onset to the next.")
    rate: Omittable[Rate] = Field(None, description="Onsets as a Poisson process of this rate, such as 1/min.")
    length: Distribution = Field(description="How long a burst lasts.")
    depth: RatesSpec = Field(_ALL_FAIL, description="Failure rates during a burst.")
    reclaim_latency: ReclaimLatency = _RECLAIM_LATENCY

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.every is None) == (self.rate is None):
            both = self.rate is not None
            message = f"expected every or rate, found {'both' if both else 'neither'}"
            raise mistake_at("onsets", message, *(["rate"] if both else []))
        mean = mean_within(self._gaps, _HORIZON)
        _refuse_short("the mean time between two bursts is", mean, "rate" if self.every is None else "every")
        return self

    @property
    def _gaps(self) -> Distribution:
        if self.every is not None:
            return self.every
        assert self.rate is not None
        return Exponential.model_construct(mean=round(S / self.rate))

    def memory(self, streams: Streams) -> Memory:
        """The running model."""
        changes = burst_changes(
            draws(self._gaps.sample, streams.rng("pressure", "gap")),
            draws(self.length.sample, streams.rng("pressure", "length")),
        )
        return _alternation(changes, _NONE_FAIL, self.depth, self.reclaim_latency, streams)


class PeriodicSpec(Spec):
    """An outage at the beginning of every period."""

    period: PositiveDuration = Field(description="From the beginning of one outage to the next.")
    duty: Probability = Field(description="Share of each period that is bad, 0 to 1.")
    phase: Duration = Field(0, description="When an outage begins; others begin whole periods before and after.")
    depth: RatesSpec = Field(_ALL_FAIL, description="Failure rates during an outage.")
    reclaim_latency: ReclaimLatency = _RECLAIM_LATENCY

    @model_validator(mode="after")
    def _time_passes(self) -> Self:
        _refuse_short("the period is", self.period, "period")
        return self

    def memory(self, streams: Streams) -> Memory:
        """The running model."""
        changes = periodic_changes(self.period, round(self.period * self.duty), self.phase)
        return _alternation(changes, _NONE_FAIL, self.depth, self.reclaim_latency, streams)


class RampSpec(Spec):
    """Failure rates that change steadily from a floor to a ceiling."""

    start: Duration = Field(0, description="Until when the floor holds.")
    over: Duration = Field(description="How long the change takes; the ceiling holds from then on.")
    floor: RatesSpec = Field(_NONE_FAIL, description="Failure rates before the ramp.")
    ceiling: RatesSpec = Field(_ALL_FAIL, description="Failure rates after the ramp.")
    reclaim_latency: ReclaimLatency = _RECLAIM_LATENCY

    def memory(self, streams: Streams) -> Memory:
        """The running model."""
        return Ramp(
            self.start,
            self.over,
            self.floor.rates,
            self.ceiling.rates,
            uniform=_outcomes(streams),
            reclaim=_reclaim(self.reclaim_latency, streams),
        )


class _Span(Spec):
    """From here to there, written `from` and `to`, which Python would not have as names."""

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler) -> Any:
        written = {self.__class__.model_fields[name].alias or name: value for name, value in handler(self).items()}
        return {name: value for name, value in written.items() if value is not None}


class WindowSpec(_Span):
    """A mode that holds for a time."""

    start: Duration = Field(alias="from", description="Its first instant.")
    end: Omittable[PositiveDuration] = Field(None, alias="to", description="The instant it ends; left out: never.")
    mode: Annotated[Mode, Field(strict=False, description="Which attempts fail.")]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end is not None and self.end <= self.start:
            raise mistake_at("reversed", "a window must end after it starts", "to")
        return self


class CallWindowSpec(_Span):
    """A mode that holds for some calls of alloc_fn, by their number."""

    first: PositiveCount = Field(alias="from", description="The first call, counted from 1.")
    last: Omittable[PositiveCount] = Field(None, alias="to", description="The last call, included; left out: no last.")
    mode: Annotated[Mode, Field(strict=False, description="Which attempts fail.")]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last is not None and self.last < self.first:
            raise mistake_at("reversed", f"call {self.last} comes before call {self.first}", "to", found=self.last)
        return self


class WindowsSpec(Spec):
    """A schedule by time and by call number; a later window wins over an earlier, a call's number over the time."""

    schedule: ListOf[WindowSpec] = Field((), description="Windows of time; outside them every attempt succeeds.")
    calls: ListOf[CallWindowSpec] = Field((), description="Windows of call numbers.")
    reclaim_latency: ReclaimLatency = _RECLAIM_LATENCY

    def memory(self, streams: Streams) -> Memory:
        """The running model."""
        return Windows(
            [Window(w.start, NEVER if w.end is None else w.end, w.mode) for w in self.schedule],
            [CallWindow(c.first, NEVER if c.last is None else c.last, c.mode) for c in self.calls],
            reclaim=_reclaim(self.reclaim_latency, streams).draw,
        )


Pressure = TypeAliasType(
    "Pressure",
    Annotated[
        ConstantSpec
        | PageFaultInjectionSpec
        | OnOffSpec
        | WindowsSpec
        | RampSpec
        | BurstsSpec
        | PeriodicSpec
        | Literal["none"],
        one_of(
            "pressure",
            {
                "constant": ConstantSpec,
                "fault_injection": PageFaultInjectionSpec,
                "on_off": OnOffSpec,
                "windows": WindowsSpec,
                "ramp": RampSpec,
                "bursts": BurstsSpec,
                "periodic": PeriodicSpec,
            },
            words={"none": "none"},
        ),
    ],
)
"""Any of the models, or the word `none`."""


def build_pressure(spec: Pressure, streams: Streams) -> Memory:
    """The memory that a scenario's `pressure:` asks for, with its random streams."""
    return Plenty() if spec == "none" else spec.memory(streams)


def _outcomes(streams: Streams) -> "Callable[[], float]":
    return uniforms(streams.rng("pressure", "outcome"))


def _reclaim(latency: ReclaimLatency, streams: Streams) -> ReclaimTimes:
    if isinstance(latency, ReclaimPreset):
        user, kthread = latency.user, latency.kthread
    elif latency.mean_ns == 0:
        return NO_TIME
    else:
        user = kthread = latency.sample
    return ReclaimTimes(
        user=draws(user, streams.rng("reclaim", "user")), kthread=draws(kthread, streams.rng("reclaim", "kthread"))
    )


def _alternation(
    changes: "Iterator[int]", good: RatesSpec, bad: RatesSpec, latency: ReclaimLatency, streams: Streams
) -> Alternation:
    return Alternation(changes, good.rates, bad.rates, uniform=_outcomes(streams), reclaim=_reclaim(latency, streams))


def _refuse_short(what: str, mean_ns: float, *loc: str) -> None:
    if mean_ns < _SHORTEST_CYCLE:
        found, least = format_duration(mean_ns), format_duration(_SHORTEST_CYCLE)
        raise mistake_at("cycle", f"{what} {found}: expected at least {least}", *loc, found=found)
