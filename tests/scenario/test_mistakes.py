"""How a mistake reads."""

import pytest

from sim.scenario.mistakes import Mark, Mistake, ScenarioError, expected, meant


@pytest.mark.parametrize(
    ("mistake", "line"),
    [
        (Mistake("a.yaml", 3, 7, "seed", "wrong"), "a.yaml:3:7: seed: wrong"),
        (Mistake("a.yaml", 3, 7, "", "wrong"), "a.yaml:3:7: wrong"),
        (Mistake("a.yaml", None, None, "", "no such file"), "a.yaml: no such file"),
        (Mistake(None, None, None, "seed", "wrong"), "seed: wrong"),
        (Mistake("--set", None, None, "seed", "wrong"), "--set seed: wrong"),
        (Mistake(None, None, None, "", "wrong"), "wrong"),
    ],
)
def test_it_is_one_line_with_as_much_of_its_place_as_is_known(mistake, line):
    assert str(mistake) == line


def test_list_entries_are_numbered_in_paths():
    assert Mistake.at(Mark(), ("tasks", "w", "steps", 0, "io"), "x").path == "tasks.w.steps.0.io"


def test_an_error_is_all_its_mistakes_one_a_line():
    error = ScenarioError([Mistake("a.yaml", 1, 1, "", "one"), Mistake("a.yaml", 2, 1, "", "two")])
    assert str(error) == "a.yaml:1:1: one\na.yaml:2:1: two"
    assert isinstance(error, ValueError)


def test_the_nearest_name_is_suggested_only_if_it_is_near():
    assert meant("min_rn", ["min_nr", "backing"]) == "; did you mean 'min_nr'?"
    assert meant("colour", ["min_nr", "backing"]) == ""


def test_a_choice_is_listed_unless_it_is_too_long():
    assert expected(["a", "b", "c"]) == "; expected a, b or c"
    assert expected([]) == ""
    assert expected("abc", limit=2) == ""
