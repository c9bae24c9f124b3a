"""The small language that the values of an axis are written in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario import ScenarioError
from sim.scenario.axes import parse_vary

SIZE = "pools.bio.min_nr"
"""A path that takes whole numbers."""
SHARE = "pressure.constant.first_attempt"
"""A path that takes any."""


def values(text: str, path: str = SHARE) -> list:
    return list(parse_vary(f"{path}={text}").values)


def told(text: str, path: str = SHARE) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse_vary(f"{path}={text}")
    return str(caught.value).removeprefix(f"--vary {path}: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,2,4,8", [1, 2, 4, 8]),
        ("5", [5]),
        ("one, all ,hand_off", ["one", "all", "hand_off"]),
        ("1 ms,10ms,100 ms", ["1 ms", "10ms", "100 ms"]),
        ("{constant: 1 ms},{exponential: {mean: 1 ms}}", [{"constant": "1 ms"}, {"exponential": {"mean": "1 ms"}}]),
        ("[1, {constant: 1 ms}]", [1, {"constant": "1 ms"}]),
        ("[1, 2],[3]", [[1, 2], [3]]),
        ("'a,b',c", ["a,b", "c"]),
        ("true,false", [True, False]),
        ("../x.csv,../y.csv", ["../x.csv", "../y.csv"]),
    ],
)
def test_values_stand_as_they_are(text, expected):
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1..8", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("3..-1", [3, 2, 1, 0, -1]),
        ("1,2..5", [1, 2, 3, 4, 5]),
        ("1,3,5..9", [1, 3, 5, 7, 9]),
        ("1,2,4..64", [1, 2, 4, 8, 16, 32, 64]),
        ("64,16,4..1", [64, 16, 4, 1]),
        ("0,0.1..0.4", [0, 0.1, 0.2, 0.3, 0.4]),
        ("1,10,100 ..10000", [1, 10, 100, 1000, 10000]),
        ("1,2,4,..,16", [1, 2, 4, 8, 16]),
        ("1,2,4,...,16", [1, 2, 4, 8, 16]),
        ("1,2,4,..16", [1, 2, 4, 8, 16]),
        ("1 ms,10 ms,100 ms..10 s", ["1 ms", "10 ms", "100 ms", "1 s", "10 s"]),
        ("250/s,500/s..1000/s", ["250/s", "500/s", "750/s", "1000/s"]),
        ("4 KiB,8 KiB,16 KiB..64 KiB", ["4 KiB", "8 KiB", "16 KiB", "32 KiB", "64 KiB"]),
        ("100 MB/s,200 MB/s..300 MB/s", ["100 MB/s", "200 MB/s", "300 MB/s"]),
        ("unlimited,1,2,4..16", ["unlimited", 1, 2, 4, 8, 16]),
        ("1..3,10,20..40,99", [1, 2, 3, 10, 20, 30, 40, 99]),
    ],
)
def test_a_pattern_is_continued_to_its_end(text, expected):
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0:1:11", [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),
        ("1e-4:1e-1:4:log", [0.0001, 0.001, 0.01, 0.1]),
        ("1:10:3:log", [1, 3.16228, 10]),
        ("10ms:1s:5:log", ["10 ms", "31.6228 ms", "100 ms", "316.228 ms", "1 s"]),
        ("1 s:10 s:4", ["1 s", "4 s", "7 s", "10 s"]),
        ("-1:1:3", [-1, 0, 1]),
        ("0:1:3,5", [0, 0.5, 1, 5]),
    ],
)
def test_a_range_is_divided_evenly(text, expected):
    assert values(text) == expected


def test_whole_numbers_are_rounded_where_the_field_takes_these_and_each_is_there_once():
    assert values("1:1000:7:log", SIZE) == [1, 3, 10, 32, 100, 316, 1000]
    assert values("1:4:7", SIZE) == [1, 2, 3, 4]
    assert values("1:100:3:log", "tasks.writer.steps.0.alloc.n") == [1, 10, 100]


def test_a_range_without_a_number_of_values_has_none():
    axis = parse_vary(f"{SIZE}=1:64:log")
    assert axis.values == ()
    assert (axis.span.low.value, axis.span.high.value, axis.span.log, axis.span.whole) == (1, 64, True, True)


def test_texts_that_look_like_numbers_stay_texts_where_the_field_takes_texts():
    assert values("2.6.34,6.10,7.1", "kernel") == ["2.6.34", "6.10", "7.1"]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("1,2,4..100", "1, 2, 4 and so on miss 100; expected them to end with 64 or 128"),
        ("1,2,5..9", "1, 2, 5 have neither a constant difference nor a constant ratio; expected one before '..'"),
        ("4,2,1..64", "4, 2, 1 and so on never come to 64; expected an end that lies ahead"),
        ("8..8", "8 and so on never come to 8; expected an end that lies ahead"),
        ("1 ms..5 ms", "'1 ms..5 ms' does not say its steps; expected two or more values before '..'"),
        ("1,2..5 s", "'2..5 s' goes from a number to a duration; expected both alike"),
        ("1..", "found '1..'; expected an end to the pattern, as in 1,2,4..64"),
        ("1,2..1000000", "more than 1,000 values from 1, 2 to 1000000; expected fewer"),
        ("0:1:501,2:3:501", "1,002 values; expected at most 1,000"),
        ("1,,2", "found nothing between two commas; expected a value, or quotes around what is empty"),
        ("1,2,2", "found 2 twice; expected each value once"),
        ("[1, 2, 2]", "found 2 twice; expected each value once"),
        ("0:1:x", "found 'x' in '0:1:x'; expected how many values, from 2 to 1,000"),
        ("0:1:1", "found '1' in '0:1:1'; expected how many values, from 2 to 1,000"),
        ("1:0:3", "'1:0:3' does not rise; expected the lower end first"),
        ("0:1:3:log", "'0:1:3:log' begins at 0; expected an end above zero for log"),
        ("0:1:3:4", "found '0:1:3:4'; expected low:high:count, such as 0:1:11, or low:high:count:log"),
        ("1 s:5:3", "'1 s:5:3' goes from a duration to a number; expected both alike"),
        ("0:1,5", "a range without a number of values; expected that too, as in 0:1:11"),
        ("{a: 1", "not valid YAML: expected ',' or '}', but got '<stream end>'"),
    ],
)
def test_a_mistake_says_what_was_expected(text, mistake):
    assert told(text) == mistake


@pytest.mark.parametrize("text", ["pools.bio.min_nr", "=1,2", "pools bio=1", ".=1", "seed="])
def test_an_axis_needs_a_path(text):
    with pytest.raises(ScenarioError) as caught:
        parse_vary(text)
    wanted = "expected PATH=VALUES, such as pools.bio.min_nr=1,2,4..64"
    assert str(caught.value) == f"--vary: found {text!r}; {wanted}"


@given(st.integers(-50, 50), st.integers(1, 9), st.integers(2, 60))
def test_a_constant_difference_is_continued_exactly(start, step, count):
    wanted = [start + step * index for index in range(count + 1)]
    assert values(f"{start},{start + step}..{wanted[-1]}" if count > 1 else f"{start}") == wanted


@given(st.integers(1, 9), st.integers(2, 4), st.integers(3, 8))
def test_a_constant_ratio_is_continued_exactly(start, ratio, count):
    wanted = [start * ratio**index for index in range(count + 1)]
    assert values(f"{wanted[0]},{wanted[1]},{wanted[2]}..{wanted[-1]}") == wanted


@given(st.text(alphabet="0123456789.,:-+eE mskK/{}[]'\"log", max_size=40))
def test_any_text_is_read_or_refused_in_one_line_each(text):
    try:
        found = parse_vary(f"{SHARE}={text}")
    except ScenarioError as error:
        assert all(len(str(mistake).splitlines()) == 1 for mistake in error.mistakes)  # noqa: PT017
    else:
        assert found.values or found.span
