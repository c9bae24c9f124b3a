"""Each file in valid/ loads, and comes back the same from what it is written as."""

import json
from pathlib import Path

import pytest

from sim.scenario import Scenario, load

FOLDER = Path(__file__).parent / "valid"
FILES = [str(file.relative_to(FOLDER)) for file in sorted(FOLDER.rglob("*.yaml"))]


@pytest.mark.parametrize("name", FILES)
def test_it_loads(name):
    assert load(FOLDER / name).name == Path(name).stem


@pytest.mark.parametrize("name", FILES)
def test_its_mapping_loads_back_equal_after_a_trip_through_json(name):
    scenario = load(FOLDER / name)
    written = json.loads(json.dumps(scenario.to_mapping(), allow_nan=False))
    again = Scenario.from_mapping(written, scenario.directory)
    assert again == scenario
    assert again.to_mapping() == written


def test_a_changed_value_makes_it_unequal():
    scenario = load(FOLDER / "quick.yaml")
    assert scenario.with_(seed=2) != scenario
    assert scenario.with_(seed=1) == scenario


def test_it_is_frozen():
    scenario = load(FOLDER / "quick.yaml")
    with pytest.raises(ValueError, match="frozen"):
        scenario.seed = 3


def test_it_knows_its_file():
    scenario = load(FOLDER / "quick.yaml")
    assert scenario.source == str(FOLDER / "quick.yaml")
    assert scenario.directory == FOLDER


def test_yaml_means_what_version_1_2_says(valid):
    scenario = load("yaml-1.2.yaml")
    assert scenario.description == "no"
    assert scenario.limits.calls == 250
    assert scenario.machine.cpus == 16
    assert scenario.machine.hz == 250
    assert scenario.pressure.first_attempt == 1e-3
    assert list(scenario.pools) == ["bio", "bvec"]


def test_a_variant_changes_what_it_says_and_keeps_the_rest(valid):
    base, variant = load("everything.yaml"), load("variant.yaml")
    assert variant.kernel == "6.19"
    assert variant.tasks["driver"].arrivals.root == (5_000_000_000,)
    assert variant.tasks["thinker"] == base.tasks["thinker"]
    assert variant.machine == base.machine


def test_another_choice_replaces_that_of_the_base(valid):
    assert set(load("variant.yaml").to_mapping()["pressure"]) == {"constant"}


def test_null_in_a_variant_removes_a_key(valid):
    variant = load("variant.yaml")
    assert variant.pools["faulty"].fault_injection is None
    assert variant.limits.calls == 20_000_000


def test_a_variant_does_not_take_its_base_s_description(valid):
    assert load("variant.yaml").description == ""


def test_a_variant_may_have_a_variant_as_its_base(valid):
    assert load("variant-of-variant.yaml").with_(seed=1, name="variant") == load("variant.yaml").with_(seed=1)


def test_csv_files_are_found_from_the_file_that_names_them(valid):
    variant = load("csv-variant.yaml")
    assert list(variant.tasks["reader"].arrivals.times) == [0, 10_000_000, 10_500_000, 4_000_000_000]
    assert variant.tasks["reader"].arrivals.file == str(Path("elsewhere/arrivals.csv"))
