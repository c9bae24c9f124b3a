import json

import numpy as np
import pandas as pd
import pytest

import sim
from sim.experiments import Execution, sweep
from sim.experiments.outcome import load
from sim.plots.against import JOINED
from sim.scenario import ScenarioError
from sim.scenario.measures import MeasureName
from sim.scenario.study import LatinHypercubeSpec
from sim.scenario.sweeps import sweep_of
from sim.statistics import erlang_b

SIZE = "pools.pool.min_nr"
LOAD = "tasks.caller.arrivals.poisson.rate"
REPLICATIONS = 4


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def short(queue):
    return queue(duration="2 s", warmup="200 ms")


@pytest.fixture(scope="module")
def line(short, runs):
    return sweep(short, [f"{SIZE}=2,4,8"], execution=Execution(replications=REPLICATIONS, jobs=1, runs=runs))


@pytest.fixture(scope="module")
def plane(short, runs):
    execution = Execution(replications=REPLICATIONS, jobs=1, runs=runs)
    return sweep(short, [f"{SIZE}=2,4,8", f"{LOAD}=250/s,500/s"], execution=execution)


def values(outcome, measure, *columns):
    frame = outcome.frames["summary"].query(f"measure == '{measure}'")
    return frame[[*columns, "value", "low", "high"]]


def test_the_long_table_has_a_row_per_run_and_measure(line):
    rows = line.table.query("measure == 'P(NULL)' and subject == 'pool'")
    assert list(line.table.columns[:3]) == [SIZE, "point", "seed"]
    assert rows[[SIZE, "point", "replication"]].to_numpy().tolist() == [
        [size, point, replication] for point, size in enumerate((2, 4, 8)) for replication in range(REPLICATIONS)
    ]
    assert (rows["value"] == rows["amount"] / rows["of"]).all()


def test_the_summary_is_the_estimate_of_the_same_runs_made_alone(line, short, runs):
    alone = sweep(short, [f"{SIZE}=4"], execution=Execution(replications=REPLICATIONS, jobs=1, runs=runs))
    merged = line.frames["summary"].query(f"`{SIZE}` == 4").drop(columns="point").reset_index(drop=True)
    pd.testing.assert_frame_equal(merged, alone.frames["summary"].drop(columns="point"))


def test_theory_lies_along_the_line_and_in_the_intervals(line):
    theory = line.frames["theory"].query("measure == 'P(NULL)'")
    assert theory["value"].tolist() == pytest.approx([erlang_b(size, 5) for size in (2, 4, 8)])
    assert set(theory["name"]) == {"Erlang B"}
    (told,) = [sentence for sentence in line.answer if sentence.startswith("Erlang B covers 3 points")]
    # At 95 % of six predictions; fixed seeds.
    assert int(told.split(": ")[1].split(" of ")[0]) >= 5


def test_the_answer_says_what_falls_and_what_rises(line):
    told = " ".join(line.answer)
    assert "P(NULL) of pool falls from " in told
    assert "fallback of pool rises from " in told


def test_where_nothing_changes_the_answer_says_so(short, runs):
    outcome = sweep(
        short,
        ["machine.hz=100,1000"],
        measures=[MeasureName.parse("P(NULL)")],
        execution=Execution(replications=REPLICATIONS, jobs=1, runs=runs),
    )
    assert outcome.answer[0].startswith("P(NULL) of pool: no difference shown between 2 points taken together")


def test_all_workers_orders_and_second_looks_give_the_same(line, short, tmp_path):
    execution = Execution(replications=REPLICATIONS, jobs=2, runs=tmp_path / "runs")
    again = sweep(short, [f"{SIZE}=2,4,8"], execution=execution)
    assert json.dumps(again.document) == json.dumps(line.document)
    for name, frame in line.frames.items():
        pd.testing.assert_frame_equal(again.frames[name], frame)


def test_pictures_go_by_the_number_of_axes(line, plane):
    assert {"lines-p-null", "pareto"} <= set(dir(line.plot))
    assert not any(name.startswith(("heat", "tornado", "phase")) for name in dir(line.plot))
    assert {"lines-p-null", "heat-p-null"} <= set(dir(plane.plot))


def test_what_is_shown_is_held_against_another_measure(short, runs):
    design = sweep_of(short, [f"{SIZE}=2,4,8"])
    execution = Execution(replications=REPLICATIONS, jobs=1, runs=runs)
    null, held = MeasureName.parse("P(NULL)"), MeasureName.parse("outstanding")
    outcome = sweep(short, design, measures=[null], against=held, execution=execution)
    assert outcome.document["sweep"]["against"] == "outstanding"
    assert outcome.document["sweep"]["shown"] == [["pool", "P(NULL)"], ["pool", "outstanding"]]
    assert [name for name in dir(outcome.plot) if name.startswith("against")] == ["against-p-null"]
    drawn = next(line for line in outcome.plot["against-p-null"]().lines if line.get_gid() == JOINED)
    points = {measure: values(outcome, measure)["value"].tolist() for measure in ("outstanding", "P(NULL)")}
    assert drawn.get_xdata().tolist() == points["outstanding"]
    assert drawn.get_ydata().tolist() == points["P(NULL)"]


