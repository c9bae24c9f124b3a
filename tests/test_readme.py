"""What the README promises."""

import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console

import sim
from sim.scenario import load_with_settings

README = (Path(__file__).parents[1] / "README.md").read_text()


def blocks(language, after="# mempool-sim"):
    """The code blocks of a language that follow a mark."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README.partition(after)[2], re.MULTILINE | re.DOTALL)


def test_the_example_of_a_mempool_in_a_model_of_ones_own_prints_what_is_shown():
    done = subprocess.run(
        [sys.executable, "-c", blocks("python", "<!-- example -->")[0]], capture_output=True, text=True, check=True
    )
    assert done.stdout == blocks("text", "<!-- example -->")[0]


def test_the_scenario_shown_makes_its_writers_wait(tmp_path):
    (tmp_path / "shown.yaml").write_text(blocks("yaml")[0])
    scenario = sim.load(tmp_path / "shown.yaml")
    assert scenario.name == "eight-writers"
    (row,) = scenario.run().document["rows"]
    assert row["shares"]["waited"]["count"] > 10


def test_the_variant_shown_runs_with_memory_that_pushes_back(tmp_path):
    base, variant = blocks("yaml")
    (tmp_path / "eight-writers.yaml").write_text(base)
    (tmp_path / "variant.yaml").write_text(variant)
    scenario = sim.load(tmp_path / "variant.yaml", {"duration": "2 s"})
    calls = {row["task"]: row["calls"] for row in scenario.run().document["rows"]}
    assert calls["flusher"] > 10


def test_the_command_is_on_the_path_before_it_is_used():
    lines = [line for block in blocks("bash") for line in block.splitlines()]
    first = next(number for number, line in enumerate(lines) if line.startswith("mempool-sim "))
    assert any(line.startswith("source .venv/bin/activate") for line in lines[:first])


def test_the_python_shown_runs():
    program = blocks("python", "## In Python and Jupyter")[0]
    subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)


def test_the_verdict_shown_is_what_the_command_prints():
    (settings,) = re.findall(r"`mempool-sim run dm-crypt --set (\S+)`", README)
    console = Console(width=120)
    with console.capture() as captured:
        console.print(load_with_settings("dm-crypt", [settings]).run())
    printed = "\n".join(line.rstrip() for line in captured.get().splitlines()[1:])
    assert printed.startswith(blocks("text", "<!-- verdict -->")[0])


def test_both_commands_stand_on_the_first_screen():
    first_screen = "\n".join(README.splitlines()[:30])
    assert "mempool-sim run scenarios/quickstart.yaml" in first_screen
    assert "pytest" in first_screen
