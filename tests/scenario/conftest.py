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
def closed(small) -> dict:
    """As `small`, with memory, and with tasks that write back and swap out."""
    small["memory"] = {"ram": "1 GiB", "at_start": {"anon": "100 MiB"}, "swap": {"device": {"size": "2 GiB"}}}
    small["load"] = {"copy": {"dirtier": {"rate": "100 MB/s"}}}
    steps = small["tasks"]["writer"]["steps"]
    small["tasks"]["flusher"] = {"arrivals": {"writeback": {"size": "1 MiB"}}, "in_flight": 8, "steps": steps}
    small["tasks"]["swapper"] = {"arrivals": {"swap_out": {"size": "4 KiB"}}, "in_flight": 8, "steps": steps}
    return small


@pytest.fixture
def valid(monkeypatch) -> Path:
    """The folder of valid scenarios, which is the working directory too."""
    monkeypatch.chdir(HERE / "valid")
    return Path()
