"""YAML with positions, and its limits."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario import load
from sim.scenario.document import MAX_BYTES, MAX_DEPTH, MAX_VALUES, Node, parse, scalar, tree
from sim.scenario.mistakes import ScenarioError


def read(text: str) -> Node:
    found: list = []
    root = parse(text, "x.yaml", found)
    assert not found
    return root


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0250", 250),
        ("0o17", 15),
        ("0x1F", 31),
        ("-3", -3),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("-.inf", float("-inf")),
        ("1e999", float("inf")),
        ("no", "no"),
        ("on", "on"),
        ("True", True),
        ("~", None),
        ("", None),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("2024-01-01", "2024-01-01"),
        ("9" * 5000, float("inf")),
    ],
)
def test_a_plain_scalar_means_what_the_core_schema_says(text, value):
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_not_a_number_is_one():
    assert scalar(".nan") != scalar(".nan")


def test_a_quoted_scalar_is_a_text():
    assert read("a: '1'").plain() == {"a": "1"}


def test_keys_and_values_know_where_they_stand():
    root = read("a: 1\nb:\n  - x\n  - {c: y}\n")
    assert str(root.value["b"].mark) == "x.yaml:2:1"
    assert str(root.child("b").child(1).mark) == "x.yaml:4:5"
    assert str(root.child("b").child(1).child("c").mark) == "x.yaml:4:9"


def test_a_value_that_is_not_there_stands_at_its_key():
    assert str(read("a:\nb: 1\n").child("a").mark) == "x.yaml:1:1"


def test_an_alias_has_its_anchor_s_value_and_its_own_place():
    root = read("a: &x {b: 1}\nc: *x\n")
    assert root.plain()["c"] == {"b": 1}
    assert str(root.child("c").mark) == "x.yaml:2:4"


def test_duplicates_and_tags_do_not_stop_the_reading():
    found: list = []
    root = parse("a: 1\na: 2\nb: !!str 3\n", "x.yaml", found)
    assert root.plain() == {"a": 1, "b": 3} or root.plain() == {"a": 1, "b": "3"}
    assert [(mistake.line, mistake.column, mistake.path) for mistake in found] == [(2, 1, "a"), (3, 4, "b")]


def test_no_document_is_none():
    assert parse("# nothing\n", None, []) is None


def refused(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse(text, "x.yaml", [])
    return str(caught.value)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", "")])
def test_the_depth_is_limited(opening, closing):
    read(opening * MAX_DEPTH + "1" + closing * MAX_DEPTH)
    deeper = MAX_DEPTH + 1
    assert "nested deeper than 40 levels" in refused(opening * deeper + "1" + closing * deeper)


def test_an_alias_adds_its_depth():
    deep = "[" * 30 + "]" * 30
    assert "nested deeper" in refused(f"a: &a {deep}\nb: {'[' * 20}*a{']' * 20}\n")


def test_a_hundred_thousand_brackets_are_refused_at_once():
    started = time.perf_counter()
    refused("[" * 100_000)
    assert time.perf_counter() - started < 5


def test_values_are_counted_with_aliases_expanded():
    row = f"&r [{', '.join('1' * 99)}]"
    fits = MAX_VALUES // 100 - 10
    read(f"a: {row}\nb: [{', '.join(['*r'] * fits)}]\n")
    assert "more than 100,000 values" in refused(f"a: {row}\nb: [{', '.join(['*r'] * (fits + 10))}]\n")


def test_python_data_is_as_limited_in_depth():
    value: list = []
    for _ in range(50):
        value = [value]
    with pytest.raises(ScenarioError, match="nested deeper"):
        tree(value)


def test_python_data_that_holds_itself_is_refused():
    value: list = []
    value.append(value)
    with pytest.raises(ScenarioError, match="nested deeper"):
        tree(value)


def test_a_file_is_at_most_a_mebibyte(tmp_path):
    path = tmp_path / "big.yaml"
    path.write_text("#" * (MAX_BYTES + 1))
    with pytest.raises(ScenarioError, match="more than 1 MiB; expected a scenario, not a trace"):
        load(path)


def attempt(text: str) -> tuple[Node | None, ScenarioError | None]:
    try:
        return parse(text, "x.yaml", []), None
    except ScenarioError as error:
        return None, error


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab:-[]{},&*!|>'\"%@`#?~ \n\t\\xu0<=."), max_size=40))
def test_any_text_is_read_or_refused_with_a_position(text):
    root, error = attempt(text)
    assert error is None or all(mistake.line and mistake.column for mistake in error.mistakes)
    assert error or root is None or isinstance(root, Node)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_any_characters_are_read_or_refused(text):
    _, error = attempt(text)
    assert error is None or str(error).startswith("x.yaml:")
