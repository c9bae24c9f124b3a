"""What Linux does: the mempool and what it stands on, for use inside any SimPy model."""

from sim.kernel.backing import Own, Pages, Slab, Source, kmalloc
from sim.kernel.call import Call, Costs, Path
from sim.kernel.errors import KernelBug, KernelWarning, MempoolError, NotInThisKernel, PoolCreationError
from sim.kernel.fault import FaultAttr
from sim.kernel.jiffies import Clock
from sim.kernel.memory import Memory, Plenty
from sim.kernel.mempool import Mempool
from sim.kernel.runqueue import Cpu
from sim.kernel.versions import KernelVersion, Semantics, semantics_of

__all__ = [
    "Call",
    "Clock",
    "Costs",
    "Cpu",
    "FaultAttr",
    "KernelBug",
    "KernelVersion",
    "KernelWarning",
    "Memory",
    "Mempool",
    "MempoolError",
    "NotInThisKernel",
    "Own",
    "Pages",
    "Path",
    "Plenty",
    "PoolCreationError",
    "Semantics",
    "Slab",
    "Source",
    "kmalloc",
    "semantics_of",
]
