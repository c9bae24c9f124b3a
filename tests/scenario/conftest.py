"""The fixture files, and a small scenario as plain data."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def small() -> dict:
    """A scenario with one pool, one device and one task, as a mapping."""
    return {
        "name": "small",
        "kernel": "6.12",
        "duration": "10 s",
        "pools": {"bio": {"min_nr": 2, "backing": {"slab": {"size": "264 B"}}}},
        "devices": {"nvme": {"latency": "80 us"}},
        "tasks": {
            "writer": {
                "arrivals": {"poisson": {"rate": "100/s"}},
                "steps": [{"alloc": "bio"}, {"io": "nvme"}, {"free": "bio"}],
            }
        },
    }


@pytest.fixture
def valid(monkeypatch) -> Path:
    """The folder of valid scenarios, which is the working directory too."""
    monkeypatch.chdir(HERE / "valid")
    return Path()
