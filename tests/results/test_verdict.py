import json
from dataclasses import replace

import pytest

from sim.results.verdict import SHOWN, Holding, Stuck, Verdict, Word, named


def stuck(**changed):
    values = {
        "task": "writer",
        "member": 0,
        "worker": 0,
        "holds": (Holding("pages", 128),),
        "locks": (),
        "pool": "pages",
        "n": 1,
        "lock": None,
        "since_ns": 2_100_000_000,
        "polls": 11,
    }
    return Stuck(**(values | changed))


def test_a_verdict_comes_back_from_json_as_it_was(deadlock):
    assert Verdict.from_mapping(json.loads(json.dumps(deadlock.to_mapping()))) == deadlock


def test_a_verdict_without_a_witness_comes_back_as_it_was():
    served = Verdict(Word.SERVED, ("none of 10 calls slept or got NULL",))
    assert Verdict.from_mapping(json.loads(json.dumps(served.to_mapping()))) == served


def test_how_many_hung_is_kept_and_none_in_what_was_kept_before_it_was_counted():
    hung = Verdict(Word.DEGRADED, ("hung: writer[1]",), hung=3)
    assert Verdict.from_mapping(json.loads(json.dumps(hung.to_mapping()))).hung == 3
    older = {key: value for key, value in hung.to_mapping().items() if key != "hung"}
    assert Verdict.from_mapping(older).hung == 0


def test_the_headline_says_since_when_and_why(deadlock):
    assert deadlock.headline == "deadlock since 2.1 s: a cycle of 2 tasks, with 1 more behind it"


def test_the_headline_of_a_run_that_was_served_has_no_time():
    assert Verdict(Word.SERVED, ("none of 10 calls slept",)).headline == "served: none of 10 calls slept"


def test_the_details_are_tasks_exits_and_the_rest_of_the_evidence(deadlock):
    details = list(deadlock.details)
    assert details == [
        *map(str, deadlock.witness.tasks),
        *deadlock.witness.exits,
        *deadlock.evidence[1:],
    ]
    assert len(details) == 4


def test_printed_it_is_the_headline_and_the_details_below(deadlock):
    first, *rest = str(deadlock).splitlines()
    assert first == deadlock.headline
    assert rest == [f"  {line}" for line in deadlock.details]
    assert repr(deadlock) == f"<Verdict {deadlock.headline}>"


def test_of_a_large_cycle_some_tasks_are_shown_and_the_others_counted(deadlock):
    witness = replace(deadlock.witness, tasks=(stuck(),) * 20, size=1_000)
    details = list(replace(deadlock, witness=witness).details)
    assert details[:SHOWN] == [str(stuck())] * SHOWN
    assert details[SHOWN] == f"and {1_000 - SHOWN} more tasks like them"


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, "writer[0] holds 128 of pages, wants 1 more since 2.1 s, asked 11 times in vain"),
        ({"polls": 1}, "writer[0] holds 128 of pages, wants 1 more since 2.1 s, asked 1 time in vain"),
        ({"holds": ()}, "writer[0] holds nothing, wants 1 of pages since 2.1 s, asked 11 times in vain"),
        (
            {"holds": (Holding("bio", 2),), "locks": ("builder",), "n": 8},
            "writer[0] holds 2 of bio and lock builder, wants 8 of pages since 2.1 s, asked 11 times in vain",
        ),
        (
            {"holds": (Holding("pages", 8), Holding("bio", 2))},
            "writer[0] holds 8 of pages and 2 of bio, wants 1 more of pages since 2.1 s, asked 11 times in vain",
        ),
        (
            {"pool": None, "lock": "builder", "polls": 0},
            "writer[0] holds 128 of pages, wants lock builder since 2.1 s",
        ),
        (
            {"pages": 256, "polls": 0, "pool": None, "lock": "builder"},
            "writer[0] holds 128 of pages and 256 pages to write, wants lock builder since 2.1 s",
        ),
        (
            {"holds": (), "pages": 1, "pool": None, "lock": "builder"},
            "writer[0] holds 1 page to write, wants lock builder since 2.1 s",
        ),
    ],
    ids=[
        "of the same pool",
        "asked once",
        "holds nothing",
        "another pool",
        "of one of several",
        "a lock",
        "pages",
        "page",
    ],
)
def test_a_task_is_told_in_a_line(changed, text):
    assert str(stuck(**changed)) == text


def test_one_of_several_requests_in_hand_is_numbered():
    assert (named("writer", 2, 0), named("writer", 2, 3)) == ("writer[2]", "writer[2]/3")
