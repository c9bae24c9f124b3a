"""Sampling is tested with fixed seeds; the rates at which a right sampler would fail are given beside each test."""

import math

import jsonschema
import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from sim.units import MS, US
from sim.workload.distributions import Distribution, read_distribution
from sim.workload.streams import Streams

N = 200_000
LOGNORMAL_P99 = {"lognormal": {"median": "1 ms", "p99": "10 ms"}}
SIGMA = math.log(10) / stats.norm.ppf(0.99)

# Each with the law that scipy gives it, in ns, and the same law with a wrong parameter.
CONTINUOUS = {
    "exponential": ({"exponential": {"mean": "2 ms"}}, stats.expon(scale=2e6), stats.expon(scale=2.06e6)),
    "uniform": ({"uniform": {"low": "1 ms", "high": "3 ms"}}, stats.uniform(1e6, 2e6), stats.uniform(1e6, 2.06e6)),
    "normal": ({"normal": {"mean": "5 ms", "sd": "1 ms"}}, stats.norm(5e6, 1e6), stats.norm(5.03e6, 1e6)),
    "normal cut at 0": (
        {"normal": {"mean": "1 ms", "sd": "2 ms"}},
        stats.truncnorm(-0.5, math.inf, 1e6, 2e6),
        stats.truncnorm(-0.5, math.inf, 1e6, 2.06e6),
    ),
    "lognormal": (
        {"lognormal": {"median": "74 us", "sigma": 0.5}},
        stats.lognorm(0.5, scale=74e3),
        stats.lognorm(0.5, scale=76e3),
    ),
    "lognormal by p99": (LOGNORMAL_P99, stats.lognorm(SIGMA, scale=1e6), stats.lognorm(SIGMA * 1.03, scale=1e6)),
    "pareto": ({"pareto": {"minimum": "1 ms", "alpha": 3}}, stats.pareto(3, scale=1e6), stats.pareto(3.1, scale=1e6)),
    "weibull": (
        {"weibull": {"scale": "1 ms", "shape": 0.7}},
        stats.weibull_min(0.7, scale=1e6),
        stats.weibull_min(0.7, scale=1.03e6),
    ),
    "gamma": ({"gamma": {"mean": "6 ms", "shape": 3}}, stats.gamma(3, scale=2e6), stats.gamma(3.1, scale=2e6)),
}
FINITE_VARIANCE = {name: spec for name, (spec, _, _) in CONTINUOUS.items()} | {
    "mixture": {"mixture": [{"weight": 3, "of": "1 ms"}, {"weight": 1, "of": {"exponential": {"mean": "9 ms"}}}]},
    "histogram": {"histogram": [["1 us", "2 us", 30], ["2 us", "2 us", 0], ["2 us", "4 us", 10]]},
}


def drawn(spec, n=N, seed=7):
    return read_distribution(spec).sample(Streams(seed).rng("test"), n)


def standard_errors_off(values, mean):
    return abs(values.mean() - mean) / (values.std() / math.sqrt(len(values)))


@pytest.mark.parametrize("name", CONTINUOUS)
def test_samples_follow_their_law(name):
    """A right sampler fails once in 10,000 seeds."""
    spec, law, _ = CONTINUOUS[name]
    assert stats.kstest(drawn(spec), law.cdf).pvalue > 1e-4


@pytest.mark.parametrize("name", CONTINUOUS)
def test_the_test_of_the_law_sees_a_parameter_three_percent_off(name):
    spec, _, wrong = CONTINUOUS[name]
    assert stats.kstest(drawn(spec), wrong.cdf).pvalue < 1e-4


@pytest.mark.parametrize("name", FINITE_VARIANCE)
def test_the_mean_is_the_mean_of_the_samples(name):
    """A right sampler fails for 7 seeds in a million (4.5 standard errors, two-sided)."""
    spec = FINITE_VARIANCE[name]
    assert standard_errors_off(drawn(spec), read_distribution(spec).mean_ns) < 4.5


