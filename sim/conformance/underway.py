"""Operations under way, as far as the rules need to know them."""

from dataclasses import dataclass, field

from sim.conformance.event import Event, Kind
from sim.conformance.outcome import full_mask, reduced_mask


@dataclass
class CallUnderWay:
    """A mempool_alloc under way; `last` is its latest call, attempt, sleep or waking."""

    call: Event
    last: Event
    attempts: int = 0
    wakes: int = 0

    @property
    def two_masks(self) -> bool:
        """The reduced mask differs from the full one, so that a second attempt makes sense."""
        return reduced_mask(self.call.gfp) != full_mask(self.call.gfp)

    @property
    def failed(self) -> bool:
        """The latest that it did was an attempt, and it failed."""
        return self.last.kind is Kind.ATTEMPT and not self.last.ok

    @property
    def succeeded(self) -> bool:
        """The latest that it did was an attempt, and it succeeded."""
        return self.last.kind is Kind.ATTEMPT and self.last.ok


@dataclass
class FreeUnderWay:
    """A mempool_free under way: the level it met, who was asleep, whom it has woken, what it gave to free_fn."""

    call: Event
    curr_nr: int
    wakeable: tuple[int, ...]
    woken: list[int] = field(default_factory=list)
    given_back: list[int] = field(default_factory=list)


@dataclass
class ResizeUnderWay:
    """A mempool_resize under way, from `old` to `call.n`; `attempt` is its latest call of alloc_fn."""

    call: Event
    old: int
    attempt: Event | None = None
    raced: bool = False

    @property
    def stopped(self) -> bool:
        """alloc_fn failed, or frees have filled the pool meanwhile."""
        return self.raced or (self.attempt is not None and not self.attempt.ok)