def test_without_a_measure_those_that_change_are_held_against_it(short, runs):
    execution = Execution(replications=REPLICATIONS, jobs=1, runs=runs)
    outcome = sweep(short, [f"{SIZE}=2,4,8"], against=MeasureName.parse("waiters"), execution=execution)
    shown = [measure for _, measure in outcome.document["sweep"]["shown"]]
    assert shown[-1] == "waiters"
    assert len(shown) > 1
    assert not any("nothing here" in line for line in outcome.answer)


def test_what_nothing_can_have_is_told_and_not_drawn(runs):
    scenario = sim.load("quickstart", {"duration": "1 s", "warmup": "0 s"})
    outcome = sweep(
        scenario,
        ["pools.bio.min_nr=2,4"],
        measures=[MeasureName.parse("p99")],
        against=MeasureName.parse("P(NULL)"),
        execution=Execution(replications=2, jobs=1, runs=runs),
    )
    assert any("P(NULL): nothing here can have it" in line for line in outcome.answer)
    assert not [name for name in dir(outcome.plot) if name.startswith("against")]


@pytest.mark.parametrize(
    ("pool", "names"),
    [
        ("md_bio_set", {"against-run-p-any-wait": "md_bio_set"}),
        (
            None,
            {
                f"against-run-p-any-wait-{name.replace('_', '-')}": name
                for name in ("fs_bio_set", "md_bio_set", "no_pool")
            },
        ),
    ],
)
def test_a_measure_of_the_run_is_held_against_that_of_each_pool_that_is_shown(runs, pool, names):
    outcome = sweep(
        sim.load("raid1-swap-private", {"duration": "1 s"}),
        ["pools.fs_bio_set.min_nr=1,8"],
        pool=pool,
        measures=[MeasureName.parse("P(any wait)")],
        against=MeasureName.parse("outstanding"),
        execution=Execution(replications=2, jobs=1, runs=runs),
    )
    drawn = {name: outcome.plot[name] for name in dir(outcome.plot) if name.startswith("against-")}
    assert set(drawn) == set(names)
    for name, whose in names.items():
        assert drawn[name]().get_title().replace("\n", " ") == f"P(any wait) of run against outstanding of {whose}"


def test_a_measure_that_no_point_has_is_no_measure_to_hold_others_against(short):
    with pytest.raises(ValueError, match="nothing here has PSI io"):
        sweep(short, [f"{SIZE}=2,4"], against=MeasureName.parse("PSI io"))


def test_a_dataset_has_a_dimension_per_axis(plane):
    found = plane.dataset()["P(NULL)"]
    assert found.dims == ("subject", SIZE, LOAD, "estimate")
    assert found.attrs["unit"] == "share"
    row = values(plane, "P(NULL)", SIZE, LOAD).query(f"`{SIZE}` == 4 and `{LOAD}` == '500/s'").iloc[0]
    chosen = found.sel({"subject": "pool", SIZE: 4, LOAD: "500/s"})
    assert chosen.to_numpy().tolist() == [row["value"], row["low"], row["high"]]
    each = plane.dataset(runs=True)["P(NULL)"].sel({"subject": "pool", SIZE: 4, LOAD: "500/s"})
    assert each.sizes == {"replication": REPLICATIONS}
    assert float(each.mean()) == pytest.approx(row["value"], rel=0.05)


def test_points_that_were_left_out_are_missing_in_the_dataset(short, runs):
    design = sweep_of(short, [f"{SIZE}=2,4", f"{LOAD}=250/s,500/s"], [f"{SIZE} < 4"])
    few = sweep(short, design, execution=Execution(replications=2, jobs=1, runs=runs))
    assert few.dataset()["P(NULL)"].sizes[SIZE] == 1
    design = sweep_of(short, [f"{SIZE}=2,4", f"{LOAD}=250/s,500/s"], [f"{SIZE} * 125 /s <= {LOAD}"])
    assert (len(design.points), design.left_out) == (3, 1)
    some = sweep(short, design, execution=Execution(replications=2, jobs=1, runs=runs))
    value = some.dataset()["P(NULL)"].sel(subject="pool", estimate="value")
    assert np.isnan(value.sel({SIZE: 4, LOAD: "250/s"}))
    assert int(np.isnan(value).sum()) == 1
    assert any("1 point is left out" in note for note in some.document["notes"])


