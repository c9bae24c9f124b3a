"""The examples of docs/memory.md."""

import re
from pathlib import Path

from ruamel.yaml import YAML

import sim
from sim.scenario.memory import MemorySpec

PAGE = (Path(__file__).parents[2] / "docs" / "memory.md").read_text()
EXAMPLE, KEYS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(DIAGRAM,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def parsed(text):
    return YAML(typ="safe", pure=True).load(text)


def test_the_machine_runs_and_writes_what_is_dirty(tmp_path):
    path = tmp_path / "small-machine.yaml"
    path.write_text(EXAMPLE)
    result = sim.load(path).run()
    assert result.memory["writeback"].max() > 0
    assert result.document["memory"]["vmstat"]["pgsteal_kswapd"] > 0


def test_all_keys_are_there_with_what_they_are_when_left_out():
    given = sim.Scenario.from_mapping({**parsed(EXAMPLE), **parsed(KEYS)})
    plain = MemorySpec.model_validate({"ram": "16 GiB", "swap": {"zram": {"size": "8 GiB"}}})
    assert given.memory == plain
    uncommented = parsed(re.sub(r"^  # (?=min_free|watermark)", "  ", KEYS, flags=re.MULTILINE))
    assert set(uncommented["memory"]) == set(MemorySpec.model_fields) - {"zones"}
    assert uncommented["load"].keys() == given.load.keys()


def test_the_phase_diagram_is_drawn(tmp_path, monkeypatch):
    """From runs of 50 ms."""
    short = sim.load("phase-diagram").with_(duration="50 ms")
    monkeypatch.setattr(sim, "load", {"phase-diagram": short}.__getitem__)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(DIAGRAM, "memory.md", "exec"), names)
    assert len(names["rows"]) == 25
    assert (tmp_path / "phase-diagram.png").stat().st_size > 10_000
