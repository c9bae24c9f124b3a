import pytest

import sim
from sim.catalogue import shipped
from sim.reports.scenario_text import essence, files_of, scenario_text
from sim.reports.variants import changed


@pytest.mark.parametrize("name", shipped())
def test_the_text_of_a_scenario_makes_the_same_one(name, tmp_path):
    mapping = sim.load(name).to_mapping()
    (tmp_path / "again.yaml").write_text(scenario_text(mapping))
    assert changed(mapping, sim.load(tmp_path / "again.yaml").to_mapping()) == {}


def test_what_is_as_by_default_is_left_out():
    text = scenario_text(sim.load("quickstart").to_mapping())
    assert "min_nr: 2" in text
    assert not {"costs", "hz", "limits", "memalloc", "null"} & set(text.replace(":", " ").split())


def test_short_parts_stand_in_a_line():
    lines = scenario_text(sim.load("quickstart").to_mapping()).splitlines()
    assert "    steps: [{alloc: bio}, {io: ssd}, {free: bio}]" in lines
    assert "  bio: {min_nr: 2, backing: {pages: {}}}" in lines
    assert max(map(len, lines)) <= 96


def test_the_study_is_left_out():
    mapping = {**sim.load("quickstart").to_mapping(), "study": {"variants": {"a": {}}}}
    assert "study" not in essence(mapping)


def test_a_scenario_whose_files_are_gone_is_written_in_full(tmp_path):
    (tmp_path / "holds.csv").write_text("1\n2\n")
    mapping = sim.load("quickstart").to_mapping()
    mapping["devices"]["ssd"]["latency"] = {"empirical": {"csv": "holds.csv", "unit": "ms"}}
    assert sim.Scenario.from_mapping(mapping, tmp_path)
    assert "memalloc" in scenario_text(mapping)
    assert files_of(mapping) == ["holds.csv"]


def test_text_that_looks_like_a_number_stays_text(tmp_path):
    mapping = {**sim.load("quickstart").to_mapping(), "kernel": "6.10", "name": "123"}
    (tmp_path / "again.yaml").write_text(scenario_text(mapping))
    again = sim.load(tmp_path / "again.yaml")
    assert (again.kernel, again.name) == ("6.10", "123")
