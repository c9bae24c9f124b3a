"""Callers that may not sleep, and a backing allocator that never works: the reserve is a telephone exchange.

Its lines are the elements (M/G/m/m).
"""

import pytest

from sim.statistics import erlang_b

# All with a mean of 20 ms.
HOLDS = {
    "exponential": {"exponential": {"mean": "20 ms"}},
    "constant": {"constant": "20 ms"},
    "lognormal": {"lognormal": {"median": "12130613 ns", "sigma": 1.0}},
    "pareto": {"pareto": {"minimum": "12 ms", "alpha": 2.5}},
}
PARAMETERS = {"min_nr": 16, "load": 12, "holds": 600}


@pytest.mark.parametrize("hold", HOLDS.values(), ids=HOLDS)
def test_null_is_as_frequent_as_erlang_says_whatever_the_holds(hold, replicate, measured):
    assert erlang_b(16, 12) in measured(replicate(hold=hold, **PARAMETERS)).null


@pytest.mark.usefixtures("one_element_too_many")
@pytest.mark.parametrize("hold", HOLDS.values(), ids=HOLDS)
def test_one_element_too_many_would_be_noticed(hold, replicate, measured):
    assert erlang_b(16, 12) not in measured(replicate(hold=hold, **PARAMETERS)).null
