"""The verbs, found lazily."""

import subprocess
import sys

import click
import pytest

import sim
from sim.cli.main import VERBS, main

PROGRAM = "from sim.cli.main import main; main(prog_name='mempool-sim')"


def fresh(*arguments: str, program: str = PROGRAM) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_a_command_with_the_line_that_the_help_gives_it(verb):
    command = main.get_command(click.Context(main), verb)
    assert command.name == verb
    assert command.help


def test_help_lists_the_verbs(run):
    done = run("--help")
    assert done.exit_code == 0
    for verb, line in VERBS.items():
        assert verb in done.output
        assert line in done.output


def test_no_verb_prints_the_help(run):
    assert "Usage: mempool-sim" in run().output


def test_a_misspelt_verb_is_told_the_nearest(run):
    done = run("chek")
    assert done.exit_code == 2
    assert "no command 'chek'; did you mean 'check'?" in done.stderr


def test_a_verb_like_no_other_is_told_them_all(run):
    assert "expected one of run, check, list, show, schema, conform" in run("zzz").stderr


def test_a_misspelt_option_is_told_the_nearest(run):
    done = run("check", "--jsn", "x.yaml")
    assert done.exit_code == 2
    assert "--json" in done.stderr


def test_the_version_is_printed():
    done = fresh("--version")
    assert done.returncode == 0
    assert done.stdout.split() == ["mempool-sim", sim.__version__]


def test_help_imports_nothing_of_the_simulator_but_its_command_line():
    program = f"import sys\ntry:\n    {PROGRAM}\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    modules = set(fresh("--help", program=program).stderr.split())
    ours = {name for name in modules if name.partition(".")[0] == "sim"}
    assert ours == {"sim", "sim.cli", "sim.cli.main"}
    assert not modules & {"numpy", "pydantic", "ruamel.yaml", "simpy", "rich", "pandas"}


@pytest.mark.parametrize("arguments", [("list",), ("show", "quickstart")])
def test_the_catalogue_is_read_without_the_models_of_scenarios(arguments):
    program = f"import sys\ntry:\n    {PROGRAM}\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    done = fresh(*arguments, program=program)
    assert "quickstart" in done.stdout
    assert not set(done.stderr.split()) & {"numpy", "pydantic", "simpy", "rich", "pandas", "sim.scenario"}
