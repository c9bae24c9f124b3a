import numpy as np
import pytest

from sim.statistics import Interval, RelativeWidth, mean, replicate_until


def normal_sampler(seed, spread):
    rng = np.random.default_rng(seed)
    return lambda replication: rng.normal(1, spread)


def test_it_stops_when_the_interval_is_narrow_enough_twice():
    stopped = replicate_until(normal_sampler(1, 0.3), RelativeWidth(0.05))
    assert stopped.enough
    for values in (stopped.values, stopped.values[:-1]):
        assert RelativeWidth(0.05).enough(mean(values))
    assert not RelativeWidth(0.05).enough(mean(stopped.values[:-2]))
    assert stopped.interval == mean(stopped.values)


def test_it_makes_no_fewer_than_the_least():
    assert len(replicate_until(normal_sampler(1, 1e-9), RelativeWidth(least=12, hits=1)).values) == 12


def test_it_makes_no_more_than_the_most_and_says_that_it_is_not_enough():
    stopped = replicate_until(normal_sampler(1, 5), RelativeWidth(most=25))
    assert (len(stopped.values), stopped.enough) == (25, False)


def test_values_that_have_not_varied_yet_are_not_enough():
    stopped = replicate_until(lambda replication: float(replication > 50), RelativeWidth(most=40))
    assert (len(stopped.values), stopped.enough) == (40, False)


def test_replications_are_numbered_from_zero():
    seen = []
    replicate_until(lambda replication: seen.append(replication) or 1.0, RelativeWidth(least=2, most=4))
    assert seen == [0, 1, 2, 3]


@pytest.mark.parametrize(("half", "enough"), [(0.0476, True), (0.0477, False)])
def test_the_half_width_is_a_share_of_the_truth(half, enough):
    assert RelativeWidth(0.05).enough(Interval(-1, -1 - half, -1 + half, 0.95, "t")) == enough


def test_another_estimate_may_be_asked():
    asked = []

    def estimate(values):
        asked.append(len(values))
        return mean(values, 0.5)

    replicate_until(normal_sampler(1, 0.3), RelativeWidth(least=5, most=6, relative=0.001), estimate)
    assert asked == [5, 6]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"relative": 1}, r"relative\(=1\)"),
        ({"least": 1}, r"least\(=1\)"),
        ({"most": 9}, r"most\(=9\)"),
        ({"hits": 0}, r"hits\(=0\)"),
    ],
)
def test_what_cannot_be_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        RelativeWidth(**wrong)
