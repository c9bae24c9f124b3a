from pathlib import Path

import pytest

import sim
from sim.reports.limits import limits

README = " ".join((Path(__file__).parents[2] / "README.md").read_text().split())


def of(name, **changes):
    return " ".join(limits([{**sim.load(name).to_mapping(), **changes}]))


def test_the_limits_of_the_readme_are_told():
    stated = README.partition("Limits worth knowing: ")[2].partition(". A single run")[0]
    told = of("quickstart", kernel="2.6.34")
    assert "slab cache has the lists of one CPU" in stated
    assert "allocation from interrupts and NUMA are not modelled" in stated
    assert "what kernels before 6.1 and after 6.12 do was read in their source, not recorded" in stated
    assert "slab cache has the lists of one CPU" in told
    assert "allocation from interrupts and NUMA are not modelled" in told
    assert "hat kernels before 6.1 and after 6.12 do was read in their source, not recorded" in told


@pytest.mark.parametrize(("kernel", "recorded"), [("6.0", False), ("6.1", True), ("6.12", True), ("6.13", False)])
def test_only_recorded_kernels_go_without_a_word(kernel, recorded):
    assert ("read in their source" in of("quickstart", kernel=kernel)) is not recorded


def test_several_kernels_are_named_oldest_first():
    base = sim.load("quickstart").to_mapping()
    told = list(limits({**base, "kernel": kernel} for kernel in ("7.1", "2.6.34", "6.12", "4.9")))
    assert any(sentence.endswith("here: 2.6.34, 4.9, 7.1.") for sentence in told)


def test_what_is_told_of_memory_suits_the_scenario():
    assert "by a schedule" in of("quickstart")
    assert "no memory cgroups" not in of("quickstart").replace("there are ", "")
    assert "by a schedule" not in of("guest-320m")
    assert "memory cgroups" in of("guest-320m")
