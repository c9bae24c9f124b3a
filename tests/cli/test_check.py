"""`mempool-sim check`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[1] / "scenario"


@pytest.fixture(autouse=True)
def _there(monkeypatch):
    monkeypatch.chdir(FIXTURES)


def test_a_scenario_in_order_is_said_to_be(run):
    done = run("check", "valid/quick.yaml")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "valid/quick.yaml: ok\n", "")


def test_the_mistakes_are_told_one_a_line_and_nothing_else(run):
    done = run("check", "invalid/several-mistakes.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == (
        "invalid/several-mistakes.yaml:3:11: duration: unknown unit 'parsecs' in '10 parsecs'; "
        "expected ns, us, ms, s, min or h"
    )
    assert len(done.stderr.splitlines()) == 6


def test_every_file_is_looked_at(run):
    done = run("check", "invalid/empty.yaml", "valid/quick.yaml", "nowhere.yaml")
    assert done.exit_code == 2
    assert done.stdout == "valid/quick.yaml: ok\n"
    assert done.stderr.splitlines()[1] == "nowhere.yaml: no such file"


def test_a_warning_does_not_make_it_fail(run):
    done = run("check", "valid/variant.yaml")
    assert done.exit_code == 0
    assert done.stderr == (
        "warning: valid/variant.yaml:7:43: pools.faulty.min_nr: a pool without a reserve: "
        "in kernel 6.19 it behaves as a pool of one element\n"
    )


def test_settings_are_checked_too(run):
    done = run("check", "valid/quick.yaml", "--set", "pools.bio.min_nr=-1", "--set", "sed=4")
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        "--set pools.bio.min_nr: found -1; expected a whole number from 0 to 1000000",
        "--set sed: unknown key 'sed'; did you mean 'seed'?",
    ]


def test_json_gives_the_same_findings(run):
    done = run("check", "--json", "valid/variant.yaml", "invalid/seed.yaml", "invalid/typo-word.yaml")
    assert done.exit_code == 2
    findings = json.loads(done.stdout)
    assert [finding["severity"] for finding in findings] == ["warning", "mistake", "mistake"]
    assert findings[2] == {
        "severity": "mistake",
        "file": "invalid/typo-word.yaml",
        "line": 12,
        "column": 12,
        "path": "recording",
        "text": "found 'streamin'; expected full or streaming; did you mean 'streaming'?",
    }


def test_without_a_file_it_says_how_to_use_it(run):
    done = run("check")
    assert done.exit_code == 2
    assert "Usage: mempool-sim check" in done.stderr


@pytest.mark.parametrize("file", ["valid/everything.yaml", "invalid/several-mistakes.yaml"])
def test_it_does_without_numpy(file):
    program = f"""
import sys
from sim.cli.main import main
try:
    main(["check", {str(FIXTURES / file)!r}], prog_name="mempool-sim")
finally:
    print(*(name for name in ("numpy", "pandas", "matplotlib", "scipy", "rich") if name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=FIXTURES.parents[1]
    )
    assert done.stdout.splitlines()[-1] == ""
    assert "Traceback" not in done.stderr
