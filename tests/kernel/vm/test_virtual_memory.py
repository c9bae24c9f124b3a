import pytest

from sim.kernel.vm import PageState, Resource, Thread

KERNEL, ANON = PageState.KERNEL, PageState.ANON
MS = 1_000_000


def test_reserves_are_part_of_what_the_kernel_has_in_use_at_the_start(machine):
    of = machine(at_start={KERNEL: 1_000})
    of.memory.claim(900)
    assert of.pages[KERNEL] == 1_000


def test_reserves_that_are_more_than_that_are_taken_from_what_is_free(machine):
    of = machine(at_start={KERNEL: 1_000})
    of.memory.claim(1_300)
    assert of.pages[KERNEL] == 1_300
    assert of.node.free + of.node.pcp_count == 100_000 - 1_300


def test_reserves_that_do_not_fit_are_a_mistake(machine):
    of = machine(at_start={ANON: 99_000})
    with pytest.raises(ValueError, match="reserves of 1001 pages do not fit"):
        of.memory.claim(1_001)


def test_what_a_task_computes_takes_a_processor_and_counts_as_productive(machine):
    of = machine()
    of.end_of(of.memory.compute(Thread(), 500))
    assert of.env.now == 500
    with pytest.raises(ValueError, match="productive tasks: 0"):
        of.memory.psi.runs(-1, int(of.env.now))


def test_a_wait_for_io_leaves_the_processor_and_is_a_stall_on_io(machine):
    of = machine()
    thread = Thread()
    of.end_of(of.memory.compute(thread, MS))
    of.start(of.memory.wait_for_io(thread, iter([of.env.timeout(3 * MS), of.env.timeout(5 * MS)])))
    of.run(2 * MS)
    assert not thread.running
    of.run(10 * MS)
    assert of.memory.psi.read(Resource.IO, 10 * MS).some.total_us == 5_000
    assert of.memory.psi.read(Resource.MEMORY, 10 * MS).some.total_us == 0


def test_who_need_not_wait_keeps_his_processor(machine):
    of = machine()
    thread = Thread()
    of.end_of(of.memory.compute(thread, 1))
    assert list(of.memory.wait_for_io(thread, ())) == []
    assert thread.running


def test_reading_back_what_was_reclaimed_too_early_is_a_stall_on_both(machine):
    of = machine()
    of.end_of(of.memory.read_back(Thread(), 7 * MS))
    assert [of.memory.psi.read(resource, 7 * MS).some.total_us for resource in Resource] == [7_000, 7_000]


@pytest.mark.parametrize("kernel", ["2.6.18", "4.7", "6.12"])
def test_a_machine_at_rest_stays_as_it_is(machine, kernel):
    of = machine(kernel=kernel, at_start={ANON: 10_000, PageState.CLEAN: 20_000}, swap_size=100)
    before = dict(of.pages)
    of.run(600_000 * MS)
    assert of.pages == before
    assert of.node.vmstat == {}
