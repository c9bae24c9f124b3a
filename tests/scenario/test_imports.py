"""Reading a scenario is cheap: nothing heavy is imported for it."""

import subprocess
import sys

import pytest

HEAVY = ("numpy", "pandas", "matplotlib", "scipy", "pyarrow", "numba", "rich")


@pytest.mark.parametrize("statement", ["import sim", "import sim.scenario", "import sim; sim.load; sim.Scenario"])
def test_it_imports_nothing_heavy(statement):
    program = f"{statement}\nimport sys\nprint(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
