"""Memory that is good for a while, then bad for a while, and callers that may not sleep: an exact Markov chain."""

import pytest

from sim.statistics import on_off_outages

USE = on_off_outages(10, 8, good=20, bad=2)
SOJOURNS = {
    "good": {"exponential": {"mean": "400 ms"}},
    "bad": {"exponential": {"mean": "40 ms"}},
    "start": "stationary",
}
PARAMETERS = {"min_nr": 8, "load": 10, "holds": 2_000, "pressure": {"on_off": SOJOURNS}}


def test_reserve_and_null_serve_as_many_calls_as_the_exact_chain_says(replicate, measured):
    steady = measured(replicate(**PARAMETERS))
    assert USE.fallback in steady.fallback
    assert USE.blocked in steady.null


@pytest.mark.usefixtures("only_its_own_elements_refill_the_reserve")
def test_a_reserve_refilled_by_its_own_elements_only_would_be_noticed(replicate, measured):
    assert USE.blocked not in measured(replicate(**PARAMETERS)).null
