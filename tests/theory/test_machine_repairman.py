"""Tasks in a closed loop, and a backing allocator that never works: machines, and repairmen to mend them (M/M/m//K)."""

import pytest

from sim.statistics import machine_repairman

HAND_OFF = {"wake": "hand_off"}
"""As in the kernel every free would wake half of the tasks, for the same mean."""
PARAMETERS = {"tasks": 64, "holds": 200, "gfp": "GFP_NOIO", "semantics": HAND_OFF}


@pytest.mark.parametrize("min_nr", [16, 32])
def test_tasks_go_round_and_wait_as_theory_says(min_nr, replicate, measured):
    oracle, steady = machine_repairman(64, min_nr, hold=1, think=1), measured(replicate(min_nr=min_nr, **PARAMETERS))
    assert oracle.throughput in steady.throughput
    assert oracle.mean_wait in steady.mean_wait


@pytest.mark.usefixtures("one_element_too_many")
@pytest.mark.parametrize("min_nr", [16, 32])
def test_one_element_too_many_would_be_noticed(min_nr, replicate, measured):
    oracle, steady = machine_repairman(64, min_nr, hold=1, think=1), measured(replicate(min_nr=min_nr, **PARAMETERS))
    assert oracle.throughput not in steady.throughput
    assert oracle.mean_wait not in steady.mean_wait
