"""How far an experiment is, in a line below the cell of a notebook; elsewhere nothing is shown."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sim.experiments.running.eta import Progress
from sim.notebook import shell

_EVERY_S = 0.2


@contextmanager
def below_cell() -> Iterator[tuple[Callable[[Progress], None] | None, Callable[[int], None] | None]]:
    """A line that is told how far it is, and how many runs were there before, as an `Execution` tells it."""
    if shell() is None:
        yield None, None
        return
    from IPython.display import display  # noqa: PLC0415  there only in a notebook

    def words(text: str) -> dict[str, str]:
        return {"text/plain": text}

    line: Any = display(words("no run is finished yet"), raw=True, display_id=True)  # type: ignore[no-untyped-call]
    shown = 0.0

    def progress(now: Progress) -> None:
        nonlocal shown
        if now.done == now.of or time.monotonic() - shown > _EVERY_S:
            shown = time.monotonic()
            line.update(words(str(now)), raw=True)

    def reused(found: int) -> None:
        line.update(words(f"{found:,} runs were made before and are used again"), raw=True)

    yield progress, reused
