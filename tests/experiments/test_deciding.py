import numpy as np
import pytest

from sim.experiments.sizing.deciding import Counts, Decision, decide, spent

CALLS = 1000
UNKNOWN, SCATTERED = (None,), (1.0,)


def counted(*failures, surely=None):
    perhaps = np.array([failures], dtype=float)
    return Counts(perhaps if surely is None else np.array([surely], dtype=float), perhaps, np.full_like(perhaps, CALLS))


def steady(failures):
    """Every run has so many calls that break the target."""
    return lambda first, last: counted(*[failures] * (last - first))


def decided(draw, bound=0.01, *, level=0.05, most=160, effects=SCATTERED):
    return decide(8, draw, (bound,), level=level, most=most, effects=effects)


def test_a_size_far_from_its_target_takes_one_look():
    assert decided(steady(1)).decision is Decision.MEETS
    assert decided(steady(1)).counts.runs == 10
    assert decided(steady(100)).decision is Decision.FAILS
    assert decided(steady(100)).counts.runs == 10


def test_groups_grow_until_a_size_can_be_told():
    trial = decided(steady(8))
    assert trial.decision is Decision.MEETS
    assert trial.counts.runs == 20


def test_a_size_at_its_target_stays_open_when_it_has_had_its_replications():
    trial = decided(steady(10))
    assert trial.decision is Decision.OPEN
    assert trial.counts.runs == 160


def test_each_replication_is_drawn_once():
    asked = []

    def draw(first, last):
        asked.append((first, last))
        return steady(10)(first, last)

    decided(draw, most=45)
    assert asked == [(0, 10), (10, 20), (20, 40), (40, 45)]


@pytest.mark.parametrize("most", [2, 10, 11, 160, 1000])
def test_looks_spend_the_error_and_no_more(most):
    looks = spent(0.05, most)
    assert sum(error for _, error in looks) == pytest.approx(0.05)
    assert looks[-1][0] == most


def test_bursts_make_a_share_less_sure_than_scattered_calls_do():
    def bursts(first, last):
        return counted(*[40 if run % 10 == 0 else 0 for run in range(first, last)])

    assert decided(steady(4), most=20).decision is Decision.MEETS
    assert decided(bursts, most=20).decision is Decision.OPEN


def test_silence_proves_nothing_when_other_sizes_have_shown_large_bursts():
    assert decided(steady(0)).counts.runs == 10
    assert decided(steady(0), effects=(500.0,)).decision is Decision.OPEN


@pytest.mark.parametrize("failures", [0, 1])
def test_where_nothing_is_known_of_bursts_a_size_is_trusted_only_after_all_replications(failures):
    trial = decided(steady(failures), effects=UNKNOWN)
    assert trial.decision is Decision.MEETS
    assert trial.counts.runs == 160
    assert decided(steady(100), effects=UNKNOWN).counts.runs == 10


def test_a_call_that_was_cut_off_counts_against_both_decisions():
    def unsure(first, last):
        return counted(*[50] * (last - first), surely=[1] * (last - first))

    assert decided(unsure).decision is Decision.OPEN


def test_one_target_that_is_failed_fails_the_size():
    def draw(first, last):
        low, high = steady(1)(first, last), steady(100)(first, last)
        return Counts(
            *(np.vstack([getattr(low, name), getattr(high, name)]) for name in ("surely", "perhaps", "totals"))
        )

    trial = decide(8, draw, (0.01, 0.01), level=0.05, most=160, effects=(1.0, 1.0))
    assert trial.decisions == (Decision.MEETS, Decision.FAILS)
    assert trial.decision is Decision.FAILS


def test_runs_without_calls_decide_nothing():
    def nothing(first, last):
        zeros = np.zeros((1, last - first))
        return Counts(zeros, zeros, zeros)

    assert decided(nothing).decision is Decision.OPEN


def test_at_the_target_itself_a_wrong_decision_is_as_rare_as_it_says():
    # Half of the calls that break the target come in bursts of some twenty.
    wrong = {Decision.MEETS: 0, Decision.FAILS: 0, Decision.OPEN: 0}
    for repetition in range(400):
        rng = np.random.default_rng([1, repetition])

        def draw(first, last, rng=rng):
            bursts = rng.poisson(0.5, last - first)
            scattered = rng.poisson(10, last - first)
            return counted(*(scattered + [rng.geometric(1 / 20, size=n).sum() for n in bursts]))

        wrong[decided(draw, bound=0.02, level=0.1, effects=UNKNOWN).decision] += 1
    # At most 0.1 on either side; 3.5 standard deviations of 400.
    assert wrong[Decision.MEETS] <= 61
    assert wrong[Decision.FAILS] <= 61
    assert wrong[Decision.OPEN] > 200
