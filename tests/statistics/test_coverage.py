"""The intervals over 1,000 studies each with a known truth: with so many, 95 % has a standard error of 0.7 %."""

import functools
import importlib.util
import sys
from pathlib import Path

import pytest

STUDIES, SEED = 1_000, 1


def experiment():
    path = Path(__file__).parents[2] / "benchmarks" / "interval_coverage.py"
    spec = importlib.util.spec_from_file_location("interval_coverage", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


EXPERIMENT = experiment()
SETTINGS = {f"{setting.name}, {setting.runs} runs": setting for setting in EXPERIMENT.settings()}


@functools.cache
def cover(name):
    return SETTINGS[name].cover(STUDIES, SEED)


@pytest.mark.parametrize("name", SETTINGS)
def test_an_interval_covers_the_truth_as_often_as_claimed(name):
    claims = {interval: claim for interval, (claim, _) in SETTINGS[name].claims.items()}
    found = cover(name)
    broken = {
        interval: (claim, found[interval])
        for interval, claim in claims.items()
        if claim != EXPERIMENT.WRONG and not found[interval].holds(claim)
    }
    assert not broken


@pytest.mark.parametrize(("runs", "least", "most"), [(10, 0.25, 0.40), (30, 0.60, 0.75)])
def test_a_t_interval_on_a_mean_with_rare_stalls_fails_and_was_warned_of(runs, least, most):
    found = cover(f"2e-5 of calls stall 5 s, {runs} runs")["mean (t)"]
    assert not found.holds(EXPERIMENT.NOMINAL)
    assert least < found.covers < most
    assert found.silent == 0


@pytest.mark.parametrize("name", [name for name in SETTINGS if name.startswith("outages")])
def test_calls_of_outages_taken_as_independent_fail(name):
    assert cover(name)["calls taken as independent"].covers < 0.3


@pytest.mark.parametrize("interval", ["rate", "ratio"])
def test_outages_in_one_of_thirty_runs_are_beyond_any_interval_and_say_so(interval):
    found = cover("outages, in one of thirty runs, 30 runs")[interval]
    assert found.covers < 0.8
    assert found.silent < 0.01


def test_a_tail_of_a_few_long_bursts_is_beyond_any_interval_and_says_so():
    found = cover("latencies in bursts of 500, 30 runs")["quantile 0.999"]
    assert found.covers < 0.93
    assert found.warned > 0.95
