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
