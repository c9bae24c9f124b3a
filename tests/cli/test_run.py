"""`mempool-sim run`."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim.plots
from sim.cli.waiting import activity, progress
from sim.results.store import load
from sim.scenario import Scenario

QUICK = str(Path(__file__).parents[1] / "scenario" / "valid" / "quick.yaml")
SHORT = ("run", QUICK, "--set", "duration=2 s", "--set", "warmup=0", "--no-plots")


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_run_prints_a_table_and_says_where_the_results_are(run):
    done = run(*SHORT)
    assert done.exit_code == 0
    assert "Where the elements came from" in done.stdout
    assert done.stdout.endswith("kept in results/quick-1\n")


@pytest.mark.parametrize(
    ("study", "verb"),
    [("variants={a: {}}", "compare"), ("sweep={vary: {warmup: '0 s,1 s'}}", "sweep"), ("pool=bio", None)],
)
def test_a_run_of_a_file_with_a_study_says_what_runs_the_study(run, study, verb):
    done = run(*SHORT, "--set", f"study.{study}")
    hint = f"this file asks a question: mempool-sim {verb} {QUICK}\n" if verb else ""
    assert (done.exit_code, done.stderr) == (0, hint)


def test_run_keeps_events_series_and_summary(run, home):
    run(*SHORT)
    kept = {path.name for path in (home / "results" / "quick-1").iterdir()}
    assert kept == {"events.parquet", "latencies.parquet", "paths.parquet", "series.parquet", "summary.json"}


def test_run_draws_four_pictures(run, home):
    run("run", QUICK, "--set", "duration=2 s", "--set", "warmup=0", "--out", "out")
    assert {path.stem for path in (home / "out").glob("*.png")} == {"ccdf", "paths", "reserve", "split"}


def test_a_second_run_goes_to_a_folder_of_its_own(run, home):
    run(*SHORT)
    before = (home / "results" / "quick-1" / "summary.json").read_bytes()
    done = run(*SHORT)
    assert done.stdout.endswith("kept in results/quick-1-2\n")
    assert (home / "results" / "quick-1" / "summary.json").read_bytes() == before


def test_a_folder_that_is_in_use_is_refused_before_the_run(run, home, monkeypatch):
    monkeypatch.setattr("sim.scenario.Scenario.run", lambda *_, **__: pytest.fail("it ran"))
    (home / "mine").mkdir()
    (home / "mine" / "letter.txt").write_text("dear")
    done = run(*SHORT, "--out", "mine")
    assert done.exit_code == 2
    assert done.stderr == (
        "mempool-sim: mine is not empty: results are never overwritten; choose another directory or remove it\n"
    )


@pytest.fixture
def _must_not_run(monkeypatch):
    monkeypatch.setattr("sim.scenario.Scenario.run", lambda *_, **__: pytest.fail("it ran"))


@pytest.mark.usefixtures("_must_not_run")
@pytest.mark.parametrize(
    ("arguments", "file"), [((), "results"), (("--out", "letter/sub/sub"), "letter")], ids=["default", "out"]
)
def test_a_file_in_the_way_is_named_before_the_run(run, home, arguments, file):
    (home / file).write_text("")
    done = run(*SHORT, *arguments)
    assert (done.exit_code, done.stderr) == (2, f"mempool-sim: {file} is not a directory\n")


@pytest.mark.usefixtures("_must_not_run")
@pytest.mark.parametrize("out", [".", "", "../here"])
def test_the_working_directory_is_refused_before_the_run(run, home, monkeypatch, out):
    (home / "here").mkdir()
    monkeypatch.chdir(home / "here")
    done = run(*SHORT, "--out", out)
    assert done.exit_code == 2
    assert done.stderr == (
        f"mempool-sim: {out or '.'} is the working directory, which a result cannot replace; name a folder in it\n"
    )


def test_a_link_to_an_empty_folder_is_followed(run, home):
    (home / "disk").mkdir()
    (home / "link").symlink_to("disk")
    done = run(*SHORT, "--out", "link")
    assert done.stdout.endswith("kept in link\n")
    assert (home / "link").is_symlink()
    assert (home / "disk" / "summary.json").exists()


def test_two_runs_at_once_keep_both(run, home, monkeypatch):
    """The other one takes the folder while this one runs."""
    right = Scenario.run

    def overtaken(*arguments, **options):
        (home / "results" / "quick-1").mkdir()
        (home / "results" / "quick-1" / "summary.json").write_text("theirs")
        return right(*arguments, **options)

    monkeypatch.setattr(Scenario, "run", overtaken)
    done = run(*SHORT)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "kept in results/quick-1-2")
    assert (home / "results" / "quick-1" / "summary.json").read_text() == "theirs"
    assert load("results/quick-1-2").seed == 1


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["table", "JSON"])
def test_a_run_that_cannot_be_kept_is_printed_all_the_same(run, home, monkeypatch, form):
    full = OSError(28, "Error writing bytes to file")
    monkeypatch.setattr("sim.results.store._write", lambda *_: (_ for _ in ()).throw(full))
    done = run(*SHORT, *form)
    assert done.exit_code == 2
    assert "first_attempt" in done.stdout if form else "Where the elements came from" in done.stdout
    assert done.stderr == "mempool-sim: results/quick-1: Error writing bytes to file\n"
    assert not any((home / "results").iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["table", "JSON"])
def test_a_run_that_cannot_be_printed_is_kept_all_the_same(home, form):
    program = "from sim.cli.main import main; main(prog_name='mempool-sim')"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program, *SHORT, *form], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        ["kept in results/quick-1", "mempool-sim: standard output: No space left on device"],
    )
    assert load("results/quick-1").seed == 1


def test_the_seed_names_the_folder_and_changes_the_run(run):
    run(*SHORT)
    done = run(*SHORT, "--seed", "7")
    assert done.stdout.endswith("kept in results/quick-7\n")
    assert load("results/quick-7").digest != load("results/quick-1").digest


def test_json_is_the_summary_as_kept_and_nothing_else(run):
    done = run(*SHORT, "--json")
    assert json.loads(done.stdout) == json.loads(Path("results/quick-1/summary.json").read_text())


def test_set_changes_the_scenario_as_run(run):
    done = run(*SHORT, "--json", "--set", "pools.bio.min_nr=16")
    assert json.loads(done.stdout)["scenario"]["pools"]["bio"]["min_nr"] == 16


def test_mistakes_are_told_one_a_line_and_nothing_runs(run, home):
    done = run(*SHORT, "--set", "pools.bio.min_rn=16", "--set", "tasks.writer.count=-1")
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 2
    assert "did you mean 'min_nr'?" in done.stderr
    assert not (home / "results").exists()


def test_a_picture_that_cannot_be_drawn_does_not_cost_the_run(run, home, monkeypatch):
    def fail(*_):
        raise ValueError("no ink")

    monkeypatch.setattr(sim.plots, "save_all", fail)
    done = run("run", QUICK, "--set", "duration=2 s", "--set", "warmup=0", "--out", "out")
    assert "no ink" in done.stderr
    assert done.exit_code == 1
    assert load(home / "out").digest


def test_no_progress_is_drawn_where_nobody_looks(run):
    assert run(*SHORT).stderr == ""


def test_a_terminal_is_told_what_takes_its_time(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with progress("quick, seed 1") as told:
        told(0.5)
    with activity("saving") as doing:
        time.sleep(0.2)
        doing("drawing")
        time.sleep(0.2)
    seen = terminal.getvalue()
    assert seen.index("quick, seed 1") < seen.index("saving") < seen.index("drawing")


def test_what_the_kernel_warns_of_is_told_once_with_its_place(run):
    done = run(*SHORT, "--set", "tasks.writer.gfp=GFP_NOIO|__GFP_ZERO")
    assert done.exit_code == 0
    told = "__GFP_ZERO does nothing for an element that comes from the reserve"
    assert done.stderr == f"warning: --set tasks.writer.gfp: {told}\n"
