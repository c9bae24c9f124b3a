import json

import pytest
from click.testing import CliRunner

from sim.cli.main import main

SHORT = ["--set", "duration=500 ms", "--set", "warmup=0 s", "--replications", "3", "--jobs", "1"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, ["compare", *words])


def test_variants_of_a_file_are_compared_with_it_and_kept(run, tmp_path):
    result = run("quickstart", "--variant", "many:pools.bio.min_nr=64", *SHORT, "--no-plots")
    assert result.exit_code == 0, result.output
    assert "many against quickstart" in result.stdout
    assert "kept in results/quickstart-comparison" in result.stdout
    assert (tmp_path / "results/quickstart-comparison/experiment.json").is_file()
    assert len(list((tmp_path / "results/runs").rglob("*.json"))) == 6


def test_running_again_says_what_it_reuses_and_overwrites_nothing(run, tmp_path):
    words = ("quickstart", "--variant", "many:pools.bio.min_nr=64", *SHORT, "--no-plots")
    first, second = run(*words), run(*words)
    assert "6 runs were made before and are used again" in second.stderr
    assert first.stdout.replace("comparison\n", "comparison-2\n") == second.stdout
    one, two = (tmp_path / f"results/quickstart-comparison{ending}/table.csv" for ending in ("", "-2"))
    assert one.read_bytes() == two.read_bytes()


def test_json_is_the_document(run):
    result = run("quickstart", "erlang-b", *SHORT, "--no-plots", "--json")
    document = json.loads(result.stdout)
    assert document["kind"] == "comparison"
    assert list(document["variants"]) == ["quickstart", "erlang-b"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("quickstart",), "nothing to compare"),
        (("quickstart", "erlang-b", "--variant", "a:seed=2"), "variants change one scenario"),
        (("quickstart", "--variant", "a:seed=2", "--baseline", "b"), "no variant is called 'b'"),
        (("quickstart", "--variant", "a:pools.bio.min_nr=-1"), "min_nr"),
        (("quickstart", "--variant", "a:seed=2", "--measure", "p101"), "p101"),
        (("quickstart", "--variant", "a:seed=2", "--measure", "PSI io"), "nothing here has PSI io"),
    ],
)
def test_a_mistake_is_told_before_anything_runs(run, tmp_path, words, told):
    result = run(*words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not (tmp_path / "results").exists()
