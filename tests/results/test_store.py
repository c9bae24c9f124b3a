import json
import stat
import subprocess
import sys

import pandas as pd
import pyarrow.parquet as pq
import pytest

from sim.results.calls import EventsNotKeptError
from sim.results.place import ResultExistsError, check_place, refuse_existing
from sim.results.store import NotAResultError, load, save

FILES = {"events.parquet", "latencies.parquet", "paths.parquet", "series.parquet", "summary.json"}
TABLES = ("events", "series", "paths_over_time", "latencies", "summary")


def names(directory) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_a_result_comes_back_as_it_was_saved(finish, tmp_path):
    result = finish()
    back = load(save(result, tmp_path / "out"))
    assert names(tmp_path / "out") == FILES
    assert back.document == result.document
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(back, name), getattr(result, name))


def test_the_verdict_comes_back_as_it_was_saved(finish, tmp_path, deadlock):
    assert load(save(finish(), tmp_path / "out")).verdict == deadlock


def test_a_loaded_result_can_be_saved_again(finish, tmp_path):
    once = load(save(finish(), tmp_path / "once"))
    twice = load(save(once, tmp_path / "twice"))
    pd.testing.assert_frame_equal(twice.events, once.events)


def test_a_result_without_calls_can_be_saved(finish, tmp_path):
    back = load(save(finish(0), tmp_path / "out"))
    assert len(back.events) == 0


def test_a_streamed_result_is_saved_without_events(finish, tmp_path):
    result = finish(streaming=True)
    back = load(save(result, tmp_path / "out"))
    assert names(tmp_path / "out") == FILES - {"events.parquet"}
    pd.testing.assert_frame_equal(back.latencies, result.latencies)
    with pytest.raises(EventsNotKeptError):
        _ = back.events


def test_the_memory_of_a_run_comes_back_as_it_was_saved(finish, closed_loop, tmp_path):
    result = finish(memory=closed_loop)
    back = load(save(result, tmp_path / "out"))
    assert names(tmp_path / "out") == FILES | {"memory.parquet"}
    assert back.document == result.document
    pd.testing.assert_frame_equal(back.memory, result.memory)


def test_a_run_without_memory_comes_back_with_an_empty_frame_of_it(finish, tmp_path):
    result = finish()
    back = load(save(result, tmp_path / "out")).memory
    assert len(back) == 0
    pd.testing.assert_frame_equal(back, result.memory)


def test_every_table_carries_the_seed_and_the_digest(finish, tmp_path):
    result = finish()
    save(result, tmp_path / "out")
    for name in FILES - {"summary.json"}:
        metadata = pq.ParquetFile(str(tmp_path / "out" / name)).schema_arrow.metadata
        assert json.loads(metadata[b"mempool-sim"]) == {
            "name": "demo",
            "seed": 7,
            "replication": 0,
            "digest": result.digest,
        }


def test_missing_parents_are_made(finish, tmp_path):
    save(finish(10), tmp_path / "results" / "demo-7")
    assert (tmp_path / "results" / "demo-7" / "summary.json").exists()


def test_an_empty_directory_is_filled(finish, tmp_path):
    (tmp_path / "out").mkdir()
    save(finish(10), tmp_path / "out")
    assert "summary.json" in names(tmp_path / "out")


def test_a_result_is_never_overwritten(finish, tmp_path):
    save(finish(10), tmp_path / "out")
    before = (tmp_path / "out" / "summary.json").read_bytes()
    with pytest.raises(ResultExistsError) as error:
        save(finish(20), tmp_path / "out")
    assert str(error.value) == (
        f"{tmp_path / 'out'} is not empty: results are never overwritten; choose another directory or remove it"
    )
    assert (tmp_path / "out" / "summary.json").read_bytes() == before
    assert names(tmp_path) == {"out"}


def test_a_directory_in_use_is_refused_before_anything_is_written(finish, tmp_path):
    save(finish(10), tmp_path / "out")
    drawn = []
    with pytest.raises(ResultExistsError):
        save(finish(20), tmp_path / "out", also=drawn.append)
    assert drawn == []


def test_a_file_in_the_way_is_not_overwritten(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ResultExistsError, match="out is a file: results are never overwritten"):
        refuse_existing(tmp_path / "out")


def test_a_dangling_link_in_the_way_is_not_replaced(tmp_path):
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ResultExistsError):
        refuse_existing(tmp_path / "out")