def test_one_at_a_time_holds_each_change_against_the_scenario(short, runs):
    design = sweep_of(short, [f"{SIZE}=4,8", f"{LOAD}=250/s,500/s", "semantics.wake=one,all"], one_at_a_time=True)
    outcome = sweep(
        short,
        design,
        measures=[MeasureName.parse("P(NULL)")],
        execution=Execution(replications=REPLICATIONS, jobs=1, runs=runs),
    )
    effects = outcome.frames["effects"].set_index("parameter")
    own = values(outcome, "P(NULL)", "point").query("point == 0").iloc[0]["value"]
    assert (effects["baseline"] == own).all()
    # The scenario's own size is 8 and its own load 500/s.
    assert effects.loc[SIZE, "high_effect"] == own == effects.loc[LOAD, "high_effect"]
    assert effects.loc[SIZE, "low_effect"] > own > effects.loc[LOAD, "low_effect"]
    # Callers that may not sleep are woken by nobody.
    assert effects.loc["semantics.wake", "low_effect"] == effects.loc["semantics.wake", "high_effect"] == own
    assert set(outcome.frames["summary"]["semantics.wake"]) == {"default", "one", "all"}
    assert "tornado-p-null" in dir(outcome.plot)
    assert outcome.dataset()["P(NULL)"].dims == ("subject", "point", "estimate")


def test_a_grid_averages_over_the_other_axes(plane):
    effects = plane.frames["effects"].query("measure == 'P(NULL)'").set_index("parameter")
    by_size = values(plane, "P(NULL)", SIZE).groupby(SIZE)["value"].mean()
    assert effects.loc[SIZE, "low_effect"] == pytest.approx(by_size[2], rel=0.02)
    assert effects.loc[SIZE, "low_effect_low"] < effects.loc[SIZE, "low_effect"] < effects.loc[SIZE, "low_effect_high"]


def test_a_latin_hypercube_holds_its_lowest_third_against_its_highest(short, runs):
    design = sweep_of(short, [f"{SIZE}=1:16", f"{LOAD}=100/s:600/s"], latin_hypercube=LatinHypercubeSpec(points=6))
    execution = Execution(replications=2, jobs=1, runs=runs)
    outcome = sweep(short, design, measures=[MeasureName.parse("P(NULL)")], execution=execution)
    effects = outcome.frames["effects"].query("measure == 'P(NULL)'").set_index("parameter")
    assert effects.loc[SIZE, "low_effect"] > effects.loc[SIZE, "high_effect"]
    assert effects.loc[SIZE, "low_value"].startswith("<= ")
    assert outcome.dataset()[SIZE].dims == ("point",)


def test_what_was_asked_for_and_never_seen_is_told_with_its_bound(short, runs):
    asked = [MeasureName.parse("P(deadlock)")]
    execution = Execution(replications=REPLICATIONS, jobs=1, runs=runs)
    outcome = sweep(short, [f"{SIZE}=2,4"], measures=asked, execution=execution)
    assert outcome.answer[0].startswith("P(deadlock): no difference shown between 2 points taken together (<= 66.6 %)")
    assert "<= 60.2 %" in outcome.document["tables"][0]["rows"][0]
    with pytest.raises(ValueError, match="nothing here has requests/s"):
        sweep(short, [f"{SIZE}=2,4"], measures=[MeasureName.parse("requests/s")], execution=execution)


def test_what_differs_is_told_of_points_whose_intervals_lie_apart(short, runs):
    execution = Execution(replications=REPLICATIONS, jobs=1, runs=runs)
    measures = [MeasureName.parse("P(NULL)")]
    outcome = sweep(short, [f"{SIZE}=1,4,16", "kernel='6.6','6.12'"], measures=measures, execution=execution)
    told = outcome.answer[0]
    assert told.startswith("P(NULL) of pool differs: ")
    assert "min_nr 16" in told.partition(", but ")[0]
    assert "min_nr 1," in told.partition(", but ")[2]


def test_points_that_were_drawn_twice_are_told(short, runs):
    design = sweep_of(short, [f"{SIZE}=1:3"], (), LatinHypercubeSpec(points=6, seed=1))
    outcome = sweep(short, design, execution=Execution(replications=2, jobs=1, runs=runs))
    assert any("hypercube of 6, seed 1, of which 3 fell on others" in note for note in outcome.document["notes"])


def test_both_forms_of_the_dataset_have_the_same_measures(short, runs):
    outcome = sweep(short, [f"{SIZE}=2,4"], execution=Execution(replications=2, jobs=1, runs=runs))
    assert set(outcome.dataset()) == set(outcome.dataset(runs=True))


