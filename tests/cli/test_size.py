import json

import pytest
from click.testing import CliRunner

from sim.cli.main import main

SHORT = ["--set", "duration=3 s", "--set", "warmup=500 ms", "--replications", "20", "--jobs", "1", "--no-plots"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, ["size", *words])


def test_the_size_is_printed_and_kept_and_runs_are_used_again(run, tmp_path):
    first = run("erlang-b", "--target", "P(NULL) <= 5 %", *SHORT)
    assert first.exit_code == 0, first.output
    assert "min_nr = 17 of elements meets P(NULL) <= 5 %" in first.stdout
    assert "kept in results/erlang-b-sizing" in first.stdout
    assert (tmp_path / "results/erlang-b-sizing/curve.csv").is_file()
    again = run("erlang-b", "--target", "P(NULL) <= 5 %", *SHORT)
    assert again.stderr.count("runs were made before and are used again") == 1
    assert again.stdout == first.stdout.replace("sizing\n", "sizing-2\n")


def test_json_is_the_document(run):
    short = ["--set", "duration=1 s", "--set", "warmup=100 ms", "--replications", "5", "--jobs", "1", "--no-plots"]
    document = json.loads(run("erlang-b", "--target", "P(NULL) <= 5 %", *short, "--json").stdout)
    assert document["kind"] == "sizing"
    assert document["sizing"]["targets"] == ["P(NULL) <= 5 %"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("erlang-b",), "there is no target"),
        (("erlang-b", "--target", "fallback <= 1 %"), "more calls, not fewer"),
        (("erlang-b", "--target", "P(NULL) >= 1 %"), "expected '<='"),
        (("erlang-b", "--target", "P(NULL) <= 1 %", "--pool", "bio"), "no pool 'bio'"),
        (("bioset-parked", "--target", "P(wait) <= 1 %"), "there are 2 pools"),
        (("erlang-b", "--target", "P(NULL) <= 1 %", "--replications", "1"), "one run has no interval"),
    ],
)
def test_a_mistake_is_told_before_anything_runs(run, tmp_path, words, told):
    result = run(*words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not (tmp_path / "results").exists()
