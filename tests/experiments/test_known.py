"""The configurations whose answers are known."""

from sim.experiments import Covered, theory_of
from sim.experiments.verification.known import known


def test_every_one_is_covered_and_theory_neglects_nothing_that_matters():
    for each in known():
        theory = theory_of(each.scenario)
        assert isinstance(theory, Covered), (each.scenario.name, theory)
        assert theory.bias < 1e-3


def test_every_theory_but_that_of_plenty_is_among_them():
    names = {theory_of(each.scenario).name for each in known()}
    assert names == {
        "Erlang B",
        "Erlang C",
        "independent failures",
        "on/off outages",
        "machine repairman",
        "immediate service",
    }


def test_their_names_are_short_enough_for_a_table_of_80_characters():
    names = [each.scenario.name for each in known()]
    assert max(map(len, names)) <= 17
    assert len(set(names)) == len(names)


def test_margins_are_of_what_is_predicted():
    for each in known():
        assert each.margins.keys() <= theory_of(each.scenario).predictions.keys()
