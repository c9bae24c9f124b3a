import json

import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli.main import main

SHORT = ["--set", "duration=500 ms", "--set", "warmup=0 s", "--replications", "2", "--jobs", "1"]
SIZES = ["--vary", "pools.bio.min_nr=1,2,4..8"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, ["sweep", *words])


def test_a_sweep_is_printed_kept_and_drawn(run, tmp_path):
    result = run("quickstart", *SIZES, *SHORT, "--measure", "P(wait)")
    assert result.exit_code == 0, result.output
    assert "kept in results/quickstart-sweep" in result.stdout
    home = tmp_path / "results/quickstart-sweep"
    assert (home / "lines-p-wait.png").read_bytes().startswith(b"\x89PNG")
    summary = pd.read_csv(home / "summary.csv")
    assert summary.query("measure == 'P(wait)' and subject == 'bio'")["pools.bio.min_nr"].tolist() == [1, 2, 4, 8]


def test_more_values_use_the_runs_that_were_made(run):
    run("quickstart", *SIZES, *SHORT, "--no-plots")
    more = run("quickstart", "--vary", "pools.bio.min_nr=1,2,4..16", *SHORT, "--no-plots")
    assert "8 runs were made before and are used again" in more.stderr


def test_json_is_the_document(run):
    result = run("quickstart", *SIZES, "--where", "pools.bio.min_nr > 2", *SHORT, "--no-plots", "--json")
    document = json.loads(result.stdout)
    assert document["kind"] == "sweep"
    assert (document["sweep"]["points"], document["sweep"]["left_out"]) == (2, 2)
    assert list(document["digests"]) == ["pools.bio.min_nr=4", "pools.bio.min_nr=8"]


def test_a_latin_hypercube_and_one_at_a_time(run):
    axes = ["--vary", "pools.bio.min_nr=1:64:log", "--vary", "semantics.wake=one,all"]
    drawn = json.loads(run("quickstart", *axes, "--latin-hypercube", "4:7", *SHORT, "--no-plots", "--json").stdout)
    assert (drawn["sweep"]["points"], drawn["sweep"]["drawn"]) == (4, [4, 7])
    axes = ["--vary", "pools.bio.min_nr=1,64", "--vary", "semantics.wake=one,all"]
    alone = json.loads(run("quickstart", *axes, "--one-at-a-time", *SHORT, "--no-plots", "--json").stdout)
    assert alone["sweep"]["points"] == 5


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "nothing to vary"),
        (("--vary", "pools.boi.min_nr=1,2"), "did you mean 'bio'?"),
        (("--vary", "pools.bio.min_nr=1:64"), "range without a number of values"),
        (("--vary", "seed=1,2"), "--vary seed: no axis"),
        ((*SIZES, "--pool", "boi"), "no pool 'boi'; expected one of bio"),
        ((*SIZES, "--measure", "p101"), "p101"),
        ((*SIZES, "--against", "waters"), "did you mean 'waiters'?"),
        ((*SIZES, "--where", "pools.bio.min_nr >"), "--where"),
        ((*SIZES, "--latin-hypercube", "many"), "expected POINTS"),
        ((*SIZES, "--latin-hypercube", "4", "--one-at-a-time"), "expected one of them"),
    ],
)
def test_a_mistake_is_told_before_anything_runs(run, tmp_path, words, told):
    result = run("quickstart", *words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not (tmp_path / "results").exists()
