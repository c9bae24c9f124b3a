"""The examples of docs/memory.md."""

import re
from pathlib import Path

import sim

PAGE = (Path(__file__).parents[2] / "docs" / "memory.md").read_text()
(EXAMPLE,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(DIAGRAM,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_machine_runs_and_writes_what_is_dirty(tmp_path):
    path = tmp_path / "small-machine.yaml"
    path.write_text(EXAMPLE)
    result = sim.load(path).run()
    assert result.memory["writeback"].max() > 0
    assert result.document["memory"]["vmstat"]["pgsteal_kswapd"] > 0


def test_the_phase_diagram_is_drawn(tmp_path, monkeypatch):
    """From runs of 50 ms."""
    short = sim.load("phase-diagram").with_(duration="50 ms")
    monkeypatch.setattr(sim, "load", {"phase-diagram": short}.__getitem__)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(DIAGRAM, "memory.md", "exec"), names)
    assert len(names["rows"]) == 25
    assert (tmp_path / "phase-diagram.png").stat().st_size > 10_000