def test_other_files_are_written_before_the_result_appears(finish, tmp_path):
    seen = []

    def draw(home):
        seen.append((home.parent == tmp_path, (tmp_path / "out").exists()))
        (home / "ccdf.png").write_bytes(b"png")

    finish(10).save(tmp_path / "out", also=draw)
    assert seen == [(True, False)]
    assert names(tmp_path / "out") == FILES | {"ccdf.png"}


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interrupted_save_leaves_nothing_behind(finish, tmp_path, interruption):
    def interrupt(home):
        raise interruption

    with pytest.raises((KeyboardInterrupt, OSError)):
        save(finish(10), tmp_path / "out", also=interrupt)
    assert names(tmp_path) == set()


def test_a_result_that_somebody_else_saved_meanwhile_is_kept(finish, tmp_path):
    def intrude(home):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "summary.json").write_text("theirs")

    with pytest.raises(ResultExistsError):
        save(finish(10), tmp_path / "out", also=intrude)
    assert names(tmp_path) == {"out"}
    assert (tmp_path / "out" / "summary.json").read_text() == "theirs"


def test_a_numbered_result_goes_to_the_next_free_place_however_often_it_is_taken(finish, tmp_path):
    def intrude(home):
        for name in ("out", "out-2"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "summary.json").write_text("theirs")

    assert save(finish(10), tmp_path / "out", also=intrude, numbered=True) == tmp_path / "out-3"
    assert names(tmp_path) == {"out", "out-2", "out-3"}
    assert names(tmp_path / "out-3") == FILES


def test_a_link_to_an_empty_directory_is_followed(finish, tmp_path):
    (tmp_path / "disk" / "empty").mkdir(parents=True)
    (tmp_path / "out").symlink_to(tmp_path / "disk" / "empty")
    save(finish(10), tmp_path / "out")
    assert names(tmp_path / "disk" / "empty") == FILES
    assert (tmp_path / "out").is_symlink()


def test_the_working_directory_is_not_replaced(finish, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match="is the working directory, which a result cannot replace"):
        save(finish(10), ".")


def test_a_mount_point_is_not_replaced(monkeypatch, tmp_path):
    monkeypatch.setattr("os.path.ismount", lambda path: path == tmp_path)
    with pytest.raises(OSError, match="is a mount point, which a result cannot replace"):
        check_place(tmp_path)


def test_a_folder_that_cannot_be_written_to_is_found_out_before_the_run(monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(PermissionError):
        check_place(tmp_path / "out")


def test_checking_a_place_leaves_nothing_there(tmp_path):
    check_place(tmp_path / "results" / "out")
    assert names(tmp_path) == {"results"}
    assert names(tmp_path / "results") == set()


def test_a_saved_result_is_as_readable_as_any_directory(finish, tmp_path):
    (tmp_path / "plain").mkdir()
    save(finish(10), tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_a_directory_without_a_summary_is_no_result(tmp_path):
    with pytest.raises(NotAResultError, match=r"holds no result: there is no summary\.json in it"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": 1,', r"summary\.json is damaged: Expecting property name"),
        ('{"format": 99}', "has format 99; this version reads format 1"),
        ("[]", "has format None"),
    ],
)
def test_a_summary_that_cannot_be_read_is_refused(tmp_path, text, message):
    (tmp_path / "summary.json").write_text(text)
    with pytest.raises(NotAResultError, match=message):
        load(tmp_path)


def test_a_torn_table_is_refused(finish, tmp_path):
    save(finish(), tmp_path / "out")
    path = tmp_path / "out" / "events.parquet"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(NotAResultError, match=r"events\.parquet is damaged"):
        _ = load(tmp_path / "out").events


def test_a_missing_table_is_refused(finish, tmp_path):
    save(finish(10), tmp_path / "out")
    (tmp_path / "out" / "series.parquet").unlink()
    with pytest.raises(NotAResultError, match=r"incomplete: there is no series\.parquet in it"):
        _ = load(tmp_path / "out").series


def test_a_table_of_another_run_is_refused(finish, tmp_path):
    save(finish(10), tmp_path / "one")
    save(finish(20), tmp_path / "two")
    (tmp_path / "two" / "events.parquet").replace(tmp_path / "one" / "events.parquet")
    with pytest.raises(NotAResultError, match="belongs to another run"):
        _ = load(tmp_path / "one").events


def test_reading_a_result_leaves_no_thread_that_could_hold_up_the_end(finish, tmp_path):
    save(finish(), tmp_path / "out")
    program = "import sys; from sim.results import load; print(len(load(sys.argv[1]).events))"
    done = subprocess.run([sys.executable, "-c", program, tmp_path / "out"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("5000\n", "")
