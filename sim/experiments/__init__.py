"""Many runs, and what they say together.

Variants compared run by run: `compare`. The smallest reserve that meets targets: `size`. The simulator
held against theory: `verify`, `theory_of`.
"""

from sim.experiments.comparison import compare
from sim.experiments.execution import Execution
from sim.experiments.sizing import size
from sim.experiments.theory import Covered, NotCovered, theory_of
from sim.experiments.verification import Verification, verify

__all__ = ["Covered", "Execution", "NotCovered", "Verification", "compare", "size", "theory_of", "verify"]
