import math
import pickle
from statistics import NormalDist

import numpy as np
import pytest

from sim.kernel.versions import KernelVersion
from sim.pressure.reclaim import ReclaimPreset, ReclaimTimes, kthreads_are_spared

MS = 1_000_000
N = 100_000
# A right program fails beyond so many standard deviations once in a million seeds.
SIGMAS = 4.9
DEFAULT, LIGHT, SEVERE, THROTTLED = (
    ReclaimPreset.DEFAULT,
    ReclaimPreset.LIGHT,
    ReclaimPreset.SEVERE,
    ReclaimPreset.THROTTLED,
)


def sampled(sampler):
    return sampler(np.random.default_rng(1), N)


def assert_share(hits, expected):
    assert abs(hits.mean() - expected) < SIGMAS * math.sqrt(expected * (1 - expected) / N)


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize(
    ("sampler", "median_ms", "sigma"),
    [
        (LIGHT.user, 0.19, 0.72),
        (LIGHT.kthread, 0.19, 0.72),
        (DEFAULT.kthread, 0.5, 1.0),
        (THROTTLED.kthread, 0.5, 1.0),
    ],
)
def test_the_body_is_lognormal(sampler, median_ms, sigma, quantile):
    bound = median_ms * MS * math.exp(sigma * NormalDist().inv_cdf(quantile))
    assert_share(sampled(sampler) <= bound, quantile)


@pytest.mark.parametrize(("preset", "weight", "threshold_ms"), [(DEFAULT, 0.08, 100), (SEVERE, 18 / 561, 268)])
def test_a_user_task_is_throttled_as_often_as_was_measured(preset, weight, threshold_ms):
    assert_share(sampled(preset.user) >= threshold_ms * MS, weight)


@pytest.mark.parametrize(("times", "weight"), [(1, 0.85), (2, 0.10), (3, 0.05)])
def test_a_throttled_user_task_waits_once_to_three_times_100_ms(times, weight):
    waited = sampled(DEFAULT.user)
    assert_share((waited >= times * 100 * MS) & (waited <= (times * 100 + 4) * MS), 0.08 * weight)


@pytest.mark.parametrize(("quantile", "measured_ms"), [(0.5, 2.3), (0.9, 12.7), (0.95, 18), (0.99, 433)])
def test_severe_has_the_quantiles_of_the_measured_histogram(quantile, measured_ms):
    assert np.quantile(sampled(SEVERE.user), quantile) / MS == pytest.approx(measured_ms, rel=0.04)


def test_a_kernel_thread_sees_severe_without_the_stalls():
    spared = sampled(SEVERE.kthread)
    assert_share(spared < 2**21, (5 + 83 + 174) / 543)
    assert spared.max() <= 2**26


@pytest.mark.parametrize(("kernel", "spared"), [("2.6.34", False), ("5.15", False), ("5.16", True), ("6.12", True)])
def test_kernel_threads_are_spared_since_reclaim_throttle(kernel, spared):
    assert kthreads_are_spared(KernelVersion.parse(kernel)) is spared


def test_severe_stalls_last_between_268_and_537_ms():
    stalls = [ns for ns in sampled(SEVERE.user) if ns > 200 * MS]
    assert 268 * MS <= min(stalls) < 275 * MS
    assert 530 * MS < max(stalls) <= 537 * MS


@pytest.mark.parametrize(("slept_ms", "weight"), [(0, 0.098), (4, 0.028), (100, 0.852)])
def test_throttled_sleeps_follow_the_writeback_histogram(slept_ms, weight):
    assert_share(sampled(THROTTLED.user) == slept_ms * MS, weight)


def test_the_other_throttled_sleeps_are_spread_over_whole_jiffies():
    sleeps = sampled(THROTTLED.user)
    between = sleeps[(sleeps > 4 * MS) & (sleeps < 100 * MS)]
    assert set(between // MS) == set(range(8, 100, 4))
    assert not (between % (4 * MS)).any()


@pytest.mark.parametrize("preset", ReclaimPreset)
def test_times_are_whole_nanoseconds_of_0_or_more(preset):
    for sampler in (preset.user, preset.kthread):
        times = sampled(sampler)
        assert times.dtype == np.int64
        assert times.min() >= 0


@pytest.mark.parametrize("preset", ReclaimPreset)
def test_the_same_generator_gives_the_same_times(preset):
    assert (sampled(preset.user) == sampled(preset.user)).all()


@pytest.mark.parametrize("preset", ReclaimPreset)
def test_a_preset_travels_to_other_processes(preset):
    assert pickle.loads(pickle.dumps(preset)) is preset


def test_the_caller_s_kind_chooses_the_distribution():
    reclaim = ReclaimTimes(user=lambda: 7, kthread=lambda: 3)
    assert [reclaim.draw(kthread) for kthread in (False, True)] == [7, 3]
