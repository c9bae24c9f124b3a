import subprocess
import sys

import sim.kernel

NAMES = """
    Bulk Call Clock Costs Cpu FaultAttr Insert KernelBug KernelVersion KernelWarning Memory Mempool MempoolError
    Mutex Nomemalloc NotInThisKernel Order Own Pages Path Plenty PoolCreationError Reclaim Semantics Slab Source Timer
    Wake ZeroMin kmalloc semantics_of
"""


def test_the_package_hands_on_these_names():
    assert sorted(sim.kernel.__all__) == sorted(NAMES.split())
    assert all(hasattr(sim.kernel, name) for name in sim.kernel.__all__)


def test_the_kernel_stands_on_simpy_and_nothing_above_it():
    loaded = subprocess.run(
        [sys.executable, "-c", "import sim.kernel, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    ours = {name for name in loaded if name.startswith("sim.")}
    assert {name for name in ours if not name.startswith("sim.kernel")} == set()
    assert not {"pydantic", "pandas", "matplotlib"} & set(loaded)
