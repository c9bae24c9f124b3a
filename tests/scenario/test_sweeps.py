"""The sweep of a scenario and the scenarios at its points; mistakes in files are in invalid/."""

import subprocess
import sys

import pytest

from sim.scenario import Scenario, ScenarioError, load
from sim.scenario.axes import parse_vary
from sim.scenario.study import LatinHypercubeSpec
from sim.scenario.sweeps import scenarios_at, sweep_of


def told(make) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        make()
    return [str(mistake) for mistake in caught.value.mistakes]


def refusals(*vary, where=()) -> list[str]:
    quick = load("quick.yaml")
    return told(lambda: scenarios_at(quick, sweep_of(quick, vary, where)))


def test_the_sweep_of_a_file_is_that_of_its_study(valid):
    scenario = load("study.yaml")
    design = sweep_of(scenario)
    assert [axis.path for axis in design.axes] == list(scenario.study.sweep.vary)
    assert len(design.points) + design.left_out + design.repeated == 12
    assert {point.changes["duration"] for point in design.points} == {"20 s"}


def test_the_sweep_of_the_command_line_replaces_that_of_the_file(valid):
    design = sweep_of(load("study.yaml"), ["machine.cpus=1..3"])
    assert [dict(point.changes) for point in design.points] == [
        {"machine.cpus": 1},
        {"machine.cpus": 2},
        {"machine.cpus": 3},
    ]


def test_constraints_of_the_command_line_are_added_to_those_of_the_file(valid):
    scenario = load("study.yaml")
    more = sweep_of(scenario, where=["machine.hz == 100"])
    assert {point.changes["machine.hz"] for point in more.points} == {100}
    assert more.left_out > sweep_of(scenario).left_out


def test_a_latin_hypercube_of_the_command_line_replaces_that_of_the_file(valid):
    design = sweep_of(load("study.yaml"), latin_hypercube=LatinHypercubeSpec(points=30, seed=2))
    assert len(design.points) + design.left_out + design.repeated == 30


def test_the_scenario_at_each_point_has_its_values_and_no_study(valid):
    scenario = load("study.yaml")
    design = sweep_of(scenario, ["pools.bio.min_nr=1,2", "semantics.wake=one,all"])
    made = scenarios_at(scenario, design)
    assert [(one.pools["bio"].min_nr, one.semantics.wake.value) for one in made] == [
        (1, "one"),
        (1, "all"),
        (2, "one"),
        (2, "all"),
    ]
    assert all(one.study is None for one in made)


def test_a_point_is_what_with_makes_of_its_changes(valid):
    scenario = load("quick.yaml")
    design = sweep_of(scenario, ["pools.bio.min_nr=1,2", "devices.nvme.latency=1 ms,{exponential: {mean: 1 ms}}"])
    assert scenarios_at(scenario, design) == [scenario.with_(point.changes) for point in design.points]


def test_values_that_are_refused_are_told_all_at_once(valid):
    assert refusals("pools.bio.min_nr=-1,2,-3", "machine.hz=100,251", "pools.boi.min_nr=1,2") == [
        "--vary pools.boi: nothing called 'boi' here; expected bio; did you mean 'bio'?",
        "--vary pools.bio.min_nr: found -1; expected a whole number from 0 to 1000000",
        "--vary machine.hz: found 251; expected 100, 250, 300 or 1000",
        "--vary pools.bio.min_nr: found -3; expected a whole number from 0 to 1000000",
    ]


def test_a_misspelt_path_names_the_right_one(valid):
    (mistake,) = refusals("durration=1 s,2 s")
    assert mistake == "--vary durration: unknown key 'durration'; did you mean 'duration'?"


def test_a_point_where_the_rest_does_not_fit_is_told(valid):
    (mistake,) = refusals("duration=2 s,10 s", "machine.cpus=1,2")
    assert mistake == (
        "--vary: at duration=2 s, machine.cpus=1 and 1 more point: warmup: '5 s' leaves nothing to measure; "
        "expected less than the duration '2 s'"
    )


def test_a_constraint_leaves_out_what_would_not_fit(valid):
    quick = load("quick.yaml")
    design = sweep_of(quick, ["duration=2 s,10 s", "warmup=1 s,5 s"], ["warmup < duration"])
    assert [str(point) for point in design.points] == [
        "duration=2 s, warmup=1 s",
        "duration=10 s, warmup=1 s",
        "duration=10 s, warmup=5 s",
    ]
    assert len(scenarios_at(quick, design)) == 3


def test_mistakes_of_all_options_are_told_at_once(valid):
    found = refusals("pools.bio.min_nr=1,2,5..9", "machine.cpus=1..3", "machine.cpus=4", "x", where=["seed <"])
    assert [mistake.partition(": ")[0] for mistake in found] == [
        "--vary pools.bio.min_nr",
        "--vary",
        "--vary machine.cpus",
        "--where",
    ]


def test_the_seed_is_no_axis(valid):
    assert refusals("seed=1..3") == [
        "--vary seed: no axis: each replication has random numbers of its own, the same at every point; expected --seed"
    ]


def test_one_at_a_time_changes_one_value_of_the_scenario_at_each_point(valid):
    quick = load("quick.yaml")
    design = sweep_of(quick, ["pools.bio.min_nr=1,2", "semantics.wake=one"], one_at_a_time=True)
    size = quick.pools["bio"].min_nr
    assert [list(point.labels.values()) for point in design.points] == [
        [size, "default"],
        *([value, "default"] for value in (1, 2) if value != size),
        [size, "one"],
    ]
    made = scenarios_at(quick, design)
    assert made[0] == quick
    assert made[-1] == quick.with_({"semantics.wake": "one"})


def test_one_at_a_time_in_a_file_is_no_latin_hypercube_too(valid):
    quick = load("quick.yaml")
    sweep = {"vary": {"pools.bio.min_nr": "1,2"}, "one_at_a_time": True}
    assert sweep_of(quick.with_(study={"sweep": sweep})).own is not None
    with pytest.raises(ScenarioError, match="both latin_hypercube and one_at_a_time"):
        quick.with_(study={"sweep": {**sweep, "latin_hypercube": 4}})


@pytest.mark.parametrize(
    "text", ["1,2,4", "a,b", "1 ms,1 s", "{constant: 1 ms},[1, 2]", "1:64", "1 ms:10 s:log", "true,null", "'1',2"]
)
def test_an_axis_can_be_typed_again(text):
    axis = parse_vary(f"a.b={text}")
    assert parse_vary(f"a.b={axis.text}") == axis


def test_a_file_without_a_sweep_has_nothing_to_vary(valid):
    assert told(lambda: sweep_of(load("quick.yaml"))) == [
        "quick.yaml: nothing to vary; expected sweep under study:, or --vary PATH=VALUES"
    ]


def test_mistakes_in_a_mapping_have_their_path(small):
    study = {"sweep": {"vary": {"pools.bio.min_nr": [1, -1], "warmup": "1 s,20 s"}}}
    assert sorted(told(lambda: Scenario.from_mapping({**small, "study": study}))) == [
        "study.sweep.vary.pools.bio.min_nr: found -1; expected a whole number from 0 to 1000000",
        "study.sweep.vary.warmup: '20 s' leaves nothing to measure; expected less than the duration '10 s'",
    ]


def test_studies_are_read_without_numpy():
    modules = ", ".join(
        f"sim.scenario.{name}" for name in ("study_checks", "sweeps", "variants", "targets", "measures")
    )
    program = f"import sys, {modules}; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