def test_what_the_kernel_has_by_itself_is_no_end_of_an_axis(short, runs):
    design = sweep_of(short, ["semantics.timeout=1 s,10 s", f"{SIZE}=4,16"], one_at_a_time=True)
    outcome = sweep(short, design, execution=Execution(replications=2, jobs=1, runs=runs))
    effects = outcome.frames["effects"].set_index("parameter")
    assert (effects.loc[["semantics.timeout"], ["low_value", "high_value"]] == ["1 s", "10 s"]).to_numpy().all()


def test_kernels_are_no_numbers(short, runs):
    outcome = sweep(short, ["kernel='6.6','6.12'"], execution=Execution(replications=2, jobs=1, runs=runs))
    assert not sweep_of(short, ["kernel='6.6','6.12'"]).axes[0].is_ordered
    assert outcome.frames["summary"]["kernel"].drop_duplicates().tolist() == ["6.6", "6.12"]


def test_values_are_held_against_each_other_only_where_nothing_else_differs(short, runs):
    vary, where = [f"{SIZE}=2,4,8", f"{LOAD}=250/s,500/s,1000/s"], [f"{SIZE} * 125 /s >= {LOAD}"]
    design = sweep_of(short, vary, where)
    assert len(design.points) == 6
    measures = [MeasureName.parse("P(NULL)")]
    outcome = sweep(short, design, measures=measures, execution=Execution(replications=3, jobs=1, runs=runs))
    effects = outcome.frames["effects"].set_index("parameter")
    # 250/s is the only load that all three sizes have, and 8 the only size that all three loads have.
    point = values(outcome, "P(NULL)", SIZE, LOAD).set_index([SIZE, LOAD])["value"]
    assert effects.loc[SIZE, "low_effect"] == point[2, "250/s"]
    assert effects.loc[SIZE, "high_effect"] == point[8, "250/s"]
    assert effects.loc[LOAD, "high_effect"] == point[8, "1000/s"]


def test_without_the_scenario_s_own_point_no_picture_speaks_of_it(short, runs):
    design = sweep_of(short, [f"{SIZE}=2,4", "machine.hz=100,1000"], [f"{SIZE} < 8"], one_at_a_time=True)
    outcome = sweep(short, design, execution=Execution(replications=2, jobs=1, runs=runs))
    assert outcome.document["sweep"]["own"] is False
    pictures = [outcome.plot[name] for name in dir(outcome.plot) if name.startswith("tornado")]
    assert {picture.options["at"] for picture in pictures} == {"mean of all points"}


def test_a_deadlock_is_told_with_its_place(tmp_path):
    crypt = sim.load("dm-crypt", {"kernel": "2.6.12", "duration": "20 s"})
    execution = Execution(replications=1, jobs=1, runs=tmp_path)
    outcome = sweep(crypt, ["tasks.writer.count=1,2"], execution=execution)
    assert outcome.frames["verdicts"]["verdict"].tolist()[-1] == "deadlock"
    told = "deadlock at 1 of 2 points, in every run at 1: count 2"
    assert told in outcome.answer
    assert outcome.answer[0].endswith(" in single runs, which say nothing of how much runs differ")


def test_what_cannot_be_run_is_told_before_anything_is(short, tmp_path):
    execution = Execution(replications=2, jobs=1, runs=tmp_path / "runs")
    with pytest.raises(ScenarioError, match="min_nr"):
        sweep(short, [f"{SIZE}=4,-1"], execution=execution)
    with pytest.raises(ScenarioError, match="random numbers of its own"):
        sweep(short, ["seed=1,2"], execution=execution)
    with pytest.raises(ValueError, match="no pool 'bio'; expected one of pool"):
        sweep(short, [f"{SIZE}=4,8"], pool="bio", execution=execution)
    assert not (tmp_path / "runs").exists()


def test_no_interval_of_what_cannot_be_negative_reaches_below_zero(line, plane):
    summary = line.frames["summary"].dropna(subset=["low"])
    assert summary["method"].eq("t").any()
    assert (summary["low"] >= 0).all()
    assert (summary.query("unit == 'share'")["high"] <= 1).all()
    effects = plane.frames["effects"]
    assert (effects[["low_effect_low", "high_effect_low"]] >= 0).all(axis=None)


def test_a_folder_of_it_is_whole(plane, tmp_path):
    home = plane.save(tmp_path / "out")
    document = load(home)
    assert document["answer"] == list(plane.answer)
    for figure in document["figures"]:
        assert (home / figure["file"]).read_bytes().startswith(b"\x89PNG")
        assert (home / figure["data"]).stat().st_size
    written = pd.read_csv(home / "summary.csv")
    assert len(written) == len(plane.frames["summary"])
