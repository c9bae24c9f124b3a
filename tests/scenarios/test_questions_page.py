"""docs/questions.md: each command answers its question, with the pictures that the page names."""

import itertools
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.catalogue import studies
from sim.cli.main import main

PAGE = (Path(__file__).parents[2] / "docs" / "questions.md").read_text()
FOUND = re.findall(r"^\*\*(\d+)\. (.*?)(?=^\*\*\d|^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
PARTS = {int(number): part for number, part in FOUND}

SMALLER = {
    "which-knob": ["--set", "duration=1500ms", "--set", "warmup=0s"],
    "recover-crawl-or-deadlock": [
        "--vary",
        "pools.bounce.min_nr=0,16",
        "--vary",
        "memory.at_start.dirty=8MiB,40MiB",
        "--set",
        "duration=2s",
    ],
    "what-a-reserve-buys": ["--set", "duration=8s"],
    "square-root-rule": [],
    "hold-and-wait": ["--set", "duration=12s"],
    "how-long-to-sleep": ["--set", "duration=14s"],
    "whom-to-wake": ["--set", "duration=8s"],
    "smallest-bio-set": ["--target", "P(wait) <= 20 %", "--set", "duration=3s", "--set", "warmup=0s"],
}
"""What makes a command short; others run for a second or two."""


def commands(part):
    """The commands of a question, as words without `mempool-sim`."""
    (block,) = re.findall(r"^```bash\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
    return [shlex.split(line)[1:] for line in block.replace("\\\n", " ").splitlines()]


def shortened(command):
    """The command with little to do."""
    verb, name = command[:2]
    few = SMALLER.get(name, ["--set", "duration=1s", "--set", "warmup=0s"])
    if verb == "run":
        return [*command, *few]
    few = [*few, "--jobs", "1"]
    return [*command, *few, "--replications", "10" if verb == "size" else "2"]


def test_all_twenty_are_there():
    assert sorted(PARTS) == list(range(1, 21))


def test_every_study_answers_one_of_them():
    named = {command[1] for part in PARTS.values() for command in commands(part)}
    assert {*studies()} - named <= {"bio-set-size", "kernels"}


@pytest.mark.parametrize("number", sorted(PARTS))
def test_it_is_answered(number, tmp_path):
    part = PARTS[number]
    wanted = set(re.findall(r"`([a-z0-9.-]+\.png)`", part))
    found = set()
    for place, command in enumerate(commands(part)):
        out = tmp_path / str(place)
        done = CliRunner().invoke(main, [*shortened(command), "--out", str(out)], prog_name="mempool-sim")
        assert done.exit_code == 0, done.output
        for measure in (word for flag, word in itertools.pairwise(command) if flag == "--measure"):
            assert measure in " ".join(done.output.split())
        found |= {file.name for file in out.glob("*.png")}
    assert wanted <= found
    assert wanted
