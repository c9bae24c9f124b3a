from dataclasses import replace

import pytest

from sim.conformance import Kind, check_rules
from sim.kernel.gfp import DIRECT_RECLAIM, NORETRY


def broken(events):
    return {deviation.rule for deviation in check_rules(events)}


def places(events, kind, **fields):
    """Where events of a kind with these fields are, operations of the script only."""
    return [
        index
        for index, event in enumerate(events)
        if event.kind is kind and event.op >= 0 and all(getattr(event, name) == fields[name] for name in fields)
    ]


def change(events, index, **fields):
    events[index] = replace(events[index], **fields)


def swap(events, one, other):
    """Exchange what two events say, not when they happen."""
    first, second = events[one], events[other]
    events[one] = replace(second, seq=first.seq, t_ns=first.t_ns)
    events[other] = replace(first, seq=second.seq, t_ns=second.t_ns)


def test_every_recording_obeys_every_rule(cases):
    deviations = [
        (kernel, script, deviation)
        for (kernel, script), case in cases.items()
        for deviation in check_rules(case.recording.events, kernel=kernel)
    ]
    assert deviations == []


def test_a_first_attempt_with_the_full_mask_breaks_rule_1(recorded):
    events = recorded("a04")
    first = places(events, Kind.ATTEMPT)[0]
    change(events, first, gfp=events[first].gfp | DIRECT_RECLAIM)
    assert broken(events) == {1}


def test_a_second_attempt_with_the_reduced_mask_breaks_rule_1(recorded):
    events = recorded("a05")
    second = next(index for index in places(events, Kind.ATTEMPT) if events[index].gfp & DIRECT_RECLAIM)
    change(events, second, gfp=events[second].gfp & ~DIRECT_RECLAIM)
    assert broken(events) == {1}


def test_an_attempt_after_a_wake_without_noretry_breaks_rule_1(recorded):
    events = recorded("b01")
    woken = next(index for index in places(events, Kind.ATTEMPT) if events[index - 1].kind is Kind.RUN)
    change(events, woken, gfp=events[woken].gfp & ~NORETRY)
    assert broken(events) == {1}


def test_a_failed_attempt_that_returns_from_alloc_fn_breaks_rule_2(recorded):
    events = recorded("a03")
    change(events, places(events, Kind.ATTEMPT, ok=True)[0], ok=False)
    assert broken(events) == {2}


def test_taking_the_oldest_element_of_the_reserve_breaks_rule_2(recorded):
    events = recorded("a02")
    change(events, places(events, Kind.RET, src="reserve")[0], elem=0)
    assert 2 in broken(events)


def test_a_second_attempt_while_the_reserve_holds_elements_breaks_rule_2(recorded):
    events = recorded("a02")
    first = places(events, Kind.ATTEMPT)[0]
    full = replace(events[first], gfp=events[first].gfp | DIRECT_RECLAIM, t_ns=events[first].t_ns + 2_000)
    change(events, first + 1, attempts=2)
    events.insert(first + 1, full)
    assert broken(events) == {2}


def test_a_wrong_level_after_a_take_breaks_rule_2(recorded):
    events = recorded("a02")
    taken = places(events, Kind.RET, src="reserve")[0]
    change(events, taken, curr_nr=events[taken].curr_nr + 1)
    assert broken(events) == {2}


def test_sleeping_after_the_first_attempt_breaks_rule_3(recorded):
    events = recorded("b01")
    asleep = places(events, Kind.SLEEP)[0]
    del events[asleep - 1]
    assert 3 in broken(events)


def test_null_for_a_mask_that_may_sleep_breaks_rule_4(recorded):
    events = recorded("b01")
    asleep = places(events, Kind.SLEEP)[0]
    change(events, asleep, kind=Kind.RET, src="null", attempts=2)
    assert 4 in broken(events)


def test_sleeping_with_a_mask_that_may_not_breaks_rule_4(recorded):
    events = recorded("a08")
    null = places(events, Kind.RET, src="null")[0]
    change(events, null, kind=Kind.SLEEP)
    assert 4 in broken(events)


def test_a_wake_without_an_attempt_breaks_rule_5(recorded):
    events = recorded("b04")
    again = next(index for index in places(events, Kind.SLEEP) if events[index - 2].kind is Kind.RUN)
    del events[again - 1]
    assert 5 in broken(events)


def test_two_attempts_for_one_wake_break_rule_5(recorded):
    events = recorded("b04")
    again = next(index for index in places(events, Kind.SLEEP) if events[index - 2].kind is Kind.RUN)
    events.insert(again, events[again - 1])
    assert 5 in broken(events)


def test_an_interruptible_sleep_breaks_rule_5(recorded):
    events = recorded("b01")
    change(events, places(events, Kind.SLEEP)[0], state=1)
    assert broken(events) == {5}


def test_a_miscounted_attempt_breaks_rule_5(recorded):
    events = recorded("b01")
    change(events, places(events, Kind.RET)[0], attempts=2)
    assert broken(events) == {5}


def test_waking_the_oldest_sleeper_first_breaks_rule_6(recorded):
    events = recorded("b04")
    woken = places(events, Kind.WAKING, ctx="task")
    swap(events, woken[0], woken[1])
    assert broken(events) == {6}


