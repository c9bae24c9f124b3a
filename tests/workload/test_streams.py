import subprocess
import sys

import numpy as np
import pytest

from sim.workload.distributions import read_distribution
from sim.workload.streams import Streams, draws, uniforms


def first(streams, *name):
    return streams.rng(*name).integers(0, 2**32, 8).tolist()


def test_a_stream_is_the_same_for_ever():
    """The figures are part of what a seed means: results saved by earlier versions can be made again."""
    assert first(Streams(1), "arrivals", "writer", 3)[:3] == [1640611989, 291274916, 2570623243]


def test_a_stream_is_the_same_in_another_process_with_another_hash_salt():
    code = (
        "from sim.workload.streams import Streams; print(Streams(1).rng('holds', 'bio').integers(0, 2**32, 8).tolist())"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONHASHSEED": "123"}, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == str(first(Streams(1), "holds", "bio"))


def test_asking_again_gives_the_stream_from_its_beginning():
    streams = Streams(1)
    assert first(streams, "holds", "bio") == first(streams, "holds", "bio")


def test_each_part_of_the_name_gives_another_stream():
    names = [("a",), ("b",), ("a", "b"), ("b", "a"), ("ab",), ("a", "", 1), ("a", "b", 1), ("", "a"), ("a", "\0")]
    seeds = [Streams(1), Streams(2), Streams(1, 1), Streams(2**64 + 1), Streams(1 + 2**32)]
    found = [tuple(first(streams, *name)) for streams in seeds for name in names]
    assert len(set(found)) == len(found)


def test_other_streams_do_not_move_when_one_is_drawn_from():
    alone, beside = Streams(1), Streams(1)
    beside.rng("holds", "another").random(1000)
    assert first(alone, "holds", "bio") == first(beside, "holds", "bio")


def test_streams_of_two_entities_are_uncorrelated():
    """Independent streams fail for 7 seeds in a million (4.5 standard errors)."""
    n = 100_000
    one, two = (Streams(1).rng("holds", "bio", index).random(n) for index in (0, 1))
    assert abs(np.corrcoef(one, two)[0, 1]) * np.sqrt(n) < 4.5
    assert abs(np.corrcoef(one, one * 0.02 + two)[0, 1]) * np.sqrt(n) > 4.5


@pytest.mark.parametrize(("seed", "replication"), [(-1, 0), (0, -1), (0, 2**32)])
def test_a_seed_or_replication_out_of_range_is_refused(seed, replication):
    with pytest.raises(ValueError, match=r"must be"):
        Streams(seed, replication)


def test_an_index_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"index\(=-1\) must be in 0"):
        Streams(0).rng("holds", "bio", -1)


def test_draws_come_from_blocks_of_growing_size():
    sizes = []

    def sample(_rng, n):
        sizes.append(n)
        return np.arange(n)

    draw = draws(sample, Streams(0).rng("test"))
    assert sizes == []
    for _ in range(64 + 128):
        draw()
    assert sizes == [64, 128]
    for _ in range(20_000):
        draw()
    assert sizes[:8] == [64, 128, 256, 512, 1024, 2048, 4096, 4096]


def test_draws_are_python_integers_in_the_order_of_the_samples():
    sample = read_distribution({"exponential": {"mean": "1 ms"}}).sample
    draw = draws(sample, Streams(1).rng("holds"))
    rng = Streams(1).rng("holds")
    expected = [*sample(rng, 64), *sample(rng, 128)]
    found = [draw() for _ in range(192)]
    assert found == expected
    assert {type(value) for value in found} == {int}


def test_uniforms_are_the_floats_of_the_stream():
    draw = uniforms(Streams(1).rng("pressure"))
    assert [draw() for _ in range(100)] == Streams(1).rng("pressure").random(100).tolist()
