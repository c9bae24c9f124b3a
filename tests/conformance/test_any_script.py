"""The simulator on scripts that no kernel ran: whatever they ask, the rules hold."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.conformance import Script, check_rules, outcomes
from sim.conformance.script import Verb
from sim.conformance.simulate import simulate
from sim.pressure.windows import Mode

GFP = ("KERNEL", "NOIO", "NOFS", "NOWAIT", "ATOMIC", "DR", "IO|FS", "NONE", "IO|KSWAPD", "NOIO|HIGH", "KERNEL|NORETRY")
VERBS = st.sampled_from([Verb.ALLOC] * 6 + [Verb.FREE] * 5 + [Verb.RESIZE, Verb.SNAP, Verb.PREALLOC])
OTHER_VERBS = VERBS.filter(lambda verb: verb is not Verb.RESIZE)
modes = st.sampled_from([str(mode) for mode in Mode])


@st.composite
def operations(draw, tasks):
    """Operations that fall on, before and after one another, with frees of empty slots among them.

    Only task 0 resizes: what two overlapping resizes leave behind is no rule of the recordings.
    """
    size = draw(st.integers(1, 24))
    tasks_of = draw(st.lists(st.integers(0, tasks - 1), min_size=size, max_size=size))
    return [
        {
            "id": op,
            "task": task,
            "verb": draw(VERBS if task == 0 else OTHER_VERBS),
            "gfp": draw(st.sampled_from(GFP)),
            "slot": task * 100 + draw(st.integers(0, 3)),
            "n": draw(st.integers(1, 6)),
            draw(st.sampled_from(["at_ms", "after_ms"])): draw(st.sampled_from([0, 0, 1, 5, 14, 60, 300, 2000])),
        }
        for op, task in enumerate(tasks_of)
    ]


@st.composite
def scripts(draw):
    tasks = draw(st.integers(1, 4))
    lengths = st.sampled_from([50, 500, 3000, 20_000])
    windows = [
        {"from_ms": start, "to_ms": start + draw(lengths), "mode": draw(modes)}
        for start in draw(st.lists(st.integers(0, 3000), max_size=3))
    ]
    calls = [
        {"from_call": first, "to_call": first + draw(st.integers(0, 9)), "mode": draw(modes)}
        for first in draw(st.lists(st.integers(1, 40), max_size=2))
    ]
    return Script.model_validate(
        {
            "name": "any",
            "pool": {"min_nr": draw(st.integers(0, 4))},
            "backing": windows,
            "backing_calls": calls,
            "alloc_fn_latency_ms": draw(st.sampled_from([0, 0, 4, 60, 300])),
            "prealloc_fail_from": draw(st.sampled_from([None] * 9 + [1])),
            "rescue_ms": 14_000,
            "tasks": [{"id": task} for task in range(tasks)],
            "ops": draw(operations(tasks)),
        }
    )


def run(script, kernel):
    events = sorted(simulate(script, kernel, 2_147_411_629, -1.3), key=lambda event: event.t_ns)
    return [replace(event, seq=seq) for seq, event in enumerate(events)]


@pytest.mark.parametrize("kernel", ["6.1", "6.12"])
@given(script=scripts())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_every_rule_holds_whatever_the_script(kernel, script):
    assert check_rules(run(script, kernel), kernel=kernel) == []


@pytest.mark.parametrize("kernel", ["6.1", "6.12"])
@given(script=scripts())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_elements_are_numbered_by_the_calls_of_alloc_fn_that_succeed(kernel, script):
    events = run(script, kernel)
    served = [outcome for outcome in outcomes(script.ops, events).values() if outcome.src in ("alloc_fn", "reserve")]
    # An attempt is logged at its start, and its element numbered when it succeeds, which may be a reclaim later.
    attempts = sorted(events, key=lambda event: event.t_ns + event.dur_ns)
    got = [event.elem for event in attempts if event.kind == "attempt" and event.ok]
    assert got == list(range(len(got)))
    assert {outcome.elem for outcome in served} <= set(got)


@given(script=scripts())
@settings(max_examples=10, deadline=None, derandomize=True)
def test_the_same_script_gives_the_same_events(script):
    assert run(script, "6.12") == run(script, "6.12")


def fixed(latency_ms, ops, backing=(), backing_calls=(), min_nr=1):
    """A script of three tasks; an operation is given as (task, verb, at_ms, rest)."""
    listed = [
        {"id": i, "task": task, "verb": verb, "at_ms": at, **rest} for i, (task, verb, at, rest) in enumerate(ops)
    ]
    return Script.model_validate(
        {
            "name": "fixed",
            "pool": {"min_nr": min_nr},
            "backing": list(backing),
            "backing_calls": list(backing_calls),
            "alloc_fn_latency_ms": latency_ms,
            "rescue_ms": 3000,
            "tasks": [{"id": 0}, {"id": 1}, {"id": 2}],
            "ops": listed,
        }
    )


FAILS = {"from_ms": 0, "to_ms": 10_000, "mode": "fail"}


def test_two_that_end_their_reclaim_in_one_jiffy_take_the_cpu_one_after_the_other():
    ops = [
        (0, "alloc", 10, {"gfp": "NOIO", "slot": 0}),
        (1, "alloc", 30, {"gfp": "NOIO", "slot": 1}),
        (2, "alloc", 130, {"gfp": "NOIO", "slot": 2}),
        (0, "free", 300, {"slot": 0}),
        (2, "free", 600, {"slot": 2}),
    ]
    assert check_rules(run(fixed(60, ops, [FAILS]), "6.12"), kernel="6.12") == []


def test_what_a_resize_gives_back_is_its_own_and_at_its_own_time():
    ops = [
        (0, "alloc", 5, {"gfp": "NOWAIT", "slot": 0}),
        (1, "alloc", 6, {"gfp": "NOWAIT", "slot": 1}),
        (2, "resize", 10, {"n": 3}),
        (0, "free", 20, {"slot": 0}),
        (1, "free", 21, {"slot": 1}),
    ]
    assert check_rules(run(fixed(60, ops), "6.12"), kernel="6.12") == []


@pytest.mark.parametrize(
    "never",
    [
        {"backing": [{"from_ms": 9, "to_ms": 3, "mode": "fail"}]},
        {"backing_calls": [{"from_call": 5, "to_call": 3, "mode": "fail"}]},
        {"backing_calls": [{"from_call": 0, "to_call": 0, "mode": "fail"}]},
    ],
)
def test_a_window_that_ends_before_it_begins_never_holds(never):
    script = fixed(0, [(0, "alloc", 5, {"gfp": "NOWAIT", "slot": 0})], **never)
    (outcome,) = outcomes(script.ops, run(script, "6.12")).values()
    assert outcome.src == "alloc_fn"
