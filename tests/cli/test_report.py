"""`mempool-sim report`."""

import json

import pytest
from matplotlib.figure import Figure

import sim


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    run = sim.load("quickstart", {"duration": "500 ms", "warmup": "0 s"}).run()
    return run.save(tmp_path_factory.mktemp("report") / "run")


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    """Pictures of one pixel: what is drawn is tested elsewhere."""

    def paint(_, where, description):
        Figure(figsize=(1, 1), dpi=1).savefig(where, format="png", metadata={"Description": description})

    monkeypatch.setattr("sim.plots.save._paint", paint)


def test_it_prints_what_run_printed(run, tmp_path):
    arguments = ("quickstart", "--set", "duration=500 ms", "--set", "warmup=0 s", "--no-plots")
    first = run("run", *arguments, "--out", str(tmp_path / "run")).stdout
    assert run("report", str(tmp_path / "run")).stdout == first.partition("kept in")[0]


def test_it_writes_a_page_and_prints_where(run, stored):
    done = run("report", str(stored), "--html")
    assert done.exit_code == 0
    assert done.stdout == f"{stored / 'report.html'}\n"
    assert (stored / "report.html").read_text().startswith("<!doctype html>")


def test_out_means_a_page(run, stored, tmp_path):
    done = run("report", str(stored), "--out", str(tmp_path / "a.html"))
    assert done.stdout == f"{tmp_path / 'a.html'}\n"
    assert (tmp_path / "a.html").exists()


def test_a_page_that_is_there_is_left_alone_and_told_of(run, stored, tmp_path):
    home = tmp_path / "run"
    home.mkdir()
    for file in stored.iterdir():
        (home / file.name).write_bytes(file.read_bytes())
    (home / "report.html").write_text("mine")
    done = run("report", str(home), "--html")
    assert done.stdout == f"{home / 'report-2.html'}\n"
    assert "report.html holds another page, which stays as it is" in done.stderr
    assert (home / "report.html").read_text() == "mine"


def test_a_named_file_that_is_there_is_refused(run, stored, tmp_path):
    (tmp_path / "a.html").write_text("mine")
    done = run("report", str(stored), "--out", str(tmp_path / "a.html"))
    assert done.exit_code == 2
    assert "a.html is there already: reports are never overwritten" in done.stderr


def test_json_is_the_document(run, stored):
    assert json.loads(run("report", str(stored), "--json").stdout) == sim.report(stored).document


def test_json_and_a_page_go_together(run, stored, tmp_path):
    done = run("report", str(stored), "--json", "--out", str(tmp_path / "a.html"))
    assert json.loads(done.stdout)["name"] == "quickstart"
    assert done.stderr == f"{tmp_path / 'a.html'}\n"


@pytest.mark.parametrize("options", [(), ("--html",), ("--json",)])
def test_a_directory_without_a_result_is_told_of_in_a_line(run, tmp_path, options):
    done = run("report", str(tmp_path), *options)
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert "holds neither a run nor an experiment" in done.stderr


def test_a_place_that_cannot_be_written_is_told_of_in_a_line(run, stored, tmp_path):
    (tmp_path / "file").write_text("")
    done = run("report", str(stored), "--out", str(tmp_path / "file" / "a.html"))
    assert done.exit_code == 2
    assert done.stderr.startswith("mempool-sim: ")
    assert done.stderr.count("\n") == 1
