"""The phase diagram of a reserve: over its size and what is dirty when memory runs out."""

from functools import cache
from itertools import pairwise

import pytest

import sim
from sim.results.verdict import Word

MIN_NR = (0, 1, 2, 16)
DIRTY = (8, 24, 48)
REPLICATIONS = range(2)
BEST_FIRST = list(Word)


@cache
def words(min_nr, dirty):
    """How the replications of a cell end; only the disk's latencies are random, and they agreed in all cells."""
    scenario = sim.load("phase-diagram").with_({"pools.bounce.min_nr": min_nr, "memory.at_start.dirty": f"{dirty} MiB"})
    return [scenario.run(replication=number).verdict.word for number in REPLICATIONS]


@pytest.mark.parametrize(
    ("min_nr", "expected"),
    [
        (0, [Word.SERVED, Word.DEADLOCK, Word.DEADLOCK]),
        (1, [Word.SERVED, Word.CRAWL, Word.CRAWL]),
        (2, [Word.SERVED, Word.DEGRADED, Word.CRAWL]),
        (16, [Word.SERVED, Word.DEGRADED, Word.DEGRADED]),
    ],
)
def test_the_more_is_dirty_the_worse(min_nr, expected):
    assert [words(min_nr, dirty) for dirty in DIRTY] == [[word] * len(REPLICATIONS) for word in expected]


@pytest.mark.parametrize("dirty", DIRTY)
def test_a_larger_reserve_is_never_worse(dirty):
    found = [BEST_FIRST.index(words(min_nr, dirty)[0]) for min_nr in MIN_NR]
    assert all(smaller >= larger for smaller, larger in pairwise(found))
