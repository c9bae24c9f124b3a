"""The memory of a scenario: its zones, its watermarks, and what the checks compare with them."""

import pytest

from sim.kernel.vm.watermarks import Watermarks
from sim.scenario import Scenario, ScenarioError
from sim.units import MS, US
from sim.workload.distributions import Lognormal


def memory(small, spec, kernel="6.12"):
    small["kernel"] = kernel
    return Scenario.from_mapping({**small, "memory": spec}).memory


def test_defaults_are_those_of_the_documentation(small):
    found = memory(small, {"ram": "1 GiB"})
    assert (found.thp, found.swap, found.swappiness, found.referenced) == (False, "none", 60, 0.3)
    assert (found.dirty_background_ratio, found.dirty_ratio) == (10, 20)
    assert (found.costs.fault, found.costs.scan, found.costs.free) == (1_000, 300, 700)
    assert found.kswapd_delay == 100 * US
    assert found.oom == Lognormal(median="500 ms", sigma=0.5)
    assert found.oom.median == 500 * MS
    assert found.at_start.total == 0


def test_a_scenario_without_memory_has_none(small):
    scenario = Scenario.from_mapping(small)
    assert (scenario.memory, scenario.load) == (None, {})


def test_ram_is_one_zone(small):
    assert memory(small, {"ram": "16 MiB"}).pages == {"Normal": 4096}


def test_zones_come_lowest_first_in_whatever_order_they_are_written(small):
    found = memory(small, {"zones": {"Normal": "1 GiB", "DMA": "16 MiB", "DMA32": "2 GiB"}})
    assert list(found.pages.items()) == [("DMA", 4096), ("DMA32", 524_288), ("Normal", 262_144)]
    assert found.total == (3 << 30) + (16 << 20)


def test_a_machine_may_have_no_memory_above_4_gib(small):
    assert list(memory(small, {"zones": {"DMA": "16 MiB", "DMA32": "304 MiB"}}).pages) == ["DMA", "DMA32"]


@pytest.mark.parametrize(
    ("spec", "kernel", "marks"),
    [
        ({}, "6.12", (1024, 1286, 1548)),
        ({}, "4.5", (1024, 1280, 1536)),
        ({"min_free": "8 MiB"}, "4.5", (2048, 2560, 3072)),
        ({"watermark_scale_factor": 100}, "6.12", (1024, 1024 + 2621, 1024 + 2 * 2621)),
        ({"watermarks": {"min": "4 MiB", "low": "5 MiB", "high": "6 MiB"}}, "6.12", (1024, 1280, 1536)),
    ],
)
def test_the_watermarks_are_the_kernel_s_or_those_given(small, spec, kernel, marks):
    assert memory(small, {"ram": "1 GiB", **spec}, kernel).marks(kernel) == {"Normal": Watermarks(*marks)}


def test_huge_pages_raise_them(small):
    spec = {"ram": "4 GiB"}
    without, raised = memory(small, spec).marks("6.12"), memory(small, {**spec, "thp": True}).marks("6.12")
    assert raised["Normal"].min > without["Normal"].min


def test_memory_may_be_used_down_to_half_of_min_and_no_further(small):
    # 262,144 pages, of which MIN is 1,024; two of the kernel's are the reserve.
    spec = {"ram": "1 GiB", "at_start": {"clean": f"{(262_144 - 512 - 2) * 4} KiB", "kernel": "8 KiB"}}
    assert memory(small, spec).at_start.clean == 261_630 * 4096
    spec["at_start"]["kernel"] = "12 KiB"
    with pytest.raises(ScenarioError, match=r"memory\.at_start: 1,020 MiB in use of 1 GiB"):
        memory(small, spec)


def test_the_amount_that_is_suggested_fits(small):
    spec = {"ram": "1 GiB", "at_start": {"clean": "1 GiB"}}
    with pytest.raises(ScenarioError) as caught:
        memory(small, spec)
    spec["at_start"]["clean"] = str(caught.value).rpartition("expected at most ")[2]
    memory(small, spec)


def test_swappiness_above_100_came_with_5_8(small):
    assert memory(small, {"ram": "1 GiB", "swappiness": 200}, "5.8").swappiness == 200
    with pytest.raises(ScenarioError, match=r"expected at most 100 in kernel 5\.7, or kernel 5\.8 or later"):
        memory(small, {"ram": "1 GiB", "swappiness": 101}, "5.7")


def test_a_pressure_of_none_may_stand_beside_memory(small):
    small["pressure"] = "none"
    assert memory(small, {"ram": "1 GiB"}).ram == 1 << 30


def test_mistakes_inside_memory_do_not_hide_what_is_wrong_around_it(small):
    small |= {"memory": {"ram": 16}, "pressure": {"constant": {"first_attempt": 1, "with_reclaim": 0}}}
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping(small)
    assert sorted(map(str, caught.value.mistakes)) == [
        "memory.ram: found 16; expected a size with its unit, such as '4 KiB'",
        "memory: memory and pressure exclude each other; expected one of them",
    ]


def test_load_that_cannot_use_memory_with_mistakes_is_not_told_that_there_is_none(closed):
    closed["memory"]["ram"] = "16"
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping(closed)
    assert [mistake.path for mistake in caught.value.mistakes] == ["memory.ram"]
