import math
from itertools import accumulate

import jsonschema
import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from sim.units import MS, S
from sim.workload.arrivals import Arrivals, gaps
from sim.workload.streams import Streams

adapter = TypeAdapter(Arrivals)


def read(spec, directory="."):
    return adapter.validate_python(spec, context={"directory": directory})


def first_gaps(spec, n, seed=7):
    gap = gaps(read(spec), Streams(seed).rng("arrivals"))
    return [gap() for _ in range(n)]


def times(spec, n):
    return list(accumulate(first_gaps(spec, n)))


def test_gaps_of_poisson_arrivals_are_exponential():
    """A right source fails once in 10,000 seeds."""
    found = np.array(first_gaps({"poisson": {"rate": "250/s"}}, 100_000))
    assert stats.kstest(found, stats.expon(scale=4 * MS).cdf).pvalue > 1e-4
    assert stats.kstest(found, stats.expon(scale=4.1 * MS).cdf).pvalue < 1e-4


def test_poisson_arrivals_faster_than_the_clock_come_at_the_same_instant():
    found = first_gaps({"poisson": {"rate": "500/us"}}, 100)
    assert 0 in found
    assert min(found) == 0


def test_periodic_arrivals_start_at_their_phase():
    assert times({"periodic": {"period": "10 ms", "phase": "3 ms"}}, 3) == [3 * MS, 13 * MS, 23 * MS]


def test_periodic_arrivals_start_at_once_without_a_phase():
    assert times({"periodic": {"period": "10 ms"}}, 2) == [0, 10 * MS]


def test_jitter_delays_each_arrival_by_itself():
    """A right source fails once in 10,000 seeds."""
    found = times({"periodic": {"period": "10 ms", "phase": "1 ms", "jitter": "10 ms"}}, 20_000)
    late = np.array(found) - np.arange(20_000) * 10 * MS - MS
    assert stats.kstest(late, stats.uniform(0, 10 * MS).cdf).pvalue > 1e-4


def test_jitter_keeps_arrivals_in_order():
    assert min(first_gaps({"periodic": {"period": "10 ms", "jitter": "10 ms"}}, 5000)) >= 0


def test_listed_times_come_once():
    assert first_gaps({"at": ["1 ms", "1 ms", "3 ms"]}, 5) == [MS, 0, 2 * MS, None, None]


def test_times_are_read_from_a_file(tmp_path):
    (tmp_path / "arrivals.csv").write_text("t,who\n1,a\n2.5,b\n")
    source = read({"csv": {"file": "arrivals.csv", "unit": "ms", "column": "t"}}, tmp_path)
    gap = gaps(source, Streams(0).rng("arrivals"))
    assert [gap(), gap(), gap()] == [MS, 1_500_000, None]


@pytest.mark.parametrize(
    ("spec", "duration", "count"),
    [
        ({"poisson": {"rate": "250/s"}}, 2 * S, 500),
        ({"periodic": {"period": "10 ms"}}, S, 100),
        ({"periodic": {"period": "10 ms"}}, S + 1, 101),
        ({"periodic": {"period": "10 ms", "phase": "2 s"}}, S, 0),
        ({"at": ["1 ms", "2 ms", "2 s"]}, S, 2),
        ({"closed": {"think": "1 ms"}}, S, None),
        ({"writeback": {"size": "1 MiB"}}, S, None),
        ({"swap_out": {"size": "4 KiB"}}, S, None),
    ],
)
def test_arrivals_in_a_run_can_be_counted_beforehand(spec, duration, count):
    assert read(spec).expected_count(duration) == count


def test_the_count_of_times_in_a_file_is_known(tmp_path):
    (tmp_path / "arrivals.csv").write_text("1\n2\n3\n")
    assert read({"csv": {"file": "arrivals.csv", "unit": "s"}}, tmp_path).expected_count(3 * S) == 2


@pytest.mark.parametrize("duration", [1, 9 * MS, 10 * MS, 10 * MS + 1, 57 * MS])
def test_as_many_periodic_arrivals_come_as_were_counted(duration):
    spec = {"periodic": {"period": "10 ms", "phase": "2 ms"}}
    assert sum(time < duration for time in times(spec, 20)) == read(spec).expected_count(duration)


def test_the_number_of_poisson_arrivals_is_the_expected():
    """A right source fails for 7 seeds in a million (4.5 standard deviations)."""
    spec = {"poisson": {"rate": "1000/s"}}
    expected = read(spec).expected_count(50 * S)
    found = sum(time < 50 * S for time in times(spec, 60_000))
    assert abs(found - expected) < 4.5 * math.sqrt(expected)


@pytest.mark.parametrize(
    ("spec", "loc", "message"),
    [
        (
            {"at": ["1 ms", "500 us"]},
            ("at", 1),
            "'500 us' is earlier than the '1 ms' before it: expected times in order",
        ),
        ({"at": []}, ("at",), "expected a list of at least 1, not one of 0"),
        ({"at": "1 ms"}, ("at",), "expected a list, not '1 ms'"),
        ({"poisson": {"rate": 5}}, ("poisson", "rate"), "expected a rate with its unit, such as '250/s', not 5"),
        (
            {"periodic": {"period": "1 s", "jitter": "2 s"}},
            ("periodic", "jitter"),
            "'2 s' is longer than the period '1 s'",
        ),
        ({"csv": {"file": "none.csv", "unit": "s"}}, ("csv", "file"), "none.csv: no such file"),
        (
            {"writeback": {"size": "6 KiB"}},
            ("writeback", "size"),
            "expected a multiple of 4 KiB, not '6 KiB'",
        ),
        ({"poison": {}}, ("poison",), "unknown kind of arrivals 'poison': did you mean 'poisson'?"),
        (
            None,
            (),
            "expected a kind of arrivals (poisson, periodic, at, csv, closed, writeback or swap_out), not nothing",
        ),
    ],
)
def test_a_mistake_is_one_error_at_its_place(tmp_path, spec, loc, message):
    with pytest.raises(ValidationError) as error:
        read(spec, tmp_path)
    assert [(line["loc"], line["msg"]) for line in error.value.errors()] == [(loc, message)]


@pytest.mark.parametrize(
    "spec",
    [
        {"poisson": {"rate": "250/s"}},
        {"periodic": {"period": "10 ms", "phase": "3 ms", "jitter": "1 ms"}},
        {"at": ["1 ms", "2 ms"]},
        {"closed": {"think": {"exponential": {"mean": "1 ms"}}}},
        {"writeback": {"size": "1 MiB"}},
        {"swap_out": {"size": "4 KiB"}},
    ],
)
def test_arrivals_are_written_as_they_were_read(spec):
    assert adapter.dump_python(read(spec), mode="json") == spec
    jsonschema.validate(spec, adapter.json_schema())
