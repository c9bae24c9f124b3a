import subprocess
import sys


def test_a_workload_is_read_without_numpy():
    code = """
import sys
from sim.workload import read_distribution
read_distribution({"mixture": [{"weight": 1, "of": {"histogram": [["1 us", "2 us", 3]]}}]}).mean_ns
assert "numpy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
