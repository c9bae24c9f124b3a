"""`mempool-sim list` and `mempool-sim show`."""

from pathlib import Path

import pytest

VALID = Path(__file__).parents[1] / "scenario" / "valid"


@pytest.fixture(autouse=True)
def shipped(monkeypatch, tmp_path):
    """Two shipped scenarios."""
    for name in ("quick", "a-longer-name"):
        (tmp_path / f"{name}.yaml").write_bytes((VALID / "quick.yaml").read_bytes())
    monkeypatch.setattr("sim.catalogue.folder", lambda: tmp_path)


def test_list_gives_names_and_the_first_line_of_the_description(run):
    line = "Eight writers share one small bio pool while memory comes and goes."
    assert run("list").stdout.splitlines() == [f"a-longer-name  {line}", f"quick          {line}"]


def test_show_prints_the_file_itself(run):
    assert run("show", "quick").stdout == (VALID / "quick.yaml").read_text()


def test_show_names_the_nearest(run):
    done = run("show", "quik")
    assert (done.exit_code, done.stdout) == (2, "")
    assert (
        done.stderr
        == "no shipped scenario or study is called 'quik'; expected a-longer-name or quick; did you mean 'quick'?\n"
    )
