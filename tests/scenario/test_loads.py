"""Who uses memory besides the pools."""

import pytest

from sim.scenario import Scenario
from sim.scenario.loads import LoadSpec
from sim.spec import key_of
from sim.units import S


def load(closed, **processes):
    closed["load"] = processes
    return Scenario.from_mapping(closed).load


def test_each_kind_has_its_name(closed):
    size = {"size": "1 MiB", "rate": "1 MB/s"}
    held = {"working_set": "1 MiB", "rate": "1 MB/s"}
    found = load(closed, a={"dirtier": {"rate": "1 MB/s"}}, b={"reader": held}, c={"hog": size}, d={"allocator": held})
    assert [key_of(LoadSpec, one) for one in found.values()] == ["dirtier", "reader", "hog", "allocator"]


def test_a_process_is_one_and_runs_from_start_to_end_unless_it_is_told_otherwise(closed):
    one = load(closed, one={"dirtier": {"rate": "1 GB/s"}})["one"]
    assert (one.count, one.start, one.stop, one.rate) == (1, 0, None, 10**9)


def test_an_allocator_allocates_as_the_kernel_mostly_does(closed):
    held = {"working_set": "1 MiB", "rate": "1 MB/s"}
    assert load(closed, one={"allocator": held})["one"].gfp == "GFP_KERNEL"


@pytest.mark.parametrize(
    ("times", "active"),
    [
        ({}, 10),
        ({"start": "3 s"}, 7),
        ({"stop": "4 s"}, 4),
        ({"start": "3 s", "stop": "4 s"}, 1),
        ({"start": "3 s", "stop": "40 s"}, 7),
        ({"start": "12 s"}, 0),
    ],
)
def test_it_is_active_between_its_start_and_its_stop_within_the_run(closed, times, active):
    one = load(closed, one={"dirtier": {"rate": "1 GB/s", **times}})["one"]
    assert one.active(10 * S) == active * S
