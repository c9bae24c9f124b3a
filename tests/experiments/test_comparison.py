import json

import pytest
from rich.console import Console

import sim
from sim.experiments import Execution, compare, sweep
from sim.experiments.comparison.compare import pictures_of
from sim.experiments.outcome import load
from sim.scenario.measures import MeasureName

REPLICATIONS = 6


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    outages = {"good": {"exponential": {"mean": "1 s"}}, "bad": {"exponential": {"mean": "200 ms"}}}
    scenario = sim.load("quickstart", {"duration": "8 s", "warmup": "0 s", "pressure.on_off": outages})
    execution = Execution(replications=REPLICATIONS, jobs=1, runs=tmp_path_factory.mktemp("runs"))
    variants = {"two": scenario, "same": scenario.with_(name="same"), "many": scenario.with_({"pools.bio.min_nr": 64})}
    return compare(variants, execution=execution, question="How large?")


def difference(outcome, variant, measure):
    frame = outcome.frames["differences"]
    (row,) = frame[(frame["variant"] == variant) & (frame["measure"] == measure)].to_dict("records")
    return row


def test_equal_variants_are_the_same_in_every_run(two):
    words = two.frames["differences"].query("variant == 'same'")["words"]
    assert words.str.contains("the same in every run").all()
    assert "same against two: the same in every run" in two.answer


def test_a_larger_reserve_serves_more_and_the_interval_says_so(two):
    row = difference(two, "many", "fallback")
    assert row["decided"]
    assert 0 < row["low"] < row["value"] < row["high"]
    assert row["p"] <= row["p_holm"]


def test_pairs_hold_what_the_long_table_holds(two):
    table = two.table.query("measure == 'fallback' and subject == 'bio'").pivot_table(
        index="replication", columns="variant", values="value"
    )
    pairs = two.frames["pairs"].query("measure == 'fallback' and variant == 'many'")
    assert (pairs["difference"].to_numpy() == (table["many"] - table["two"]).to_numpy()).all()


def test_shares_of_paths_add_up(two):
    assert two.frames["shares"].groupby(["variant", "subject"])["share"].sum().tolist() == pytest.approx([1.0] * 3)


def test_what_ended_the_sleeps_is_what_the_measures_count(queue, tmp_path):
    sleepy = {"tasks.caller.gfp": "GFP_NOIO", "duration": "4 s", "pools.pool.min_nr": 6}
    outcome = compare(
        {"short": queue({**sleepy, "semantics.timeout": "4 ms"}), "long": queue(sleepy)},
        measures=[MeasureName.parse("wasted wakes"), MeasureName.parse("time-out wakes")],
        execution=Execution(replications=2, jobs=1, runs=tmp_path),
    )
    found = outcome.frames["wakes"].pivot_table(index="variant", columns="cause", values="share")
    assert found.sum(axis=1).to_numpy() == pytest.approx(1.0)
    counted = outcome.table[outcome.table["subject"] == "pool"].groupby(["variant", "measure"])[["amount", "of"]].sum()
    for name in ("short", "long"):
        timeouts, ended = counted.loc[(name, "time-out wakes")]
        wasted = counted.loc[(name, "wasted wakes"), "amount"]
        assert found.loc[name, "vain"] == pytest.approx(wasted / ended)
        assert found.loc[name, "timeout"] == pytest.approx(timeouts / ended)
    assert 0 < found.loc["short", "vain"] != found.loc["short", "served"] > 0
    assert found.loc["short", "timeout"] > 0


def test_pools_of_different_scenarios_do_not_stand_side_by_side(tmp_path):
    short = {"duration": "1 s", "warmup": "0 s"}
    outcome = compare(
        {"q": sim.load("quickstart", short), "e": sim.load("erlang-b", short)},
        execution=Execution(replications=2, jobs=1, runs=tmp_path),
    )
    assert not len(outcome.frames["levels"])


def test_a_comparison_that_was_kept_without_newer_frames_has_the_other_pictures(two):
    older = {name: frame for name, frame in two.frames.items() if name not in {"wakes", "levels"}}
    assert set(pictures_of(two.document, older)) == {*pictures_of(two.document, two.frames)} - {"wakes"}


def test_levels_are_those_of_pools_that_stand_side_by_side(two, tmp_path):
    assert not len(two.frames["levels"])
    scenario = sim.load("raid1-swap-private", {"duration": "3 s"})
    outcome = compare(
        {"a": scenario, "b": scenario.with_({"pools.fs_bio_set.min_nr": 8})},
        execution=Execution(replications=2, jobs=1, runs=tmp_path),
    )
    levels = outcome.frames["levels"]
    assert set(levels["subject"]) == {"fs_bio_set", "md_bio_set"}
    table = outcome.table[outcome.table["subject"].isin(["fs_bio_set", "md_bio_set"])]
    means = table.groupby(["variant", "subject", "measure"])["value"].mean()
    for row in levels.itertuples():
        assert row.value == pytest.approx(means[row.variant, row.subject, row.measure])
    assert not outcome.frames["estimates"]["measure"].isin(["outstanding", "waiters"]).any()
    assert "bottleneck" in dir(outcome.plot)


def test_estimates_lie_in_their_intervals(two):
    estimates = two.frames["estimates"].dropna(subset=["value"])
    assert ((estimates["low"] <= estimates["value"]) & (estimates["value"] <= estimates["high"])).all()


