from dataclasses import asdict

import pytest

from sim.conformance import outcomes
from sim.conformance.gfp_words import gfp_of_words
from sim.conformance.outcome import Mask, full_mask, mask_class, reduced_mask
from sim.kernel.gfp import ATOMIC, DIRECT_RECLAIM, IO, KSWAPD_RECLAIM, GfpError
from sim.kernel.versions import KernelVersion

DERIVED = ("op", "call_ns", "ret_ns", "timeout_jiffies", "slept_in_alloc_fn")
"""Fields of an outcome of which `expected` says nothing."""


def test_every_recorded_outcome_is_one_that_expected_lists(cases):
    strange = []
    for case in cases.values():
        for op, outcome in outcomes(case.script.ops, case.recording.events).items():
            known = case.expected.ops[op]
            fields = {name: value for name, value in asdict(outcome).items() if name not in DERIVED}
            strange += [
                (case.kernel, case.script.name, op, name, value)
                for name, value in fields.items()
                if not known.allows(name, value)
            ]
    assert strange == []


def test_every_recorded_return_lies_in_the_range_that_expected_gives(cases):
    rounding = 0.006
    for case in cases.values():
        for op, outcome in outcomes(case.script.ops, case.recording.events).items():
            span = case.expected.ops[op].ret_ms
            if span is not None and outcome.ret_ns is not None:
                assert span[0] - rounding <= outcome.ret_ns / 1e6 <= span[1] + rounding


def test_the_words_of_every_script_mean_the_mask_that_the_kernel_recorded(cases):
    for case in cases.values():
        version = KernelVersion.parse(case.kernel)
        words = {op.id: op.gfp for op in case.script.ops}
        for event in case.recording.events:
            if event.kind == "call" and not event.preallocated:
                assert gfp_of_words(words[event.op], version) == event.gfp


def test_an_unknown_word_is_refused():
    with pytest.raises(GfpError, match=r"unknown gfp word 'SOON' under kernel 6\.12"):
        gfp_of_words("NOIO|SOON", KernelVersion.parse("6.12"))


@pytest.mark.parametrize(
    ("gfp", "mask", "name"),
    [
        (DIRECT_RECLAIM | IO, reduced_mask(DIRECT_RECLAIM | IO), Mask.REDUCED),
        (DIRECT_RECLAIM | IO, full_mask(DIRECT_RECLAIM | IO), Mask.FULL),
        (ATOMIC | KSWAPD_RECLAIM, full_mask(ATOMIC | KSWAPD_RECLAIM), Mask.ONLY),
        (DIRECT_RECLAIM, DIRECT_RECLAIM, Mask.OTHER),
    ],
)
def test_a_mask_is_named_after_its_relation_to_the_callers(gfp, mask, name):
    assert mask_class(gfp, mask) is name


def test_an_operation_without_events_never_started(cases):
    case = cases["6.12", "f04_create_fails"]
    (outcome,) = outcomes(case.script.ops, case.recording.events).values()
    assert outcome.verb == "never_started"


def test_a_call_that_the_kernel_lacks_is_skipped(cases):
    case = cases["6.1", "a10_prealloc_api"]
    assert {outcome.verb for outcome in outcomes(case.script.ops, case.recording.events).values()} == {"skipped"}


def test_an_allocation_cut_off_by_the_rescue_never_returned(cases):
    case = cases["6.12", "c06_same_task_twice_deadlock"]
    outcome = outcomes(case.script.ops, case.recording.events)[1]
    assert (outcome.src, outcome.ret_ns, outcome.wakes) == ("never_returned", None, ("timeout",) * 4)


def test_an_attempt_that_slept_in_alloc_fn_is_noticed(cases):
    case = cases["6.1", "b16_free_during_slow_second_attempt"]
    slept = [
        op for op, outcome in outcomes(case.script.ops, case.recording.events).items() if outcome.slept_in_alloc_fn
    ]
    assert slept == [1, 5, 9, 13]
