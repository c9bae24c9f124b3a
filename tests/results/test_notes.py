import pytest

from sim.results.notes import name_of, notes


def row(**changes: object) -> dict:
    """A row in which everything happened and nothing is left open."""
    shares = {key: {"at_most": None} for key in ("first_attempt", "null")}
    quiet = {"pool": "bio", "task": "writer", "total": False, "calls": 9, "latency": {}, "paths": {"unfinished": 0}}
    return {**quiet, "shares": shares, **changes}


def arrival(offered: int, late: int, in_flight: int = 1) -> dict:
    return {"in_flight": in_flight, "offered": offered, "begun": offered, "late": late}


def noted(rows: list[dict], arrivals: dict | None = None, *, streaming: bool = False, warmup_ns: int = 0) -> list[str]:
    """The notes after the one on single runs."""
    return list(notes(rows, arrivals or {}, seed=1, streaming=streaming, warmup_ns=warmup_ns))[1:]


def test_where_nothing_is_left_open_there_is_nothing_more_to_say():
    assert noted([row()], {"writer": arrival(1000, 10)}) == []


def test_arrivals_that_waited_for_their_task_are_noted():
    assert noted([row()], {"writer": arrival(12_100, 9_700)}) == [
        "9,700 of 12,100 arrivals of writer (in_flight: 1) had to wait for their task: no latency contains that wait."
    ]


def test_arrivals_of_several_classes_share_one_note():
    (note,) = noted([row()], {"a": arrival(100, 2), "quiet": arrival(100, 1), "b": arrival(50, 50, 8)})
    assert "2 of 100 arrivals of a (in_flight: 1), 50 of 50 arrivals of b (in_flight: 8) had to wait" in note
    assert "quiet" not in note


@pytest.mark.parametrize("rows", [1, 3])
def test_bounds_are_explained_once(rows):
    bounded = row(shares={"null": {"at_most": 0.3}})
    assert noted([bounded] * rows) == [
        (
            "<= is 3/calls, a 95 % bound if calls were independent: no such call was seen. Outages make calls fail "
            "together, so that the true share may be higher."
        )
    ]


@pytest.mark.parametrize(
    "shares", [{"null": {"at_most": 0.0}}, {"unfinished": {"at_most": 0.3}}], ids=["impossible", "shown as a count"]
)
def test_bounds_that_are_not_shown_are_not_explained(shares):
    assert noted([row(shares=shares)]) == []


def test_a_total_is_named_as_no_class_can_be():
    assert name_of(row(task="all")) == "all"
    assert name_of(row(task="all", total=True)) == "(all)"


@pytest.mark.parametrize(
    ("kills", "said"),
    [(0, []), (1, ["The OOM killer took 1 victim."]), (1234, ["The OOM killer took 1,234 victims."])],
)
def test_victims_of_the_oom_killer_are_noted(kills, said):
    killed = notes([row()], {}, seed=1, streaming=False, warmup_ns=0, memory={"vmstat": {"oom_kill": kills}})
    assert list(killed)[1:] == said


def test_calls_that_have_waited_since_the_warm_up_are_told_of():
    said = notes([row()], {}, {"bio": {"waiting_since_warmup": 1200}}, seed=1, streaming=False, warmup_ns=1)
    assert any("1,200 calls to bio began in the warm-up and waited to the end" in note for note in said)
    said = notes([row()], {}, {"bio": {"waiting_since_warmup": 0}}, seed=1, streaming=False, warmup_ns=1)
    assert not any("warm-up" in note for note in said)