def test_the_outcome_is_the_same_for_any_number_of_workers_and_after_a_second_look(two, tmp_path):
    variants = {name: sim.Scenario.from_mapping(mapping) for name, mapping in two.document["variants"].items()}
    execution = Execution(replications=REPLICATIONS, jobs=2, runs=tmp_path / "runs")
    again = compare(variants, execution=execution, question="How large?")
    once_more = compare(variants, execution=execution, question="How large?")
    assert json.dumps(two.document) == json.dumps(again.document) == json.dumps(once_more.document)
    assert two.table.to_csv() == again.table.to_csv()


def test_the_measures_asked_for_are_the_ones_told(tmp_path):
    scenario = sim.load("quickstart", {"duration": "1 s", "warmup": "0 s"})
    outcome = compare(
        {"a": scenario, "b": scenario.with_(seed=2)},
        measures=[MeasureName.parse("p99"), MeasureName.parse("P(latency > 1 ms)")],
        execution=Execution(replications=2, jobs=1, runs=tmp_path),
    )
    assert set(outcome.frames["differences"]["measure"]) == {"p99", "P(latency > 1 ms)"}


def test_runs_without_a_call_keep_their_place(queue, tmp_path):
    rare = {"duration": "2 s", "warmup": "0 s", "tasks.caller.gfp": "GFP_NOIO"}
    rare["tasks.caller.arrivals"] = {"poisson": {"rate": "0.5/s"}}
    execution = Execution(replications=8, jobs=1, runs=tmp_path)
    outcome = compare({"a": queue(rare), "b": queue({**rare, "kernel": "7.1"})}, execution=execution)
    calls = outcome.table.query("variant == 'a' and measure == 'P(wait)' and subject == 'pool'")
    assert len(calls) == 8
    assert 0 < (calls["of"] == 0).sum() < 8, "some runs have calls, and some have none"
    assert "P(NULL)" not in set(outcome.table["measure"])


def test_what_was_asked_for_is_told_though_it_was_never_seen(tmp_path):
    scenario = sim.load("quickstart", {"duration": "1 s", "warmup": "0 s"})
    execution = Execution(replications=2, jobs=1, runs=tmp_path)
    variants = {"a": scenario, "b": scenario.with_(seed=2)}
    outcome = compare(variants, measures=[MeasureName.parse("P(deadlock)")], execution=execution)
    (row,) = outcome.document["tables"][0]["rows"]
    assert row[1] == "P(deadlock)"
    impossible = compare(variants, measures=[MeasureName.parse("P(NULL)")], execution=execution)
    assert impossible.answer == ("P(NULL): nothing here can have it",)
    assert outcome.document["measures"] == ["P(deadlock)"]
    with pytest.raises(ValueError, match="nothing here has PSI io: it is of memory"):
        compare(variants, measures=[MeasureName.parse("PSI io")], execution=execution)


def test_calls_that_waited_since_the_warm_up_are_told_of_since_nothing_counts_them(tmp_path):
    changes = {"duration": "2 s", "warmup": "1 s", "devices.ssd.queue_depth": 16}
    changes["pressure"] = {"constant": {"first_attempt": 1, "with_reclaim": 1}}
    stuck = sim.load("quickstart", changes)
    execution = Execution(replications=2, jobs=1, runs=tmp_path)
    outcome = compare({"a": stuck, "b": stuck.with_({"pools.bio.min_nr": 4})}, execution=execution)
    told = " ".join(outcome.document["notes"])
    assert "a: " in told
    assert "began in the warm-up and waited to the end of the run: no measure counts them." in told
    swept = sweep(stuck, ["pools.bio.min_nr=2,4"], execution=execution)
    assert any("At min_nr 2" in note and "no measure counts them" in note for note in swept.document["notes"])


def test_only_quantiles_are_told_to_need_calls(tmp_path):
    scenario = sim.load("quickstart", {"duration": "300 ms", "warmup": "0 s"})
    execution = Execution(replications=2, jobs=1, runs=tmp_path)
    outcome = compare({"a": scenario, "b": scenario.with_({"pools.bio.min_nr": 9})}, execution=execution)
    told = [note for note in outcome.document["notes"] if "cannot be compared by" in note]
    assert any("p99.9" in note and "needs 3,000+ calls" in note for note in told)
    assert all("p99.9" in note or "+ calls" not in note for note in told)


def test_a_folder_of_it_is_whole_and_pictures_have_their_data(two, tmp_path):
    home = two.save(tmp_path / "out")
    document = load(home)
    assert document["answer"] == list(two.answer)
    assert {figure["file"] for figure in document["figures"]} >= {"curves.png", "differences.png", "shares.png"}
    for figure in document["figures"]:
        assert (home / figure["file"]).stat().st_size > 1000
        assert (home / figure["data"]).read_text().count("\n") > 1
    with pytest.raises(FileExistsError):
        two.save(tmp_path / "out")


def test_the_page_is_no_wider_than_the_terminal(two):
    console = Console(width=80)
    with console.capture() as captured:
        console.print(two)
    assert max(map(len, captured.get().splitlines())) <= 80
    assert "How large?" in captured.get()


def test_one_variant_is_no_comparison():
    with pytest.raises(ValueError, match="expected two or more"):
        compare({"a": sim.load("quickstart")})


def test_the_baseline_is_one_of_them():
    scenario = sim.load("quickstart")
    with pytest.raises(ValueError, match="'c' is no variant; there are a, b"):
        compare({"a": scenario, "b": scenario}, baseline="c")
