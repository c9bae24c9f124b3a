"""What is allowed of memory and load but worth a warning."""

from sim.scenario import Scenario, advice


def remarks(mapping) -> list[str]:
    return [str(remark) for remark in advice(Scenario.from_mapping(mapping))]


def test_memory_that_is_used_and_written_needs_none(closed):
    assert remarks(closed) == []


def test_a_flusher_that_nothing_gives_work_is_remarked_on(closed):
    del closed["load"]
    assert remarks(closed) == ["tasks.flusher.arrivals.writeback: no work ever comes: nothing makes memory dirty"]
    closed["memory"]["at_start"]["dirty"] = "4 MiB"
    assert remarks(closed) == []


def test_a_swapper_without_anonymous_memory_is_remarked_on(closed):
    closed["memory"]["at_start"]["anon"] = 0
    text = "tasks.swapper.arrivals.swap_out: no work ever comes: there is no anonymous memory to swap out"
    assert remarks(closed) == [text]
    closed["load"]["hog"] = {"hog": {"size": "100 MiB", "rate": "100 MB/s"}}
    assert remarks(closed) == []


def test_hogs_that_outgrow_memory_and_swap_are_remarked_on_where_no_oom_killer_ends_it(closed):
    closed["load"]["hog"] = {"hog": {"count": 3, "size": "1 GiB", "rate": "100 MB/s"}}
    assert remarks(closed) == []
    closed["memory"]["oom"] = "none"
    assert remarks(closed) == [
        (
            "load.hog.hog.size: programs and the kernel grow to 3.1 GiB, with 3 GiB of memory and swap, "
            "and without an OOM killer nothing ever ends that"
        )
    ]
    closed["load"]["hog"]["hog"]["count"] = 2
    assert remarks(closed) == []


def test_so_is_a_part_of_the_kernel_that_outgrows_them_beside_nobody_who_could_be_killed(closed):
    closed["load"]["net"] = {"allocator": {"count": 3, "working_set": "1 GiB", "rate": "100 MB/s"}}
    (text,) = remarks(closed)
    assert text.startswith("load.net.allocator.working_set: programs and the kernel grow to ")
    assert text.endswith("and without a hog that the OOM killer could kill nothing ever ends that")
    closed["load"]["hog"] = {"hog": {"size": "1 MiB", "rate": "1 MB/s"}}
    assert remarks(closed) == []


def test_huge_pages_beside_a_min_free_of_ones_own_are_remarked_on(closed):
    closed["memory"] |= {"thp": True, "min_free": "8 MiB"}
    text = "no effect: what min_free says stands, whatever khugepaged would raise it to"
    assert remarks(closed) == [f"memory.thp: {text}"]


def test_load_that_comes_after_the_end_is_remarked_on(closed):
    closed["load"]["late"] = {"dirtier": {"rate": "1 MB/s", "start": "10 s"}}
    assert remarks(closed) == ["load.late.dirtier.start: no effect: it begins at '10 s', when the run is over"]


def test_freeing_memory_that_is_not_there_is_remarked_on(small):
    small["tasks"]["writer"]["memalloc"] = True
    text = "tasks.writer.memalloc: no effect: without memory: it makes no difference who frees it"
    assert remarks(small) == [text]
