"""Constraints: what they mean, and that nothing else is read as one."""

import operator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario import ScenarioError
from sim.scenario.axes.amount import amount_of
from sim.scenario.axes.constraint import MAX_DEPTH, MAX_LENGTH, Constraint
from sim.scenario.mistakes import refused

VALUES = {
    "pools.bio.min_nr": 4,
    "pools.bio-set.min_nr": 8,
    "duration": "10 s",
    "rate": "250/s",
    "wake": "one",
    "none": 0,
}


def look(path):
    if path not in VALUES:
        raise refused(f"unknown path '{path}'")
    return amount_of(VALUES[path]) or VALUES[path]


def holds(text: str) -> bool:
    return Constraint.parse(text).holds(look)


def told(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        holds(text)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "1 < 2",
        "2 > 1",
        "1 <= 1",
        "1 >= 1",
        "1 == 1.0",
        "1 != 2",
        "1 + 2 * 3 == 7",
        "(1 + 2) * 3 == 9",
        "8 / 2 / 2 == 2",
        "8 - 2 - 2 == 4",
        "1 - -1 == 2",
        "-(1 + 1) == -2",
        "0.1 + 0.2 == 0.3",
        "1e3 == 1000",
        "pools.bio.min_nr * 4 KiB <= 16KiB",
        "pools.bio-set.min_nr - 1 == 7",
        "duration > 5s",
        "duration/2 == 5000 ms",
        "rate * duration == 2500",
        "250/s*duration == 2500",
        "1 MiB / 1 s == 1 MiB/s",
        "2 min == 120 s",
        "duration > 0",
        "0 - duration < 0",
        "wake == 'one'",
        'wake != "all"',
    ],
)
def test_it_holds(text):
    assert holds(text)


@pytest.mark.parametrize(
    "text", ["2 < 1", "1 > 1", "1 != 1", "pools.bio.min_nr*4KiB<16KiB", "wake == 'all'", "10/s <= 1/min"]
)
def test_it_does_not_hold(text):
    assert not holds(text)


def test_it_tells_which_paths_it_reads():
    assert Constraint.parse("a.b + c * a.b <= d-e").paths == ("a.b", "c", "d-e")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "found ''; expected a comparison such as pools.bio.min_nr * 4 KiB <= 1 MiB"),
        ("1", "found the end in '1'; expected one of <= >= < > == !="),
        ("1 <", "found the end in '1 <'; expected a number, a path or '('"),
        ("< 1", "found '<' in '< 1'; expected a number, a path or '('"),
        ("1 = 1", "found '=' in '1 = 1'; expected '=='"),
        ("1 < 2 < 3", "found '<' in '1 < 2 < 3'; expected the end of the comparison"),
        ("(1 < 2", "found '<' in '(1 < 2'; expected ')'"),
        ("1 ** 2 > 0", "found '*' in '1 ** 2 > 0'; expected a number, a path or '('"),
        ("exit(1) == 1", "found '(' in 'exit(1) == 1'; expected one of <= >= < > == !="),
        ("1 < 2; 3", "found ';' in '1 < 2; 3'; expected a comparison such as pools.bio.min_nr * 4 KiB <= 1 MiB"),
        ("10 sec > 1", "found 'sec' in '10 sec > 1'; expected one of <= >= < > == !="),
        ("duration + 1 > 0", "a duration + a number in 'duration + 1 > 0'; expected two of one unit"),
        ("duration > 1 KiB", "a duration > a size in 'duration > 1 KiB'; expected two of one unit"),
        ("wake > 1", "'one' > a number in 'wake > 1'; expected two numbers"),
        ("wake + 1 > 1", "'one' + a number in 'wake + 1 > 1'; expected two numbers"),
        ("1 / none > 1", "a division by zero in '1 / none > 1'; expected a divisor that is never zero"),
        ("nothing > 1", "unknown path 'nothing'"),
    ],
)
def test_a_mistake_says_what_was_expected(text, mistake):
    assert told(text) == mistake


def test_brackets_and_length_are_bounded():
    deep = MAX_DEPTH - 1
    assert holds(f"{'(' * deep}1{')' * deep} == 1")
    assert "brackets deeper than 20" in told(f"{'(' * 60}1{')' * 60} == 1")
    assert "brackets deeper than 20" in told(f"{'-' * 60}1 == 1")
    assert told("1 < 2" + " " * MAX_LENGTH) == "found 505 characters; expected at most 500"


def test_the_longest_sum_and_product_are_calculated():
    assert holds("+".join(["1"] * 240) + "== 240")
    assert holds("*".join(["9e99"] * 90) + " > 1")


numbers = st.integers(0, 99).map(str)
terms = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(" ".join),
        inner.map("({})".format),
        inner.map("- {}".format),
    ),
    max_leaves=12,
)
SIGNS = {"<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">=": operator.ge, ">": operator.gt}


@given(terms, st.sampled_from(list(SIGNS)), terms)
def test_arithmetic_is_that_of_python(left, sign, right):
    text = f"{left} {sign} {right}"
    assert holds(text) == SIGNS[sign](Fraction(eval(left)), Fraction(eval(right)))


@given(st.text(alphabet="0123456789.()+-*/<>=! abms'\"KiB_", max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text):
    try:
        said = str(holds(text))
    except ScenarioError as error:
        said = str(error)
    assert len(said.splitlines()) == 1
