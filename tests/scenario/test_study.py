"""The `study:` key: what it holds, who has it, and that a run does not care."""

from sim.scenario import Scenario, load
from sim.scenario.measures import Kind, MeasureName
from sim.scenario.targets import Target


def test_targets_and_measures_are_read(small):
    study = Scenario.from_mapping({**small, "study": {"targets": ["p99 <= 1 ms"], "measures": ["wait"]}}).study
    assert study.targets == (Target(MeasureName(Kind.QUANTILE, 0.99), 1_000_000),)
    assert study.measures == (MeasureName(Kind.WAIT),)


def test_a_study_is_part_of_the_mapping_as_it_was_written(small):
    study = {
        "question": "Who?",
        "replications": 3,
        "variants": {"a": {}, "b": {"semantics.wake": "one", "description": None}},
        "sweep": {"vary": {"pools.bio.min_nr": "1,2,4"}, "where": ["seed > 0"], "latin_hypercube": 2},
        "targets": ["p99 <= 1 ms"],
    }
    small["description"] = "Small."
    written = Scenario.from_mapping({**small, "study": study}).to_mapping()["study"]
    assert {key: written[key] for key in study} == study


def test_a_scenario_without_a_study_has_none(small):
    scenario = Scenario.from_mapping(small)
    assert scenario.study is None
    assert "study" not in scenario.to_mapping()


def test_a_variant_of_a_file_does_not_inherit_its_study(valid, tmp_path):
    (tmp_path / "variant.yaml").write_text(f"base: {(valid / 'study.yaml').resolve()}\nname: variant\n")
    assert load(tmp_path / "variant.yaml").study is None


def test_a_variant_of_a_file_has_no_study_but_its_own(valid):
    assert list(load("variant-with-study.yaml").study.variants) == ["without-warm-up", "with"]
    assert load("variant-with-study.yaml").study.sweep is None


def test_a_null_in_a_study_removes_nothing_from_the_base(valid):
    assert load("variant-with-study.yaml").warmup == load("study.yaml").warmup > 0


def test_the_verb_is_the_one_that_answers(small):
    def verb(study):
        return Scenario.from_mapping({**small, "study": study}).study.verb

    assert verb({"question": "?"}) is None
    assert verb({"targets": ["p99 <= 1 ms"]}) == "size"
    assert verb({"targets": ["p99 <= 1 ms"], "sweep": {"vary": {"warmup": "1 s,2 s"}}}) == "sweep"
    assert verb({"variants": {"a": {}}, "sweep": {"vary": {"warmup": "1 s,2 s"}}}) == "compare"
