"""The phase diagram of a reserve: over its size and what is dirty when memory runs out."""

import pytest

from sim.results.verdict import Word

DIRTY = (8, 24, 48)
REPLICATIONS = [0, *(pytest.param(number, marks=pytest.mark.long) for number in (1, 2))]


@pytest.mark.parametrize(
    ("min_nr", "words"),
    [
        (0, [Word.SERVED, Word.DEADLOCK, Word.DEADLOCK]),
        (1, [Word.SERVED, Word.CRAWL, Word.CRAWL]),
        (2, [Word.SERVED, Word.DEGRADED, Word.CRAWL]),
        (16, [Word.SERVED, Word.DEGRADED, Word.DEGRADED]),
    ],
)
@pytest.mark.parametrize("replication", REPLICATIONS)
def test_more_dirty_memory_is_never_better_nor_a_larger_reserve_worse(summary, min_nr, words, replication):
    """Only the disk's latencies are random; all replications of a cell agree."""
    found = [
        summary(
            "phase-diagram",
            {"pools.bounce.min_nr": min_nr, "memory.at_start.dirty": f"{dirty} MiB"},
            replication=replication,
        )["verdict"]["word"]
        for dirty in DIRTY
    ]
    assert found == words
