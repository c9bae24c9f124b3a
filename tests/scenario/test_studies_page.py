"""The examples of docs/studies.md."""

import ast
import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from sim.scenario import Scenario, ScenarioError, load
from sim.scenario.axes import parse_vary
from sim.scenario.measures import NAMES, MeasureName
from sim.scenario.study import LatinHypercubeSpec
from sim.scenario.sweeps import scenarios_at, sweep_of
from sim.scenario.targets import Target
from sim.scenario.variants import named, variants_of

PAGE = (Path(__file__).parents[2] / "docs" / "studies.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def rows(head: str) -> list[list[str]]:
    """The table that begins with `head`, its cells without their backticks' surroundings."""
    table = PAGE.partition(f"| {head} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


COMMANDS = [shlex.split(line) for block in blocks("bash") for line in block.splitlines()]
COMMANDS += [shlex.split(line) for line in re.findall(r"`(mempool-sim compare [^F`]+)`", PAGE)]


def options(command: list[str], name: str) -> list[str]:
    return [after for option, after in pairwise(command) if option == name]


@pytest.fixture
def shown(tmp_path) -> list[Scenario]:
    """The scenarios of the page, from files."""
    found = []
    for number, text in enumerate(blocks("yaml")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text, encoding="utf-8")
        found.append(load(path))
    return found


def test_the_variants_shown_differ_as_they_say(shown):
    variants = variants_of(shown[0])
    assert list(variants) == ["wake-all", "wake-one", "hand-off", "no-warm-up"]
    assert (variants["hand-off"].pools["bio"].min_nr, variants["hand-off"].semantics.timeout) == (4, "none")
    assert (variants["wake-all"].warmup > 0, variants["no-warm-up"].warmup) == (True, 0)


def test_the_sweep_shown_has_points_and_leaves_some_out(shown):
    design = sweep_of(shown[1])
    assert len(design.points) + design.left_out == 7 * 4 * 2
    assert design.left_out > 0
    assert len(scenarios_at(shown[1], design)) == len(design.points)


def test_the_latin_hypercube_shown_has_its_points(shown):
    design = sweep_of(shown[2])
    assert len(design.points) == 40
    assert len(scenarios_at(shown[2], design)) == 40


def test_one_at_a_time_shown_has_the_file_and_each_change(shown):
    design = sweep_of(shown[3])
    assert len(design.points) == 1 + 2 + 2 + 3
    assert scenarios_at(shown[3], design)[0] == shown[3].with_(study=None)


def test_the_targets_shown_are_read(shown):
    assert [str(target) for target in shown[4].study.targets] == [
        "P(wait) <= 1e-4",
        "p99.9 <= 10 ms",
        "P(NULL) <= 5 %",
    ]


def test_each_study_shown_is_answered_by_the_verb_of_the_table(shown):
    verbs = [re.search(r"mempool-sim (\w+)", row[2])[1] for row in rows("the study has")]
    assert [scenario.study.verb for scenario in shown] == ["compare", "sweep", "sweep", "sweep", "size"]
    assert verbs == ["compare", "sweep", "size"]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_the_commands_say_is_understood(command):
    verb, scenario = command[1], load(command[2])
    if verb == "compare" and "--variant" in command:
        assert len(variants_of(scenario, options(command, "--variant"))) >= 2
    elif verb == "compare":
        assert list(named([load(name) for name in command[2:]])) == command[2:]
    elif verb == "sweep":
        drawn = [LatinHypercubeSpec(points=int(points)) for points in options(command, "--latin-hypercube")]
        alone = "--one-at-a-time" in command
        axes, where = options(command, "--vary"), options(command, "--where")
        design = sweep_of(scenario, axes, where, *drawn, one_at_a_time=alone)
        assert len(scenarios_at(scenario, design)) == len(design.points) > 1
    else:
        assert verb == "size"
        assert [Target.parse(text).share for text in options(command, "--target")] == [0.001, 0.0001]


def test_the_mistake_shown_is_the_one_that_is_told():
    scenario = load("quickstart")
    with pytest.raises(ScenarioError) as caught:
        scenarios_at(scenario, sweep_of(scenario, ["pools.boi.min_nr=1,2"]))
    assert f"{caught.value}\n" == blocks("text")[0]


def test_the_values_of_the_table_are_read():
    for written, means in rows("written"):
        for text in re.findall(r"`([^`]+)`", written):
            axis = parse_vary(f"devices.ssd.latency={text}")
            assert axis.values or axis.span
            if re.match(r"[0-9, ]+(:|$)", means):
                wanted = [int(number) for number in re.findall(r"[0-9]+", means.partition(":")[0])]
                assert [value for value in axis.values if value in wanted] == wanted
            if counted := re.match(r"([0-9]+) values", means):
                assert len(axis.values) == int(counted[1])


def test_the_table_of_measures_has_all_of_them():
    names = [name for row in rows("measure") for name in re.findall(r"`([^`]+)`", row[0])]
    kinds = [MeasureName.parse(name).kind for name in names]
    assert [str(MeasureName.parse(name)) for name in names] == names
    assert {*NAMES} < {*kinds}


def test_the_python_shown_runs(tmp_path):
    said = []
    for program in blocks("python"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        said.append(done.stdout.splitlines())
    swept, listed = said
    assert swept[0].startswith("P(NULL) of elements falls from ")
    assert list(ast.literal_eval(swept[1])) == [8, 12, 16]
    assert listed[-1] == "8 points left out"
