"""Many runs, and what they say together.

Variants compared run by run: `compare`. What changes with x: `sweep`. The smallest reserve that meets targets: `size`.
The simulator held against theory: `verify`, `theory_of`.
"""

from sim.experiments.comparison.compare import compare
from sim.experiments.running.execution import Execution
from sim.experiments.sizing.size import size
from sim.experiments.sweeps.sweep import Sweep, sweep
from sim.experiments.theory.theory import Covered, NotCovered, theory_of
from sim.experiments.verification.verify import Verification, verify

__all__ = [
    "Covered",
    "Execution",
    "NotCovered",
    "Sweep",
    "Verification",
    "compare",
    "size",
    "sweep",
    "theory_of",
    "verify",
]
