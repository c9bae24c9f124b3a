import pytest

from sim.experiments.running.eta import Eta, Progress, about


def test_nothing_is_claimed_before_a_run_is_finished():
    assert Eta(["a"] * 4, 1).left_s is None


def test_runs_of_a_group_last_as_long_as_its_finished_ones():
    eta = Eta(["short"] * 3 + ["long"] * 3, 1)
    eta.finished("short", 1.0)
    assert eta.left_s == pytest.approx(2 * 1 + 3 * 1), "of the long ones nothing is known yet"
    eta.finished("long", 9.0)
    assert eta.left_s == pytest.approx(2 * 1 + 2 * 9)
    eta.finished("long", 11.0)
    assert eta.left_s == pytest.approx(2 * 1 + 1 * 10)


def test_workers_share_what_is_left():
    eta = Eta(["a"] * 9, 2)
    eta.finished("a", 4.0)
    assert eta.left_s == pytest.approx(8 * 4 / 2)


def test_a_run_that_was_found_finished_says_nothing_of_the_time():
    eta = Eta(["a"] * 3, 1)
    eta.finished("a", None)
    assert eta.left_s is None
    eta.finished("a", 5.0)
    assert eta.left_s == pytest.approx(5)


@pytest.mark.parametrize(
    "runs", [[("a", 2.0), ("b", 7.0)] * 20, [("b", 7.0), *[("a", 2.0)] * 20, *[("b", 7.0)] * 19, ("a", 2.0)]]
)
def test_it_is_right_from_the_first_run_of_each_group_on(runs):
    eta = Eta([group for group, _ in runs], 1)
    seen = set()
    for number, (group, seconds) in enumerate(runs, start=1):
        eta.finished(group, seconds)
        seen.add(group)
        if seen == {"a", "b"}:
            assert eta.left_s == pytest.approx(sum(each for _, each in runs[number:]))


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.2, "1 s"), (3.4, "3 s"), (44, "40 s"), (99, "100 s"), (300, "5 min"), (5_999, "100 min"), (7_200, "2 h")],
)
def test_no_more_digits_than_are_known(seconds, told):
    assert about(seconds) == told


def test_progress_in_a_line():
    assert str(Progress(12, 40, 8, 41.0)) == "12/40 runs, 8 reused, about 40 s left"
    assert str(Progress(0, 4_000)) == "0/4,000 runs"
    assert str(Progress(40, 40, 0, 0.0)) == "40/40 runs"
    assert str(Progress(4, 10, 0, 3.0, "min_nr 6", 70)) == "min_nr 6: 4/10 runs, about 3 s left, 70 runs before"
