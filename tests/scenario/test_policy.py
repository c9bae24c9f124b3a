"""The models of the YAML against the kernel's own values."""

import re
from dataclasses import fields

import pytest
from pydantic import TypeAdapter

from sim.kernel.call import Costs
from sim.kernel.jiffies import HZ_CHOICES
from sim.kernel.versions import KernelVersion, Semantics, Timer, Wake, semantics_of
from sim.scenario import Scenario, ScenarioError
from sim.scenario.kernel_version import KERNEL_PATTERN, Kernel
from sim.scenario.machine import MachineSpec
from sim.scenario.policy import PolicySpec


def test_all_of_the_semantics_can_be_overridden_but_calls_that_no_scenario_makes():
    left_out = {field.name for field in fields(Semantics)} - set(PolicySpec.model_fields)
    assert left_out == {"preallocated", "free_null", "destroy_needs_full_reserve", "resize_takes_gfp"}
    assert all(f"`{name}`" in PolicySpec.__doc__ for name in left_out)
    assert set(PolicySpec.model_fields) <= {field.name for field in fields(Semantics)}


def test_bulk_calls_and_fault_injection_can_be_given_to_an_old_kernel(small):
    small["pools"]["bio"] |= {"fault_injection": {"probability": 1}, "bulk_fault_injection": {"probability": 1}}
    small["tasks"]["writer"]["steps"][0] = {"alloc": {"pool": "bio", "n": 2, "bulk": True}}
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping(small)
    assert [mistake.path for mistake in caught.value.mistakes] == [
        "pools.bio.fault_injection",
        "pools.bio.bulk_fault_injection",
        "tasks.writer.steps.0.alloc.bulk",
    ]
    small["pools"]["bio"]["semantics"] = {"bulk": "sparse", "fault_injection": True}
    assert Scenario.from_mapping(small).run().document["calls"] > 0


def test_a_new_kernel_can_lose_its_bulk_calls(small):
    small |= {"kernel": "7.1", "semantics": {"bulk": "absent"}}
    small["tasks"]["writer"]["steps"][0] = {"alloc": {"pool": "bio", "n": 2, "bulk": True}}
    with pytest.raises(ScenarioError, match=r"semantics: takes mempool_alloc_bulk away from kernel 7\.1"):
        Scenario.from_mapping(small)


def test_an_empty_policy_changes_nothing():
    assert PolicySpec().applied_to(semantics_of("6.12")) == semantics_of("6.12")


def test_a_policy_changes_what_it_names():
    policy = PolicySpec.model_validate({"wake": "one", "timer": "exact", "timeout": "100 ms"})
    expected = semantics_of("6.12").override(wake=Wake.ONE, timer=Timer.EXACT, timeout=100_000_000)
    assert policy.applied_to(semantics_of("6.12")) == expected


def test_timeout_none_is_a_sleep_without_end():
    assert PolicySpec.model_validate({"timeout": "none"}).applied_to(semantics_of("6.12")).timeout is None


def test_an_override_written_and_read_again_is_the_same():
    policy = PolicySpec.model_validate({"wake": "hand_off", "timeout": "none", "order": "no_pool"})
    assert policy.model_dump(mode="json") == {"wake": "hand_off", "timeout": "none", "order": "no_pool"}


@pytest.mark.parametrize("hz", HZ_CHOICES)
def test_every_hz_of_the_kernel_can_be_chosen(hz):
    assert MachineSpec.model_validate({"hz": hz}).hz == hz


def test_the_costs_are_those_of_the_kernel_part():
    costs = MachineSpec().costs
    assert Costs(costs.attempt, costs.take, costs.free) == Costs()


@pytest.mark.parametrize(
    "text",
    [f"2.6.{n}" for n in (0, 9, 10, 39, 40)]
    + [f"{major}.{minor}" for major in range(1, 9) for minor in (0, 2, 3, 9, 10, 19, 20, 21)]
    + ["6.1.192", "2.6.34.7", "6", "6.", "06.1", "6.012", "6.12-rc1", "", "v6.12"],
)
def test_the_pattern_of_the_schema_accepts_the_kernels_that_exist(text):
    def parses() -> bool:
        try:
            KernelVersion.parse(text)
        except ValueError:
            return False
        return text != "6.012"

    assert bool(re.search(KERNEL_PATTERN, text)) == parses()


def test_a_stable_release_stays_as_it_was_written():
    assert TypeAdapter(Kernel).validate_python("6.1.192") == "6.1.192"
