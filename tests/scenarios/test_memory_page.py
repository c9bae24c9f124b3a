"""The example of docs/memory.md."""

import re
from pathlib import Path

import sim

PAGE = (Path(__file__).parents[2] / "docs" / "memory.md").read_text()
(EXAMPLE,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_example_runs_and_writes_what_is_dirty(tmp_path):
    path = tmp_path / "small-machine.yaml"
    path.write_text(EXAMPLE)
    result = sim.load(path).run()
    assert result.memory["writeback"].max() > 0
    assert result.document["memory"]["vmstat"]["pgsteal_kswapd"] > 0
