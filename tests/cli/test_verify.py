"""`mempool-sim verify`."""

import json

import pytest

from sim.kernel import Mempool

FEW = ("erlang-b", "--replications", "6", "--jobs", "1", "--no-plots", "--set", "duration=12 s")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """What is kept, and what was run before, belongs to one test."""
    monkeypatch.chdir(tmp_path)


def test_a_scenario_that_theory_covers_is_held_against_it(run):
    done = run("verify", *FEW, "--margin", "0.2")
    assert done.exit_code == 0
    assert "the simulator agrees with theory: 3 of 3 predictions hold" in done.stdout
    row = next(line for line in done.stdout.splitlines() if "P(NULL)" in line and "erlang-b" in line)
    assert row.split()[2:4] == ["6.04", "%"]
    assert row.endswith("20 % equivalent")
    assert "passes with a" in done.stdout


def test_a_broken_mempool_makes_it_fail(run, monkeypatch):
    right = Mempool.__init__
    monkeypatch.setattr(
        Mempool, "__init__", lambda pool, env, min_nr, *rest, **more: right(pool, env, min_nr + 1, *rest, **more)
    )
    done = run("verify", *FEW)
    assert done.exit_code == 1
    assert "the simulator does not agree with theory" in done.stdout
    assert "Erlang B says 6.04 %: they differ by more than 5 %" in " ".join(done.stdout.split())


def test_what_is_not_decided_makes_it_fail(run):
    done = run("verify", *FEW, "--margin", "0.01")
    assert done.exit_code == 1
    assert "is not shown to agree" in done.stdout
    assert "not decided is not passed" in done.stdout


def test_what_no_theory_covers_is_told_and_does_not_make_it_fail(run):
    done = run("verify", "quickstart", "--set", "duration=2 s", "--set", "warmup=0 s", "--jobs", "1", "--no-plots")
    assert done.exit_code == 0
    assert "no theory covers it; what every run must obey holds (7 of 7)" in done.stdout
    assert "- writer has at most 32 pieces of work in hand" in done.stdout


def test_json_holds_all_of_it(run):
    done = run("verify", *FEW, "--margin", "0.2", "--json")
    document = json.loads(done.stdout)
    assert (document["kind"], document["passed"], document["replications"]) == ("verification", True, 6)
    assert {found["verdict"] for found in document["findings"]} == {"equivalent"}
    assert document["covered"][0]["theory"] == "Erlang B"


def test_it_is_kept_and_goes_on_from_finished_runs(run, tmp_path):
    words = [word for word in FEW if word != "--no-plots"]
    done = run("verify", *words, "--margin", "0.2", "--out", "mine/kept")
    assert done.exit_code == 0
    assert done.stdout.endswith("kept in mine/kept\n")
    assert (tmp_path / "mine/kept/verification.png").exists()
    assert len(list((tmp_path / "mine/runs").glob("??/*.json"))) == 6
    again = run("verify", *words, "--margin", "0.3", "--out", "mine/again", "--no-plots")
    assert "6 runs were made before and are used again" in again.stderr
    assert not (tmp_path / "mine/again/verification.png").exists()


def test_a_place_that_is_taken_is_refused_before_anything_is_run(run, tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/taken").write_text("")
    done = run("verify", "--out", "kept")
    assert done.exit_code == 2
    assert "not empty" in done.stderr or "exists" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--set", "seed=2"), "--set changes scenarios, of which none is named"),
        (("erlang-b", "erlang-b"), "two of the scenarios have the same name"),
        (("erlang-b", "--replications", "1"), "expected two or more --replications"),
    ],
)
def test_wrong_use_is_told(run, arguments, message):
    done = run("verify", *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
