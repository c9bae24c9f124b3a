"""Means cut off, held against numeric integrals of what scipy knows of the same law."""

import math

import pytest
from scipy import integrate, stats

from sim.workload.cut_off import mean_within
from sim.workload.distributions import read_distribution

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("written", "law"),
    [
        ({"pareto": {"minimum": "1 ms", "alpha": 0.5}}, stats.pareto(0.5, scale=1e6)),
        ({"pareto": {"minimum": "1 ms", "alpha": 1}}, stats.pareto(1, scale=1e6)),
        ({"pareto": {"minimum": "1 ms", "alpha": 1.001}}, stats.pareto(1.001, scale=1e6)),
        ({"pareto": {"minimum": "1 ms", "alpha": 4}}, stats.pareto(4, scale=1e6)),
        ({"lognormal": {"median": "1 ms", "sigma": 0.5}}, stats.lognorm(0.5, scale=1e6)),
        ({"lognormal": {"median": "1 ms", "sigma": 6}}, stats.lognorm(6, scale=1e6)),
    ],
)
def test_it_is_the_integral_of_the_survival_function(written, law):
    # Over the logarithm of the time, since the law spans many decades.
    area = law.sf(1) + integrate.quad(lambda u: law.sf(math.exp(u)) * math.exp(u), 0, math.log(SECOND), limit=500)[0]
    assert mean_within(read_distribution(written), SECOND) == pytest.approx(area, rel=1e-4)


@pytest.mark.parametrize(
    "written",
    [
        {"pareto": {"minimum": "1 ns", "alpha": 1e-9}},
        {"lognormal": {"median": "1 ns", "sigma": 1e15}},
        {"lognormal": {"median": "1 h", "sigma": 1e-9}},
        {"weibull": {"scale": "1 ms", "shape": 1e-9}},
        {"gamma": {"mean": "1000 h", "shape": 1e-9}},
        {"mixture": [{"weight": 1e15, "of": {"pareto": {"minimum": "1 h", "alpha": 1}}}]},
    ],
)
def test_it_never_exceeds_the_horizon_where_the_tail_is_heavy(written):
    assert 0 < mean_within(read_distribution(written), SECOND) <= SECOND


def test_a_mixture_weighs_its_parts():
    mixture = {
        "mixture": [{"weight": 1, "of": "3 ms"}, {"weight": 2, "of": {"pareto": {"minimum": "1 ms", "alpha": 1}}}]
    }
    pareto = mean_within(read_distribution({"pareto": {"minimum": "1 ms", "alpha": 1}}), SECOND)
    assert mean_within(read_distribution(mixture), SECOND) == pytest.approx(1e6 + pareto * 2 / 3)


@pytest.mark.parametrize("mean", ["1 s", "1 ms"])
def test_a_gamma_that_is_nearly_always_0_is_estimated_within_a_third(mean):
    gamma = read_distribution({"gamma": {"mean": mean, "shape": 1e-4}})
    law = stats.gamma(1e-4, scale=gamma.mean / 1e-4)
    area = integrate.quad(lambda u: law.sf(math.exp(u)) * math.exp(u), 0, math.log(SECOND), limit=500)[0]
    assert mean_within(gamma, SECOND) == pytest.approx(area, rel=0.33)


def test_of_a_histogram_each_bucket_is_cut_off():
    histogram = {"histogram": [[0, "2 ms", 1], ["1000 s", "1000 s", 1]]}
    assert mean_within(read_distribution(histogram), SECOND) == pytest.approx((1e6 + SECOND) / 2)


def test_a_light_tail_counts_at_most_the_horizon():
    assert mean_within(read_distribution("5 ms"), SECOND) == 5e6
    assert mean_within(read_distribution({"exponential": {"mean": "5 s"}}), SECOND) == SECOND
