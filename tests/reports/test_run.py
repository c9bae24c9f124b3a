import base64
import html
import io
import shutil

import pandas as pd
import pytest

import sim
from sim.reports.run import content_of_run
from sim.results import NotAResultError, load
from sim.results.table import latency, tables


def downloads(page):
    """The files that a page holds, by name."""
    return {
        link["download"]: base64.b64decode(link["href"].partition(";base64,")[2])
        for link in page.all("a")
        if "download" in link
    }


@pytest.fixture(scope="module")
def shown(page, parsed):
    return parsed(page)


def test_the_question_is_what_the_scenario_is_for(shown, result):
    assert result.scenario["description"] in shown.text("p")


def test_a_study_s_question_comes_first(result, kept):
    scenario = {**result.scenario, "study": {"question": "Is two enough?"}}
    changed = load(kept)
    changed.document["scenario"] = scenario
    assert content_of_run(changed, kept).question == "Is two enough?"


def test_the_verdict_stands_before_everything_else(shown, result):
    told = f"verdict: {result.verdict.headline}"
    assert told in shown.text("p")
    assert ("p", {"class": "told mixed"}) in shown.elements


def test_all_cells_of_the_tables_are_there(shown, result):
    cells = shown.text("td")
    for table in tables(result.document):
        assert all(cell in cells for row in table.rows for cell in row)


def test_pictures_are_those_that_were_kept(shown, kept):
    names = ("ccdf", "paths", "reserve", "split")
    stored = [base64.b64encode((kept / f"{name}.png").read_bytes()).decode() for name in names]
    assert [picture["src"].partition(",")[2] for picture in shown.all("img")] == stored


def test_pictures_that_were_not_kept_are_drawn(plain, kept, parsed):
    pictures = parsed(sim.report(plain).html()).all("img")
    drawn = [base64.b64decode(picture["src"].partition(",")[2]) for picture in pictures]
    assert drawn == [(kept / f"{name}.png").read_bytes() for name in ("ccdf", "paths", "reserve", "split")]
    assert not list(plain.glob("*.png"))


def test_a_picture_that_cannot_be_drawn_leaves_its_data(plain, parsed, monkeypatch):
    monkeypatch.setattr("sim.plots.save._paint", lambda *_: 1 / 0)
    page = parsed(sim.report(plain).html())
    assert not page.all("img")
    assert "There is no picture here; these are its data." in page.text("p")
    assert "ccdf.csv" in downloads(page)


def test_data_behind_the_pictures_are_those_of_the_run(shown, result):
    files = downloads(shown)
    read = {name: pd.read_csv(io.BytesIO(files[name])) for name in ("ccdf.csv", "paths.csv", "reserve.csv")}
    assert read["ccdf.csv"]["calls"].sum() == result.latencies["calls"].sum()
    assert (read["paths.csv"]["reserve"] == result.paths_over_time["reserve"].to_numpy()).all()
    assert (read["reserve.csv"]["pressure"] == result.series["pressure"].to_numpy()).all()
    assert "asleep_ns" in files["split.csv"].decode()


def test_who_cannot_see_a_picture_is_told_its_numbers(shown, result):
    assert f"max {latency(result.document['rows'][0]['latency']['max'])}" in shown.all("img")[0]["alt"]


def test_the_scenario_can_be_downloaded_and_run_again(shown, result, tmp_path):
    (tmp_path / "again.yaml").write_bytes(downloads(shown)["quickstart.yaml"])
    assert sim.load(tmp_path / "again.yaml").run(seed=result.seed).digest == result.digest


def test_it_tells_how_it_was_made(shown, result):
    facts = dict(zip(shown.text("dt"), shown.text("dd"), strict=True))
    assert facts["Seed"] == "1"
    assert facts["Digest"].startswith(result.digest)
    assert f"numpy {result.document['versions']['numpy']}" in facts["Versions"]
    command = "mempool-sim run quickstart --set 'duration=4 s' --set 'warmup=1 s' --seed 1"
    assert command in shown.text("code")


def test_all_notes_are_told(shown, result):
    assert set(result.document["notes"]) <= set(shown.text("li"))


def test_with_several_pools_each_has_its_own_data(tmp_path, parsed):
    run = sim.load("guest-320m", {"duration": "300 ms", "warmup": "0 s"}).run()
    page = parsed(sim.report(run.save(tmp_path / "run")).html())
    files = downloads(page)
    pools = {
        pd.read_csv(io.BytesIO(files[f"paths-{pool}.csv"]))["pool"].unique()[0]: pool for pool in run.document["pools"]
    }
    assert all(name == pool for name, pool in pools.items())
    # The machine's memory is behind several pictures, and on the page once.
    assert [link["download"] for link in page.all("a") if "download" in link].count("memory.csv") == 1
    assert page.text("a").count("those above") == 1


def test_a_run_without_its_tables_is_told_to_be_incomplete(kept, tmp_path):
    home = tmp_path / "torn"
    shutil.copytree(kept, home)
    (home / "latencies.parquet").unlink()
    with pytest.raises(NotAResultError, match=r"torn is incomplete: there is no latencies\.parquet in it"):
        sim.report(home).html()


def test_a_streamed_run_has_a_page_too(tmp_path, parsed):
    run = sim.load("quickstart", {"duration": "1 s", "warmup": "0 s", "recording": "streaming"}).run()
    text = sim.report(run.save(tmp_path / "run")).html()
    assert len(parsed(text).all("img")) == 4
    assert html.escape("Quantiles are read from a histogram") in text
