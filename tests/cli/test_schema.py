"""`mempool-sim schema`."""

from pathlib import Path


def test_it_prints_the_schema_as_committed(run):
    committed = Path(__file__).parents[2] / "scenarios" / "scenario.schema.json"
    assert run("schema").stdout == committed.read_text(encoding="utf-8")
