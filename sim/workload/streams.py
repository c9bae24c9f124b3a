"""Random streams, one for each purpose and entity.

A stream depends on the seed, the replication and its own name only. Adding a task class, drawing more from one stream
or changing a pool leaves every other stream as it was, so that two variants of a scenario see the same arrivals, holds
and outages (common random numbers).
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FIRST_BLOCK = 64
_LARGEST_BLOCK = 4096


def _words(name: str) -> tuple[int, int]:
    """Two 32-bit words that stand for a name, the same in every process (`hash` is salted)."""
    digest = sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")


class Streams:
    """The random streams of one replication of a run.

    seed: an integer of 0 or more, the same for all replications of an experiment.
    replication: the number of the run within it, 0 or more.

    Raises a ValueError for a negative seed or a replication outside 0 ... 2**32 - 1.
    """

    def __init__(self, seed: int, replication: int = 0) -> None:
        if seed < 0:
            raise ValueError(f"seed(={seed}) must be >= 0")
        _check_word("replication", replication)
        self.seed = seed
        self.replication = replication

    def rng(self, purpose: str, entity: str = "", index: int = 0) -> "np.random.Generator":
        """Return a new generator at the beginning of the stream for `purpose`, of the entity and its member `index`.

        The streams are PCG64, seeded as the children of one `numpy.random.SeedSequence`. Asked twice for the same name
        it returns the same stream from its beginning. Raises a ValueError for an index outside 0 ... 2**32 - 1.
        """
        import numpy as np  # noqa: PLC0415  a scenario is checked without it

        _check_word("index", index)
        # Every part of the key has a fixed number of 32-bit words, so that no two names can give the same key.
        key = (self.replication, *_words(purpose), *_words(entity), index)
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=key)))


def _check_word(name: str, value: int) -> None:
    if not 0 <= value < 2**32:
        raise ValueError(f"{name}(={value}) must be in 0 ... 2**32 - 1")


def _blocks(
    sample: "Callable[[np.random.Generator, int], NDArray[np.int64]]", rng: "np.random.Generator"
) -> Iterator[list[int]]:
    size = _FIRST_BLOCK
    while True:
        yield sample(rng, size).tolist()
        size = min(2 * size, _LARGEST_BLOCK)


def draws(
    sample: "Callable[[np.random.Generator, int], NDArray[np.int64]]", rng: "np.random.Generator"
) -> Callable[[], int]:
    """Return a function whose every call gives the next value of `sample`, as a Python int.

    Values are drawn in blocks of 64, 128, ... 4096: a scalar draw costs ten times as much. The sizes belong to the
    definition of a stream, since some distributions draw differently in other blocks.
    """
    return chain.from_iterable(_blocks(sample, rng)).__next__


def uniforms(rng: "np.random.Generator") -> Callable[[], float]:
    """Return a function whose every call gives the next float of [0, 1)."""

    def floats() -> Iterator[float]:
        size = _FIRST_BLOCK
        while True:
            yield from rng.random(size).tolist()
            size = min(2 * size, _LARGEST_BLOCK)

    return floats().__next__
