"""`mempool-sim run`."""

import json
from pathlib import Path

import pytest

import sim.plots
from sim.results.store import load

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


def test_a_file_in_the_way_is_refused(run, home):
    (home / "results").write_text("")
    done = run(*SHORT)
    assert done.exit_code == 2
    assert done.stderr == "mempool-sim: results: File exists\n"


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
    assert load(home / "out").digest


def test_no_progress_is_drawn_where_nobody_looks(run):
    assert run(*SHORT).stderr == ""
