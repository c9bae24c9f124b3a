"""Variants of a scenario, from its file and from the command line."""

import pytest

from sim.kernel.versions import Wake
from sim.scenario import Scenario, ScenarioError, load
from sim.scenario.names import VARIANT_EXPECTED
from sim.scenario.splitting import split
from sim.scenario.variants import baseline_of, named, variants_of


def told(*texts) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        variants_of(load("quick.yaml"), texts)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_the_variants_of_a_file_are_those_of_its_study(valid):
    variants = variants_of(load("study.yaml"))
    assert list(variants) == ["as-it-is", "wake-one", "5s", "2.6.34"]
    assert variants["5s"].pools["bio"].min_nr == 4
    assert variants["5s"].semantics.timeout == 5_000_000_000
    assert (variants["2.6.34"].kernel, variants["2.6.34"].warmup) == ("2.6.34", 0)


def test_an_empty_variant_is_the_file_itself_without_its_study(valid):
    scenario = load("study.yaml")
    assert variants_of(scenario)["as-it-is"] == scenario.with_(study=None)


def test_no_variant_has_a_study(valid):
    assert all(variant.study is None for variant in variants_of(load("study.yaml")).values())


def test_variants_of_the_command_line_are_in_the_order_given(valid):
    variants = variants_of(load("quick.yaml"), ["hand-off:semantics.wake=hand_off,semantics.timeout=none", "as-is:"])
    assert list(variants) == ["hand-off", "as-is"]
    assert variants["hand-off"].semantics.wake is Wake.HAND_OFF
    assert variants["hand-off"].semantics.timeout == "none"
    assert variants["as-is"] == load("quick.yaml")


def test_those_of_the_command_line_replace_those_of_the_file(valid):
    assert list(variants_of(load("study.yaml"), ["a:seed=2", "b:seed=3"])) == ["a", "b"]


def test_a_single_variant_is_compared_with_the_file(valid):
    variants = variants_of(load("quick.yaml"), ["more:pools.bio.min_nr=16"])
    assert {name: variant.pools["bio"].min_nr for name, variant in variants.items()} == {"quick": 2, "more": 16}


def test_a_single_variant_needs_another_name_than_the_file(valid):
    assert told("quick:seed=2") == ["--variant quick: two variants have this name; expected one"]


def test_a_value_may_have_commas_inside_of_brackets_and_quotes(valid):
    text = "a:pools.bio={min_nr: 3, backing: {pages: {order: 1}}},description='one, two',seed=7"
    variant = variants_of(load("quick.yaml"), [text])["a"]
    assert (variant.pools["bio"].min_nr, variant.description, variant.seed) == (3, "one, two", 7)


def test_a_colon_in_a_value_is_not_that_of_the_name(valid):
    assert variants_of(load("quick.yaml"), ["a:description='see: here'"])["a"].description == "see: here"


def test_all_mistakes_of_the_command_line_are_told_at_once(valid):
    assert told(
        "a:pools.boi.min_nr=3,semantics.wake=no",
        "a:",
        "b c:",
        "nope",
        "d:kernel",
        "e:devices.nvme=",
        "f:study.pool=bio",
    ) == [
        f"--variant: found name 'b c'; expected {VARIANT_EXPECTED}",
        "--variant: found 'nope'; expected NAME:PATH=VALUE,PATH=VALUE, or NAME: for the file itself",
        "--variant a: pools.boi: nothing called 'boi' here; expected bio; did you mean 'bio'?",
        "--variant a: semantics.wake: found 'no'; expected all, one or hand_off",
        "--variant a: two variants have this name; expected one",
        "--variant d: found 'kernel'; expected path=value",
        "--variant e: tasks.writer.steps.1.io: unknown device 'nvme'; expected it under devices",
        "--variant f: study.pool: study cannot be changed here; expected a part of the scenario itself",
    ]


def test_a_file_without_variants_has_nothing_to_compare(valid):
    (mistake,) = told()
    assert mistake == (
        "quick.yaml: nothing to compare; expected variants under study:, another scenario, or "
        "--variant NAME:PATH=VALUE,PATH=VALUE"
    )
    assert told("as-is:") == [mistake]


def test_mistakes_in_a_mapping_have_their_path(small):
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping({**small, "study": {"variants": {"a": {"pools.bio": {"min_nr": -1}}}}})
    assert str(caught.value) == (
        "study.variants.a.pools.bio.min_nr: found -1; expected a whole number from 0 to 1000000"
    )


def test_scenarios_are_called_by_their_names(small):
    one, two = Scenario.from_mapping(small), Scenario.from_mapping({**small, "name": "other"})
    assert named([one, two]) == {"small": one, "other": two}


def test_scenarios_of_one_name_are_called_by_their_files(valid, tmp_path):
    text = (valid / "quick.yaml").read_text()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.yaml").write_text(text)
    found = named([load("quick.yaml"), load(tmp_path / "a" / "mine.yaml"), load(tmp_path / "b" / "mine.yaml")])
    assert list(found) == ["quick", "mine", "mine-2"]


def test_the_baseline_is_the_first_or_the_one_asked_for():
    assert baseline_of(["a", "b"], None) == "a"
    assert baseline_of(["a", "b"], "b") == "b"


def test_a_baseline_that_is_not_there_is_a_mistake():
    with pytest.raises(ScenarioError) as caught:
        baseline_of(["wake-all", "wake-one"], "wake-on")
    assert str(caught.value) == (
        "--baseline: no variant is called 'wake-on'; expected wake-all or wake-one; did you mean 'wake-one'?"
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a,b", ["a", "b"]),
        ("a, [b, c], {d: e, f: (g, h)}", ["a", "[b, c]", "{d: e, f: (g, h)}"]),
        ('x=\'a, b\',y="c \\", d"', ["x='a, b'", 'y="c \\", d"']),
        ("it's,that's", ["it's", "that's"]),
        ("", [""]),
        (",", ["", ""]),
        ("[a, b", ["[a, b"]),
        ("'a, b", ["'a, b"]),
        ("a],b", ["a]", "b"]),
    ],
)
def test_a_text_is_split_at_commas_outside_of_brackets_and_quotes(text, parts):
    assert split(text) == parts
