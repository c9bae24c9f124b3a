from collections import Counter

import numpy as np
import pytest

from sim.experiments.sizing.bisection import FRESH, Plan, bisect
from sim.experiments.sizing.deciding import Counts, Decision

CALLS = 4000


class Bursty:
    """Calls fail in bursts, of `burst` calls on average, a share of `first` x `ratio`**size of all calls.

    Sizes see the same bursts: a larger one is spared some of those that a smaller one has.
    """

    def __init__(self, *, first=0.5, ratio=0.6, burst=10, study=0):
        self.first, self.ratio, self.burst, self.study = first, ratio, burst, study
        self.drawn = {}
        self.asked = []

    def __call__(self, size, first, last):
        self.asked.append((size, first, last))
        counts = np.array([[self._run(size, number) for number in range(first, last)]], dtype=float)
        return Counts(counts, counts, np.full_like(counts, CALLS))

    def _run(self, size, number):
        if number not in self.drawn:
            rng = np.random.default_rng([self.study, number])
            bursts = rng.poisson(CALLS * self.first / self.burst)
            self.drawn[number] = rng.random(bursts), rng.geometric(1 / self.burst, bursts)
        depths, lengths = self.drawn[number]
        return min(CALLS, lengths[depths < self.ratio**size].sum())

    def bound_between(self, size):
        """A target that `size` is the smallest to meet, as far from it as from the size below."""
        return self.first * self.ratio ** (size - 0.5)


def plan(bound, **more):
    return Plan((bound,), **{"least": 1, "most": 1024, "start": 16, "runs": 160, **more})


def failing(share_of):
    """Every run of a size has the same share of calls that break the target."""

    def sample(size, first, last):
        counts = np.full((1, last - first), round(CALLS * share_of(size)), dtype=float)
        return Counts(counts, counts, np.full_like(counts, CALLS))

    return sample


@pytest.mark.parametrize("answer", [1, 2, 5, 9, 16, 17])
@pytest.mark.parametrize("start", [1, 16, 600])
def test_the_smallest_size_that_meets_the_target_is_found_from_anywhere(answer, start):
    found = bisect(failing(lambda size: 0.001 if size >= answer else 0.2), plan(0.01, start=start))
    assert (found.meets, found.fails) == (answer, answer - 1 or None)
    assert list(found.candidates) == [answer]


def test_the_answer_does_not_rest_on_replications_of_the_search():
    sample = Bursty()
    found = bisect(sample, plan(sample.bound_between(9)))
    assert found.meets == 9
    assert set(found.checked) == {8, 9}
    assert min(first for size, first, _ in sample.asked[-2:]) >= FRESH
    # The search got to no other size with numbers of its own.
    assert all(last < FRESH or first >= FRESH for _, first, last in sample.asked)


def test_a_search_that_was_misled_is_put_right():
    honest = failing(lambda size: 0.001 if size >= 9 else 0.2)
    misled = failing(lambda size: 0.001 if size >= 7 else 0.2)

    def sample(size, first, last):
        return (honest if first >= FRESH else misled)(size, first, last)

    found = bisect(sample, plan(0.01))
    assert found.searched[7].decision is Decision.MEETS
    assert found.meets == 9
    assert list(found.candidates) == [9]


def test_sizes_too_close_to_the_target_are_named():
    sample = Bursty()
    found = bisect(sample, plan(sample.first * sample.ratio**9))
    assert {9, 10} <= set(found.candidates) <= set(range(8, 12))
    assert found.decided(9).decision is Decision.OPEN


def test_no_size_helps():
    found = bisect(failing(lambda size: 0.2), plan(0.01, most=100))
    assert (found.meets, found.fails) == (None, 100)
    assert list(found.candidates) == []


def test_no_larger_size_is_tried_where_that_would_change_nothing():
    found = bisect(failing(lambda size: 0.2), plan(0.01), lambda size: size >= 64)
    assert max(found.sizes) == found.top == 64
    assert list(found.candidates) == []


def test_the_smallest_size_allowed_is_the_answer_if_it_meets_the_target():
    found = bisect(failing(lambda size: 0.0), plan(0.01, least=3))
    assert list(found.candidates) == [3]


def test_silence_is_no_answer_where_a_smaller_size_has_long_bursts():
    # 160 runs have some 30 bursts at size 4, and none at 16, which is not enough to show 1e-6.
    sample = Bursty(first=0.05, burst=400)
    found = bisect(sample, plan(1e-6, start=4))
    assert found.meets is None
    assert found.fails is not None
    assert found.top < 1024


def test_several_targets_are_met_by_the_size_that_meets_the_hardest():
    def sample(size, first, last):
        rows = [failing(lambda size, of=of: 0.001 if size >= of else 0.2)(size, first, last) for of in (5, 12)]
        return Counts(*(np.vstack([getattr(row, name) for row in rows]) for name in ("surely", "perhaps", "totals")))

    assert list(bisect(sample, Plan((0.01, 0.01), 1, 64, 4, 40)).candidates) == [12]


def test_more_that_is_worse_is_told():
    shares = {16: 0.02, 32: 0.05}
    worse = bisect(failing(lambda size: shares.get(size, 0.001 if size > 32 else 0.2)), plan(0.01))
    assert (16, 32, 0) in worse.disorder
    better = bisect(failing(lambda size: 0.2 if size < 12 else 0.001), plan(0.01))
    assert better.disorder == []


def test_a_plan_must_make_sense():
    for wrong in ({"least": 20}, {"most": 8}, {"runs": 1}, {"confidence": 1.0}):
        with pytest.raises(ValueError, match="must"):
            plan(0.01, **wrong)
    with pytest.raises(ValueError, match="bounds"):
        plan(1.0)


@pytest.mark.parametrize(("burst", "start", "told"), [(1, 1, 180), (10, 256, 10), (60, 1, 0)])
def test_two_hundred_studies_are_right_at_the_stated_rate(burst, start, told):
    said = Counter()
    for study in range(200):
        sample = Bursty(burst=burst, study=study)
        found = bisect(sample, plan(sample.bound_between(9), start=start, runs=80))
        said["wrong" if 9 not in found.candidates else "told" if len(found.candidates) == 1 else "narrowed"] += 1
    # 5 % of 200 are 10. The longer the bursts, the less 80 runs say.
    assert said["wrong"] <= 10
    assert said["told"] >= told


def test_studies_right_at_the_target_are_right_at_the_stated_rate():
    said = Counter()
    for study in range(200):
        sample = Bursty(study=study)
        found = bisect(sample, plan(sample.first * sample.ratio**9 * 0.999, runs=80))
        said["wrong" if 10 not in found.candidates else "told" if len(found.candidates) == 1 else "narrowed"] += 1
    assert said["wrong"] <= 10
    assert said["narrowed"] > 150
