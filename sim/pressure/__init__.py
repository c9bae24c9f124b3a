"""What squeezes memory: open-loop models of memory pressure behind one interface, `sim.kernel.memory.Memory`.

`Constant`, `FaultInjection`, `Windows` and `Ramp` are models of their own; on/off pressure, bursts and periodic outages
are an `Alternation` over the changes that `on_off_changes`, `burst_changes` or `periodic_changes` generate. Memory
without pressure is `sim.kernel.memory.Plenty`.
"""

from sim.pressure.alternation import Alternation
from sim.pressure.bursts import burst_changes
from sim.pressure.constant import Constant
from sim.pressure.fault import FaultInjection
from sim.pressure.on_off import on_off_changes, stationary_start
from sim.pressure.periodic import periodic_changes
from sim.pressure.ramp import Ramp
from sim.pressure.rates import GRANTED, REFUSED, FailureRates
from sim.pressure.reclaim import NO_TIME, ReclaimPreset, ReclaimTimes
from sim.pressure.windows import CallWindow, Mode, Window, Windows

__all__ = [
    "GRANTED",
    "NO_TIME",
    "REFUSED",
    "Alternation",
    "CallWindow",
    "Constant",
    "FailureRates",
    "FaultInjection",
    "Mode",
    "Ramp",
    "ReclaimPreset",
    "ReclaimTimes",
    "Window",
    "Windows",
    "burst_changes",
    "on_off_changes",
    "periodic_changes",
    "stationary_start",
]
