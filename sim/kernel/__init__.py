"""What Linux does: the mempool and what it stands on, for use inside any SimPy model."""

from sim.kernel.backing import Own, Pages, Source, kmalloc
from sim.kernel.call import Call, Costs, Path
from sim.kernel.errors import KernelBug, KernelWarning, MempoolError, NotInThisKernel, PoolCreationError
from sim.kernel.fault import FaultAttr
from sim.kernel.jiffies import Clock
from sim.kernel.memory import Memory, Plenty
from sim.kernel.mempool import Mempool
from sim.kernel.mutex import Mutex
from sim.kernel.runqueue import Cpu
from sim.kernel.slab_cache import Slab
from sim.kernel.versions import (
    Bulk,
    Insert,
    KernelVersion,
    Nomemalloc,
    Order,
    Reclaim,
    Semantics,
    Timer,
    Wake,
    ZeroMin,
    semantics_of,
)

__all__ = [
    "Bulk",
    "Call",
    "Clock",
    "Costs",
    "Cpu",
    "FaultAttr",
    "Insert",
    "KernelBug",
    "KernelVersion",
    "KernelWarning",
    "Memory",
    "Mempool",
    "MempoolError",
    "Mutex",
    "Nomemalloc",
    "NotInThisKernel",
    "Order",
    "Own",
    "Pages",
    "Path",
    "Plenty",
    "PoolCreationError",
    "Reclaim",
    "Semantics",
    "Slab",
    "Source",
    "Timer",
    "Wake",
    "ZeroMin",
    "kmalloc",
    "semantics_of",
]
