from dataclasses import replace

import pytest

from sim.conformance import Expected, compare, conform_case, judge, outcomes

OTHER = {"6.1": "6.12", "6.12": "6.1"}
CLOCK = {"timeout_jiffies", "ret_ns"}


def against_itself(case, changes, **how):
    """A case against its own recording, with `changes` of single outcomes: {op: {field: value}}."""
    recorded = outcomes(case.script.ops, case.recording.events)
    simulated = {op: replace(outcome, **changes.get(op, {})) for op, outcome in recorded.items()}
    return {result.op: result for result in compare(case.script, case.expected, how.get("to", recorded), simulated)}


def fields(comparison):
    return [difference.field for difference in comparison.differences]


def test_every_recording_agrees_with_itself(cases):
    verdict = judge(conform_case(case, case.recording.events) for case in cases.values())
    assert verdict.met
    assert verdict.total.operations.compared == verdict.total.operations.equal == 6524


def test_two_kernels_differ_only_where_the_recordings_do_or_by_their_clocks(cases):
    for (kernel, script), case in cases.items():
        crossed = conform_case(case, cases[OTHER[kernel], script].recording.events)
        judged = [comparison for comparison in crossed.comparisons if comparison.robust or comparison.stable]
        assert {field for comparison in judged for field in fields(comparison)} <= CLOCK


def test_two_kernels_differ_by_their_clocks(cases):
    crossed = conform_case(cases["6.1", "c02_timeout_phases"], cases["6.12", "c02_timeout_phases"].recording.events)
    assert not judge([crossed]).met


@pytest.mark.parametrize(
    ("name", "op", "change"),
    [
        ("a02_reserve_lifo", 0, {"src": "alloc_fn"}),
        ("a02_reserve_lifo", 0, {"attempts": ("full:fail",)}),
        ("a02_reserve_lifo", 0, {"curr_before": 5}),
        ("a02_reserve_lifo", 0, {"curr_after": 4}),
        ("a02_reserve_lifo", 0, {"elem": 0}),
        ("a02_reserve_lifo", 6, {"dst": "free_fn"}),
        ("b01_wake_latency", 1, {"wakes": ("timeout",)}),
        ("c01_timeout_backing_recovered", 1, {"timeout_jiffies": (1276,)}),
        ("e01_resize_up_idle", 0, {"rc": -12}),
        ("e01_resize_up_idle", 0, {"min_after": 2}),
        ("b04_four_waiters_one_free", 9, {"queue_head_first": (1, 2, 3, 4)}),
        ("a10_prealloc_api", 5, {"verb": "free"}),
    ],
)
def test_a_robust_operation_must_agree_in_each_field(cases, name, op, change):
    result = against_itself(cases["6.12", name], {op: change})
    assert result[op].robust
    assert fields(result[op]) == list(change)


def test_a_different_verb_is_the_only_difference_told(cases):
    result = against_itself(cases["6.12", "a01_backing_ok"], {0: {"verb": "skipped", "src": None, "attempts": None}})
    assert fields(result[0]) == ["verb"]


def test_an_element_counts_only_where_it_is_robust(cases):
    case = cases["6.12", "b10_woken_waiters_use_recovered_backing"]
    result = against_itself(case, {op.id: {"elem": 99} for op in case.script.ops})
    assert {op for op in result if fields(result[op])} == case.expected.robust_elements
    assert len(case.expected.robust_elements) == 5


@pytest.mark.parametrize(("late_ns", "differs"), [(999_000, False), (1_001_000, True), (-1_001_000, True)])
def test_a_return_may_be_a_millisecond_off(cases, late_ns, differs):
    case = cases["6.12", "b12_barge_same_task"]
    recorded = outcomes(case.script.ops, case.recording.events)
    op = next(op for op, result in against_itself(case, {}).items() if result.timed)
    assert bool(fields(against_itself(case, {op: {"ret_ns": recorded[op].ret_ns + late_ns}})[op])) is differs


@pytest.mark.parametrize(("late_ns", "differs"), [(1_499_000, False), (1_501_000, True)])
@pytest.mark.parametrize(
    ("name", "op"),
    [
        ("c01_timeout_backing_recovered", 1),
        ("c01_timeout_backing_recovered", 2),
        ("b16_free_during_slow_second_attempt", 1),
    ],
)
def test_a_return_after_a_timer_may_be_a_millisecond_and_a_half_off(cases, name, op, late_ns, differs):
    case = cases["6.12", name]
    ret_ns = outcomes(case.script.ops, case.recording.events)[op].ret_ns
    assert bool(fields(against_itself(case, {op: {"ret_ns": ret_ns + late_ns}})[op])) is differs


def test_a_return_on_which_the_recordings_disagree_is_not_judged(cases):
    case = cases["6.12", "e08_resize_down_all_held"]
    earliest, latest = case.expected.ops[0].ret_ms
    assert latest - earliest > 1
    assert not against_itself(case, {0: {"ret_ns": 0}})[0].timed


def test_without_a_recording_the_values_of_expected_take_its_place(cases):
    case = cases["6.12", "a02_reserve_lifo"]
    result = against_itself(case, {0: {"src": "alloc_fn"}, 1: {"ret_ns": 0}}, to=None)
    assert fields(result[0]) == ["src"]
    assert fields(result[1]) == ["ret_ns"]
    assert all(result[op].equal for op in result if op > 1)


def test_without_a_recording_any_value_seen_is_accepted(cases):
    case = cases["6.12", "a10_prealloc_api"]
    assert against_itself(case, {0: {"verb": "skipped"}}, to=None)[0].differs_in("verb") is False
    assert against_itself(case, {0: {"verb": "free"}}, to=None)[0].differs_in("verb") is True


def test_without_expectations_nothing_is_robust_or_stable(cases):
    case = cases["6.12", "a02_reserve_lifo"]
    result = conform_case(replace(case, expected=Expected()), case.recording.events)
    assert {comparison.standing for comparison in result.comparisons} == {"open"}
