import io

import pytest
from rich.console import Console

import sim
from sim.results import NotAResultError, ResultExistsError


def printed(shown):
    console = Console(width=80, file=io.StringIO(), color_system=None)
    console.print(shown)
    return console.file.getvalue()


def test_a_report_is_shown_as_the_run_was(kept, result):
    assert printed(sim.report(kept)) == printed(result)
    assert sim.report(kept)._repr_html_() == result._repr_html_()


def test_a_report_of_an_experiment_is_shown_in_words_and_tables(experiment):
    text = printed(sim.report(experiment()))
    assert text.index("wake-one wakes in vain 3x less often") < text.index("What differs from wake-all")
    assert "Intervals are of 95 %." in text


def test_its_representation_is_a_line(kept, experiment):
    assert repr(sim.report(kept)).startswith("<Report quickstart, seed 1, 4 s simulated")
    assert "quickstart" in repr(sim.report(experiment()))


def test_the_page_goes_into_the_directory(copied):
    report = sim.report(copied)
    assert report.save() == copied / "report.html"
    assert (copied / "report.html").read_text() == report.html()


def test_saving_again_changes_nothing(copied):
    assert sim.report(copied).save() == sim.report(copied).save()
    assert len(list(copied.glob("report*"))) == 1


def test_another_page_is_left_alone(copied):
    (copied / "report.html").write_text("mine")
    assert sim.report(copied).save() == copied / "report-2.html"
    assert (copied / "report.html").read_text() == "mine"


def test_a_page_can_go_elsewhere(copied, tmp_path):
    assert sim.report(copied).save(tmp_path / "there" / "a.html").read_text().startswith("<!doctype html>")
    assert not (copied / "report.html").exists()


def test_a_named_file_is_never_overwritten(copied, tmp_path):
    (tmp_path / "a.html").write_text("mine")
    with pytest.raises(ResultExistsError):
        sim.report(copied).save(tmp_path / "a.html")


def test_a_directory_that_holds_nothing_is_told_so(tmp_path):
    with pytest.raises(NotAResultError, match="holds neither a run nor an experiment"):
        sim.report(tmp_path)


def test_a_summary_that_lacks_a_part_is_told_to_be_damaged(tmp_path):
    (tmp_path / "summary.json").write_text('{"format": 1}')
    with pytest.raises(NotAResultError, match=r"summary\.json is damaged: KeyError"):
        sim.report(tmp_path)
