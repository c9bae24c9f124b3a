"""The studies that come with the simulator: each asks one question, and says which command answers it."""

import re

import pytest
from click.testing import CliRunner

from sim.catalogue import studies, summary, verb
from sim.cli.main import main
from sim.experiments.sample.reserved import reserved_bytes
from sim.experiments.sizing.size import asked_of
from sim.scenario import load
from sim.scenario.sweeps import scenarios_at, sweep_of
from sim.scenario.variants import variants_of

MODELINE = "# yaml-language-server: $schema=../scenario.schema.json"

CHEAP = {"how-long-to-sleep"}
"""The studies of which CI has the time; the others are run with --long."""
NAMES = re.compile(r"\bp\d+(\.\d+)?\b|\b\d+\.\d+\.\d+\b")
"""Numbers that are names: of measures and of kernels."""

each = pytest.mark.parametrize("name", sorted(studies()))


def header(name: str) -> list[str]:
    """The lines of comment that a study begins with, after its modeline."""
    first, *lines = studies()[name].read_text().splitlines()
    assert first == MODELINE
    return lines[: next(number for number, line in enumerate(lines) if not line.startswith("#"))]


def command(name: str) -> int:
    """The line of the header that has the command."""
    return header(name).index(f"# mempool-sim {verb(studies()[name])} {name}")


def quoted(name: str) -> str:
    """What the header says that the command prints; what is derived from that stands in brackets there."""
    lines = header(name)
    start = command(name) + 1
    end = next(number for number, line in enumerate(lines) if number >= start and not line.startswith("#   "))
    return re.sub(r"\([^()]*\d[^()]*\)", "", " ".join(line[1:] for line in lines[start:end]))


def numbers(text: str) -> set[str]:
    """The numbers in a text."""
    return set(re.findall(r"(?<![\w.])\d[\d,.]*\d|(?<![\w.])\d", NAMES.sub("", text)))


@each
def test_it_loads_under_its_own_name_and_asks_a_question(name):
    study = load(name)
    assert study.name == name
    assert study.study.question.endswith("?")
    assert study.study.replications


@each
def test_the_list_names_the_command_that_answers_it(name):
    assert verb(studies()[name]) == load(name).study.verb


@each
def test_header_says_what_it_shows_and_where_its_numbers_come_from(name):
    lines = header(name)
    sources = lines[lines.index("# Where the numbers come from") + 1 :]
    assert len(" ".join(lines[1 : command(name)])) > 200
    assert sources
    assert numbers(quoted(name))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in CHEAP else pytest.mark.long) for name in sorted(studies())]
)
def test_prints_the_numbers_that_its_header_quotes(name, tmp_path):
    options = ["--no-plots", "--jobs", "2", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, [verb(studies()[name]), name, *options], catch_exceptions=False)
    assert done.exit_code == 0
    assert numbers(quoted(name)) <= numbers(done.stdout)


@each
def test_its_line_of_the_list_fits(name):
    assert 40 <= len(summary(studies()[name])) <= 110


@each
def test_all_that_it_runs_can_be_run(name):
    study = load(name)
    made = {
        "compare": lambda: variants_of(study),
        "sweep": lambda: scenarios_at(study, sweep_of(study)),
        "size": lambda: asked_of(study)[1],
    }[study.study.verb]()
    assert len(made) >= 2


@each
def test_no_two_points_or_variants_are_the_same(name):
    study = load(name)
    if study.study.verb == "compare":
        made = [scenario.with_(name="same").to_mapping() for scenario in variants_of(study).values()]
    elif study.study.verb == "sweep":
        made = [scenario.to_mapping() for scenario in scenarios_at(study, sweep_of(study))]
    else:
        return
    assert all(one != other for number, one in enumerate(made) for other in made[:number])


def test_shared_or_own_takes_the_same_memory():
    sizes = {reserved_bytes(variant) for variant in variants_of(load("shared-or-own")).values()}
    assert len(sizes) == 1


def test_the_names_are_told_apart():
    assert all(re.fullmatch(r"[a-z][a-z0-9-]+", name) for name in studies())


@pytest.mark.parametrize(
    ("ask", "name", "verb_of_it"),
    [(variants_of, "null-rate", "sweep"), (sweep_of, "kernels", "compare"), (asked_of, "kernels", "compare")],
)
def test_another_command_names_the_one_that_answers_it(ask, name, verb_of_it):
    with pytest.raises(ValueError, match=f"its study is answered by mempool-sim {verb_of_it}"):
        ask(load(name))
