"""Each experiment in one call, as easy as the command."""

import numpy as np
import pytest

import sim
from sim.experiments.outcome import load

SIZE = "pools.pool.min_nr"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def short(queue):
    return queue({"duration": "500 ms", "warmup": "100 ms"})


@pytest.mark.parametrize(
    "variants",
    [[f"more:{SIZE}=16"], {"more": f"{SIZE}=16"}, {"more": {SIZE: 16}}, {"more": {"pools": {"pool": {"min_nr": 16}}}}],
    ids=["a text", "a text by name", "a path", "nested"],
)
def test_variants_are_compared_however_they_are_written(short, variants):
    done = sim.compare(short, variants, replications=3, jobs=1)
    assert {name: made["pools"]["pool"]["min_nr"] for name, made in done.document["variants"].items()} == {
        "queue": 8,
        "more": 16,
    }
    assert done.document["replications"] == 3


def test_a_file_is_asked_what_its_study_asks(short):
    study = {
        "question": "More?",
        "replications": 2,
        "measures": ["P(NULL)"],
        "variants": {"four": {SIZE: 4}, "five": {SIZE: 5}},
        "baseline": "five",
        "sweep": {"vary": {SIZE: [4, 5]}},
    }
    asked = short.with_(study=study)
    compared = sim.compare(asked, jobs=1)
    assert [compared.document[key] for key in ("question", "replications", "baseline")] == ["More?", 2, "five"]
    assert set(compared.frames["estimates"]["measure"]) == {"P(NULL)"}
    assert list(sim.compare(asked, {"six": {SIZE: 6}}, jobs=1).document["variants"]) == ["queue", "six"]
    assert sim.sweep(asked, jobs=1).document["sweep"]["vary"] == {SIZE: [4, 5]}


def test_set_seed_and_replications_are_those_asked_for(short):
    done = sim.compare([short, short], set={"duration": "300 ms"}, seed=7, replications=2, jobs=1)
    assert {made["duration"] for made in done.document["variants"].values()} == {"300 ms"}
    assert (done.document["seed"], done.document["replications"]) == (7, 2)


@pytest.mark.parametrize(
    "vary", [[f"{SIZE}=2,4,8"], {SIZE: "2,4,8"}, {SIZE: range(2, 9, 2)}, {SIZE: np.array([2, 4, 8])}], ids=str
)
def test_values_are_varied_however_they_are_written(short, vary):
    swept = sim.sweep(short, vary, where=[f"{SIZE} != 6"], replications=2, jobs=1)
    assert swept.document["sweep"]["vary"][SIZE] == [2, 4, 8]


def test_points_are_drawn_or_one_value_changes_at_a_time(short):
    drawn = sim.sweep(short, {SIZE: "2:9"}, latin_hypercube=4, replications=2, jobs=1)
    assert drawn.document["sweep"]["drawn"] == [4, 1]
    alone = sim.sweep(short, {SIZE: [2]}, one_at_a_time=True, replications=2, jobs=1)
    assert alone.document["sweep"]["plan"] == "one at a time"


def test_a_size_is_found_for_one_target_or_several(short):
    one = sim.size(short, "P(NULL) <= 60 %", most=8, replications=10, jobs=1)
    assert one.document["sizing"]["targets"] == ["P(NULL) <= 60 %"]
    two = sim.size(short, ["P(NULL) <= 60 %", "time at zero <= 90 %"], most=8, replications=10, jobs=1)
    assert len(two.document["sizing"]["targets"]) == 2


def test_theory_is_asked_about_a_scenario_with_changes(short):
    done = sim.verify(short, margin=0.5, set={SIZE: 6}, replications=4, jobs=1)
    assert done.document["replications"] == 4
    assert {found.measure: found.predicted for found in done.findings}["P(NULL)"] == pytest.approx(0.1918, abs=1e-4)
    with pytest.raises(ValueError, match="of which none is named"):
        sim.verify(set={SIZE: 6})


def test_the_outcome_is_kept_where_asked_with_the_finished_runs_beside_it(tmp_path, short):
    done = sim.compare(short, {"more": {SIZE: 16}}, replications=2, jobs=1, out=tmp_path / "kept" / "here", plots=False)
    assert load(tmp_path / "kept" / "here")["answer"] == list(done.answer)
    assert not list((tmp_path / "kept" / "here").glob("*.png"))
    assert (tmp_path / "kept" / "runs").is_dir()
    with pytest.raises(FileExistsError, match="never overwritten"):
        sim.size(short, "P(NULL) <= 3 %", out=tmp_path / "kept" / "here")


def test_a_picture_that_cannot_be_drawn_does_not_cost_the_outcome(tmp_path, short, monkeypatch):
    monkeypatch.setattr("sim.plots.sizing", lambda *_, **__: 1 / 0)
    with pytest.warns(RuntimeWarning, match="picture curve could not be drawn: ZeroDivisionError"):
        sim.size(short, "P(NULL) <= 60 %", most=8, replications=10, jobs=1, out=tmp_path / "here")
    assert load(tmp_path / "here")["figures"] == []


def test_what_is_amiss_is_told_before_anything_is_run(short, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for ask, words in (
        (lambda: sim.compare([short, short], {"a": {SIZE: 2}}), "variants change one scenario"),
        (lambda: sim.compare(short, {"a b": {SIZE: 2}}), "found name 'a b'"),
        (lambda: sim.compare(short, {"a": {"pools.poll.min_nr": 2}}), "--variant a: pools.poll"),
        (lambda: sim.sweep(short, {"pools.poll.min_nr": [2]}), "nothing called 'poll'"),
        (lambda: sim.size(short, "fast"), "fast"),
        (lambda: sim.compare([]), "no scenario to compare"),
        (lambda: sim.compare(short, "a:duration=1 s", replications=0), "replications is 0"),
        (lambda: sim.sweep(short, f"{SIZE}=2,4", latin_hypercube=0), "a Latin hypercube of 0 points"),
    ):
        with pytest.raises(ValueError, match=words):
            ask()
    with pytest.raises(TypeError, match="there is no option 'replication'; expected set, replications"):
        sim.compare(short, {"a": {SIZE: 2}}, replication=2)
    assert not (tmp_path / "results").exists()


def test_a_single_text_will_do_where_several_may_be_given(short, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = sim.sweep(short, f"{SIZE}=2,4", where=f"{SIZE} > 2", measures="P(NULL)", replications=2, jobs=1, out=None)
    assert found.document["sweep"]["shown"] == [["pool", "P(NULL)"]]
    assert found.document["sweep"]["points"] == 1
