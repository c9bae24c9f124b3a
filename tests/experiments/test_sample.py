"""The replications of a scenario, folded together: what stays of each in memory."""

import gc
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.experiments.comparison.compare import MEASURES
from sim.experiments.running.job import Job, made
from sim.experiments.running.record import Latencies, Record
from sim.experiments.sample.numbers import Numbers
from sim.experiments.sample.sample import Sample
from sim.scenario.measures import MeasureName

MOST_A_RUN = 1_000
"""Bytes: 14 measures of 2 numbers, 6 shares of 2, 12 bins of pressure of 2, a digest, two references; and some room."""


@pytest.fixture(scope="module")
def finished():
    return made(Job.of(sim.load("quickstart", {"duration": "1 s", "warmup": "0 s"}), 1, 0))


def others(finished, first, last):
    """Runs like a finished one, as they are read from disk, each with latencies and a digest of its own."""
    content = finished.to_bytes()
    for number in range(first, last):
        run = Record.from_bytes(content)
        buckets = np.sort(np.random.default_rng(number).choice(3_000, 500, replace=False))
        latencies = {pair: Latencies(buckets, np.ones_like(buckets), 0 * buckets) for pair in run.latencies}
        yield replace(run, latencies=latencies, document={**run.document, "digest": f"{number:064x}"})


def test_a_run_adds_a_few_numbers_to_memory_and_no_histogram(finished):
    sample = Sample(sim.load("quickstart"), tuple(map(MeasureName.parse, MEASURES)))
    held = []
    tracemalloc.start()
    try:
        for first, last in ((0, 50), (50, 350)):
            for run in others(finished, first, last):
                sample.add(run)
            del run
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert sample.runs == 350
    assert len(sample.readings) == 14
    assert held[1] - held[0] < 300 * MOST_A_RUN


def test_numbers_come_back_by_column():
    numbers = Numbers(2)
    numbers.add(1, 2.5)
    numbers.add(3, float("nan"))
    first, second = numbers.columns
    assert first.tolist() == [1, 3]
    assert second[0] == 2.5
    assert np.isnan(second[1])
    numbers.add(4, 5)
    assert first.tolist() == [1, 3]
    with pytest.raises(ValueError, match="found 1 numbers of a run; expected 2"):
        numbers.add(1)
