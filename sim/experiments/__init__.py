"""Many runs, and what they say together.

The simulator held against theory: `verify`, `theory_of`.
"""

from sim.experiments.theory import Covered, NotCovered, theory_of
from sim.experiments.verification import Verification, verify

__all__ = ["Covered", "NotCovered", "Verification", "theory_of", "verify"]
