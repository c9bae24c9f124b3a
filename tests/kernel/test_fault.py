import pytest

from sim.kernel.fault import FaultAttr


def always_fails():
    return 0.0


def outcomes(attr, attempts, size=1):
    return [attr.should_fail(size) for _ in range(attempts)]


def test_probability_100_fails_every_attempt():
    assert outcomes(FaultAttr(100, uniform=lambda: 1 - 2**-53), 5) == [True] * 5


def test_probability_0_fails_none_and_draws_nothing():
    attr = FaultAttr(0, uniform=lambda: pytest.fail("drew a number"))
    assert outcomes(attr, 5) == [False] * 5


def test_probability_is_a_percentage():
    drawn = iter([0.24, 0.25, 0.26])
    assert outcomes(FaultAttr(25, uniform=drawn.__next__), 3) == [True, False, False]


def test_interval_lets_only_every_nth_attempt_fail():
    assert outcomes(FaultAttr(100, interval=3, uniform=always_fails), 7) == [False, False, True] * 2 + [False]


def test_times_limits_the_failures():
    attr = FaultAttr(100, times=2, uniform=always_fails)
    assert outcomes(attr, 4) == [True, True, False, False]
    assert attr.times == 0


def test_times_without_limit_is_not_counted_down():
    attr = FaultAttr(100, uniform=always_fails)
    outcomes(attr, 4)
    assert attr.times == -1


def test_no_attempt_fails_while_space_is_left():
    attr = FaultAttr(100, space=5, uniform=always_fails)
    assert outcomes(attr, 4, size=2) == [False, False, True, True]
    assert attr.space == 1


def test_an_attempt_swallowed_by_space_does_not_advance_the_interval():
    attr = FaultAttr(100, interval=2, space=3, uniform=always_fails)
    assert outcomes(attr, 6) == [False, False, False, True, False, True]


def test_an_attempt_passed_over_by_the_interval_draws_no_number():
    drawn = iter([0.0])
    attr = FaultAttr(50, interval=3, uniform=drawn.__next__)
    assert outcomes(attr, 3) == [False, False, True]


def test_used_up_times_are_tested_before_space():
    attr = FaultAttr(100, times=0, space=5, uniform=always_fails)
    outcomes(attr, 2)
    assert attr.space == 5


def test_an_attempt_spared_by_probability_does_not_use_up_times():
    attr = FaultAttr(50, times=1, uniform=iter([0.9, 0.1]).__next__)
    assert outcomes(attr, 3) == [False, True, False]


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"probability": 101}, r"probability\(=101\) must be between 0 and 100 percent"),
        ({"probability": -1}, r"probability\(=-1\) must be between 0 and 100 percent"),
        ({"probability": 1, "interval": -1}, r"interval\(=-1\) must be >= 0"),
        ({"probability": 1, "times": -2}, r"times\(=-2\) must be >= 0, or -1 for no limit"),
        ({"probability": 1, "space": -1}, r"space\(=-1\) must be >= 0"),
    ],
)
def test_a_knob_outside_its_range_is_refused(knobs, message):
    with pytest.raises(ValueError, match=message):
        FaultAttr(**knobs, uniform=always_fails)
