"""An outage that begins in the steady state: does anybody wait? An exact Markov chain tells (the square-root rule).

The study `square-root-rule` has what the chain assumes: Poisson arrivals, exponential holds, memory that never fails
before the outage and always in it, operations that take no time. Sixteen elements are in flight; a mean hold is 10 ms,
and the outage begins after ten.
"""

import pytest
from scipy.stats import binomtest

import sim
from sim.statistics import waits_in_outage

LOAD = 16
RUNS = 150


def waited(min_nr, length):
    """The 99.9 % interval (Clopper and Pearson) of the probability that anybody waits, as the runs have it."""
    end = f"{round(100 + 10 * length)} ms"
    changes = {
        "pools.elements.min_nr": min_nr,
        "pressure.windows.schedule.0.to": end,
        "duration": end,
    }
    scenario = sim.load("square-root-rule", changes)
    rows = [scenario.run(seed=1, replication=number).document["rows"][0] for number in range(RUNS)]
    some = sum(row["shares"]["waited"]["share"] > 0 for row in rows)
    return binomtest(some, RUNS).proportion_ci(0.999)


@pytest.mark.parametrize(("min_nr", "length"), [(8, 2), (12, 2), (16, 10)])
def test_somebody_waits_in_as_many_outages_as_the_exact_chain_says(min_nr, length):
    interval = waited(min_nr, length)
    assert interval.low <= waits_in_outage(LOAD, min_nr, length=length) <= interval.high


@pytest.mark.usefixtures("only_its_own_elements_refill_the_reserve")
def test_a_reserve_refilled_by_its_own_elements_only_would_be_noticed():
    assert waits_in_outage(LOAD, 12, length=2) < waited(12, 2).low
