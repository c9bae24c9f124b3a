"""The guest of 320 MB beside what was measured on it: docs/guest-320m.md, its program and its table."""

import contextlib
import io
import re
from functools import cache
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "guest-320m.md").read_text()
(PROGRAM,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(SHOWN,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ROWS = re.findall(r"^\|(.*)\|$", PAGE, re.MULTILINE)[2:]

HALVED_AND_DOUBLED = [
    {"memory.costs.scan": "1500 ns"},
    {"memory.costs.scan": "6 us"},
    {"memory.referenced": 0.3},
    {"memory.referenced": 0.8},
    {"memory.swap.zram.compress": "20 us", "memory.swap.zram.decompress": "10 us"},
    {"memory.swap.zram.compress": "80 us", "memory.swap.zram.decompress": "40 us"},
]
"""What was chosen, a factor of two to either side; of `referenced` the share that is not, upwards."""


@cache
def run():
    """What the program of the page defines, and what it prints."""
    names, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(PROGRAM, "guest-320m.md", "exec"), names)
    return names, printed.getvalue()


def figures():
    return dict(line.split(": ") for line in run()[1].splitlines())


def ends(figure):
    """The least and the greatest of what the program gives as one."""
    numbers = [float(number) for number in re.split("-|, ", figure)]
    return min(numbers), max(numbers)


def assert_within(figure, least, most):
    low, high = ends(figure)
    assert least <= low
    assert high <= most


def assert_as_measured(single):
    """The figures of the single pages lie within those that were measured."""
    assert_within(single["failed"], 33, 85)
    assert single["atomic"] == "0"
    assert_within(single["reserve"], 99, 100)
    assert_within(single["median"], 0.5, 20)
    assert_within(single["empty"], 0, 0.5)
    assert_within(single["took"], 0.1, 14)
    assert_within(single["vain"], 50, 100)


def test_the_program_of_the_page_prints_what_is_shown():
    assert run()[1] == SHOWN


def test_the_model_column_of_the_table_is_what_it_prints():
    column = [row.split("|")[-1].strip() for row in ROWS]
    assert [re.sub(" (%|us|s)$", "", model) for model in column] == list(figures().values())


def test_single_pages_fare_as_measured():
    """Of 15 to 20 calls a run that reclaim, three in four do in vain: error rate 2 % for the bound of a half."""
    assert_as_measured(figures())


def test_calls_of_the_burst_stall_for_up_to_20_s():
    """The longest of the calls of a minute took 13 to 31 s in 20 other runs."""
    assert_within(figures()["longest"], 10, 35)


def test_they_do_so_in_steps_of_5_s():
    steps = [float(asleep) for asleep in figures()["asleep"].split(", ")]
    assert len(steps) >= 2
    assert all(abs(asleep - 5.1 * number) < 1 for number, asleep in enumerate(steps, 1))


@pytest.mark.parametrize("settings", HALVED_AND_DOUBLED, ids=str)
def test_what_is_chosen_may_be_wrong_by_a_factor_of_two(settings):
    assert_as_measured(run()[0]["single"](1, settings))