def test_waking_one_sleeper_instead_of_all_breaks_rule_6(recorded):
    events = recorded("b04")
    woken = places(events, Kind.WAKING, ctx="task")
    del events[woken[1]]
    assert 6 in broken(events)


def test_a_wake_by_a_task_that_frees_nothing_breaks_rule_6(recorded):
    events = recorded("e05")
    resize, asleep = places(events, Kind.RESIZE_RET)[0], places(events, Kind.SLEEP)[0]
    woken = replace(events[asleep], kind=Kind.WAKING, ctx="task", by=events[resize].task, jiffy=events[resize].jiffy)
    events.insert(resize, woken)
    assert 6 in broken(events)


def test_a_free_to_free_fn_below_the_minimum_breaks_rule_7(recorded):
    events = recorded("d01")
    freed = places(events, Kind.FREE_RET, dst="reserve")[0]
    given = replace(events[freed], kind=Kind.FREE_FN)
    change(events, freed, dst="free_fn", curr_nr=events[freed].curr_nr - 1)
    events.insert(freed, given)
    assert 7 in broken(events)


def test_a_free_to_a_full_reserve_breaks_rule_7(recorded):
    events = recorded("a01")
    freed = places(events, Kind.FREE_RET, dst="free_fn")[0]
    change(events, freed, dst="reserve")
    assert 7 in broken(events)


def test_a_free_counted_wrong_breaks_rule_7(recorded):
    events = recorded("d01")
    freed = places(events, Kind.FREE_RET, dst="reserve")[0]
    change(events, freed, curr_nr=events[freed].curr_nr - 1)
    assert broken(events) == {7}


def test_a_resize_that_frees_from_the_bottom_breaks_rule_8(recorded):
    events = recorded("e02")
    freed = places(events, Kind.FREE_FN)
    swap(events, freed[0], freed[1])
    assert broken(events) == {8}


def test_a_resize_that_stops_without_a_failure_breaks_rule_8(recorded):
    events = recorded("e01")
    del events[places(events, Kind.ATTEMPT)[-1]]
    assert broken(events) == {8}


def test_a_resize_that_goes_on_after_a_failure_breaks_rule_8(recorded):
    events = recorded("e03")
    failed = next(index for index in places(events, Kind.ATTEMPT) if events[index - 1].kind is Kind.RESIZE_CALL)
    events.insert(failed, events[failed])
    assert broken(events) == {8}


def test_a_resize_that_reports_failure_breaks_rule_8(recorded):
    events = recorded("e03")
    change(events, places(events, Kind.RESIZE_RET)[0], rc=-12)
    assert broken(events) == {8}


def test_a_shrinking_resize_that_calls_alloc_fn_breaks_rule_8(recorded):
    events, other = recorded("e08"), recorded("e03")
    failed = next(index for index in places(other, Kind.ATTEMPT) if other[index - 1].kind is Kind.RESIZE_CALL)
    called = places(events, Kind.RESIZE_CALL)[0]
    events.insert(called + 1, replace(other[failed], op=events[called].op, t_ns=events[called].t_ns))
    assert broken(events) == {8}


@pytest.mark.parametrize("jiffies", [-1, 1])
def test_a_time_out_one_jiffy_off_breaks_rule_9(recorded, jiffies):
    events = recorded("c01")
    woken = places(events, Kind.WAKING, ctx="softirq")[0]
    change(events, woken, jiffy=events[woken].jiffy + jiffies)
    assert broken(events) == {9}


def test_time_outs_of_one_jiffy_oldest_first_break_rule_9(recorded):
    events = recorded("c02")
    woken = places(events, Kind.WAKING, ctx="softirq")
    one = next(index for index in woken if events[index + 1].jiffy == events[index].jiffy and index + 1 in woken)
    swap(events, one, one + 1)
    assert broken(events) == {9}


def test_a_time_out_that_never_comes_breaks_rule_9(recorded):
    events = recorded("c01")
    woken = places(events, Kind.WAKING, ctx="softirq")[0]
    op = events[woken].op
    kept = [event for event in events if event.op != op or event.seq < events[woken].seq]
    assert 9 in broken(kept)


def test_a_refill_of_a_pool_with_minimum_zero_breaks_rule_10(recorded):
    events = recorded("f03")
    change(events, places(events, Kind.FREE_RET, dst="free_fn")[0], dst="reserve")
    assert 10 in broken(events)


def test_a_wake_by_a_free_to_a_pool_with_minimum_zero_breaks_rule_10(recorded):
    events = recorded("f03")
    freed, asleep = places(events, Kind.FREE_RET)[0], places(events, Kind.SLEEP)[0]
    woken = replace(events[asleep], kind=Kind.WAKING, ctx="task", by=events[freed].task, jiffy=events[freed].jiffy)
    events.insert(freed, woken)
    assert 10 in broken(events)


def test_an_element_got_by_a_resize_that_slept_in_alloc_fn_arrives_only_then(recorded):
    events = recorded("e01")
    filled = places(events, Kind.ATTEMPT)
    change(events, filled[-1], dur_ns=60_000_000)
    assert broken(events) == set()