@pytest.mark.parametrize("name", FINITE_VARIANCE)
def test_the_test_of_the_mean_sees_one_three_percent_off(name):
    spec = FINITE_VARIANCE[name]
    assert standard_errors_off(drawn(spec), 1.03 * read_distribution(spec).mean_ns) > 4.5


def test_a_constant_is_always_the_same():
    assert drawn("5 ms", 3).tolist() == [5 * MS] * 3


def test_a_mixture_draws_its_parts_by_weight():
    """A right sampler fails once in 10,000 seeds."""
    spec = {"mixture": [{"weight": 0.5, "of": "1 us"}, {"weight": 1.5, "of": "2 us"}, {"weight": 3, "of": "3 us"}]}
    counts = np.bincount(drawn(spec) // US)[1:]
    assert stats.chisquare(counts, [N * 0.1, N * 0.3, N * 0.6]).pvalue > 1e-4
    assert stats.chisquare(counts, [N * 0.1, N * 0.31, N * 0.59]).pvalue < 1e-4


def test_a_histogram_is_uniform_within_each_bucket():
    """A right sampler fails once in 10,000 seeds."""
    counts = np.bincount(drawn({"histogram": [["10 ns", "13 ns", 3], ["20 ns", "21 ns", 1]]}), minlength=22)
    assert counts.sum() == counts[10:14].sum() + counts[20:22].sum()
    expected = np.array([3, 3, 3, 3, 2, 2]) * N / 16
    assert stats.chisquare(counts[[10, 11, 12, 13, 20, 21]], expected).pvalue > 1e-4


def test_a_bucket_without_a_count_is_never_drawn():
    values = drawn({"histogram": [["1 us", "2 us", 0], ["3 us", "3 us", 1], ["4 us", "5 us", 0]]})
    assert set(values.tolist()) == {3 * US}


def test_numbers_of_a_file_are_drawn_equally_often(tmp_path):
    """A right sampler fails once in 10,000 seeds."""
    (tmp_path / "holds.csv").write_text("hold\n1\n2\n2\n4.5\n")
    distribution = read_distribution({"empirical": {"csv": "holds.csv", "unit": "us"}}, tmp_path)
    values, counts = np.unique(distribution.sample(Streams(7).rng("test"), N), return_counts=True)
    assert values.tolist() == [1000, 2000, 4500]
    assert stats.chisquare(counts, [N / 4, N / 2, N / 4]).pvalue > 1e-4
    assert distribution.mean_ns == 2375


def test_a_file_is_found_beside_the_scenario(tmp_path):
    with pytest.raises(ValidationError, match=r"holds\.csv: no such file") as error:
        read_distribution({"empirical": {"csv": "holds.csv", "unit": "us"}}, tmp_path)
    assert error.value.errors()[0]["loc"] == ("empirical", "csv")


@pytest.mark.parametrize(
    "spec",
    [
        {"pareto": {"minimum": "1 ms", "alpha": 0.001}},
        {"weibull": {"scale": "1 ms", "shape": 0.001}},
        {"lognormal": {"median": "1 ms", "sigma": 1e9}},
    ],
)
def test_a_tail_without_end_stays_within_64_bits(spec):
    values = drawn(spec, 1000)
    assert values.min() >= 0
    assert values.max() == 2**62


@pytest.mark.parametrize(
    "spec",
    [
        {"pareto": {"minimum": "1 ms", "alpha": 1}},
        {"weibull": {"scale": "1 ms", "shape": 0.001}},
        {"lognormal": {"median": "1 ms", "sigma": 100}},
        {"mixture": [{"weight": 1, "of": {"pareto": {"minimum": "1 ms", "alpha": 1}}}, {"weight": 1, "of": "1 ms"}]},
    ],
)
def test_a_mean_that_is_not_finite_is_none(spec):
    assert read_distribution(spec).mean_ns is None


@pytest.mark.parametrize("name", FINITE_VARIANCE)
def test_samples_are_whole_nanoseconds_of_zero_or_more(name):
    values = drawn(FINITE_VARIANCE[name], 1000)
    assert values.dtype == np.int64
    assert values.min() >= 0


@pytest.mark.parametrize("name", FINITE_VARIANCE)
def test_a_distribution_is_written_as_it_was_read(name):
    adapter = TypeAdapter(Distribution)
    spec = adapter.validate_python(FINITE_VARIANCE[name])
    assert adapter.validate_json(adapter.dump_json(spec)) == spec


@pytest.mark.parametrize("name", FINITE_VARIANCE)
def test_the_json_schema_accepts_it(name):
    jsonschema.validate(FINITE_VARIANCE[name], TypeAdapter(Distribution).json_schema())


@pytest.mark.parametrize(
    ("spec", "loc", "message"),
    [
        ({"lognormal": {"median": "1 ms"}}, ("lognormal",), "expected sigma or p99 beside median, found neither"),
        (
            {"lognormal": {"median": "1 ms", "sigma": 1, "p99": "2 ms"}},
            ("lognormal", "p99"),
            "expected sigma or p99 beside median, found both",
        ),
        (
            {"lognormal": {"median": "1 ms", "p99": "1 ms"}},
            ("lognormal", "p99"),
            "'1 ms' is not above the median '1 ms'",
        ),
        ({"uniform": {"low": "2 ms", "high": "1 ms"}}, ("uniform", "high"), "'1 ms' is below low, which is '2 ms'"),
        ({"mixture": []}, ("mixture",), "expected a list of at least 1, not one of 0"),
        (
            {"mixture": [{"weight": 0, "of": "1 ms"}]},
            ("mixture", 0, "weight"),
            "expected a number from 1e-9 to 1e15, not 0",
        ),
        ({"histogram": [["2 us", "1 us", 3]]}, ("histogram", 0, 1), "'1 us' is below low, which is '2 us'"),
        ({"histogram": [["1 us", "2 us"]]}, ("histogram", 0), "expected [low, high, count], not a list of 2"),
        (
            {"histogram": [["1 us", "2 us", 0]]},
            ("histogram",),
            "expected a count above 0 in at least one bucket",
        ),
        (
            {"exponential": {"mean": "0 s"}},
            ("exponential", "mean"),
            "'0 s' is zero: expected a duration above zero, such as '5 s'",
        ),
        (
            {"expnential": {"mean": "1 s"}},
            ("expnential",),
            "unknown distribution 'expnential': did you mean 'exponential'?",
        ),
    ],
)
def test_a_mistake_is_one_error_at_its_place(spec, loc, message):
    with pytest.raises(ValidationError) as error:
        read_distribution(spec)
    assert [(line["loc"], line["msg"]) for line in error.value.errors()] == [(loc, message)]


@pytest.mark.parametrize("parameter", [1e-9, 1e-3, 1e3, 1e15])
@pytest.mark.parametrize("length", ["1 ns", "999999999 s"])
@pytest.mark.parametrize(
    ("kind", "place", "parameter_name"),
    [
        ("gamma", "mean", "shape"),
        ("weibull", "scale", "shape"),
        ("pareto", "minimum", "alpha"),
        ("lognormal", "median", "sigma"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_the_most_extreme_parameters_give_times_that_fit_the_clock(kind, place, parameter_name, length, parameter):
    drawn = read_distribution({kind: {place: length, parameter_name: parameter}}).sample(
        np.random.default_rng(1), 5_000
    )
    assert drawn.min() >= 0
    assert drawn.max() <= 2**62


@pytest.mark.parametrize("parameter", [1e-320, 1e-10, 1e16])
def test_a_parameter_beyond_all_use_is_refused(parameter):
    with pytest.raises(ValidationError, match="expected a number from 1e-9 to 1e15"):
        read_distribution({"gamma": {"mean": "1 ms", "shape": parameter}})
