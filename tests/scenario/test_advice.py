"""What is allowed but worth a warning."""

from sim.scenario import Scenario, advice


def remarks(mapping) -> list[str]:
    return [str(remark) for remark in advice(Scenario.from_mapping(mapping))]


def test_an_ordinary_scenario_needs_none(small):
    assert remarks(small) == []


def test_a_pool_without_a_reserve_is_remarked_on_by_kernel(small):
    small["pools"]["bio"]["min_nr"] = 0
    assert remarks(small) == [
        "pools.bio.min_nr: a pool without a reserve: in kernel 6.12 no free refills it or wakes anybody"
    ]
    small["kernel"] = "6.17"
    assert remarks(small) == [
        "pools.bio.min_nr: a pool without a reserve: in kernel 6.17 it behaves as a pool of one element"
    ]


def test_a_bulk_beyond_the_reserve_is_remarked_on(small):
    small["kernel"] = "7.1"
    small["tasks"]["writer"]["steps"][0] = {"alloc": {"pool": "bio", "n": 3, "bulk": True}}
    assert remarks(small) == [
        "tasks.writer.steps.0.alloc.n: the reserve of 2 can never serve 3 at once; the kernel warns of it"
    ]


def test_zeroed_memory_from_a_reserve_is_remarked_on(small):
    small["tasks"]["writer"]["gfp"] = "GFP_NOIO|__GFP_ZERO"
    assert remarks(small) == ["tasks.writer.gfp: __GFP_ZERO does nothing for an element that comes from the reserve"]


def test_a_flag_that_4_6_warns_of_is_remarked_on_there_alone(small):
    small["tasks"]["writer"]["gfp"] = "GFP_NOIO|__GFP_NOMEMALLOC"
    assert remarks(small) == []
    small["kernel"] = "4.6"
    assert remarks(small) == [
        "tasks.writer.gfp: mempool_alloc sets __GFP_NOMEMALLOC by itself, and warns of callers that do in 4.6 and 4.7"
    ]


KNOBS = {"probability": 10}


def test_fault_injection_that_nothing_asks_is_remarked_on(small):
    small["kernel"] = "7.1"
    small["pools"]["bio"] |= {"fault_injection": KNOBS, "bulk_fault_injection": KNOBS}
    assert remarks(small) == [
        "pools.bio.bulk_fault_injection: no effect: no step allocates from this pool in bulk",
    ]
    small["tasks"]["writer"]["steps"][0] = {"alloc": {"pool": "bio", "n": 2, "bulk": True}}
    assert remarks(small) == [
        (
            "pools.bio.fault_injection: no effect: this pool is only allocated from in bulk; "
            "bulk_fault_injection is what bulk calls ask"
        )
    ]


def test_an_answer_to_a_null_that_never_comes_is_remarked_on(small):
    small["kernel"] = "7.1"
    small["tasks"]["writer"]["steps"][0] = {"alloc": {"pool": "bio", "if_null": "skip"}}
    place = "tasks.writer.steps.0.alloc.if_null"
    assert remarks(small) == [f"{place}: no effect: an allocation with GFP_NOIO may sleep and never gives NULL"]
    small["tasks"]["writer"]["gfp"] = "GFP_NOWAIT"
    assert remarks(small) == []
    small["tasks"]["writer"]["steps"][0]["alloc"]["bulk"] = True
    assert remarks(small) == [f"{place}: no effect: mempool_alloc_bulk waits and never gives NULL"]


def test_there_is_nothing_to_shorten_unless_memory_makes_the_work(small):
    small["tasks"]["writer"]["steps"][0] = {"alloc": {"pool": "bio", "gfp": "GFP_NOWAIT", "if_null": "shorten"}}
    place = "tasks.writer.steps.0.alloc.if_null"
    assert remarks(small) == [f"{place}: the same as skip: the task writes neither writeback nor swap_out"]
    small["memory"] = {"ram": "64 MiB"}
    small["tasks"]["writer"]["arrivals"] = {"writeback": {"size": "64 KiB"}}
    assert not any("the same as skip" in remark for remark in remarks(small))
