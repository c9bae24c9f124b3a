"""The `limits:` key: what a run may cost."""

from pydantic import Field

from sim.spec import Omittable, Spec
from sim.units import PositiveCount, Size

_EVENTS_PER_CALL = 10


class LimitsSpec(Spec):
    """What a run may cost; one that is expected to cost more is refused before it starts."""

    calls: PositiveCount = Field(
        default=20_000_000,
        description="The most allocations that a run may make; it is stopped soon after it has made more.",
    )
    events: Omittable[PositiveCount] = Field(
        default=None, description="The most steps that tasks may go through in all; left out: ten for each of `calls`."
    )
    memory: Size = Field(default=4 << 30, description="The most memory that the tasks themselves may take.")

    @property
    def most_events(self) -> int:
        """The limit of events that holds, given or not."""
        return self.events or _EVENTS_PER_CALL * self.calls
