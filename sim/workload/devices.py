"""The devices that do the I/O while elements are held."""

from pydantic import Field

from sim.spec import Omittable, Spec
from sim.units import PositiveCount
from sim.workload.distributions import Distribution


class Device(Spec):
    """A device that serves up to `queue_depth` requests at once and makes the others wait their turn."""

    latency: Distribution = Field(description="How long one request takes in service, whatever its size.")
    queue_depth: Omittable[PositiveCount] = Field(None, description="Requests at once; without it there is no limit.")
