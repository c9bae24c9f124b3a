import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.statistics import holm, paired_difference


def test_holms_example_is_adjusted_step_by_step():
    found = holm([0.01, 0.04, 0.03, 0.005])
    assert [adjusted.p for adjusted in found] == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert [adjusted.rejected for adjusted in found] == [True, False, False, True]
    assert [adjusted.level for adjusted in found] == pytest.approx([1 - 0.05 / 3, 0.975, 0.975, 1 - 0.05 / 4])


def test_one_test_is_not_adjusted():
    assert [(a.p, a.rejected, a.level) for a in holm([0.03])] == [(0.03, True, 0.95)]


def test_no_tests_are_none():
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=12), st.sampled_from([0.01, 0.05, 0.2]))
def test_a_test_is_rejected_iff_its_p_value_is_within_what_its_level_leaves(p_values, alpha):
    for p, adjusted in zip(p_values, holm(p_values, alpha), strict=True):
        assert adjusted.rejected == (adjusted.p <= alpha)
        if abs(p - (1 - adjusted.level)) > 1e-12:
            assert adjusted.rejected == (p < 1 - adjusted.level)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.randoms())
def test_the_order_of_tests_changes_nothing(p_values, random):
    places = list(range(len(p_values)))
    random.shuffle(places)
    straight, shuffled = holm(p_values), holm([p_values[place] for place in places])
    assert [straight[place].p for place in places] == [adjusted.p for adjusted in shuffled]


def test_intervals_at_the_levels_agree_with_the_words():
    rng = np.random.default_rng(1)
    a = rng.normal(size=20)
    variants = [a + rng.normal(effect, 1, 20) for effect in (0.2, 0.5, 0.6, 0.8, 1.2)]
    found = holm([paired_difference(a, b).p_value for b in variants])
    words = [paired_difference(a, b, adjusted.level).decided for b, adjusted in zip(variants, found, strict=True)]
    assert words == [adjusted.rejected for adjusted in found]
    assert len(set(words)) == 2


def test_false_findings_among_six_are_as_rare_as_among_one():
    rng = np.random.default_rng(1)
    studies = rng.uniform(size=(4_000, 6))
    assert np.mean([any(a.rejected for a in holm(list(study))) for study in studies]) < 0.06


@pytest.mark.parametrize(
    ("call", "said"), [(lambda: holm([1.1]), r"p\(=1.1\)"), (lambda: holm([0.1], alpha=0), r"alpha\(=0\)")]
)
def test_what_cannot_be_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
