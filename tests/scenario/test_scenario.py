"""`Scenario` in Python: built from mappings, changed by path, its semantics resolved."""

import pickle

import numpy as np
import pytest

from sim.kernel.versions import Wake, semantics_of
from sim.scenario import Scenario, ScenarioError


def mistakes_of(function, *args, **more) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        function(*args, **more)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_mapping_is_enough(small):
    assert Scenario.from_mapping(small).pools["bio"].min_nr == 2


def test_defaults_are_those_of_the_documentation(small):
    scenario = Scenario.from_mapping(small)
    assert (scenario.warmup, scenario.seed, scenario.recording) == (0, 1, "full")
    assert (scenario.machine.hz, scenario.machine.cpus) == (250, 4)
    assert scenario.pressure == "none"
    assert scenario.tasks["writer"].gfp == "GFP_NOIO"
    assert scenario.tasks["writer"].in_flight == 1


def test_mistakes_in_a_mapping_have_a_path_and_no_position(small):
    small["pools"]["bio"]["min_nr"] = -1
    assert mistakes_of(Scenario.from_mapping, small) == [
        "pools.bio.min_nr: found -1; expected a whole number from 0 to 1000000"
    ]


def test_numbers_of_numpy_are_numbers(small):
    small["pools"]["bio"]["min_nr"] = np.int64(3)
    assert Scenario.from_mapping(small).pools["bio"].min_nr == 3


def test_with_changes_a_value_by_its_path(small):
    scenario = Scenario.from_mapping(small)
    changed = scenario.with_({"pools.bio.min_nr": 16}, seed=9)
    assert (changed.pools["bio"].min_nr, changed.seed) == (16, 9)
    assert (scenario.pools["bio"].min_nr, scenario.seed) == (2, 1)


def test_with_merges_a_mapping(small):
    changed = Scenario.from_mapping(small).with_(machine={"hz": 1000}).with_(machine={"cpus": 2})
    assert (changed.machine.hz, changed.machine.cpus) == (1000, 2)


def test_with_replaces_a_choice_by_another(small):
    small["pressure"] = {"periodic": {"period": "1 s", "duty": 0.5}}
    changed = Scenario.from_mapping(small).with_(pressure={"constant": {"first_attempt": 1, "with_reclaim": 0}})
    assert list(changed.to_mapping()["pressure"]) == ["constant"]


def test_with_reaches_into_lists(small):
    changed = Scenario.from_mapping(small).with_({"tasks.writer.steps.1": {"hold": "1 ms"}, "devices": None})
    assert changed.tasks["writer"].steps[1].root.root == 1_000_000


def test_with_validates_the_whole(small):
    assert mistakes_of(Scenario.from_mapping(small).with_, {"tasks.writer.steps.0.alloc": "boi"}) == [
        "tasks.writer.steps.0.alloc: unknown pool 'boi'; expected bio; did you mean 'bio'?"
    ]


def test_a_path_through_an_unknown_name_says_which_names_there_are(small):
    assert mistakes_of(Scenario.from_mapping(small).with_, {"pools.boi.min_nr": 4}) == [
        "pools.boi: nothing called 'boi' here; expected bio; did you mean 'bio'?"
    ]


def test_a_path_through_an_unknown_key_names_the_nearest(small):
    assert mistakes_of(Scenario.from_mapping(small).with_, {"machine.cost.free": "1 us"}) == [
        (
            "machine.cost: unknown key 'cost'; expected hz, cpus, wakeup_latency, costs or start_jiffies; "
            "did you mean 'costs'?"
        )
    ]


@pytest.mark.parametrize("entry", ["3", "first", "-1"])
def test_a_path_into_a_list_needs_the_number_of_an_entry(small, entry):
    (mistake,) = mistakes_of(Scenario.from_mapping(small).with_, {f"tasks.writer.steps.{entry}.hold": "1 s"})
    assert mistake.endswith(f"found '{entry}'; expected the number of an entry, 0 to 2")


def test_a_path_through_a_plain_value_is_a_mistake(small):
    assert mistakes_of(Scenario.from_mapping(small).with_, {"duration.unit": "s"}) == [
        "duration.unit: found '10 s'; expected a mapping that has a key 'unit'"
    ]


def test_the_pool_s_own_semantics_win_over_the_scenario_s(small):
    small["semantics"] = {"wake": "one", "timeout": "none"}
    small["pools"]["bio"]["semantics"] = {"wake": "hand_off"}
    semantics = Scenario.from_mapping(small).semantics_of("bio")
    assert semantics == semantics_of("6.12").override(wake=Wake.HAND_OFF, timeout=None)


def test_without_semantics_a_pool_does_what_the_kernel_did(small):
    assert Scenario.from_mapping(small).semantics_of("bio") == semantics_of("6.12")


def test_it_travels_to_another_process(small):
    scenario = Scenario.from_mapping(small)
    assert pickle.loads(pickle.dumps(scenario)) == scenario


def test_its_mistakes_travel_to_another_process(small):
    small["seed"] = "one"
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping(small)
    assert pickle.loads(pickle.dumps(caught.value)).mistakes == caught.value.mistakes


def test_the_rejected_value_may_be_anything(small):
    small["seed"] = object()
    assert mistakes_of(Scenario.from_mapping, small)[0].startswith("seed: found <object")


def test_a_mapping_may_name_a_base(small, valid):
    assert Scenario.from_mapping({"base": "quick.yaml", "name": "mine", "seed": 4}).seed == 4


def test_it_shows_itself_in_a_line(small):
    expected = "<Scenario small: kernel 6.12, 10 s; pools bio; tasks writer>"
    assert repr(Scenario.from_mapping(small)) == str(Scenario.from_mapping(small)) == expected


def test_many_names_do_not_make_it_longer(small):
    small["pools"] = {f"p{number}": small["pools"]["bio"] for number in range(1_000)}
    small["tasks"] = {
        f"t{number}": {
            **small["tasks"]["writer"],
            "steps": [{"alloc": f"p{number}"}, {"io": "nvme"}, {"free": f"p{number}"}],
        }
        for number in range(1_000)
    }
    small["limits"] = {"calls": 10**9}
    assert "pools p0, p1, p2, ... (1,000)" in repr(Scenario.from_mapping(small))
