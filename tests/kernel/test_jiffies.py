import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.jiffies import HZ_CHOICES, Clock, wheel_expiry
from sim.kernel.versions import Timer

SECOND = 1_000_000_000
FIVE_SECONDS = 5 * SECOND
BUCKET = {100: 8, 250: 64, 300: 64, 1000: 512}
"""Jiffies between the borders on which a 5-second sleep may end."""

clocks = st.builds(
    Clock,
    hz=st.sampled_from(HZ_CHOICES),
    jiffies=st.integers(0, 2**31),
    origin=st.integers(-(10**12), 10**12),
)
instants = st.integers(-(10**12), 10**15)
deterministic = settings(derandomize=True)


@deterministic
@given(clocks, instants)
def test_a_jiffy_runs_from_its_start_to_the_start_of_the_next(clock, now):
    jiffy = clock.at(now)
    assert clock.start_of(jiffy) <= now < clock.start_of(jiffy + 1)


@deterministic
@given(clocks, st.integers(0, 2**32))
def test_at_its_start_a_jiffy_runs(clock, jiffy):
    start = clock.start_of(jiffy)
    assert clock.at(start) == jiffy
    assert clock.at(start - 1) == jiffy - 1


def test_the_clock_begins_with_the_jiffies_it_is_given():
    clock = Clock(hz=250, jiffies=1000, origin=500)
    assert [clock.at(now) for now in (499, 500, 4_000_499, 4_000_500)] == [999, 1000, 1000, 1001]


@pytest.mark.parametrize(("hz", "jiffies"), [(100, 500), (250, 1250), (300, 1500), (1000, 5000)])
def test_five_seconds_are_five_times_hz_jiffies(hz, jiffies):
    assert Clock(hz).count(FIVE_SECONDS) == jiffies


def test_a_part_of_a_jiffy_counts_as_one():
    assert [Clock(250).count(duration) for duration in (1, 4_000_000, 4_000_001)] == [1, 1, 2]


@pytest.mark.parametrize("hz", [0, 60, 1024])
def test_another_hz_is_refused(hz):
    with pytest.raises(ValueError, match=rf"hz\(={hz}\) must be one of 100, 250, 300, 1000"):
        Clock(hz)


@deterministic
@given(clocks, instants)
def test_an_exact_timer_ends_five_times_hz_jiffies_after_the_jiffy_of_the_sleep(clock, now):
    expiry = clock.expiry(now, FIVE_SECONDS, Timer.EXACT)
    assert clock.at(expiry) == clock.at(now) + 5 * clock.hz
    assert expiry == clock.start_of(clock.at(expiry))


@deterministic
@given(clocks, instants)
def test_an_exact_timer_is_less_than_a_tick_early_and_never_late(clock, now):
    slept = clock.expiry(now, FIVE_SECONDS, Timer.EXACT) - now
    assert FIVE_SECONDS - SECOND // clock.hz - 1 <= slept <= FIVE_SECONDS + 1


@deterministic
@given(clocks, instants)
def test_a_wheel_timer_ends_on_the_next_bucket_border_in_absolute_jiffies(clock, now):
    bucket = BUCKET[clock.hz]
    border = clock.at(clock.expiry(now, FIVE_SECONDS, Timer.WHEEL))
    assert border % bucket == 0
    assert 0 < border - (clock.at(now) + 5 * clock.hz) <= bucket


@pytest.mark.parametrize(("hz", "granularity_ms"), [(100, 80), (250, 256), (300, 213), (1000, 512)])
def test_the_wheel_is_late_by_up_to_its_granularity_and_never_early(hz, granularity_ms):
    clock = Clock(hz)
    tick = SECOND / hz
    late = [
        clock.expiry(now, FIVE_SECONDS, Timer.WHEEL) - now - FIVE_SECONDS
        for jiffy in range(2 * BUCKET[hz])
        for now in (clock.start_of(jiffy), clock.start_of(jiffy + 1) - 1)
    ]
    assert 0 < min(late) <= tick
    assert max(late) // 1_000_000 == granularity_ms


@pytest.mark.parametrize(
    ("hz", "jiffy", "border"),
    [
        (100, 0, 504),
        (100, 3, 504),
        (100, 4, 512),
        (250, 0, 1280),
        (250, 29, 1280),
        (250, 30, 1344),
        (250, 2**31 + 5, 2**31 + 1280),
        (300, 0, 1536),
        (300, 36, 1600),
        (1000, 0, 5120),
        (1000, 119, 5120),
        (1000, 120, 5632),
    ],
)
def test_a_five_second_sleep_ends_on_this_jiffy(hz, jiffy, border):
    assert wheel_expiry(jiffy, 5 * hz) == border


def test_a_waiter_that_keeps_timing_out_settles_into_5_12_s_at_250_hz():
    clock, now, ends = Clock(250), 777_000_000, []
    for _ in range(4):
        now = clock.expiry(now, FIVE_SECONDS, Timer.WHEEL) + 7_000
        ends.append(now)
    assert [late - early for early, late in itertools.pairwise(ends)] == [5_120_007_000 - 7_000] * 3


@deterministic
@given(st.integers(0, 2**20), st.integers(1, 62))
def test_a_short_sleep_ends_one_jiffy_after_its_length(jiffy, length):
    assert wheel_expiry(jiffy, length) == jiffy + length + 1


@pytest.mark.parametrize(
    ("length", "bucket"), [(62, 1), (63, 8), (503, 8), (504, 64), (4031, 64), (4032, 512), (32255, 512), (32256, 4096)]
)
def test_the_levels_of_the_wheel_begin_at_63_times_a_power_of_eight(length, bucket):
    borders = {wheel_expiry(jiffy, length) for jiffy in range(3 * bucket)}
    assert {border % bucket for border in borders} == {0}
    assert len(borders) in {3, 4}
