"""Who allocates: arrivals, devices, distributions and the random streams behind them."""

from sim.workload.arrivals import Arrivals, gaps
from sim.workload.devices import Device
from sim.workload.distributions import Distribution, read_distribution
from sim.workload.streams import Streams, draws, uniforms

__all__ = ["Arrivals", "Device", "Distribution", "Streams", "draws", "gaps", "read_distribution", "uniforms"]
