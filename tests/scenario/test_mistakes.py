"""How a mistake reads."""

import pytest

from sim.scenario import Scenario
from sim.scenario.mistakes import Mark, Mistake, ScenarioError, expected, first_of, meant


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


def test_of_a_flood_the_first_are_told_and_how_many_follow():
    flood = [Mistake("x.yaml", line, 1, "", "wrong") for line in range(30_000, 0, -1)]
    told = first_of(flood)
    assert [mistake.line for mistake in told[:-1]] == list(range(1, 51))
    assert str(told[-1]) == "x.yaml:51:1: and 29,950 more mistakes from here on"


def test_names_are_compared_for_no_more_mistakes_than_are_told(small, monkeypatch):
    asked = []
    monkeypatch.setattr("sim.scenario.checks.meant", lambda name, _: asked.append(name) or "")
    small["pools"] = {f"p{number}": small["pools"]["bio"] for number in range(1_000)}
    small["tasks"] = {f"t{number}": small["tasks"]["writer"] for number in range(1_000)}
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping(small)
    assert 50 <= len(asked) < 200
    assert str(caught.value).endswith("and 1,950 more mistakes from here on")
