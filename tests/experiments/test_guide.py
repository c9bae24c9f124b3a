"""docs/verification.md says what is there."""

import re
from pathlib import Path

import pytest

from sim.experiments import theory_of
from sim.experiments.theory.theory import MOST_BIAS
from sim.experiments.verification.finding import MARGIN, MARGINS, SMALL
from sim.experiments.verification.invariants import checks
from sim.experiments.verification.known import known

GUIDE = (Path(__file__).parents[2] / "docs" / "verification.md").read_text()


def first_column(heading):
    table = GUIDE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)


def test_it_lists_the_theories(queue):
    theories = {theory_of(each.scenario).name for each in known()}
    closed = {"poisson": None, "closed": {"think": "10 ms"}}
    theories.add(theory_of(queue({"tasks.caller.arrivals": closed, "tasks.caller.in_flight": 1})).name)
    assert set(first_column("theory")) == theories


def test_it_lists_the_laws(queue):
    assert first_column("law") == [check.law for check in checks(queue({"duration": "1 s"}), seed=1)]


@pytest.mark.parametrize(
    "text",
    [
        f"{100 * MARGIN:g} %, but {100 * MARGINS['calls/s']:g} % for `calls/s` and {100 * MARGINS['mean wait']:g} %",
        f"nearer than {SMALL}",
        f"by no more than {100 * MOST_BIAS:g} %",
    ],
)
def test_it_gives_the_numbers(text):
    assert text in " ".join(GUIDE.split())
