"""The simulator held against theory."""

import json
from dataclasses import replace

import pytest

from sim.experiments import Execution, verify
from sim.experiments.verification import verify as verify_module
from sim.experiments.verification.finding import Verdict
from sim.experiments.verification.known import known
from sim.kernel import Mempool

WIDE = 0.15


@pytest.fixture
def execution(tmp_path):
    """Nothing was run before: a broken simulator is not to find what a sound one left."""
    return Execution(replications=12, jobs=1, runs=tmp_path / "runs")


@pytest.fixture(scope="module")
def done(queue, tmp_path_factory):
    return verify(queue(), margin=WIDE, execution=Execution(12, jobs=1, runs=tmp_path_factory.mktemp("runs")))


def by_measure(done):
    return {found.measure: found.verdict for found in done.findings}


def test_a_sound_simulator_is_equivalent_to_theory(done):
    assert done.passed
    assert set(by_measure(done).values()) == {Verdict.EQUIVALENT}
    assert done.document["answer"] == [
        "the simulator agrees with theory: 3 of 3 predictions hold; what every run must obey holds (7 of 7)"
    ]


@pytest.mark.usefixtures("one_element_too_many")
def test_one_element_too_many_differs_and_breaks_no_law_but_that_of_theory(queue, execution):
    wrong = verify(queue(), execution=execution)
    assert not wrong.passed
    assert by_measure(wrong)["P(NULL)"] is Verdict.DIFFERS
    assert "the simulator does not agree with theory" in wrong.document["answer"][0]
    assert "queue: P(NULL) is " in wrong.document["answer"][1]
    assert "Erlang B says 7 %: they differ by more than 5 %" in wrong.document["answer"][1]


def test_a_reserve_refilled_by_its_own_elements_only_differs(queue, monkeypatch, execution, tmp_path):
    right = Mempool.free

    def wrong(pool, element, now=None):
        # The pool was filled at its creation, so its own are the first that were numbered.
        if element < pool.min_nr:
            right(pool, element, now)
        else:
            pool.frees += 1
            pool.source.free(element)

    half = queue({"pressure.constant.first_attempt": 0.5, "pools.pool.min_nr": 2})
    assert verify(half, margin=WIDE, execution=execution).passed
    monkeypatch.setattr(Mempool, "free", wrong)
    anew = replace(execution, runs=tmp_path / "anew")
    assert by_measure(verify(half, margin=WIDE, execution=anew))["P(NULL)"] is Verdict.DIFFERS


def test_what_cannot_be_decided_does_not_pass(queue, execution):
    few = verify(queue(), margin=0.02, execution=replace(execution, replications=2))
    assert not few.passed
    assert Verdict.UNDECIDED in by_measure(few).values()
    assert "is not shown to agree" in few.document["answer"][0]


def test_what_no_theory_covers_passes_and_says_why(queue, execution):
    done = verify(queue({"tasks.caller.in_flight": 4, "pools.pool.min_nr": 2}), execution=execution)
    assert done.passed
    assert done.findings == ()
    assert done.document["answer"][:2] == [
        "no theory covers it; what every run must obey holds (7 of 7)",
        "queue: no theory covers it",
    ]
    assert done.document["answer"][2].startswith("- caller has at most 4 pieces of work in hand")


def test_the_number_of_workers_changes_nothing(queue, done, execution):
    assert verify(queue(), margin=WIDE, execution=replace(execution, jobs=2)).findings == done.findings


def test_another_seed_makes_other_runs(queue, done, execution):
    other = verify(queue(), margin=WIDE, execution=replace(execution, seed=2))
    assert other.document["seed"] == 2
    assert set(other.document["digests"]["queue"]).isdisjoint(done.document["digests"]["queue"])
    assert [found.value for found in other.findings] != [found.value for found in done.findings]


def test_several_scenarios_are_told_apart_by_name(queue, execution):
    two = verify([queue(name="a"), queue(name="b")], margin=WIDE, execution=execution)
    assert list(dict.fromkeys(found.configuration for found in two.findings)) == ["a", "b"]
    assert [found.value for found in two.findings[:3]] == [found.value for found in two.findings[3:]]
    with pytest.raises(ValueError, match="two scenarios have the same name"):
        verify([queue(), queue()])


@pytest.mark.parametrize(
    ("replications", "margin", "message"),
    [(1, None, "found 1 replication; expected two or more"), (2, 0, r"margin\(=0\) must be > 0")],
)
def test_what_cannot_be_is_refused(queue, replications, margin, message):
    with pytest.raises(ValueError, match=message):
        verify(queue(), margin=margin, execution=Execution(replications))


def test_it_is_told_how_far_it_is_and_goes_on_from_finished_runs(queue, execution):
    told = []
    few = verify(queue(), execution=replace(execution, replications=2, progress=told.append))
    assert [(now.done, now.of) for now in told] == [(0, 2), (1, 2), (2, 2)]
    reused = []
    more = verify(queue(), execution=replace(execution, replications=3, reused=reused.append))
    assert reused == [2]
    assert (few.findings[0].runs, more.findings[0].runs) == (2, 3)


def test_without_a_scenario_what_is_known_is_run(monkeypatch, execution):
    few = tuple(each for each in known() if each.scenario.name in {"b-2-1-exp", "never-fails"})
    monkeypatch.setattr(verify_module, "known", lambda: few)
    done = verify(execution=replace(execution, replications=None))
    assert done.passed
    assert {found.theory for found in done.findings} == {"Erlang B", "immediate service"}


def test_the_frame_has_a_row_per_prediction(done):
    frame = done.table
    assert frame["label"].tolist()[0] == "Erlang B: queue P(NULL)"
    assert frame["theory"].tolist()[0] == pytest.approx(0.0700479, abs=1e-6)
    assert frame["measure"].tolist() == ["P(NULL)", "time at zero", "P(wait)"]
    assert frame["unit"].unique().tolist() == ["share"]
    assert frame["verdict"].tolist() == ["equivalent"] * 3


def test_it_is_kept_as_a_folder(done, tmp_path):
    home = done.save(tmp_path / "kept")
    assert sorted(path.name for path in home.iterdir()) == ["experiment.json", "verification.csv", "verification.png"]
    document = json.loads((home / "experiment.json").read_text())
    assert document["kind"] == "verification"
    assert document["figures"] == [
        {"file": "verification.png", "title": "The simulator against theory", "data": "verification.csv"}
    ]
    assert document["variants"]["queue"]["pools"]["pool"]["min_nr"] == 8
    with pytest.raises(FileExistsError):
        done.save(home)


def test_a_picture_that_cannot_be_drawn_does_not_cost_the_rest(done, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.plots.verification", lambda *_, **__: 1 / 0)
    failed = []
    home = done.save(tmp_path / "kept", failed=lambda name, error: failed.append(name))
    assert failed == ["verification"]
    assert json.loads((home / "experiment.json").read_text())["figures"] == []


def test_a_notebook_shows_the_tables(done):
    shown = done._repr_html_()
    assert "equivalent" in shown
    assert "Erlang B" in shown
    assert repr(done).startswith("<Verification queue: the simulator agrees with theory")
