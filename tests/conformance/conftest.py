from functools import cache
from pathlib import Path

import pytest

from sim.conformance import Case, Event, load_cases

RECORDINGS = Path(__file__).parent / "recordings"


@cache
def _cases() -> dict[tuple[str, str], Case]:
    return {(case.kernel, case.script.name): case for case in load_cases(RECORDINGS)}


@pytest.fixture
def recordings():
    """The directory of recordings."""
    return RECORDINGS


@pytest.fixture
def cases():
    """Every case of the recordings, by kernel and script."""
    return _cases()


@pytest.fixture
def recorded(cases):
    """The events of a recording, found by the start of its script's name."""

    def find(name: str, kernel: str = "6.12") -> list[Event]:
        (case,) = [case for (of, script), case in cases.items() if of == kernel and script.startswith(name)]
        return list(case.recording.events)

    return find
